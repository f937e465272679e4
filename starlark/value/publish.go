package value

import "unsafe"

// Publish makes v and all it reaches shared, because the running transaction
// is about to store v where other threads can see it. Nobody sees it before
// that transaction commits; if it does not, everything becomes local again.
// Under Locks nobody can have seen it before it is stored. Under a global lock nothing is ever published. A world that may become
// transactional remembers v until then.
func Publish(t *Thread, v Value) {
	switch {
	case v.p == nil || v.isLeaf():
	case t.Tx() != nil || t.locking:
		publishSlow(t, v)
	case t.roots != nil:
		t.roots.add(t, v)
	}
}

func publishSlow(t *Thread, v Value) {
	if tup := TupleOf(v); tup != nil && tup.isPlain() {
		return
	}
	reach(t, v, publishOne)
}

// reach calls step with v and with all that step pushes. It keeps its own stack: a
// list may be nested deeper than Go's stack should grow.
func reach(t *Thread, v Value, step func(t *Thread, v Value, push func(Value))) {
	todo := []Value{v}
	push := func(v Value) {
		if v.p != nil && !v.isLeaf() {
			todo = append(todo, v)
		}
	}
	for len(todo) > 0 {
		v := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		step(t, v, push)
	}
}

// publishOne publishes v and pushes what it reaches.
func publishOne(t *Thread, v Value, push func(Value)) {
	switch ty := v.Type(); ty.Kind {
	case KindTuple:
		(*Tuple)(v.p).publish(t, push)
	case KindList:
		(*List)(v.p).publish(t, push)
	case KindDict, KindSet:
		(*Dict)(v.p).publish(t, push) // a Set begins with one
	case KindCell:
		if c := (*Cell)(v.p); c.publish(t) {
			push(c.v)
		}
	case KindBuiltin:
		// Immutable, and bound to one value at most: a cycle needs a
		// container, which is visited once.
		push((*Builtin)(v.p).Recv)
	default:
		if ty.traced(t, v) {
			ty.Trace(v, push)
		}
	}
}

// MarkShared sets a mark of an object that Trace visits, and reports
// whether it was not set before. A rollback clears it again.
func (t *Thread) MarkShared(mark *bool) bool {
	if *mark {
		return false
	}
	*mark = true
	if t.Logging() {
		t.PushUndo((*unmark)(mark), 0, nil, 0)
	}
	return true
}

// unmark clears a mark.
type unmark bool

func (m *unmark) Undo(int, unsafe.Pointer, uint64) { *m = false }
