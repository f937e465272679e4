package value

import (
	"strings"
	"testing"

	"github.com/ungil/tm/runtime"
)

// TestFreeze freezes local and published objects; changing them fails, in this
// transaction and in another thread's.
func TestFreeze(tt *testing.T) {
	for _, m := range []runtime.Model{runtime.GIL, runtime.STM} {
		for _, first := range []bool{false, true} {
			w := world(m)
			var l, d, s Value
			do(newThread(w), func(t *Thread, _ int) {
				s = setTo(3)(t)
				d = keysTo(3)(t)
				must(DictOf(d).Set(t, Str("s"), s))
				l = NewList(t, []Value{Int(1), NewPair(d, Int(2))})
				must(DictOf(d).Set(t, Str("l"), l)) // a cycle
				if first {
					Publish(t, l)
					must(ListOf(l).Append(t, Int(9)))
				}
			})
			do(newThread(w), func(t *Thread, _ int) {
				Freeze(t, l)
				wantFrozen(tt, t, l, d, s)
			})
			do(newThread(w), func(t *Thread, _ int) {
				Publish(t, l)
				wantFrozen(tt, t, l, d, s)
				if got := Repr(t, d); !strings.HasPrefix(got, `{0: 0, 1: 1, 2: 2, "s": set([0, 1, 2]), "l": [1, ({...}, 2)`) {
					tt.Errorf("%v: frozen contents are %s", m, got)
				}
			})
		}
	}
}

func wantFrozen(tt *testing.T, t *Thread, l, d, s Value) {
	tt.Helper()
	for _, err := range []error{
		ListOf(l).Append(t, None), SetIndex(t, l, Int(0), None), SetIndex(t, d, Int(0), None), SetOf(s).Add(t, Int(0)),
	} {
		if err == nil || !strings.Contains(err.Error(), " frozen ") {
			tt.Errorf("changing what is frozen: got error %v", err)
		}
	}
	if _, _, err := DictOf(d).Delete(t, Int(0)); err == nil {
		tt.Error("an entry of a frozen dict was deleted")
	}
}

// TestFreezeUndone: a savepoint that is rolled back takes the freeze along.
func TestFreezeUndone(tt *testing.T) {
	both(tt, func(tt *testing.T, t *Thread) {
		l, d := list(t, 1), keysTo(20)(t)
		c := NewCell(t, d)
		Publish(t, d)
		mark := t.Savepoint()
		Freeze(t, l)
		Freeze(t, c.Value())
		t.Rollback(mark)
		must(ListOf(l).Append(t, Int(2)))
		must(DictOf(d).Set(t, Int(20), Int(20)))
		wantRepr(tt, t, l, "[1, 2]")
		if n := DictOf(d).Len(t); n != 21 {
			tt.Errorf("the dict has %d entries", n)
		}
	})
}
