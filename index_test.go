package tm

import (
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/ungil/tm/internal/word"
	"github.com/ungil/tm/orec"
)

// TestSlotIndexAgreesWithMap: what was added is found where it is, and nothing else, also in an
// index that was used before.
func TestSlotIndexAgreesWithMap(t *testing.T) {
	slots := make([]orec.Slot, 4000)
	r := rand.New(rand.NewPCG(1, 2))
	var x slotIndex
	for _, n := range []int{0, 1, 15, 16, 17, 300, 2000, 3, 100} {
		x.reset()
		want := map[*orec.Slot]int{}
		for at := range n {
			s := &slots[r.IntN(len(slots))]
			if _, ok := want[s]; !ok {
				want[s] = at
				x.add(s, at)
			}
		}
		for i := range slots {
			at, ok := want[&slots[i]]
			if !ok {
				at = -1
			}
			if got := x.find(&slots[i]); got != at {
				t.Fatalf("with %d added, slot %d is found at %d, want %d", n, i, got, at)
			}
		}
	}
	x.reset() // after 100, but the table was for 2000
	if len(x.table) > sparseIndex*minIndex {
		t.Errorf("a table of %d is cleared after each transaction of 100 writes", len(x.table))
	}
}

// inOrder reports whether a log is in the order of addresses.
func inOrder(log []orec.WriteEntry) bool {
	return slices.IsSortedFunc(log, func(a, b orec.WriteEntry) int {
		if word.Address(unsafe.Pointer(a.Slot)) < word.Address(unsafe.Pointer(b.Slot)) {
			return -1
		}
		return 1 // also if they are the same
	})
}

// TestSortWrites: a commit installs in the order of addresses and loses no write, however many
// there are, also after a savepoint's writes were undone.
func TestSortWrites(t *testing.T) {
	slots := make([]orec.Slot, 3000)
	r := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{1, 2, 3, indexFrom, insertionUpTo, insertionUpTo + 1, 100, 1 << positionBits, 2000} {
		for range 20 {
			tx := Begin()
			want := map[*orec.Slot]*orec.Version{}
			write := func(remember bool) {
				s, v := &slots[r.IntN(len(slots))], new(orec.Version)
				tx.Write(s, v)
				if remember {
					want[s] = v
				}
			}
			for range n {
				write(true)
			}
			sp := tx.Savepoint()
			for range r.IntN(2 * n) {
				write(false)
			}
			tx.Rollback(sp)
			tx.sortWrites()
			if !inOrder(tx.writes) || len(tx.writes) != len(want) {
				t.Fatalf("%d of %d writes, in order: %v", len(tx.writes), len(want), inOrder(tx.writes))
			}
			for _, w := range tx.writes {
				if want[w.Slot] != w.New {
					t.Fatal("a write has the wrong version")
				}
			}
			tx.Abort()
		}
	}
}
