package runtime

import (
	"math/bits"

	"github.com/ungil/tm/internal/word"
)

// Quanta by place
//
// One loop of a program may conflict and the next may not, and threads that run the same code
// meet the same conflicts. So a quantum belongs to the place in the code where it begins, not
// to a thread: all threads of the world share what they learn, and one that starts
// finds what those before have learned. At a place that nobody knows a thread goes on with
// the quantum that it has.

// numPlaces is how many places the table has room for. Two that fall together take turns:
// whoever adapts the length puts his there, and the other one finds nothing.
const numPlaces = 1 << placeBits

const (
	placeBits  = 8
	lengthBits = 32 // of an entry, the lower ones; the others tell the place from most others
)

// places has an entry for each place: some bits of its hash, and its quantum; 0: nobody was there.
// An entry is one word and is advice only: it orders nothing, and of two threads that change it at the
// same time one is forgotten.
type places [numPlaces]word.Uint64

// StartsAt says where in the code a transaction begins; it is called in Checkpoint. place
// is any number that differs between places, such as the address of an instruction. The
// quantum is then that of the place. Wait-free; without transactions it does nothing.
func (t *Thread) StartsAt(place uintptr) {
	if t.tx == nil {
		return
	}
	hash := uint64(place) * 0x9e3779b97f4a7c15 // Fibonacci hashing: the upper bits depend on all
	t.place = &t.world.places[hash>>(64-placeBits)]
	t.tag = hash << placeBits >> lengthBits << lengthBits
	if e := t.place.Load(); e>>lengthBits<<lengthBits == t.tag && e != 0 {
		t.quantum = int64(e & (1<<lengthBits - 1))
	}
}

// adapt makes n the thread's quantum, and that of the place where the transaction began.
func (t *Thread) adapt(n int64) {
	if n == t.quantum {
		return
	}
	t.quantum = n
	t.counters.allow(n)
	if t.place != nil {
		t.place.Store(t.tag | uint64(n))
	}
}

// count returns, for each power of two, how many places have a quantum of at least that and
// less than the next.
func (p *places) count() (n [64]uint64) {
	for i := range p {
		if length := p[i].Load() & (1<<lengthBits - 1); length != 0 {
			n[bits.Len64(length)-1]++
		}
	}
	return n
}
