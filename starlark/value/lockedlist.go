package value

import (
	"slices"
	"unsafe"

	"github.com/ungil/tm/runtime"
)

// A lockedList is the contents of a published list under the model Locks. Its
// base is not immutable; the rest of the sharedList is not used.
type lockedList struct {
	sharedList
	lock runtime.Lock
}

// newSharedList makes the contents of a list that is being published.
func newSharedList(t *Thread, elems []Value) *sharedList {
	if t.locking {
		return &(&lockedList{sharedList: sharedList{base: elems}}).sharedList
	}
	return &sharedList{base: elems}
}

func (s *sharedList) locked() *lockedList { return (*lockedList)(unsafe.Pointer(s)) }

func (s *lockedList) len(t *Thread) int {
	g := t.Guard(&s.lock)
	n := len(s.base)
	t.Unguard(&s.lock, g)
	return n
}

func (s *lockedList) at(t *Thread, i int) (v Value, ok bool) {
	g := t.Guard(&s.lock)
	if ok = i < len(s.base); ok {
		v = s.base[i]
	}
	t.Unguard(&s.lock, g)
	return v, ok
}

// set assigns to element i; ok is false if there is none.
func (s *lockedList) set(t *Thread, i int, v Value) (ok bool) {
	Publish(t, v)
	g := t.Guard(&s.lock)
	if ok = i < len(s.base); ok {
		if t.Logging() {
			t.PushUndo((*lockedElem)(s), i, s.base[i].p, s.base[i].bits)
		}
		s.base[i] = v
		t.Changes(unsafe.Pointer(&s.lock))
	}
	t.Unguard(&s.lock, g)
	return ok
}

func (s *lockedList) snapshot(t *Thread) []Value {
	g := t.Guard(&s.lock)
	all := slices.Clone(s.base)
	t.Unguard(&s.lock, g)
	return all
}

// store replaces everything from position from on by tail.
func (s *lockedList) store(t *Thread, from int, tail []Value) {
	for _, v := range tail {
		Publish(t, v)
	}
	g := t.Guard(&s.lock)
	from = min(from, len(s.base))
	if t.Logging() {
		old := slices.Clone(s.base[from:])
		t.PushUndo((*lockedTail)(s), from, unsafe.Pointer(&old), 0)
	}
	s.replace(from, tail)
	t.Changes(unsafe.Pointer(&s.lock))
	t.Unguard(&s.lock, g)
}

func (s *lockedList) replace(from int, tail []Value) {
	old := s.base
	if n := from + len(tail); n > cap(old) {
		s.base = slices.Grow(old, max(4, n-len(old), len(old))) // doubles, as List.grow
	}
	s.base = append(s.base[:from], tail...)
	if n := len(s.base); n < len(old) {
		clear(old[n:]) // keeps nothing alive; the array is still the same
	}
}

// Undo entries of a published list. A savepoint is open: nobody else has the list.
type (
	lockedElem lockedList // one element had another value
	lockedTail lockedList // the elements from a position on were others
)

func (s *lockedElem) Undo(at int, p unsafe.Pointer, bits uint64) { s.base[at] = Value{p, bits} }

func (s *lockedTail) Undo(at int, p unsafe.Pointer, _ uint64) {
	(*lockedList)(s).replace(at, *(*[]Value)(p))
}
