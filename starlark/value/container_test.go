package value

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"go.starlark.net/starlark"

	"github.com/ungil/tm/runtime"
)

// A step is a random operation, done on our container and on starlark-go's.
type step struct {
	name string
	args []Value
}

func listStep(r *rand.Rand, n int) step {
	i := func() Value { return Int(int64(r.IntN(n+3) - 1 - n/4)) }
	switch r.IntN(12) {
	case 0:
		return step{"insert", []Value{i(), i()}}
	case 1:
		return step{"pop", nil}
	case 2:
		return step{"pop", []Value{i()}}
	case 3:
		return step{"remove", []Value{i()}}
	case 4:
		return step{"extend", []Value{NewTuple([]Value{i(), Str("ab"), i()})}}
	case 5:
		return step{"index", []Value{i()}}
	case 6:
		if r.IntN(30) == 0 {
			return step{"clear", nil}
		}
		return step{"append", []Value{Float(1.5)}}
	}
	return step{"append", []Value{i()}}
}

func dictStep(r *rand.Rand, n int) step {
	key := func() Value {
		k := r.IntN(2*n + 2)
		switch k % 4 {
		case 0:
			return Str(fmt.Sprint("key", k))
		case 1:
			return Float(float64(k + 2)) // some int below is equal to it
		case 2:
			return NewPair(Int(int64(k)), Str("x"))
		}
		return Int(int64(k))
	}
	switch r.IntN(12) {
	case 0, 1, 2:
		return step{"pop", []Value{key(), None}}
	case 3:
		return step{"get", []Value{key()}}
	case 4:
		return step{"setdefault", []Value{key(), Int(7)}}
	case 5:
		if r.IntN(30) == 0 {
			return step{"clear", nil}
		}
		return step{"pop", []Value{key()}}
	case 6:
		return step{"popitem", nil}
	}
	return step{"update", []Value{NewTuple([]Value{NewPair(key(), key())})}}
}

// same runs a step on both sides and compares result and contents.
func same(tt *testing.T, t *Thread, ours Value, theirs starlark.HasAttrs, s step) {
	tt.Helper()
	v, err := call(t, ours, s.name, s.args...)
	text := ""
	if err == nil {
		text = Repr(t, v)
	}
	var args starlark.Tuple
	for _, a := range s.args {
		args = append(args, oracle(t, a))
	}
	m, _ := theirs.Attr(s.name)
	w, werr := starlark.Call(new(starlark.Thread), m, args, nil)
	want := ""
	if werr == nil {
		want = w.String()
	}
	if text, want := result(text, err), result(want, werr); text != want {
		tt.Fatalf("%s%s: got %s, want %s", s.name, Repr(t, NewTuple(s.args)), text, want)
	}
	if got := Repr(t, ours); got != theirs.String() {
		tt.Fatalf("after %s%s: got %.300s, want %.300s", s.name, Repr(t, NewTuple(s.args)), got, theirs)
	}
}

// stages are the states a container goes through in the random tests.
func randomContainer(tt *testing.T, m runtime.Model, seed uint64, makeStep func(*rand.Rand, int) step, isList bool) {
	r := rand.New(rand.NewPCG(seed, 1))
	t := newThread(world(m))
	do(t, func(t *Thread, _ int) {
		var ours Value
		var theirs starlark.HasAttrs
		if isList {
			ours, theirs = NewList(t, nil), starlark.NewList(nil)
		} else {
			ours, theirs = NewDict(t, 0).Value(), new(starlark.Dict)
		}
		size := 1 + r.IntN(60)
		for i := range 150 {
			if i == int(seed%150) {
				Publish(t, ours)
			}
			if r.IntN(10) == 0 {
				before := Repr(t, ours)
				sp := t.Savepoint()
				for range r.IntN(20) {
					s := makeStep(r, size)
					_, _ = call(t, ours, s.name, s.args...)
				}
				if r.IntN(8) == 0 {
					Publish(t, ours)
				}
				t.Rollback(sp)
				if got := Repr(t, ours); got != before {
					tt.Fatalf("after rollback: got %.300s, want %.300s", got, before)
				}
				_, err := call(t, Value{}, "list", ours)
				if err != nil {
					tt.Fatal(err)
				}
			}
			if r.IntN(10) == 0 {
				sp := t.Savepoint()
				same(tt, t, ours, theirs, makeStep(r, size))
				t.Release(sp)
			}
			same(tt, t, ours, theirs, makeStep(r, size))
		}
	})
}

func TestRandomListsAgreeWithOracle(tt *testing.T) {
	for _, m := range []runtime.Model{runtime.GIL, runtime.STM} {
		for seed := range uint64(150) {
			randomContainer(tt, m, seed, listStep, true)
		}
	}
}

func TestRandomDictsAgreeWithOracle(tt *testing.T) {
	for _, m := range []runtime.Model{runtime.GIL, runtime.STM} {
		for seed := range uint64(150) {
			randomContainer(tt, m, seed, dictStep, false)
		}
	}
}

// A large container logs each change by itself; the undo must still be exact.
func TestRollbackOfLargeContainers(tt *testing.T) {
	both(tt, func(tt *testing.T, t *Thread) {
		l, d := NewList(t, nil), NewDict(t, 0)
		for i := range int64(500) {
			_ = ListOf(l).Append(t, Int(i))
			_ = d.Set(t, Int(i*3), Int(i))
		}
		r := rand.New(rand.NewPCG(3, 4))
		for range 60 {
			wantList, wantDict := Repr(t, l), Repr(t, d.Value())
			sp := t.Savepoint()
			if r.IntN(5) == 0 { // enough to rebuild the table
				for i := range int64(2000) {
					must(d.Set(t, Str(fmt.Sprint(i)), None))
				}
			}
			for range r.IntN(40) {
				s := listStep(r, 500)
				_, _ = call(t, l, s.name, s.args...)
				_ = SetIndex(t, l, Int(int64(r.IntN(300))), None)
				s = dictStep(r, 800)
				_, _ = call(t, d.Value(), s.name, s.args...)
				_ = SetIndex(t, d.Value(), Int(int64(r.IntN(300))), None)
			}
			t.Rollback(sp)
			wantRepr(tt, t, l, wantList)
			wantRepr(tt, t, d.Value(), wantDict)
			for i := range int64(500) {
				if v, found, _ := d.Get(t, Int(i*3)); !found || v.AsInt() != i {
					tt.Fatalf("key %d lost by a rollback", i*3)
				}
			}
		}
	})
}

func TestMutationDuringIteration(tt *testing.T) {
	both(tt, func(tt *testing.T, t *Thread) {
		l, other, d := list(t, 1, 2), list(t, 3), NewDict(t, 0)
		_ = d.Set(t, Int(1), None)
		for _, published := range []bool{false, true} {
			if published {
				Publish(t, l)
				Publish(t, d.Value())
			}
			t.Mark(l)
			t.Mark(d.Value())
			for name, want := range map[string]string{
				"append": "append: cannot append to list during iteration",
				"clear":  "clear: cannot clear list during iteration",
				"pop":    "pop: cannot pop from list during iteration",
				"extend": "extend: cannot extend list during iteration",
				"insert": "insert: cannot insert into list during iteration",
				"remove": "remove: cannot remove from list during iteration",
			} {
				args := map[string][]Value{"append": {None}, "extend": {other}, "insert": {Int(0), None}, "remove": {Int(1)}}[name]
				if _, err := call(t, l, name, args...); err == nil || err.Error() != want {
					tt.Errorf("%s: got %v, want %s", name, err, want)
				}
			}
			if err := SetIndex(t, l, Int(0), None); err == nil || err.Error() != "cannot assign to element of list during iteration" {
				tt.Errorf("assignment: got %v", err)
			}
			if err := SetIndex(t, d.Value(), Int(0), None); err == nil || err.Error() != "cannot insert into hash table during iteration" {
				tt.Errorf("dict assignment: got %v", err)
			}
			if _, err := call(t, d.Value(), "pop", Int(1)); err == nil || err.Error() != "pop: cannot delete from hash table during iteration" {
				tt.Errorf("dict pop: got %v", err)
			}
			if _, err := call(t, other, "append", None); err != nil {
				tt.Errorf("a list that is not iterated: %v", err)
			}
			t.Unmark()
			t.Unmark()
			wantRepr(tt, t, l, "[1, 2]")
		}
		if err := SetIndex(t, l, Int(0), None); err != nil {
			tt.Error(err)
		}
	})
}

func TestValuesInsideThemselves(tt *testing.T) {
	both(tt, func(tt *testing.T, t *Thread) {
		l := NewList(t, nil)
		_ = ListOf(l).Append(t, l)
		d := NewDict(t, 0)
		_ = d.Set(t, Str("l"), l)
		_ = ListOf(l).Append(t, d.Value())
		wantRepr(tt, t, l, `[[...], {"l": [...]}]`)
		other := NewList(t, nil)
		_ = ListOf(other).Append(t, other)
		_ = ListOf(other).Append(t, d.Value())
		if _, err := Compare(t, OpEq, l, other); err == nil || err.Error() != "comparison exceeded maximum recursion depth" {
			tt.Errorf("comparison: got %v", err)
		}
		if t.depth != 0 {
			tt.Errorf("depth is %d after an error", t.depth)
		}
		Publish(t, l)
		wantRepr(tt, t, l, `[[...], {"l": [...]}]`)
	})
}

func TestLimits(tt *testing.T) {
	t := plain()
	many := NewRange(0, 1<<40, 1)
	for name, f := range map[string]func() error{
		"string": func() error { _, err := Binary(t, OpMul, Str("a"), Int(1e12)); return err },
		"list":   func() error { _, err := Binary(t, OpMul, list(t, 0), Int(1e12)); return err },
		"range":  func() error { _, err := call(t, Value{}, "list", many); return err },
		"join":   func() error { _, err := call(t, Str("a"), "join", many); return err },
		"replace": func() error {
			s, _ := Binary(t, OpMul, Str("a"), Int(1<<20))
			_, err := call(t, s, "replace", Str("a"), s)
			return err
		},
	} {
		if err := f(); err == nil {
			tt.Errorf("%s: no error", name)
		}
	}
	deep := NewTuple([]Value{Int(1)})
	for range 2 * maxDepth {
		deep = NewTuple([]Value{deep})
	}
	if _, err := Hash(t, deep); err == nil {
		tt.Error("hash of a deep tuple: no error")
	}
	if got := Repr(t, deep); len(got) > 5*maxDepth {
		tt.Errorf("repr of a deep tuple has %d bytes", len(got))
	}
}

func TestSort(tt *testing.T) {
	t := plain()
	keys := []Value{Int(2), Int(1), Int(2), Float(1), Int(3)}
	vs := []Value{Str("a"), Str("b"), Str("c"), Str("d"), Str("e")}
	if err := Sort(t, keys, vs, false); err != nil {
		tt.Fatal(err)
	}
	wantRepr(tt, t, NewTuple(vs), `("b", "d", "a", "c", "e")`)
	vs = []Value{Str("a"), Str("b"), Str("c"), Str("d"), Str("e")}
	_ = Sort(t, keys, vs, true)
	wantRepr(tt, t, NewTuple(vs), `("e", "a", "c", "b", "d")`)
	if err := Sort(t, []Value{Int(1), Str("x")}, []Value{Int(1), Str("x")}, false); err == nil {
		tt.Error("int and string were ordered")
	}
}

func TestAttr(tt *testing.T) {
	t := plain()
	m, err := Attr(t, list(t, 1), "append")
	if err != nil {
		tt.Fatal(err)
	}
	wantRepr(tt, t, m, "<built-in method append of list value>")
	if _, err := Attr(t, Int(1), "x"); err == nil || err.Error() != "int has no .x field or method" {
		tt.Errorf("got %v", err)
	}
	if m := listType.Select(SelectorOf("append")); m != listType.Methods["append"] {
		tt.Error("selector of append does not lead to append")
	}
	if m := dictType.Select(SelectorOf("append")); m != nil {
		tt.Error("dict has append")
	}
	if s := SelectorOf("nonesuch"); listType.Select(s) != nil {
		tt.Error("an unknown name selects a method")
	}
	v, _ := call(t, Value{}, "dir", list(t))
	wantRepr(tt, t, v, `["append", "clear", "extend", "index", "insert", "pop", "remove"]`)
	v, _ = call(t, Value{}, "getattr", Int(1), Str("x"), None)
	wantRepr(tt, t, v, "None")
	v, _ = call(t, Value{}, "hasattr", Str(""), Str("join"))
	wantRepr(tt, t, v, "True")
	v, _ = call(t, Value{}, "zip", list(t, 1, 2), NewRange(5, 9, 1))
	wantRepr(tt, t, v, "[(1, 5), (2, 6)]")
	if _, err := call(t, Value{}, "fail", Str("a"), Int(1)); err == nil || err.Error() != "fail: a 1" {
		tt.Errorf("got %v", err)
	}
}
