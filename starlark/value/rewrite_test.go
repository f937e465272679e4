package value

import (
	"testing"

	"github.com/ungil/tm/orec"
	"github.com/ungil/tm/runtime"
)

// TestRewriting: what a transaction writes again and again in published objects, in blocks inside
// each other of which some are undone, is what was written last and not undone.
func TestRewriting(tt *testing.T) {
	w := world(runtime.STM)
	l, d := published(w, numbers(4)), published(w, keysTo(4))
	do(newThread(w), func(t *Thread, _ int) { write(0, 1)(t, l); write(0, 1)(t, d) }) // makes segments
	set := func(t *Thread, v int64) {
		tt.Helper()
		if !ListOf(l).SetShared(t, 1, Int(v)) || !DictOf(d).SetShared(t, Int(1), Int(v)) {
			tt.Errorf("not assigned: %d", v)
		}
	}
	want := func(t *Thread, v int64) {
		tt.Helper()
		a, b := ListOf(l).Shared(t, 1), DictOf(d).Shared(t, Int(1))
		if a != Int(v) || b != Int(v) {
			tt.Errorf("got %s and %s, want %d", Repr(t, a), Repr(t, b), v)
		}
	}
	do(newThread(w), func(t *Thread, _ int) {
		outermost := t.Savepoint()
		set(t, 10)
		outer := t.Savepoint()
		set(t, 11)
		inner := t.Savepoint()
		set(t, 12)
		set(t, 13)
		want(t, 13)
		t.Rollback(inner)
		want(t, 11)
		inner = t.Savepoint()
		set(t, 14)
		t.Release(inner)
		set(t, 15)
		want(t, 15)
		t.Rollback(outer)
		want(t, 10)
		set(t, 16)
		t.Rollback(outermost)
		want(t, 1)
		block := t.Savepoint()
		set(t, 17)
		t.Release(block)
		for v := range int64(3) {
			block = t.Savepoint()
			set(t, 20+v)
			t.Release(block)
		}
	})
	do(newThread(w), func(t *Thread, _ int) { want(t, 22) })
}

// TestRewritingKeepsOrder: a key that is removed and added again in a block that is undone has its
// place and its looks afterwards.
func TestRewritingKeepsOrder(tt *testing.T) {
	w := world(runtime.STM)
	d := published(w, keysTo(3))
	do(newThread(w), func(t *Thread, _ int) {
		write(1, 7)(t, d)
		write(5, 7)(t, d)
		write(6, 7)(t, d)
		for range 2 {
			sp := t.Savepoint()
			write(1, 8)(t, d)
			write(6, 8)(t, d)
			for _, key := range []Value{Int(1), Int(6)} {
				_, _, _ = DictOf(d).Delete(t, key)
				looksOther := Float(float64(key.AsInt()))
				must(DictOf(d).Set(t, looksOther, Int(9)))
				must(DictOf(d).Set(t, looksOther, Int(10)))
			}
			wantRepr(tt, t, d, "{0: 0, 2: 2, 5: 7, 1.0: 10, 6.0: 10}")
			t.Rollback(sp)
			wantRepr(tt, t, d, "{0: 0, 1: 7, 2: 2, 5: 7, 6: 7}")
		}
	})
	if got := look(w, d); got != "{0: 0, 1: 7, 2: 2, 5: 7, 6: 7}" {
		tt.Errorf("later: %s", got)
	}
}

// TestFastAssignment does what the ordinary one does, or nothing.
func TestFastAssignment(tt *testing.T) {
	w := world(runtime.STM)
	l, d := published(w, numbers(100)), published(w, keysTo(100))
	do(newThread(w), func(t *Thread, _ int) { write(0, 1)(t, l) })
	inList := func(t *Thread, want bool, at int64) {
		tt.Helper()
		if got := ListOf(l).SetShared(t, at, Int(5)); got != want {
			tt.Errorf("element %d assigned: %v", at, got)
		}
	}
	inDict := func(t *Thread, want bool, key Value) {
		tt.Helper()
		if got := DictOf(d).SetShared(t, key, Int(5)); got != want {
			tt.Errorf("key %s assigned: %v", Repr(t, key), got)
		}
		if got := DictOf(d).Shared(t, key); want && got != Int(5) {
			tt.Errorf("key %s is then %s", Repr(t, key), Repr(t, got))
		}
	}
	do(newThread(w), func(t *Thread, _ int) {
		inList(t, true, 1)
		inList(t, false, -1)
		inList(t, false, 100) // nor does it make a segment near there
		t.Mark(l)
		inList(t, false, 1)
		t.Unmark()
		for range 99 {
			method("pop")(t, l)
		}
		inList(t, false, 1)
		Freeze(t, l)
		inList(t, false, 0)

		inDict(t, true, Int(1))
		_, _, _ = DictOf(d).Delete(t, Int(1))
		inDict(t, true, Int(1))
		inDict(t, true, Str("new"))
		inDict(t, false, NewList(t, nil))
		if n := DictOf(d).Len(t); n != 101 {
			tt.Errorf("%d keys", n)
		}
		t.Mark(d)
		inDict(t, false, Int(1))
		t.Unmark()
		Freeze(t, d)
		inDict(t, false, Int(1))
	})
	do(plain(), func(t *Thread, _ int) {
		if ListOf(list(t, 1)).SetShared(t, 0, None) || DictOf(keysTo(1)(t)).SetShared(t, Int(0), None) {
			tt.Error("assigned to what is not published")
		}
	})
}

// TestUndoLeavesFailedVersionsAlone: others may be looking at a version whose commit has failed.
func TestUndoLeavesFailedVersionsAlone(tt *testing.T) {
	w := &cellVersion{v: Int(2)}
	(*overwritten)(w).Undo(0, Int(1).p, Int(1).bits)
	if w.v != Int(1) {
		tt.Error("a version that was not published keeps what it held last")
	}
	for _, stamp := range []uint64{orec.Aborted, orec.Single, orec.Pending(3)} {
		w.Stamp.Store(stamp)
		(*overwritten)(w).Undo(0, Int(2).p, Int(2).bits)
		if w.v != Int(1) {
			tt.Errorf("a version with the stamp %#x was changed", stamp)
		}
	}
}

// TestShortPlainTuplesAreNotMarked, so that who freezes one, or stores it, writes nothing that others
// may be reading at that time.
func TestShortPlainTuplesAreNotMarked(tt *testing.T) {
	w := world(runtime.STM)
	g := published(w, keysTo(0))
	do(newThread(w), func(t *Thread, _ int) {
		short, inner := NewPair(Int(1), Str("x")), list(t, 1)
		long := NewTuple([]Value{None, None, None, None, None, None, None, None, None})
		deep := NewPair(Int(1), NewPair(None, inner))
		for i, v := range []Value{short, long, deep} {
			must(SetIndex(t, g, Int(int64(i)), v))
		}
		if TupleOf(short).shared || !TupleOf(long).shared || !TupleOf(deep).shared || ListOf(inner).shared == nil {
			tt.Error("a short plain tuple is marked, or another one is not")
		}
		Freeze(t, short)
		if TupleOf(short).shared {
			tt.Error("freezing marks a short plain tuple")
		}
	})
}
