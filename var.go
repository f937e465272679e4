package tm

import (
	"unsafe"

	"github.com/ungil/tm/orec"
)

// A Var is a transactional variable. Its zero value is ready and holds the zero
// T. It takes one word, so it can stand in structs and arrays; it must not be
// copied after use.
//
// A value in a Var must be treated as immutable: it is shared with every
// transaction that reads it. To change a slice or a map in a Var, set a new one.
type Var[T any] struct{ slot orec.Slot }

// node is a version of a Var.
type node[T any] struct {
	orec.Version
	value T
}

// nodeOf returns the node that begins with n, which a Var[T] made.
func nodeOf[T any](n *orec.Version) *node[T] { return (*node[T])(unsafe.Pointer(n)) }

// NewVar returns a Var that holds x. Wait-free.
func NewVar[T any](x T) *Var[T] {
	v := new(Var[T])
	n := &node[T]{value: x}
	initVersion(&n.Version)
	publishInitial(&v.slot, &n.Version)
	return v
}

// Set gives v the value x when tx commits; until then only tx sees it. It
// panics in a View. Wait-free.
func (v *Var[T]) Set(tx *Tx, x T) {
	if v == nil {
		panic(misuseNilVar("Set"))
	}
	if tx.Wrote() {
		if n := tx.Pending(&v.slot); n != nil {
			nodeOf[T](n).value = x
			return
		}
	}
	n := &node[T]{value: x}
	tx.Write(&v.slot, &n.Version)
}

// Load returns the newest committed value of v, outside any transaction. Loads
// of several Vars are not one snapshot: use View for that. Lock-free: it may
// first finish a commit that is under way.
func (v *Var[T]) Load() (x T) {
	if v == nil {
		panic(misuseNilVar("Load"))
	}
	if n := newestCommitted(&v.slot); n != nil {
		return nodeOf[T](n).value
	}
	return x
}

// Update sets v to what f makes of its value and returns that. f must return a new
// value, not change the old one in place.
//
//	hits.Update(tx, func(n int) int { return n + 1 })
//
// It is Get and then Set, with their progress and conflicts.
func (v *Var[T]) Update(tx *Tx, f func(x T) T) T {
	x := f(v.Get(tx))
	v.Set(tx, x)
	return x
}

// Swap sets v to x and returns what it held before. It is Get and then Set, with
// their progress and conflicts.
func (v *Var[T]) Swap(tx *Tx, x T) (old T) {
	old = v.Get(tx)
	v.Set(tx, x)
	return old
}

// Store sets v to x, outside any transaction: it is a transaction of its own, with no
// error. Inside a transaction use Set; a Store there happens even if the transaction
// does not. Lock-free.
func (v *Var[T]) Store(x T) {
	if v == nil {
		panic(misuseNilVar("Store"))
	}
	_ = Atomically(func(tx *Tx) error {
		v.Set(tx, x)
		return nil
	})
}
