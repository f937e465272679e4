package tm

import (
	"cmp"
	"slices"
	"unsafe"

	"github.com/ungil/tm/internal/word"
	"github.com/ungil/tm/orec"
)

// slotHash spreads slot addresses. Slots do not move: a Tx holds their address,
// so they are on the heap.
func slotHash(s *orec.Slot) uint64 {
	return uint64(word.Address(unsafe.Pointer(s))>>slotShift) * 0x9e3779b97f4a7c15
}

// slotShift is how many bits are zero in all addresses of words: 3, or 2 where a word has 32 bits.
const slotShift = 2 + ^uintptr(0)>>63

// filterBit is the bit of a slot in Tx.filter.
func filterBit(s *orec.Slot) uint64 { return 1 << (slotHash(s) >> 58) }

// logRead records that version n of s was read.
func (tx *Tx) logRead(s *orec.Slot, n *orec.Version) {
	if len(tx.reads) == cap(tx.reads) {
		tx.growReadsSlow()
	}
	tx.reads = append(tx.reads, orec.ReadEntry{Slot: s, Seen: n})
}

// growReadsSlow makes room in a full read log, first by dropping repeated
// entries: a loop that reads one slot for ever stays within a few times the
// number of different slots.
func (tx *Tx) growReadsSlow() {
	tx.dropRepeatedReads()
	if kept := tx.reads; len(kept) > cap(kept)/2 {
		// Four times, so that a long log of different slots, which the search for
		// repeated ones does not shorten, is not searched at every doubling.
		tx.reads = slices.Grow(kept, 4*cap(kept)-len(kept))
	}
	if cap(tx.reads) > keptHome {
		tx.home = nil
	}
}

// dropRepeatedReads leaves one entry for each slot in the read log. All entries
// of one slot name the same version, because an attempt that sees two is doomed.
func (tx *Tx) dropRepeatedReads() {
	kept := tx.reads[:0]
	if len(tx.reads) <= indexFrom {
		for _, r := range tx.reads {
			if !slices.ContainsFunc(kept, func(k orec.ReadEntry) bool { return k.Slot == r.Slot }) {
				kept = append(kept, r)
			}
		}
	} else {
		var seen slotIndex
		for _, r := range tx.reads {
			hash := indexHash(r.Slot)
			at, place := seen.next(hash, hash)
			for at >= 0 && kept[at].Slot != r.Slot {
				at, place = seen.next(hash, place)
			}
			if at < 0 {
				seen.add(hash, len(kept))
				kept = append(kept, r)
			}
		}
	}
	clear(tx.reads[len(kept):])
	tx.reads = kept
}

// findWrite returns the position of s in the write log, or -1.
func (tx *Tx) findWrite(s *orec.Slot) int {
	if tx.filter&filterBit(s) == 0 {
		return -1
	}
	if tx.index.used > 0 {
		hash := indexHash(s)
		at, place := tx.index.next(hash, hash)
		for at >= 0 && tx.writes[at].Slot != s {
			at, place = tx.index.next(hash, place)
		}
		return at
	}
	for i := len(tx.writes) - 1; i >= 0; i-- {
		if tx.writes[i].Slot == s {
			return i
		}
	}
	return -1
}

// addWrite appends a write of s, which is not in the log.
func (tx *Tx) addWrite(s *orec.Slot, n *orec.Version) {
	tx.filter |= filterBit(s)
	tx.writes = append(tx.writes, orec.WriteEntry{Slot: s, New: n, Expected: &orec.Cut})
	switch n := len(tx.writes); {
	case n == indexFrom:
		tx.rebuildIndex()
	case n > indexFrom:
		tx.index.add(indexHash(s), n-1)
		if n > keptHome {
			tx.home = nil
		}
	}
}

// rebuildIndex makes filter and index agree with the write log.
func (tx *Tx) rebuildIndex() {
	tx.index.reset()
	tx.filter = 0
	if tx.claiming() {
		tx.filter = everySlot
	}
	for i, w := range tx.writes {
		tx.filter |= filterBit(w.Slot)
		if len(tx.writes) >= indexFrom {
			tx.index.add(indexHash(w.Slot), i)
		}
	}
}

// sortWrites puts the write log into the order of slot addresses, so that
// helpers that install for each other cannot go round in circles (I5). The index
// is dead afterwards.
func (tx *Tx) sortWrites() {
	switch w := tx.writes; {
	case len(w) <= insertionUpTo:
		insertionSort(w)
	case len(w) <= 1<<positionBits:
		tx.sortByKeys()
	default:
		slices.SortFunc(w, func(a, b orec.WriteEntry) int {
			return cmp.Compare(word.Address(unsafe.Pointer(a.Slot)), word.Address(unsafe.Pointer(b.Slot)))
		})
	}
}

const (
	// insertionUpTo is the length up to which nothing is faster than an insertion sort.
	insertionUpTo = 20
	// positionBits are what a key has room for below an address, which has 57 bits at most.
	positionBits = 10
)

func insertionSort(log []orec.WriteEntry) {
	for i := 1; i < len(log); i++ {
		w := log[i]
		j := i
		for j > 0 && word.Address(unsafe.Pointer(log[j-1].Slot)) > word.Address(unsafe.Pointer(w.Slot)) {
			log[j] = log[j-1]
			j--
		}
		if j != i {
			log[j] = w
		}
	}
}

// sortByKeys sorts numbers that say where each write belongs and where it is, and then moves
// each write once: a third of the time that it takes to sort the writes themselves. A long log has no
// keys: they, and a second log, would take too much memory.
func (tx *Tx) sortByKeys() {
	keys, sorted := tx.keys[:0], tx.spare[:0]
	for i := range tx.writes {
		place := uint64(word.Address(unsafe.Pointer(tx.writes[i].Slot)) >> slotShift)
		keys = append(keys, place<<positionBits|uint64(i))
	}
	slices.Sort(keys)
	for _, key := range keys {
		sorted = append(sorted, tx.writes[key&(1<<positionBits-1)])
	}
	unsorted := tx.writes
	clear(unsorted)
	tx.keys, tx.writes, tx.spare = keys, sorted, nil
	if cap(unsorted) <= 2<<positionBits { // else it was much longer before a rollback
		tx.spare = unsorted[:0]
	}
}

// initVersion prepares a version for a slot that no other goroutine can reach.
func initVersion(n *orec.Version) { word.InitUint64(&n.Stamp, firstStamp) }

// publishInitial makes n the first version of a slot that no other goroutine
// can reach.
func publishInitial(s *orec.Slot, n *orec.Version) { word.InitPointer(&s.Head, n) }
