package tm

import (
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/ungil/tm/internal/word"
	"github.com/ungil/tm/orec"
)

// TestSlotIndexAgreesWithMap: all that was added with a hash is found, and nothing else, also in an
// index that was used before.
func TestSlotIndexAgreesWithMap(t *testing.T) {
	hashes := make([]uint32, 4000)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range hashes {
		if hashes[i] = r.Uint32(); i%4 == 0 {
			hashes[i] = hashes[i/2] // two slots or more have it
		}
	}
	var x slotIndex
	for _, n := range []int{0, 1, 15, 16, 17, 300, 2000, 3, 100} {
		x.reset()
		want := map[uint32][]int{}
		for at := range n {
			hash := hashes[r.IntN(len(hashes))]
			want[hash] = append(want[hash], at)
			x.add(hash, at)
		}
		for _, hash := range hashes {
			var got []int
			for at, place := x.next(hash, hash); at >= 0; at, place = x.next(hash, place) {
				got = append(got, at)
			}
			slices.Sort(got)
			if !slices.Equal(got, want[hash]) {
				t.Fatalf("with %d added, hash %#x is found at %d, want %d", n, hash, got, want[hash])
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
