//go:build !race && !tmexplore && !386 && !arm && !mips && !mipsle

package tm

import (
	"unsafe"

	"github.com/ungil/tm/orec"
)

// Get returns the value of v as tx sees it: what tx has set, else the value in
// its snapshot. Lock-free: it may first finish a commit that is under way. When
// another transaction's commit leaves no consistent snapshot, Get does not
// return: the attempt is rolled back and runs again (except between Begin and
// Commit, where Get goes on with the old snapshot and Commit reports false).
//
// A nil Var panics with a text that says so; between Begin and Commit the panic
// may be Go's own for a nil pointer.
func (v *Var[T]) Get(tx *Tx) T {
	// This is written for the compiler's inliner: it costs exactly the 80 that Go
	// 1.26 allows, so that the read of a View is a few instructions in the caller.
	// In a View the bound is the snapshot; elsewhere it is 0, below every stamp.
	//
	// Both loads are plain ones. The head's is ordered behind the clock reading that
	// gave the bound by that reading (Now is an atomic load or has fences), and what
	// is behind the pointer was complete when the head was swapped in; a load
	// through a pointer never comes before the load of the pointer. The stamp hands over
	// nothing: any value that it ever had is right, because it changes only from
	// pending, which is above every bound, to its final one (docs/protocol.md,
	// "Weaker than Go's atomics"). A nil v faults in the first line, and unwinding
	// says whose fault it was, see explainFaultSlow.
	n := *(**flatNode[T])(unsafe.Pointer(v))
	//lint:ignore SA4001 the inliner counts *(&x.f) one less than x.f
	if n == nil || *(&n.stamp) > *(&tx.viewBound) {
		n = (*flatNode[T])(tx.getSlow(unsafe.Pointer(v), unsafe.Sizeof(n.value)))
	}
	return n.value
}

// A flatNode is a node[T] with plain words.
type flatNode[T any] struct {
	stamp uint64
	_     unsafe.Pointer // prev
	value T
}

// zeroNode stands for the version of a Var that was never written.
var zeroNode flatNode[[1024]byte]

// getSlow returns the node with the value of the Var at v as tx sees it; the
// value takes size bytes.
//
//go:noinline
func (tx *Tx) getSlow(v unsafe.Pointer, size uintptr) unsafe.Pointer {
	if n := tx.Read((*orec.Slot)(v)); n != nil {
		return unsafe.Pointer(n)
	}
	if size <= unsafe.Sizeof(zeroNode.value) {
		return unsafe.Pointer(&zeroNode)
	}
	// All zeros, so the collector has nothing to find in it whatever T is.
	words := (unsafe.Offsetof(zeroNode.value) + size + 7) / 8
	return unsafe.Pointer(unsafe.SliceData(make([]uint64, words)))
}
