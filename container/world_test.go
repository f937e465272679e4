package container

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/anishathalye/porcupine"

	"github.com/ungil/tm"
)

// Operations on several containers, each one transaction, together with what they
// do to plain Go values. Histories of them are checked for linearizability, from
// real goroutines and from the explorer.

// world holds the containers. The keys of the tables have hashes that meet: see
// keyHash.
type world struct {
	a, b List[int]
	m, n table[int, int]
	o    OrderedMap[int, int]
	c    Counter
	q    Queue[int]
	e    Set[int]
	r    *Array[int]
	l    *Semaphore
	p    *Pipe[int]
	// bad says what a transaction saw inside that no moment could have shown, also
	// if that attempt was rolled back.
	bad atomic.Pointer[string]
}

func newWorld(capacity int) *world {
	w := &world{q: Queue[int]{capacity: capacity}, r: NewArray[int](2), l: NewSemaphore(2), p: NewPipe[int](2)}
	w.m.hash, w.n.hash, w.e.m.table.hash = keyHash, keyHash, keyHash
	return w
}

func (w *world) saw(what string) { w.bad.Store(&what) }

// state is the plain counterpart of world.
type state struct {
	a, b, q, p []int
	m, n, o, e map[int]int
	c          int64
	r          [2]int
	l          int
	closed     bool
}

func (s *state) clone() *state {
	return &state{
		a: slices.Clone(s.a), b: slices.Clone(s.b), q: slices.Clone(s.q),
		m: maps.Clone(s.m), n: maps.Clone(s.n), o: maps.Clone(s.o), c: s.c, closed: s.closed,
		e: maps.Clone(s.e), p: slices.Clone(s.p), r: s.r, l: s.l,
	}
}

func (s *state) String() string {
	return fmt.Sprint(s.a, s.b, s.q, s.m, s.n, s.o, s.c, s.closed, s.e, s.p, s.r, s.l) // fmt sorts maps
}

func newState() *state {
	return &state{m: map[int]int{}, n: map[int]int{}, o: map[int]int{}, e: map[int]int{}, l: 2}
}

// keyHash puts keys 0 to 3 into one part of a table, and there into the same first
// bucket, 0 and 1 with the same tag; 4 and 5 have the same hash. In the explorer's build
// the first row is full with two of them.
func keyHash(k int) uint64 {
	return []uint64{0x10 << 48, 0x11 << 48, 0x80 << 48, 0xf0 << 48, 0x40 << 56, 0x40 << 56}[k%6] + uint64(k/6)<<40
}

// operation is one transaction.
type operation struct {
	name string
	real func(tx *tm.Tx, w *world) any
	// model does the same to s; blocked: the operation has to wait in this state.
	model func(s *state) (result any, blocked bool)
	view  bool
}

type pair struct {
	x  int
	ok bool
}

func appendTo(x int) operation {
	return operation{fmt.Sprintf("append %d", x),
		func(tx *tm.Tx, w *world) any { w.a.Append(tx, x); return nil },
		func(s *state) (any, bool) { s.a = append(s.a, x); return nil, false }, false}
}

func popBack() operation {
	return operation{"pop",
		func(tx *tm.Tx, w *world) any { x, ok := w.a.Pop(tx); return pair{x, ok} },
		func(s *state) (any, bool) {
			if len(s.a) == 0 {
				return pair{}, false
			}
			x := s.a[len(s.a)-1]
			s.a = s.a[:len(s.a)-1]
			return pair{x, true}, false
		}, false}
}

func popFront() operation {
	return operation{"pop front",
		func(tx *tm.Tx, w *world) any { x, ok := w.a.PopFront(tx); return pair{x, ok} },
		func(s *state) (any, bool) {
			if len(s.a) == 0 {
				return pair{}, false
			}
			x := s.a[0]
			s.a = s.a[1:]
			return pair{x, true}, false
		}, false}
}

// change adds to an element, if it is there.
func change(i int) operation {
	return operation{fmt.Sprintf("change %d", i),
		func(tx *tm.Tx, w *world) any {
			if i >= w.a.Len(tx) {
				return nil
			}
			w.a.SetAt(tx, i, w.a.At(tx, i)+100)
			return w.a.At(tx, i)
		},
		func(s *state) (any, bool) {
			if i >= len(s.a) {
				return nil, false
			}
			s.a[i] += 100
			return s.a[i], false
		}, false}
}

func lists(view bool) operation {
	return operation{"read lists",
		func(tx *tm.Tx, w *world) any {
			a, b := slices.Collect(w.a.Values(tx)), slices.Collect(w.b.Values(tx))
			if len(a) != w.a.Len(tx) || len(b) != w.b.Len(tx) {
				w.saw("a list's length is not that of its elements")
			}
			return fmt.Sprint(a, b)
		},
		func(s *state) (any, bool) { return fmt.Sprint(s.a, s.b), false }, view}
}

// across moves the last element of one list to the end of the other.
func across(back bool) operation {
	return operation{fmt.Sprintf("across %v", back),
		func(tx *tm.Tx, w *world) any {
			from, to := &w.a, &w.b
			if back {
				from, to = to, from
			}
			before := w.a.Len(tx) + w.b.Len(tx)
			x, ok := from.Pop(tx)
			if ok {
				to.Append(tx, x)
			}
			if w.a.Len(tx)+w.b.Len(tx) != before {
				w.saw("an element is in both lists or in none")
			}
			return pair{x, ok}
		},
		func(s *state) (any, bool) {
			from, to := &s.a, &s.b
			if back {
				from, to = to, from
			}
			if len(*from) == 0 {
				return pair{}, false
			}
			x := (*from)[len(*from)-1]
			*from, *to = (*from)[:len(*from)-1], append(*to, x)
			return pair{x, true}, false
		}, false}
}

func mapSet(k, v int) operation {
	return operation{fmt.Sprintf("m[%d] = %d", k, v),
		func(tx *tm.Tx, w *world) any { w.m.set(tx, k, v); return nil },
		func(s *state) (any, bool) { s.m[k] = v; return nil, false }, false}
}

func mapGet(k int, view bool) operation {
	return operation{fmt.Sprintf("m[%d]", k),
		func(tx *tm.Tx, w *world) any { x, ok := w.m.get(tx, k); return pair{x, ok} },
		func(s *state) (any, bool) { x, ok := s.m[k]; return pair{x, ok}, false }, view}
}

func mapDelete(k int) operation {
	return operation{fmt.Sprintf("delete m[%d]", k),
		func(tx *tm.Tx, w *world) any { x, ok := w.m.delete(tx, k); return pair{x, ok} },
		func(s *state) (any, bool) { x, ok := s.m[k]; delete(s.m, k); return pair{x, ok}, false }, false}
}

// mapSweep sweeps the part that keys 0 to 3 are in.
func mapSweep() operation {
	return operation{"sweep m",
		func(tx *tm.Tx, w *world) any {
			tx.OnCommit(func() { w.m.sweep(&w.m.root().parts[0]) })
			return nil
		},
		func(s *state) (any, bool) { return nil, false }, false}
}

// mapMove moves a key from one map to the other.
func mapMove(k int, back bool) operation {
	return operation{fmt.Sprintf("move %d %v", k, back),
		func(tx *tm.Tx, w *world) any {
			from, to := &w.m, &w.n
			if back {
				from, to = to, from
			}
			x, ok := from.delete(tx, k)
			if ok {
				to.set(tx, k, x)
			}
			return pair{x, ok}
		},
		func(s *state) (any, bool) {
			from, to := s.m, s.n
			if back {
				from, to = to, from
			}
			x, ok := from[k]
			if ok {
				delete(from, k)
				to[k] = x
			}
			return pair{x, ok}, false
		}, false}
}

func collect(tx *tm.Tx, t *table[int, int]) map[int]int {
	all := map[int]int{}
	t.all(tx, func(k, v int) bool { all[k] = v; return true })
	return all
}

func maps2(view bool) operation {
	return operation{"read maps",
		func(tx *tm.Tx, w *world) any {
			m, n := collect(tx, &w.m), collect(tx, &w.n)
			if int64(len(m)) != w.m.root().count.Value(tx) || int64(len(n)) != w.n.root().count.Value(tx) {
				w.saw("a map's length is not that of its keys")
			}
			return fmt.Sprint(m, n)
		},
		func(s *state) (any, bool) { return fmt.Sprint(s.m, s.n), false }, view}
}

func orderedSet(k, v int) operation {
	return operation{fmt.Sprintf("o[%d] = %d", k, v),
		func(tx *tm.Tx, w *world) any { w.o.Set(tx, k, v); return nil },
		func(s *state) (any, bool) { s.o[k] = v; return nil, false }, false}
}

func orderedGet(k int, view bool) operation {
	return operation{fmt.Sprintf("o[%d]", k),
		func(tx *tm.Tx, w *world) any { x, ok := w.o.Get(tx, k); return pair{x, ok} },
		func(s *state) (any, bool) { x, ok := s.o[k]; return pair{x, ok}, false }, view}
}

func orderedDelete(k int) operation {
	return operation{fmt.Sprintf("delete o[%d]", k),
		func(tx *tm.Tx, w *world) any { x, ok := w.o.Delete(tx, k); return pair{x, ok} },
		func(s *state) (any, bool) { x, ok := s.o[k]; delete(s.o, k); return pair{x, ok}, false }, false}
}

func orderedRange(from, to int, view bool) operation {
	return operation{fmt.Sprintf("o from %d to %d", from, to),
		func(tx *tm.Tx, w *world) any {
			var got []pair
			for k, v := range w.o.Range(tx, from, to) {
				got = append(got, pair{k, true}, pair{v, true})
			}
			i := len(got)
			for k, v := range w.o.Before(tx, to) {
				if k < from {
					break
				}
				if i -= 2; i < 0 || got[i].x != k || got[i+1].x != v {
					w.saw("a range that is another one backward")
				}
			}
			if i > 0 {
				w.saw("a range that is shorter backward")
			}
			return fmt.Sprint(got, w.o.Len(tx))
		},
		func(s *state) (any, bool) {
			var want []pair
			for _, k := range slices.Sorted(maps.Keys(s.o)) {
				if from <= k && k < to {
					want = append(want, pair{k, true}, pair{s.o[k], true})
				}
			}
			return fmt.Sprint(want, len(s.o)), false
		}, view}
}

func count(n int64) operation {
	return operation{fmt.Sprintf("add %d", n),
		func(tx *tm.Tx, w *world) any { w.c.Add(tx, n); return nil },
		func(s *state) (any, bool) { s.c += n; return nil, false }, false}
}

func counted(view bool) operation {
	return operation{"value",
		func(tx *tm.Tx, w *world) any { return w.c.Value(tx) },
		func(s *state) (any, bool) { return s.c, false }, view}
}

func queuePut(x, capacity int) operation {
	return operation{fmt.Sprintf("put %d", x),
		func(tx *tm.Tx, w *world) any { w.q.Put(tx, x); return nil },
		func(s *state) (any, bool) {
			if len(s.q) >= capacity {
				return nil, true
			}
			s.q = append(s.q, x)
			return nil, false
		}, false}
}

func queueTryTake() operation {
	return operation{"try to take",
		func(tx *tm.Tx, w *world) any { x, ok := w.q.TryTake(tx); return pair{x, ok} },
		func(s *state) (any, bool) {
			if len(s.q) == 0 {
				return pair{}, false
			}
			x := s.q[0]
			s.q = s.q[1:]
			return pair{x, true}, false
		}, false}
}

// both is one operation and then another, in one transaction.
func both(f, g operation) operation {
	return operation{f.name + " and " + g.name,
		func(tx *tm.Tx, w *world) any { x := f.real(tx, w); return [2]any{x, g.real(tx, w)} },
		func(s *state) (any, bool) {
			x, blocked := f.model(s)
			if blocked {
				return nil, true
			}
			y, blocked := g.model(s)
			return [2]any{x, y}, blocked
		}, f.view && g.view}
}

// run does o in a transaction of its own. pause, if any, is called before each
// attempt ends.
func (o *operation) run(w *world, pause func()) (result any) {
	do := tm.Atomically
	if o.view {
		do = tm.View
	}
	if err := do(func(tx *tm.Tx) error {
		result = o.real(tx, w)
		if pause != nil {
			pause()
		}
		return nil
	}); err != nil {
		panic(err)
	}
	return result
}

// worldModel tells porcupine what operations do, from a state on.
func worldModel(initial *state) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return initial },
		Step: func(at, input, output any) (bool, any) {
			next := at.(*state).clone()
			result, blocked := input.(*operation).model(next)
			return !blocked && result == output, next
		},
		Equal: func(x, y any) bool { return x.(*state).String() == y.(*state).String() },
	}
}

// describe writes a history, earliest call first.
func describe(history []porcupine.Operation) string {
	sorted := slices.Clone(history)
	slices.SortFunc(sorted, func(x, y porcupine.Operation) int { return cmp.Compare(x.Call, y.Call) })
	var b strings.Builder
	for _, o := range sorted {
		fmt.Fprintf(&b, "  [%d, %d] thread %d: %s: %v\n", o.Call, o.Return, o.ClientId, o.Input.(*operation).name, o.Output)
	}
	return b.String()
}
