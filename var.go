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
