package value

import (
	"cmp"
	"slices"
	"unsafe"

	"github.com/ungil/tm"
	"github.com/ungil/tm/orec"
)

// A sharedDict is the contents of a published dict: the immutable table it
// had, with an overlay over the positions of its entries, and an index of all
// other keys anybody has asked for (trie.go). Each key has a slot of its own, so
// different keys do not conflict. Neither do inserts of different keys: the
// length is kept in parts, and every thread that runs changes its own; whoever asks for
// the length or for all entries reads all parts, and so conflicts with inserts
// and removals only.
//
// The order of entries is that of insertion, which across threads is the order
// of commits: the inserting version's own stamp tells it.
type sharedDict struct {
	base    table
	overlay vector // dictVersions, by position in base
	others  trie

	// countVersions, to add to the base's length: that of the threads with the
	// lowest seats, and those of all others.
	parts [lengthParts]orec.Slot
	more  vector
}

// lengthParts is how many threads at once have a part of the length in the dict itself.
const lengthParts = 8

// A dictVersion is the value of one key; unset if the key is absent.
type dictVersion struct {
	orec.Version
	v     Value
	order insertOrder
}

// An insertOrder is a key's place among the entries of a dict. The zero
// insertOrder is the place of a base entry that was never removed.
type insertOrder struct {
	stamp    uint64 // when the inserting version committed; 0: the version's own stamp
	sequence uint64 // the inserting thread's number and count; 0: a base entry
}

// A keyedVersion is a dictVersion whose key is equal to the slot's key but looks
// different, as 1.0 and 1 do. The order's sequence has keyedBit set.
type keyedVersion struct {
	dictVersion
	key Value
}

const keyedBit = 1 << 63

// key returns the key of a keyedVersion, unset for any other.
func (w *dictVersion) key() Value {
	if w.order.sequence&keyedBit != 0 {
		return (*keyedVersion)(unsafe.Pointer(w)).key
	}
	return Value{}
}

// uncommitted stands for the stamp of the running transaction's own versions:
// they come after all committed ones.
const uncommitted = ^uint64(0)

// slot returns key's slot, the key as the slot has it, and the base entry, nil
// if the key is not in the base. If nobody has written near a base entry, there
// is no slot yet; for writing it is made.
func (d *sharedDict) slot(t *Thread, key Value, h uint64, write bool) (*orec.Slot, Value, *entry) {
	pos := d.base.find(t, key, h)
	if pos < 0 {
		n := d.node(t, key, h)
		return &n.slot, n.key, nil
	}
	e := &d.base.entries[pos]
	if write {
		return d.overlay.slot(t, pos), e.key, e
	}
	if s := d.overlay.segment(t, pos>>segmentBits); s != nil {
		return &s[pos&(segmentSize-1)], e.key, e
	}
	return nil, e.key, e
}

// node returns the node of a key that is not in the base. The thread remembers
// the last one: d[k] = d.get(k, 0) + 1 looks for the same key twice.
func (d *sharedDict) node(t *Thread, key Value, h uint64) *trieNode {
	if t.lastDict == d && t.lastKey == key {
		return t.lastNode
	}
	n := d.others.find(t, key, h)
	t.lastDict, t.lastKey, t.lastNode = d, key, n
	return n
}

// get returns the value of key, unset if it is absent.
func (d *sharedDict) get(t *Thread, key Value, h uint64) Value {
	if t.locking {
		return d.locked().get(t, key, h)
	}
	s, _, base := d.slot(t, key, h, false)
	if s != nil {
		if silentInserts && base == nil && s.Head.Load() == nil {
			return Value{}
		}
		if w := (*dictVersion)(unsafe.Pointer(t.Tx().Read(s))); w != nil {
			return w.v
		}
	}
	if base != nil {
		return base.value
	}
	return Value{}
}

// present returns the value of the base entry e at position pos, unset if it was removed.
func (d *sharedDict) present(t *Thread, pos int, e *entry) Value {
	if s := d.overlay.segment(t, pos>>segmentBits); s != nil {
		if w := (*dictVersion)(unsafe.Pointer(t.Tx().Read(&s[pos&(segmentSize-1)]))); w != nil {
			return w.v
		}
	}
	return e.value
}

// replace assigns to the base entry e at position pos, and reports whether it did: not if
// the entry was removed, or if nothing was ever written near it.
func (d *sharedDict) replace(t *Thread, pos int, e *entry, v Value) bool {
	seg := d.overlay.segment(t, pos>>segmentBits)
	if seg == nil {
		return false
	}
	s := &seg[pos&(segmentSize-1)]
	w := (*dictVersion)(unsafe.Pointer(t.Tx().Read(s)))
	switch {
	case w == nil && e.value == v || w != nil && w.v == v:
	case w != nil && !w.v.IsSet():
		return false
	default:
		Publish(t, v)
		d.update(t, s, w, v)
	}
	return true
}

// update stores v in s, whose key is present: w is the version that the transaction has read.
func (d *sharedDict) update(t *Thread, s *orec.Slot, w *dictVersion, v Value) {
	switch {
	case overwrite(t, s, v):
	case w == nil:
		d.write(t.Tx(), s, Value{}, v, insertOrder{})
	default:
		d.write(t.Tx(), s, w.key(), v, orderOf(s, w))
	}
}

// set stores v under key. If that is there already, the transaction has read it and
// changed nothing.
func (d *sharedDict) set(t *Thread, key Value, h uint64, v Value) error {
	if t.locking {
		return d.locked().set(t, key, h, v)
	}
	tx := t.Tx()
	s, slotKey, base := d.slot(t, key, h, false)
	var w *dictVersion
	if s != nil {
		w = (*dictVersion)(unsafe.Pointer(tx.Read(s)))
	}
	if w != nil && w.v == v || w == nil && base != nil && base.value == v {
		return nil
	}
	if s == nil {
		s, _, _ = d.slot(t, key, h, true)
	}
	Publish(t, v)
	switch {
	case w != nil && w.v.IsSet(), w == nil && base != nil:
		d.update(t, s, w, v)
	default:
		Publish(t, key)
		t.order++
		if looksSame(key, slotKey) {
			key = Value{}
		}
		d.write(tx, s, key, v, insertOrder{sequence: t.order})
		d.grow(t, 1)
	}
	return nil
}

// delete makes key absent and returns the value it had, unset if it was absent.
func (d *sharedDict) delete(t *Thread, key Value, h uint64) Value {
	if t.locking {
		return d.locked().delete(t, key, h)
	}
	old := d.get(t, key, h)
	if old.IsSet() {
		s, _, _ := d.slot(t, key, h, true)
		d.write(t.Tx(), s, Value{}, Value{}, insertOrder{})
		d.grow(t, -1)
	}
	return old
}

// write stores a new version of one key; key is set if it must carry its own. It does not change
// one of the transaction's own, as update does: then the order had to be undone as well.
func (d *sharedDict) write(tx *tm.Tx, s *orec.Slot, key, v Value, o insertOrder) {
	if key.IsSet() {
		o.sequence |= keyedBit
		w := &keyedVersion{dictVersion: dictVersion{v: v, order: o}, key: key}
		tx.Write(s, &w.Version)
		return
	}
	w := &dictVersion{v: v, order: o}
	tx.Write(s, &w.Version)
}

// orderOf returns the order for a version that replaces w in s.
func orderOf(s *orec.Slot, w *dictVersion) insertOrder {
	o := w.order
	if o.sequence != 0 && o.stamp == 0 && isCommitted(s, &w.Version) {
		o.stamp = w.Stamp.Load()
	}
	return o
}

// isCommitted tells the running transaction, which has read v from s, whether
// v is committed or its own: only a committed version is in the slot's history.
func isCommitted(s *orec.Slot, v *orec.Version) bool {
	for n := s.Head.Load(); n != nil; n = n.Prev.Load() {
		if n == v {
			return true
		}
	}
	return false
}

// grow adds to this thread's part of the length.
func (d *sharedDict) grow(t *Thread, by int) {
	s := d.part(t)
	writeCount(t.Tx(), s, readCount(t.Tx(), s)+by)
}

// part returns the part of the length that no other thread changes at this time.
func (d *sharedDict) part(t *Thread) *orec.Slot {
	seat := t.Seat()
	if seat < lengthParts {
		return &d.parts[seat]
	}
	i := seat - lengthParts
	for before := 0; before < i>>segmentBits; before++ { // len stops at a segment that is not there
		d.more.slot(t, before<<segmentBits)
	}
	return d.more.slot(t, i)
}

// readCount returns the number in s, 0 if it was never written.
func readCount(tx *tm.Tx, s *orec.Slot) int {
	if v := (*countVersion)(unsafe.Pointer(readSlot(tx, s, unloggedKeys))); v != nil {
		return v.n
	}
	return 0
}

func (d *sharedDict) len(t *Thread) int {
	if t.locking {
		return d.locked().len(t)
	}
	n := d.base.live
	for i := range d.parts {
		n += readCount(t.Tx(), &d.parts[i])
	}
	for k := 0; ; k++ {
		seg := d.more.segment(t, k)
		if seg == nil {
			return n
		}
		for i := range seg {
			n += readCount(t.Tx(), &seg[i])
		}
	}
}

// An orderedEntry is an entry that is not at its place in the base.
type orderedEntry struct {
	entry
	order insertOrder
}

// items returns all entries in order. The parts of the length are read first:
// every insert or removal that commits later conflicts there, so it does not
// matter that keys may be added to the index meanwhile.
func (d *sharedDict) items(t *Thread) []entry {
	if t.locking {
		return d.locked().items(t)
	}
	n := d.len(t)
	items := make([]entry, 0, max(n, 0))
	items, later := d.baseItems(t, items)
	later = d.others.collect(t.Tx(), slices.Grow(later, max(n-len(items), 0)))
	slices.SortFunc(later, func(a, b orderedEntry) int {
		if keysByThread {
			return cmp.Compare(a.order.sequence, b.order.sequence)
		}
		return cmp.Or(cmp.Compare(a.order.stamp, b.order.stamp), cmp.Compare(a.order.sequence, b.order.sequence))
	})
	for _, e := range later {
		items = append(items, e.entry)
	}
	return items
}

// baseItems appends the base entries that are at their place to items, and
// returns those that were removed and inserted again.
func (d *sharedDict) baseItems(t *Thread, items []entry) (inPlace []entry, later []orderedEntry) {
	tx := t.Tx()
	for pos := range d.base.entries {
		e := d.base.entries[pos]
		if !e.key.IsSet() {
			continue
		}
		seg := d.overlay.segment(t, pos>>segmentBits)
		if seg == nil {
			items = append(items, e)
			continue
		}
		s := &seg[pos&(segmentSize-1)]
		w := (*dictVersion)(unsafe.Pointer(tx.Read(s)))
		switch {
		case w == nil:
			items = append(items, e)
		case !w.v.IsSet():
		case w.order.sequence == 0:
			items = append(items, entry{e.key, w.v})
		default:
			later = append(later, placed(e.key, s, w))
		}
	}
	return items, later
}

// placed returns the entry of a version that is present, with its full order.
func placed(key Value, s *orec.Slot, w *dictVersion) orderedEntry {
	if own := w.key(); own.IsSet() {
		key = own
	}
	o := orderOf(s, w)
	o.sequence &^= keyedBit
	if o.stamp == 0 {
		o.stamp = uncommitted
	}
	return orderedEntry{entry{key, w.v}, o}
}

// looksSame reports whether two equal keys cannot be told apart. Numbers of different kinds can, and
// so can objects with numbers inside, as structs. Besides, of equal objects the one that a thread has only asked for
// (see trieNode) may be local to it.
func looksSame(x, y Value) bool {
	if x == y {
		return true
	}
	a, b := TupleOf(x), TupleOf(y)
	if a == nil || b == nil {
		return x.Kind() == y.Kind() && x.isLeaf() && !x.IsFloat() // 0.0 and -0.0
	}
	for i := range a.Elems() {
		if !looksSame(a.Elems()[i], b.Elems()[i]) {
			return false
		}
	}
	return true
}
