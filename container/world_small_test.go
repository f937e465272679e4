package container

import (
	"fmt"

	"github.com/ungil/tm"
)

// Operations on the containers that are thin layers over others, or over variables.

func setAdd(k int) operation {
	return operation{fmt.Sprintf("add %d to e", k),
		func(tx *tm.Tx, w *world) any { return w.e.Add(tx, k) },
		func(s *state) (any, bool) {
			_, had := s.e[k]
			s.e[k] = 1
			return !had, false
		}, false}
}

func setDelete(k int) operation {
	return operation{fmt.Sprintf("delete %d from e", k),
		func(tx *tm.Tx, w *world) any { return w.e.Delete(tx, k) },
		func(s *state) (any, bool) {
			_, had := s.e[k]
			delete(s.e, k)
			return had, false
		}, false}
}

// setHas also asks for the number of keys.
func setHas(k int, view bool) operation {
	return operation{fmt.Sprintf("%d in e", k),
		func(tx *tm.Tx, w *world) any { return pair{w.e.Len(tx), w.e.Has(tx, k)} },
		func(s *state) (any, bool) { _, had := s.e[k]; return pair{len(s.e), had}, false }, view}
}

// arraySwap exchanges the two elements and adds to the first.
func arraySwap() operation {
	return operation{"swap in r",
		func(tx *tm.Tx, w *world) any {
			x, y := w.r.At(tx, 0), w.r.At(tx, 1)
			w.r.SetAt(tx, 0, y+1)
			w.r.SetAt(tx, 1, x)
			return x
		},
		func(s *state) (any, bool) {
			x := s.r[0]
			s.r = [2]int{s.r[1] + 1, x}
			return x, false
		}, false}
}

func arrayRead(view bool) operation {
	return operation{"read r",
		func(tx *tm.Tx, w *world) any {
			var all [2]int
			for i, x := range w.r.All(tx) {
				all[i] = x
			}
			return all
		},
		func(s *state) (any, bool) { return s.r, false }, view}
}

func tryAcquire(n int) operation {
	return operation{fmt.Sprintf("try to acquire %d", n),
		func(tx *tm.Tx, w *world) any { return w.l.TryAcquire(tx, n) },
		func(s *state) (any, bool) {
			if s.l < n {
				return false, false
			}
			s.l -= n
			return true, false
		}, false}
}

func release(n int) operation {
	return operation{fmt.Sprintf("release %d", n),
		func(tx *tm.Tx, w *world) any { w.l.Release(tx, n); return w.l.Available(tx) },
		func(s *state) (any, bool) { s.l += n; return s.l, false }, false}
}

func trySend(x int) operation {
	return operation{fmt.Sprintf("try to send %d", x),
		func(tx *tm.Tx, w *world) any { return w.p.TrySend(tx, x) },
		func(s *state) (any, bool) {
			if len(s.p) == 2 {
				return false, false
			}
			s.p = append(s.p, x)
			return true, false
		}, false}
}

func tryReceive() operation {
	return operation{"try to receive",
		func(tx *tm.Tx, w *world) any { x, ok := w.p.TryReceive(tx); return pair{x, ok} },
		func(s *state) (any, bool) {
			if len(s.p) == 0 {
				return pair{}, false
			}
			x := s.p[0]
			s.p = s.p[1:]
			return pair{x, true}, false
		}, false}
}
