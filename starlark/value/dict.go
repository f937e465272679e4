package value

import (
	"fmt"
	"math"
	"unsafe"
)

// A Dict is a Starlark dict.
type Dict struct {
	Object
	epoch  uint64
	tab    table       // empty once published
	shared *sharedDict // nil while local
}

// NewDict makes an empty dict; size is how many entries to expect.
func NewDict(t *Thread, size int) *Dict {
	t.Charge(int(unsafe.Sizeof(Dict{})))
	d := &Dict{Object: Object{&dictType}, epoch: t.Epoch}
	if size > smallTable {
		d.tab.live = size
		d.tab = d.tab.rebuilt(t)
		d.tab.live = 0
	}
	return d
}

// Value returns the dict as a Value.
func (d *Dict) Value() Value { return FromObject(&d.Object) }

// Len returns the number of entries.
func (d *Dict) Len(t *Thread) int {
	if d.shared == nil {
		return d.tab.live
	}
	return d.shared.len(t)
}

// Get returns the value of key; found is false if there is none. The error
// says that the key cannot be hashed.
func (d *Dict) Get(t *Thread, key Value) (v Value, found bool, err error) {
	h, err := Hash(t, key)
	if err != nil {
		return Value{}, false, err
	}
	if d.shared != nil {
		v = d.shared.get(t, key, h)
		return v, v.IsSet(), nil
	}
	if pos := d.tab.find(t, key, h); pos >= 0 {
		return d.tab.entries[pos].value, true, nil
	}
	return Value{}, false, nil
}

// quickHash is Hash of a string or an integer of 64 bits.
func quickHash(key Value) (h uint64, ok bool) {
	if key.IsInt() {
		return mix(key.bits), true
	}
	if key.IsString() {
		return (*String)(key.p).hashOf(), true
	}
	return 0, false
}

// Local looks a string or an integer of 64 bits up in a local dict. If it does not find
// the key, nothing follows: Get has to look.
func (d *Dict) Local(t *Thread, key Value) (v *Value) {
	if d.tab.index == nil {
		for i := range d.tab.entries {
			if e := &d.tab.entries[i]; e.key == key {
				return &e.value
			}
		}
		return nil
	}
	var h uint64
	switch { // quickHash, which does not inline
	case key.IsInt():
		h = mix(key.bits)
	case key.IsString():
		h = (*String)(key.p).hashOf()
	default:
		return nil
	}
	if pos := d.tab.find(t, key, h); pos >= 0 {
		return &d.tab.entries[pos].value
	}
	return nil
}

// Published reports whether the dict is shared between threads.
func (d *Dict) Published() bool { return d.epoch == sharedEpoch }

// Shared looks a string or an integer of 64 bits up in a dict that was published for transactions.
// If the Value is unset, nothing follows.
func (d *Dict) Shared(t *Thread, key Value) (v Value) {
	if !d.Published() || t.Tx() == nil {
		return Value{}
	}
	if i := d.shared.base.same(key); i >= 0 {
		return d.shared.present(t, i, &d.shared.base.entries[i])
	}
	if h, ok := quickHash(key); ok {
		v = d.shared.get(t, key, h)
	}
	return v
}

// SetShared is Shared for assigning to a key: it reports whether it did.
func (d *Dict) SetShared(t *Thread, key, v Value) bool {
	if !d.Published() || t.Tx() == nil || len(t.Marks) != 0 && t.marked(unsafe.Pointer(d)) {
		return false
	}
	if i := d.shared.base.same(key); i >= 0 && d.shared.replace(t, i, &d.shared.base.entries[i], v) {
		return true
	}
	h, ok := quickHash(key)
	if ok {
		t.Charge(entrySize)
		ok = d.shared.set(t, key, h, v) == nil
	}
	return ok
}

// Writable reports whether what Local returns may be assigned to right now, without
// any other step.
func (d *Dict) Writable(t *Thread) bool {
	return d.epoch == t.Epoch && (len(t.Marks) == 0 || !t.marked(unsafe.Pointer(d)))
}

// mutable refuses to change a dict that this thread iterates.
func (d *Dict) mutable(t *Thread, verb string) error {
	if d.epoch == frozenEpoch {
		return fmt.Errorf("cannot %s frozen hash table", verb)
	}
	if len(t.Marks) != 0 && t.marked(unsafe.Pointer(d)) {
		return fmt.Errorf("cannot %s hash table during iteration", verb)
	}
	return nil
}

// Set stores v under key.
func (d *Dict) Set(t *Thread, key, v Value) error {
	if err := d.mutable(t, "insert into"); err != nil {
		return err
	}
	h, err := Hash(t, key)
	if err != nil {
		return err
	}
	if d.shared != nil {
		t.Charge(entrySize)
		return d.shared.set(t, key, h, v)
	}
	logEach := d.epoch != t.Epoch && d.own(t)
	if pos := d.tab.find(t, key, h); pos >= 0 {
		e := &d.tab.entries[pos]
		if logEach {
			t.PushUndo((*dictValue)(d), pos, e.value.p, e.value.bits)
		}
		e.value = v
		return nil
	}
	return d.insertLocal(t, key, h, v, logEach)
}

// maxEntries keeps positions within half an index word.
const maxEntries = min(1<<31, math.MaxInt)

func (d *Dict) insertLocal(t *Thread, key Value, h uint64, v Value, logEach bool) error {
	if d.tab.full() {
		if d.tab.live >= maxEntries {
			return fmt.Errorf("dict has too many entries: at most %d fit", maxEntries)
		}
		if logEach {
			old := d.tab // its arrays are not touched any more
			t.PushUndo((*dictWhole)(d), 0, unsafe.Pointer(&old), 0)
			// The copy has everything, so the rest of this transaction is free.
			d.epoch = t.Epoch
			logEach = false
		}
		d.tab = d.tab.rebuilt(t)
	}
	if d.tab.index == nil {
		t.Charge(entrySize)
	}
	if logEach {
		t.PushUndo((*dictInsert)(d), 0, nil, h)
	}
	d.tab.insert(key, v, h)
	return nil
}

// Delete removes key and returns its value; found is false if there was none.
func (d *Dict) Delete(t *Thread, key Value) (v Value, found bool, err error) {
	if err := d.mutable(t, "delete from"); err != nil {
		return Value{}, false, err
	}
	h, err := Hash(t, key)
	if err != nil {
		return Value{}, false, err
	}
	if d.shared != nil {
		v = d.shared.delete(t, key, h)
		return v, v.IsSet(), nil
	}
	pos := d.tab.find(t, key, h)
	if pos < 0 {
		return Value{}, false, nil
	}
	old := d.tab.entries[pos]
	if d.epoch != t.Epoch && d.own(t) {
		t.PushUndo((*dictRemove)(d), pos, unsafe.Pointer(&entry{old.key, old.value}), 0)
	}
	d.tab.remove(pos)
	return old.value, true, nil
}

// clear removes all entries.
func (d *Dict) clear(t *Thread) error {
	if err := d.mutable(t, "clear"); err != nil {
		return err
	}
	if d.shared != nil && t.locking {
		d.shared.locked().clear(t)
		return nil
	}
	if d.shared != nil {
		for _, e := range d.shared.items(t) {
			h, _ := Hash(t, e.key)
			d.shared.delete(t, e.key, h)
		}
		return nil
	}
	if t.Logging() && d.epoch != t.Epoch {
		old := d.tab // no copy: the dict gets new arrays
		t.PushUndo((*dictWhole)(d), 0, unsafe.Pointer(&old), 0)
	}
	d.epoch = t.Epoch
	d.tab = table{}
	return nil
}

// first returns the first entry.
func (d *Dict) first(t *Thread) (e entry, ok bool) {
	switch {
	case d.shared == nil:
		return d.tab.first()
	case t.locking:
		return d.shared.locked().first(t)
	}
	items := d.shared.items(t)
	if len(items) == 0 {
		return entry{}, false
	}
	return items[0], true
}

// items returns the entries in order, without holes. The caller must not change
// the result.
func (d *Dict) items(t *Thread) []entry {
	if d.shared != nil {
		return d.shared.items(t)
	}
	return d.tab.items()
}

// A KeyValue is an entry of a dict.
type KeyValue struct{ Key, Value Value }

// Items returns the entries in order, in a slice of the caller's own.
func (d *Dict) Items(t *Thread) []KeyValue {
	items := d.items(t)
	pairs := make([]KeyValue, len(items))
	for i, e := range items {
		pairs[i] = KeyValue{e.key, e.value}
	}
	return pairs
}

// Keys returns the keys in order, in a slice of the caller's own.
func (d *Dict) Keys(t *Thread) []Value {
	items := d.items(t)
	keys := make([]Value, len(items))
	for i := range items {
		keys[i] = items[i].key
	}
	return keys
}

// own prepares a local dict for its first mutation since t.Epoch changed. It
// reports whether the caller has still to remember what it overwrites.
func (d *Dict) own(t *Thread) (logEach bool) {
	if t.Logging() {
		if len(d.tab.entries) > wholeCopy {
			return true
		}
		t.PushUndo((*dictWhole)(d), 0, unsafe.Pointer(d.tab.clone()), 0)
	}
	d.epoch = t.Epoch
	return false
}

// Undo entries of a local dict.
type (
	dictValue     Dict // one entry had another value
	dictInsert    Dict // an entry was added at the end
	dictRemove    Dict // an entry became a hole
	dictWhole     Dict // anything
	dictUnpublish Dict // the dict became shared
)

func (d *dictValue) Undo(at int, p unsafe.Pointer, bits uint64) {
	d.tab.entries[at].value = Value{p, bits}
}

func (d *dictInsert) Undo(_ int, _ unsafe.Pointer, hash uint64) { d.tab.uninsert(hash) }

func (d *dictRemove) Undo(at int, p unsafe.Pointer, _ uint64) {
	d.tab.entries[at] = *(*entry)(p)
	d.tab.live++
}

func (d *dictWhole) Undo(_ int, p unsafe.Pointer, _ uint64) { d.tab = *(*table)(p) }

func (d *dictUnpublish) Undo(_ int, _ unsafe.Pointer, epoch uint64) {
	d.tab, d.shared, d.epoch = d.shared.base, nil, epoch
}

// publish makes a local dict shared; visit is called with its keys and values.
func (d *Dict) publish(t *Thread, visit func(Value)) {
	if d.epoch >= frozenEpoch {
		return
	}
	if t.Logging() {
		t.PushUndo((*dictUnpublish)(d), 0, nil, d.epoch)
	}
	d.shared = newSharedDict(t, d.tab)
	d.epoch, d.tab = sharedEpoch, table{}
	for i := range d.shared.base.entries {
		if e := &d.shared.base.entries[i]; e.key.IsSet() {
			visit(e.key)
			visit(e.value)
		}
	}
}
