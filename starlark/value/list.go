package value

import (
	"errors"
	"fmt"
	"slices"
	"unsafe"
)

// A List is a Starlark list.
type List struct {
	Object
	epoch  uint64
	elems  []Value     // nil once published
	shared *sharedList // nil while local
}

// wholeCopy is the size up to which the first mutation in a transaction
// remembers a whole object; above, each change is remembered by itself.
const wholeCopy = 64

// NewList makes a list; it takes over elems.
func NewList(t *Thread, elems []Value) Value {
	t.Charge(len(elems) * valueSize)
	l := &List{Object: Object{&listType}, epoch: t.Epoch, elems: elems}
	return FromObject(&l.Object)
}

// Local returns the elements of a local list, for reading; those of a
// published one are not here: the result is empty.
func (l *List) Local() []Value { return l.elems }

// Shared returns element i of a list that was published for transactions; an unset Value
// says nothing, at is to be asked. It is not inlined: it would take registers from the loop.
//
//go:noinline
func (l *List) Shared(t *Thread, i int64) (v Value) {
	if l.shared != nil && t.Tx() != nil && i >= 0 && i < maxLen {
		v = l.shared.element(t, int(i))
	}
	return v
}

// Published reports whether the list is shared between threads.
func (l *List) Published() bool { return l.epoch == sharedEpoch }

// SetShared assigns to element i of a list that was published for transactions, and reports
// whether it did; if not, nothing follows. It is not inlined, as Shared.
//
//go:noinline
func (l *List) SetShared(t *Thread, i int64, v Value) bool {
	if !l.Published() || t.Tx() == nil || i < 0 || i >= maxLen || len(t.Marks) != 0 && t.marked(unsafe.Pointer(l)) {
		return false
	}
	return l.shared.replace(t, int(i), v)
}

// Writable reports whether the elements that Local returns may be assigned to
// right now, without any other step.
func (l *List) Writable(t *Thread) bool {
	return l.epoch == t.Epoch && (len(t.Marks) == 0 || !t.marked(unsafe.Pointer(l)))
}

// Len returns the number of elements.
func (l *List) Len(t *Thread) int {
	if l.shared == nil {
		return len(l.elems)
	}
	return l.shared.len(t)
}

// at returns element i >= 0; ok is false if there is none.
func (l *List) at(t *Thread, i int) (v Value, ok bool) {
	if uint(i) < uint(len(l.elems)) {
		return l.elems[i], true
	}
	if l.shared != nil {
		return l.shared.at(t, i)
	}
	return Value{}, false
}

// Snapshot returns the elements now; the caller must not change the result,
// and a later mutation may show in it.
func (l *List) Snapshot(t *Thread) []Value {
	if l.shared == nil {
		return l.elems
	}
	return l.shared.snapshot(t)
}

// mutable refuses to change a list that this thread iterates.
func (l *List) mutable(t *Thread, verb string) error {
	if l.epoch == frozenEpoch {
		return fmt.Errorf("cannot %s frozen list", verb)
	}
	if len(t.Marks) != 0 && t.marked(unsafe.Pointer(l)) {
		return fmt.Errorf("cannot %s list during iteration", verb)
	}
	return nil
}

// own prepares a local list for its first mutation since t.Epoch changed. It
// reports whether the caller has still to remember what it overwrites.
func (l *List) own(t *Thread) (logEach bool) {
	if t.Logging() {
		if len(l.elems) > wholeCopy {
			return true
		}
		l.saveWhole(t)
	}
	l.epoch = t.Epoch
	return false
}

// saveWhole remembers all elements.
func (l *List) saveWhole(t *Thread) {
	saved := slices.Clone(l.elems)
	t.PushUndo((*listWhole)(l), 0, unsafe.Pointer(&saved), 0)
}

// ownWhole is own for a change that moves most elements anyway.
func (l *List) ownWhole(t *Thread) {
	if l.epoch != t.Epoch && l.own(t) {
		l.saveWhole(t)
		l.epoch = t.Epoch
	}
}

// Append adds v at the end.
func (l *List) Append(t *Thread, v Value) error {
	if l.Writable(t) && len(l.elems) < cap(l.elems) {
		l.elems = append(l.elems, v)
		return nil
	}
	return l.appendSlow(t, v)
}

// grow makes room for another element. It doubles: append's own factor of 1.25
// for long slices would copy every element twice as often.
func (l *List) grow(t *Thread) {
	if n := len(l.elems); n == cap(l.elems) {
		t.Charge(max(4, n) * valueSize)
		l.elems = slices.Grow(l.elems, max(4, n))
	}
}

func (l *List) appendSlow(t *Thread, v Value) error {
	if err := l.mutable(t, "append to"); err != nil {
		return err
	}
	if l.shared != nil {
		t.Charge(valueSize)
		l.shared.store(t, l.shared.len(t), []Value{v})
		return nil
	}
	l.ownEnd(t)
	l.grow(t)
	l.elems = append(l.elems, v)
	return nil
}

// ownEnd is own for adding elements at the end.
func (l *List) ownEnd(t *Thread) {
	if l.epoch != t.Epoch && l.own(t) {
		t.PushUndo((*listTruncate)(l), len(l.elems), nil, 0)
	}
}

// setAt assigns to an element that exists.
func (l *List) setAt(t *Thread, i int, v Value) error {
	if err := l.mutable(t, "assign to element of"); err != nil {
		return err
	}
	if l.shared != nil {
		if !l.shared.set(t, i, v) {
			return errors.New("assign to element of list that another thread has shortened")
		}
		return nil
	}
	if l.epoch != t.Epoch && l.own(t) {
		t.PushUndo((*listElem)(l), i, l.elems[i].p, l.elems[i].bits)
	}
	l.elems[i] = v
	return nil
}

// Extend adds vs at the end.
func (l *List) Extend(t *Thread, vs []Value) error {
	if err := l.mutable(t, "extend"); err != nil {
		return err
	}
	t.Charge(len(vs) * valueSize)
	if l.shared != nil {
		l.shared.store(t, l.shared.len(t), vs)
		return nil
	}
	l.ownEnd(t)
	l.elems = append(l.elems, vs...)
	return nil
}

// insert puts v before position i, 0 <= i <= length.
func (l *List) insert(t *Thread, i int, v Value) error {
	if err := l.mutable(t, "insert into"); err != nil {
		return err
	}
	if l.shared != nil {
		all := l.shared.snapshot(t)
		tail := append([]Value{v}, all[min(i, len(all)):]...)
		l.shared.store(t, i, tail)
		return nil
	}
	if i == len(l.elems) {
		l.ownEnd(t)
	} else {
		l.ownWhole(t)
	}
	l.elems = slices.Insert(l.elems, i, v)
	return nil
}

// removeAt removes and returns element i, which exists; n is the length.
func (l *List) removeAt(t *Thread, i, n int, verb string) (Value, error) {
	if err := l.mutable(t, verb); err != nil {
		return Value{}, err
	}
	if l.shared != nil {
		v, _ := l.shared.at(t, i)
		var tail []Value
		if i < n-1 {
			all := l.shared.snapshot(t)
			tail = all[min(i+1, len(all)):]
		}
		l.shared.store(t, i, tail)
		return v, nil
	}
	v := l.elems[i]
	if i == n-1 {
		if l.epoch != t.Epoch && l.own(t) {
			t.PushUndo((*listPopped)(l), i, v.p, v.bits)
		}
		l.elems[i] = Value{}
		l.elems = l.elems[:i]
		return v, nil
	}
	l.ownWhole(t)
	l.elems = slices.Delete(l.elems, i, i+1)
	return v, nil
}

// clear removes all elements.
func (l *List) clear(t *Thread) error {
	if err := l.mutable(t, "clear"); err != nil {
		return err
	}
	if l.shared != nil {
		l.shared.store(t, 0, nil)
		return nil
	}
	if t.Logging() && l.epoch != t.Epoch {
		saved := l.elems // no copy: the list gets a new array
		t.PushUndo((*listWhole)(l), 0, unsafe.Pointer(&saved), 0)
	}
	l.epoch = t.Epoch
	l.elems = nil
	return nil
}

// Undo entries of a local list.
type (
	listElem      List // one element had another value
	listTruncate  List // elements were added at the end
	listPopped    List // the last element was removed
	listWhole     List // anything
	listUnpublish List // the list became shared
)

func (l *listElem) Undo(at int, p unsafe.Pointer, bits uint64) { l.elems[at] = Value{p, bits} }

func (l *listTruncate) Undo(at int, _ unsafe.Pointer, _ uint64) {
	clear(l.elems[at:])
	l.elems = l.elems[:at]
}

func (l *listPopped) Undo(_ int, p unsafe.Pointer, bits uint64) {
	l.elems = append(l.elems, Value{p, bits})
}

func (l *listWhole) Undo(_ int, p unsafe.Pointer, _ uint64) { l.elems = *(*[]Value)(p) }

func (l *listUnpublish) Undo(_ int, _ unsafe.Pointer, epoch uint64) {
	l.elems, l.shared, l.epoch = l.shared.base, nil, epoch
}

// publish makes a local list shared; visit is called with its elements.
func (l *List) publish(t *Thread, visit func(Value)) {
	if l.epoch >= frozenEpoch {
		return
	}
	if t.Logging() {
		t.PushUndo((*listUnpublish)(l), 0, nil, l.epoch)
	}
	l.shared = newSharedList(t, l.elems)
	l.epoch, l.elems = sharedEpoch, nil
	for _, v := range l.shared.base {
		if !v.isLeaf() {
			visit(v)
		}
	}
}
