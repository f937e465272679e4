package value

import (
	goruntime "runtime"
	"testing"

	"github.com/ungil/tm/runtime"
)

// TestRootsKeepNothingAlive: what Go code has dropped is forgotten, what it holds is
// not; at the end all of it, and what it reaches, is published.
func TestRootsKeepNothingAlive(tt *testing.T) {
	w := world(runtime.Auto)
	t := newThread(w)
	var held []Value
	const objects = 20 * minRoots
	do(t, func(t *Thread, _ int) {
		for i := range objects {
			inner := NewList(t, []Value{Int(1)})
			v := NewTuple([]Value{Str("in a tuple"), NewList(t, []Value{inner})})
			Publish(t, v)
			NewGlobals(t, 1).Set(t, 0, v)
			if i%(objects/10) == 0 {
				held = append(held, v, NewList(t, []Value{inner}))
				Publish(t, held[len(held)-1])
			}
			if i%minRoots == 0 {
				goruntime.GC()
			}
		}
	})
	if n := len(t.roots.objects) + len(t.roots.globals); n > objects/2 {
		tt.Errorf("%d roots of %d objects", n, 3*objects)
	}
	goruntime.GC()
	t.roots.Share(w.NewThread())
	for _, v := range held {
		if tup := TupleOf(v); tup != nil {
			if !tup.shared {
				tt.Error("a tuple is not published")
			}
			v = tup.Elems()[1]
		}
		if l := ListOf(v); l.shared == nil || ListOf(l.shared.base[0]).shared == nil {
			tt.Error("a list, or what it contains, is not published")
		}
	}
	if t.roots.objects != nil || !t.roots.shared || NewGlobals(t, 2).slots == nil {
		tt.Error("the roots are used further")
	}
}
