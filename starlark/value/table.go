package value

import "slices"

// A table is an insertion-ordered hash table: the contents of a local dict, and
// the immutable base of a published one.
//
// Entries are in order of insertion; a removed one stays as a hole until the
// table is rebuilt. Up to smallTable entries are found by looking at all.
// Above, index is an open-addressing table with linear probing; each word of it
// has a position + 1 in its low half, zero if it is free, and 32 bits of the
// key's hash in the high half. A hole keeps its index word, so that
// probing goes on past it.
type table struct {
	entries []entry
	index   []uint64 // nil, or a power of two in length
	live    int      // entries that are no holes
}

type entry struct {
	key   Value // unset: a hole
	value Value
}

const (
	smallTable = 8
	minIndex   = 32
	hashMask   = uint64(0xffffffff) << 32
)

// find returns the position of key, or -1. h is its hash.
func (tab *table) find(t *Thread, key Value, h uint64) int {
	if tab.index == nil {
		return tab.findSmall(t, key)
	}
	mask := uint64(len(tab.index) - 1)
	want := h << 32
	for i := h & mask; ; i = (i + 1) & mask {
		w := tab.index[i]
		if w == 0 {
			return -1
		}
		if w&hashMask != want {
			continue
		}
		pos := int(uint32(w)) - 1
		if k := tab.entries[pos].key; k == key || sameKey(t, k, key) {
			return pos
		}
	}
}

// findSmall looks for the same object first: a program's equal string constants are one.
func (tab *table) findSmall(t *Thread, key Value) int {
	for i := range tab.entries {
		if tab.entries[i].key == key {
			return i
		}
	}
	for i := range tab.entries {
		if sameKey(t, tab.entries[i].key, key) {
			return i
		}
	}
	return -1
}

// same returns the position of key in a small table if it is the same object or scalar, else -1,
// which says nothing.
func (tab *table) same(key Value) int {
	if tab.index == nil {
		for i := range tab.entries {
			if tab.entries[i].key == key {
				return i
			}
		}
	}
	return -1
}

// sameKey compares keys that are not the same object or scalar.
func sameKey(t *Thread, x, y Value) bool {
	if x.p == nil {
		return false
	}
	if x.IsString() {
		return y.IsString() && x.AsString() == y.AsString()
	}
	if x.IsInt() && !y.IsFloat() {
		return false
	}
	// An error is one of depth, which hashing the key would have met.
	same, err := Equal(t, x, y)
	return same && err == nil
}

// full reports whether insert would have to rebuild the table.
func (tab *table) full() bool {
	n := len(tab.entries)
	if tab.index == nil {
		return n >= smallTable
	}
	return n >= len(tab.index)/4*3
}

// insert adds a key that is not there. The table must not be full.
func (tab *table) insert(key, v Value, h uint64) {
	tab.entries = append(tab.entries, entry{key, v})
	tab.live++
	if tab.index != nil {
		tab.addIndex(h, len(tab.entries))
	}
}

// addIndex notes that the key with hash h is at position pos1 - 1.
func (tab *table) addIndex(h uint64, pos1 int) {
	mask := uint64(len(tab.index) - 1)
	i := h & mask
	for tab.index[i] != 0 {
		i = (i + 1) & mask
	}
	tab.index[i] = h<<32 | uint64(pos1)
}

// uninsert takes back the newest insert, whose key has hash h.
func (tab *table) uninsert(h uint64) {
	n := len(tab.entries)
	tab.entries[n-1] = entry{}
	tab.entries = tab.entries[:n-1]
	tab.live--
	if tab.index == nil {
		return
	}
	mask := uint64(len(tab.index) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		if int(uint32(tab.index[i])) == n {
			tab.index[i] = 0
			return
		}
	}
}

// remove makes a hole at pos.
func (tab *table) remove(pos int) {
	tab.entries[pos] = entry{}
	tab.live--
}

// first returns the first entry.
func (tab *table) first() (e entry, ok bool) {
	for _, e := range tab.entries {
		if e.key.IsSet() {
			return e, true
		}
	}
	return entry{}, false
}

// items returns the entries without holes. The caller must not change the result.
func (tab *table) items() []entry {
	if tab.live == len(tab.entries) {
		return tab.entries
	}
	items := make([]entry, 0, tab.live)
	for _, e := range tab.entries {
		if e.key.IsSet() {
			items = append(items, e)
		}
	}
	return items
}

// clone copies the table.
func (tab *table) clone() *table {
	return &table{slices.Clone(tab.entries), slices.Clone(tab.index), tab.live}
}

// rebuilt returns a table with the same contents, no holes, and room for more
// entries. The old one is left as it was.
func (tab *table) rebuilt(t *Thread) table {
	if tab.live < smallTable {
		fresh := table{entries: make([]entry, 0, smallTable), live: tab.live}
		for _, e := range tab.entries {
			if e.key.IsSet() {
				fresh.entries = append(fresh.entries, e)
			}
		}
		return fresh
	}
	size := minIndex
	for size/4*3 < 2*tab.live {
		size *= 2
	}
	t.Charge(size / 4 * 3 * entrySize)
	fresh := table{entries: make([]entry, 0, size/4*3), index: make([]uint64, size), live: tab.live}
	for _, e := range tab.entries {
		if e.key.IsSet() {
			h, _ := Hash(t, e.key) // it could be hashed when it was inserted
			fresh.entries = append(fresh.entries, e)
			fresh.addIndex(h, len(fresh.entries))
		}
	}
	return fresh
}
