package tm

import (
	"cmp"
	"slices"
	"unsafe"

	"github.com/ungil/tm/internal/word"
	"github.com/ungil/tm/orec"
)

// slotHash spreads slot addresses; no two slots have the same hash. Slots do not move: a
// Tx holds their address, so they are on the heap.
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
	var seen slotIndex
	kept := tx.reads[:0]
	for _, r := range tx.reads {
		switch {
		case len(tx.reads) <= indexFrom:
			if slices.ContainsFunc(kept, func(k orec.ReadEntry) bool { return k.Slot == r.Slot }) {
				continue
			}
		case seen.find(r.Slot) >= 0:
			continue
		default:
			seen.add(r.Slot, len(kept))
		}
		kept = append(kept, r)
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
		return tx.index.find(s)
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
		tx.index.add(s, n-1)
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
			tx.index.add(w.Slot, i)
		}
	}
}

// sortWrites puts the write log into the order of the slots' hashes, so that
// helpers that install for each other cannot go round in circles (I5). Any order of all slots
// would do; the index has nearly this one. It is dead afterwards.
func (tx *Tx) sortWrites() {
	switch n := len(tx.writes); {
	case n < indexFrom:
	case n > longIndex/4:
		sortLong(tx.writes) // without a second log of that length
		return
	default:
		unsorted := tx.writes
		tx.writes = tx.index.gather(tx.spare[:0], unsorted)
		clear(unsorted)
		tx.spare = unsorted[:0]
	}
	insertionSort(tx.writes)
}

func sortLong(log []orec.WriteEntry) {
	slices.SortFunc(log, func(a, b orec.WriteEntry) int {
		return cmp.Compare(installOrder(a.Slot), installOrder(b.Slot))
	})
}

// insertionSort sorts a short log, or one that is nearly sorted. If it is neither, that takes
// too long, and sortLong goes on.
func insertionSort(log []orec.WriteEntry) {
	moves := 0
	for i := 1; i < len(log); i++ {
		w, place := log[i], installOrder(log[i].Slot)
		j := i
		for j > 0 && installOrder(log[j-1].Slot) > place {
			log[j] = log[j-1]
			j--
		}
		if j == i {
			continue
		}
		log[j] = w
		if moves += i - j; moves > 16*len(log) {
			sortLong(log)
			return
		}
	}
}

// initVersion prepares a version for a slot that no other goroutine can reach.
func initVersion(n *orec.Version) { word.InitUint64(&n.Stamp, firstStamp) }

// publishInitial makes n the first version of a slot that no other goroutine
// can reach.
func publishInitial(s *orec.Slot, n *orec.Version) { word.InitPointer(&s.Head, n) }
