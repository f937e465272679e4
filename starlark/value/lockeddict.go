package value

import (
	"fmt"
	"slices"
	"unsafe"

	"github.com/ungil/tm/runtime"
)

// A lockedDict is the contents of a published dict under the model Locks. Its base
// is not immutable; the rest of the sharedDict is not used.
type lockedDict struct {
	sharedDict
	lock runtime.Lock
}

// newSharedDict makes the contents of a dict that is being published.
func newSharedDict(t *Thread, tab table) *sharedDict {
	if t.locking {
		return &(&lockedDict{sharedDict: sharedDict{base: tab}}).sharedDict
	}
	return &sharedDict{base: tab}
}

func (d *sharedDict) locked() *lockedDict { return (*lockedDict)(unsafe.Pointer(d)) }

func (d *lockedDict) len(t *Thread) int {
	g := t.Guard(&d.lock)
	n := d.base.live
	t.Unguard(&d.lock, g)
	return n
}

func (d *lockedDict) get(t *Thread, key Value, h uint64) (v Value) {
	g := t.Guard(&d.lock)
	if pos := d.base.find(t, key, h); pos >= 0 {
		v = d.base.entries[pos].value
	}
	t.Unguard(&d.lock, g)
	return v
}

func (d *lockedDict) set(t *Thread, key Value, h uint64, v Value) error {
	Publish(t, key)
	Publish(t, v)
	g := t.Guard(&d.lock)
	defer t.Unguard(&d.lock, g)
	t.Changes(unsafe.Pointer(&d.lock))
	pos := d.base.find(t, key, h)
	if pos < 0 {
		return d.insert(t, key, h, v)
	}
	e := &d.base.entries[pos]
	if t.Logging() {
		t.PushUndo((*lockedValue)(d), pos, e.value.p, e.value.bits)
	}
	e.value = v
	return nil
}

func (d *lockedDict) insert(t *Thread, key Value, h uint64, v Value) error {
	if d.base.full() {
		if d.base.live >= maxEntries {
			return fmt.Errorf("dict has too many entries: at most %d fit", maxEntries)
		}
		d.saveWhole(t)
		d.base = d.base.rebuilt(t)
	}
	if t.Logging() {
		t.PushUndo((*lockedInsert)(d), 0, nil, h)
	}
	d.base.insert(key, v, h)
	return nil
}

// saveWhole remembers the table before it is replaced; its arrays are not touched
// any more.
func (d *lockedDict) saveWhole(t *Thread) {
	if t.Logging() {
		old := d.base
		t.PushUndo((*lockedWhole)(d), 0, unsafe.Pointer(&old), 0)
	}
}

// delete makes key absent and returns the value it had, unset if it was absent.
func (d *lockedDict) delete(t *Thread, key Value, h uint64) Value {
	g := t.Guard(&d.lock)
	defer t.Unguard(&d.lock, g)
	pos := d.base.find(t, key, h)
	if pos < 0 {
		return Value{}
	}
	t.Changes(unsafe.Pointer(&d.lock))
	old := d.base.entries[pos]
	if t.Logging() {
		t.PushUndo((*lockedRemove)(d), pos, unsafe.Pointer(&entry{old.key, old.value}), 0)
	}
	d.base.remove(pos)
	return old.value
}

func (d *lockedDict) clear(t *Thread) {
	g := t.Guard(&d.lock)
	d.saveWhole(t)
	d.base = table{}
	t.Changes(unsafe.Pointer(&d.lock))
	t.Unguard(&d.lock, g)
}

func (d *lockedDict) first(t *Thread) (entry, bool) {
	g := t.Guard(&d.lock)
	defer t.Unguard(&d.lock, g)
	return d.base.first()
}

// items returns a copy of the entries in order.
func (d *lockedDict) items(t *Thread) []entry {
	g := t.Guard(&d.lock)
	items := d.base.items()
	if d.base.live == len(d.base.entries) {
		items = slices.Clone(items)
	}
	t.Unguard(&d.lock, g)
	return items
}

// Undo entries of a published dict. A savepoint is open: nobody else has the dict.
type (
	lockedValue  lockedDict // one entry had another value
	lockedInsert lockedDict // an entry was added at the end
	lockedRemove lockedDict // an entry became a hole
	lockedWhole  lockedDict // anything
)

func (d *lockedValue) Undo(at int, p unsafe.Pointer, bits uint64) {
	d.base.entries[at].value = Value{p, bits}
}

func (d *lockedInsert) Undo(_ int, _ unsafe.Pointer, hash uint64) { d.base.uninsert(hash) }

func (d *lockedRemove) Undo(at int, p unsafe.Pointer, _ uint64) {
	d.base.entries[at] = *(*entry)(p)
	d.base.live++
}

func (d *lockedWhole) Undo(_ int, p unsafe.Pointer, _ uint64) { d.base = *(*table)(p) }
