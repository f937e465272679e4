package value

import (
	"fmt"
	"math"
	"unsafe"
)

// What a thread allocates is counted where objects are made or grow: elements of lists, dicts,
// sets and tuples, the bytes of strings, large integers, closures and captured variables. The sums are
// near the truth, not exact: garbage is not taken off, small objects of other kinds are left out.

const (
	valueSize = int(unsafe.Sizeof(Value{}))
	entrySize = int(unsafe.Sizeof(entry{})) + 12 // and its part of the index
)

// noLimit is AllocationLimit for a thread that has none.
const noLimit = math.MaxUint64

// Charge counts n bytes. Beyond the limit the machine fails at the thread's next switch point.
func (t *Thread) Charge(n int) {
	if t.Allocated += uint64(n); t.Allocated > t.AllocationLimit {
		t.EndQuantumSoon()
	}
}

// Reserve is called before n bytes are allocated at once, and counted by Charge. The error
// says that they exceed the limit; then they are counted, as if they had been allocated.
func (t *Thread) Reserve(n int) error {
	if t.Allocated+uint64(n) <= t.AllocationLimit {
		return nil
	}
	t.Charge(n)
	return fmt.Errorf("%d bytes more would exceed the limit of %d bytes", n, t.AllocationLimit)
}

// ChargeResult counts what an operator or built-in has made, if that is of a kind that does not
// count itself.
func (t *Thread) ChargeResult(v Value) {
	switch v.Kind() {
	case KindString, KindBytes:
		t.Charge(len(v.AsString()))
	case KindTuple:
		t.Charge(TupleOf(v).Len() * valueSize)
	case KindBigInt:
		i, _ := v.AsBigInt()
		t.Charge(i.BitLen() / 8)
	}
}
