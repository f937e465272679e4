package value

import (
	"testing"

	"github.com/ungil/tm/runtime"
)

// overlap runs first in a transaction of one thread, second to its end in
// another while first is open, and then commits first. It returns how often
// first was attempted; only the first attempt overlaps.
func overlap(w *runtime.World, first, second func(t *Thread)) int {
	a, b := newThread(w), newThread(w)
	return do(a, func(t *Thread, attempt int) {
		first(t)
		if attempt == 1 {
			do(b, func(t *Thread, _ int) { second(t) })
		}
	})
}

// published makes a value in a transaction of its own and publishes it.
func published(w *runtime.World, make func(t *Thread) Value) Value {
	var v Value
	do(newThread(w), func(t *Thread, _ int) {
		v = make(t)
		Publish(t, v)
	})
	return v
}

// look returns what a later transaction sees of v.
func look(w *runtime.World, v Value) (text string) {
	do(newThread(w), func(t *Thread, _ int) { text = Repr(t, v) })
	return text
}

func numbers(n int) func(t *Thread) Value {
	return func(t *Thread) Value {
		l := NewList(t, nil)
		for i := range int64(n) {
			_ = ListOf(l).Append(t, Int(i))
		}
		return l
	}
}

func keysTo(n int) func(t *Thread) Value {
	return func(t *Thread) Value {
		d := NewDict(t, 0)
		for i := range int64(n) {
			_ = d.Set(t, Int(i), Int(i))
		}
		return d.Value()
	}
}

func setTo(n int) func(t *Thread) Value {
	return func(t *Thread) Value {
		s := NewSet(t)
		for i := range int64(n) {
			must(s.Add(t, Int(i)))
		}
		return s.Value()
	}
}

// must fails on an error that a test's own operations met.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

type access func(t *Thread, x Value)

func read(i int64) access {
	return func(t *Thread, x Value) { _, _ = Index(t, x, Int(i)) }
}

func write(i, v int64) access {
	return func(t *Thread, x Value) { must(SetIndex(t, x, Int(i), Int(v))) }
}

func method(name string, args ...Value) access {
	return func(t *Thread, x Value) { _, _ = call(t, x, name, args...) }
}

func length(t *Thread, x Value) { Len(t, x) }

func contents(t *Thread, x Value) { Repr(t, x) }

func find(v Value) access {
	return func(t *Thread, x Value) { _, _ = Binary(t, OpIn, v, x) }
}

// touched is an access that makes the segments of the first elements, so that
// what follows conflicts on elements only.
func touch(n int64) access {
	return func(t *Thread, x Value) {
		for i := range n {
			v, err := Index(t, x, Int(i))
			must(err)
			must(SetIndex(t, x, Int(i), None)) // storing what is there would be no write
			must(SetIndex(t, x, Int(i), v))
		}
	}
}

func TestConflicts(tt *testing.T) {
	for _, c := range []struct {
		name          string
		make          func(t *Thread) Value
		first, second access
		conflict      bool
		want          string // afterwards; empty: not looked at
	}{
		{"list: different elements", numbers(4), write(0, 7), write(1, 8), false, "[7, 8, 2, 3]"},
		{"list: read another element", numbers(4), func(t *Thread, x Value) { read(0)(t, x); write(3, 1)(t, x) }, write(1, 8), false, "[0, 8, 2, 1]"},
		{"list: read and write one element", numbers(4), func(t *Thread, x Value) { read(1)(t, x); write(3, 1)(t, x) }, write(1, 8), true, "[0, 8, 2, 1]"},
		{"list: growth and elements", numbers(4), func(t *Thread, x Value) { read(1)(t, x); write(3, 1)(t, x) }, method("append", Int(9)), false, "[0, 1, 2, 1, 9]"},
		{"list: two appends", numbers(2), method("append", Int(8)), method("append", Int(9)), true, "[0, 1, 9, 8]"},
		{"list: length and growth", numbers(2), func(t *Thread, x Value) { length(t, x); write(0, 5)(t, x) }, method("append", Int(9)), true, "[5, 1, 9]"},
		{"list: element removed", numbers(3), func(t *Thread, x Value) { read(2)(t, x); write(0, 5)(t, x) }, method("pop"), true, "[5, 1]"},
		{"list: past the end, then growth", numbers(2), func(t *Thread, x Value) { read(2)(t, x); write(0, 5)(t, x) }, method("append", Int(1)), true, ""},
		{"list: what is there is stored again", numbers(4), func(t *Thread, x Value) { read(1)(t, x); write(2, 2)(t, x); write(3, 1)(t, x) }, func(t *Thread, x Value) { write(1, 1)(t, x); write(2, 2)(t, x) }, false, "[0, 1, 2, 1]"},
		{"list: what was there is stored again", numbers(4), func(t *Thread, x Value) { write(1, 1)(t, x); write(3, 1)(t, x) }, write(1, 8), true, "[0, 1, 2, 1]"},
		{"dict: what is there is stored again", keysTo(4), func(t *Thread, x Value) { read(1)(t, x); write(2, 2)(t, x); write(3, 1)(t, x) }, func(t *Thread, x Value) { write(1, 1)(t, x); write(2, 2)(t, x) }, false, "{0: 0, 1: 1, 2: 2, 3: 1}"},
		{"dict: what was there is stored again", keysTo(4), func(t *Thread, x Value) { write(1, 1)(t, x); write(3, 1)(t, x) }, write(1, 8), true, "{0: 0, 1: 1, 2: 2, 3: 1}"},
		{"dict: different old keys", keysTo(4), write(0, 7), write(1, 8), false, "{0: 7, 1: 8, 2: 2, 3: 3}"},
		{"dict: one old key", keysTo(4), func(t *Thread, x Value) { read(1)(t, x); write(0, 7)(t, x) }, write(1, 8), true, "{0: 7, 1: 8, 2: 2, 3: 3}"},
		{"dict: inserts of different keys", keysTo(1), write(10, 1), write(11, 1), false, "{0: 0, 11: 1, 10: 1}"},
		{"dict: inserts of one key", keysTo(0), write(10, 1), write(10, 2), true, "{10: 1}"},
		{"dict: absent key inserted", keysTo(1), func(t *Thread, x Value) { find(Int(5))(t, x); write(0, 5)(t, x) }, write(5, 1), true, "{0: 5, 5: 1}"},
		{"dict: other key inserted", keysTo(1), func(t *Thread, x Value) { find(Int(5))(t, x); write(0, 5)(t, x) }, write(6, 1), false, "{0: 5, 6: 1}"},
		{"dict: length and insert", keysTo(1), func(t *Thread, x Value) { length(t, x); write(0, 5)(t, x) }, write(6, 1), true, "{0: 5, 6: 1}"},
		{"dict: length and update", keysTo(2), func(t *Thread, x Value) { length(t, x); write(0, 5)(t, x) }, write(1, 6), false, "{0: 5, 1: 6}"},
		{"dict: contents and insert", keysTo(1), func(t *Thread, x Value) { contents(t, x); write(0, 5)(t, x) }, write(6, 1), true, "{0: 5, 6: 1}"},
		{"dict: contents and removal", keysTo(2), func(t *Thread, x Value) { contents(t, x); write(0, 5)(t, x) }, method("pop", Int(1)), true, "{0: 5}"},
		{"dict: removals of different keys", keysTo(3), method("pop", Int(0)), method("pop", Int(1)), false, "{2: 2}"},
		{"set: different elements", setTo(1), method("add", Int(10)), method("add", Int(11)), false, "set([0, 11, 10])"},
		{"set: one element added twice", setTo(1), method("add", Int(10)), method("add", Int(10)), true, "set([0, 10])"},
		{"set: adding what is there", setTo(2), func(t *Thread, x Value) { method("add", Int(1))(t, x); method("add", Int(7))(t, x) }, method("add", Int(1)), false, "set([0, 1, 7])"},
		{"set: absent, then added", setTo(1), func(t *Thread, x Value) { find(Int(5))(t, x); method("add", Int(6))(t, x) }, method("add", Int(5)), true, "set([0, 5, 6])"},
		{"set: length and removal", setTo(2), func(t *Thread, x Value) { length(t, x); method("add", Int(6))(t, x) }, method("discard", Int(0)), true, "set([1, 6])"},
		{"dict: a key removed and inserted again comes last", keysTo(3), func(t *Thread, x Value) { method("pop", Int(0))(t, x); write(0, 9)(t, x) }, write(2, 5), false, "{1: 1, 2: 5, 0: 9}"},
	} {
		tt.Run(c.name, func(tt *testing.T) {
			w := world(runtime.STM)
			x := published(w, c.make)
			do(newThread(w), func(t *Thread, _ int) {
				n, _ := Len(t, x)
				if SetOf(x) == nil {
					touch(int64(n))(t, x)
				}
			})
			attempts := overlap(w, func(t *Thread) { c.first(t, x) }, func(t *Thread) { c.second(t, x) })
			if (attempts > 1) != c.conflict {
				tt.Errorf("%d attempts, conflict wanted: %v", attempts, c.conflict)
			}
			if got := look(w, x); c.want != "" && got != c.want {
				tt.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// The first write near an element conflicts with readers of its neighbours, as
// it makes their segment; farther away it does not.
func TestFirstWriteConflictsNearby(tt *testing.T) {
	for at, conflict := range map[int64]bool{10: true, 63: true, 64: false, 5000: false, 99_999: false} {
		w := world(runtime.STM)
		x := published(w, numbers(100_000))
		n := overlap(w, func(t *Thread) { read(1)(t, x); write(70_000, 1)(t, x) }, func(t *Thread) { write(at, -1)(t, x) })
		if (n > 1) != conflict {
			tt.Errorf("first write at %d: %d attempts, conflict wanted: %v", at, n, conflict)
		}
		do(newThread(w), func(t *Thread, _ int) {
			if v, _ := Index(t, x, Int(at)); v.AsInt() != -1 {
				tt.Errorf("element %d is %s", at, Repr(t, v))
			}
		})
	}
}

// What a transaction sees does not change while it runs.
func TestSnapshotOfContainers(tt *testing.T) {
	w := world(runtime.STM)
	l, d := published(w, numbers(3)), published(w, keysTo(3))
	reader, writer := newThread(w), newThread(w)
	do(reader, func(t *Thread, attempt int) {
		before := Repr(t, l)
		if attempt == 1 {
			do(writer, func(t *Thread, _ int) {
				write(0, 9)(t, l)
				method("append", Int(4))(t, l)
				method("pop", Int(0))(t, d)
				write(7, 7)(t, d)
			})
		}
		// l was read, so d has to be that of the same moment.
		want := "{0: 0, 1: 1, 2: 2}"
		if before != "[0, 1, 2]" {
			want = "{1: 1, 2: 2, 7: 7}"
		}
		if got := Repr(t, d); got != want {
			tt.Errorf("saw %s with %s", before, got)
		}
		wantRepr(tt, t, l, before)
	})
}

func TestPublicationReachesAll(tt *testing.T) {
	w := world(runtime.STM)
	inner := make([]Value, 3)
	do(newThread(w), func(t *Thread, _ int) {
		for i := range inner {
			inner[i] = list(t, int64(i))
		}
		key := NewPair(Int(1), Int(2))
		d := NewDict(t, 0)
		must(d.Set(t, key, NewPair(inner[0], None)))
		cell := NewCell(t, inner[1])
		must(d.Set(t, Int(0), NewList(t, []Value{cell.Value()})))
		bound, err := Attr(t, inner[2], "append")
		must(err)
		must(d.Set(t, Int(1), bound))
		local := list(t, 5)
		Publish(t, d.Value())
		for i, l := range inner {
			if ListOf(l).shared == nil {
				tt.Errorf("list %d is still local", i)
			}
		}
		if cell.epoch != sharedEpoch {
			tt.Error("the cell is still local")
		}
		if ListOf(local).shared != nil {
			tt.Error("an unrelated list was published")
		}
		must(d.Set(t, Int(2), local))
		if ListOf(local).shared == nil {
			tt.Error("a list stored in a published dict is local")
		}
		appended, assigned := list(t, 6), list(t, 7)
		must(ListOf(local).Append(t, appended))
		must(SetIndex(t, local, Int(0), assigned))
		if ListOf(appended).shared == nil || ListOf(assigned).shared == nil {
			tt.Error("a list stored in a published list is local")
		}
	})
}

func TestNothingIsPublishedUnderGIL(tt *testing.T) {
	do(newThread(world(runtime.GIL)), func(t *Thread, _ int) {
		l := list(t, 1)
		Publish(t, l)
		g := NewGlobals(t, 1)
		g.Set(t, 0, l)
		if ListOf(l).shared != nil {
			tt.Error("list was published")
		}
	})
}

// A transaction that is rolled back has published nothing, and what it changed
// before and after is as it was.
func TestRollbackOfPublication(tt *testing.T) {
	w := world(runtime.STM)
	g := published(w, keysTo(1))
	t := newThread(w)
	var l, d, tup Value
	do(t, func(t *Thread, _ int) {
		l, d = list(t, 1, 2), keysTo(2)(t)
		tup = NewPair(l, d)
	})
	attempts := 0
	do(t, func(t *Thread, attempt int) {
		attempts++
		if attempt == 2 {
			if ListOf(l).shared != nil || DictOf(d).shared != nil || TupleOf(tup).shared {
				tt.Error("still published after an abort")
			}
			wantRepr(tt, t, tup, "([1, 2], {0: 0, 1: 1})")
			return
		}
		read(0)(t, g)
		method("append", Int(3))(t, l)
		write(0, 4)(t, d)
		must(SetIndex(t, g, Str("tuple"), tup))
		method("append", Int(5))(t, l)
		write(9, 9)(t, d)
		wantRepr(tt, t, tup, "([1, 2, 3, 5], {0: 4, 1: 1, 9: 9})")
		do(newThread(w), func(t *Thread, _ int) { write(0, 1)(t, g) })
	})
	if attempts != 2 {
		tt.Errorf("%d attempts, want 2", attempts)
	}
	if got := look(w, g); got != "{0: 1}" {
		tt.Errorf("dict is %s", got)
	}
}

func TestSavepointOfPublication(tt *testing.T) {
	w := world(runtime.STM)
	g := published(w, keysTo(0))
	do(newThread(w), func(t *Thread, _ int) {
		l := list(t, 1)
		write(1, 1)(t, g)
		sp := t.Savepoint()
		method("append", Int(2))(t, l)
		must(SetIndex(t, g, Int(1), l))
		must(SetIndex(t, g, Int(2), l))
		method("append", Int(3))(t, l)
		wantRepr(tt, t, g, "{1: [1, 2, 3], 2: [1, 2, 3]}")
		t.Rollback(sp)
		wantRepr(tt, t, g, "{1: 1}")
		wantRepr(tt, t, l, "[1]")
		if ListOf(l).shared != nil {
			tt.Error("still published")
		}
		sp = t.Savepoint()
		write(2, 2)(t, g)
		write(1, 3)(t, g) // replaces a version of the outer part: keeps its place
		t.Release(sp)
		write(0, 0)(t, g)
		wantRepr(tt, t, g, "{1: 3, 2: 2, 0: 0}")
	})
	if got := look(w, g); got != "{1: 3, 2: 2, 0: 0}" {
		tt.Errorf("later: %s", got)
	}
}

// What a transaction remembers of the segments that it has seen is right after a rollback,
// in the next attempt, and for what it has itself written; and it remembers only what it
// has read.
func TestSeenSegments(tt *testing.T) {
	w := world(runtime.STM)
	l := published(w, numbers(200))
	set := func(t *Thread, i, v int64) { must(SetIndex(t, l, Int(i), Int(v))) }
	want := func(t *Thread, i, v int64) {
		tt.Helper()
		if got, err := Index(t, l, Int(i)); err != nil || got != Int(v) {
			tt.Errorf("element %d is %s, want %d", i, Repr(t, got), v)
		}
	}
	do(newThread(w), func(t *Thread, _ int) {
		want(t, 2, 2)
		sp := t.Savepoint()
		set(t, 2, 20)
		want(t, 2, 20)
		t.Rollback(sp)
		want(t, 2, 2)
		set(t, 3, 30) // in the segment that was rolled back, it would be lost
		want(t, 3, 30)
		want(t, 70, 70)
		want(t, 199, 199)
	})
	do(newThread(w), func(t *Thread, _ int) { want(t, 2, 2); want(t, 3, 30) })
	do(newThread(w), func(t *Thread, attempt int) {
		want(t, 100, 100)
		if attempt == 1 {
			do(newThread(w), func(t *Thread, _ int) { set(t, 101, 7) })
			want(t, 101, 101)
			set(t, 0, 1)
			return
		}
		want(t, 101, 7)
		set(t, 0, 2)
	})
	do(newThread(w), func(t *Thread, _ int) { want(t, 0, 2); want(t, 101, 7) })
}

func TestCellsAndGlobals(tt *testing.T) {
	both(tt, func(tt *testing.T, t *Thread) {
		c, g := NewCell(t, Int(1)), NewGlobals(t, 2)
		if g.Get(t, 1).IsSet() {
			tt.Error("a new global has a value")
		}
		g.Set(t, 0, Int(1))
		for range 2 {
			sp := t.Savepoint()
			c.Set(t, Int(2))
			g.Set(t, 0, Int(2))
			if c.Get(t).AsInt() != 2 || g.Get(t, 0).AsInt() != 2 {
				tt.Error("own assignment is not seen")
			}
			t.Rollback(sp)
			if c.Get(t).AsInt() != 1 || g.Get(t, 0).AsInt() != 1 {
				tt.Error("rollback did not restore")
			}
			Publish(t, c.Value())
		}
		g.Set(t, 1, Str("x"))
		if g.Get(t, 1).AsString() != "x" || g.Get(t, 0).AsInt() != 1 {
			tt.Error("global lost")
		}
	})
	w := world(runtime.STM)
	var c *Cell
	var g *Globals
	do(newThread(w), func(t *Thread, _ int) {
		c, g = NewCell(t, Int(0)), NewGlobals(t, 2)
		Publish(t, c.Value())
	})
	n := overlap(w, func(t *Thread) { g.Set(t, 0, c.Get(t)) }, func(t *Thread) { c.Set(t, Int(5)); g.Set(t, 1, Int(6)) })
	do(newThread(w), func(t *Thread, _ int) {
		if n != 2 || g.Get(t, 0).AsInt() != 5 || g.Get(t, 1).AsInt() != 6 {
			tt.Errorf("%d attempts, globals %d %d", n, g.Get(t, 0).AsInt(), g.Get(t, 1).AsInt())
		}
	})
}
