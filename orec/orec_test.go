package orec

import (
	"sync"
	"testing"
	"unsafe"
)

const wordSize = unsafe.Sizeof(uintptr(0))

// A version header is 16 bytes, a slot one word: the memory costs that
// docs/design.md states.
var (
	_ [unsafe.Sizeof(Slot{}) - wordSize]byte
	_ [wordSize - unsafe.Sizeof(Slot{})]byte
	_ [unsafe.Sizeof(Version{}) - 16]byte
	_ [16 - unsafe.Sizeof(Version{})]byte
)

func TestStatusPacks(t *testing.T) {
	for _, time := range []uint64{0, 1, 1<<62 - 1} {
		for _, state := range []State{Installing, Validating, Committed, Failed} {
			s := Pack(state, time)
			if s.State() != state || s.Time() != time {
				t.Errorf("Pack(%v, %d) gives back %v, %d", state, time, s.State(), s.Time())
			}
		}
	}
}

func TestStamps(t *testing.T) {
	for _, c := range []struct {
		stamp              uint64
		pending, committed bool
	}{{1, false, true}, {1<<62 - 1, false, true}, {Pending(0), true, false}, {Pending(1 << 31), true, false}, {Single, true, false}, {Gap, false, false}, {Aborted, false, false}} {
		if IsPending(c.stamp) != c.pending || IsCommitted(c.stamp) != c.committed {
			t.Errorf("stamp %#x: pending %v, committed %v", c.stamp, IsPending(c.stamp), IsCommitted(c.stamp))
		}
	}
}

func TestPlaceCoversEveryIDOnce(t *testing.T) {
	block, at := 0, uint64(0)
	for id := range uint64(10_000) {
		b, a := place(id)
		if b != block || a != at {
			t.Fatalf("id %d is at %d, %d, want %d, %d", id, b, a, block, at)
		}
		if at++; at == firstBlock<<block {
			block, at = block+1, 0
		}
	}
}

func TestTableGivesNoIDTwice(t *testing.T) {
	const goroutines, rounds, held = 4, 2000, 5
	var table Table
	owner := make([]int, goroutines*held+1)
	var mu sync.Mutex
	var all sync.WaitGroup
	for g := range goroutines {
		all.Go(func() {
			for range rounds {
				var ids []uint64
				for range held {
					id := table.Acquire()
					ids = append(ids, id)
					mu.Lock()
					if owner[id] != 0 {
						t.Errorf("id %d given to %d while %d holds it", id, g+1, owner[id])
					}
					owner[id] = g + 1
					mu.Unlock()
				}
				for _, id := range ids {
					mu.Lock()
					owner[id] = 0
					mu.Unlock()
					table.Release(id)
				}
			}
		})
	}
	all.Wait()
	if n := table.Len(); n > goroutines*held {
		t.Errorf("%d ids given out, at most %d were held at once", n, goroutines*held)
	}
}

func TestTableBlocksAreDistinct(t *testing.T) {
	var table Table
	seen := map[*Entry]bool{}
	for range 1000 {
		e := table.Entry(table.Acquire())
		if seen[e] {
			t.Fatal("two ids share an entry")
		}
		seen[e] = true
	}
}
