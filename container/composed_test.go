package container

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ungil/tm"
)

// Containers composed, by real goroutines: what is moved is always in exactly one
// place, as transactions see it from inside.

// rounds is how often each goroutine does its work.
func rounds(n int) int {
	if testing.Short() {
		return n / 10
	}
	return n
}

// together runs f on several goroutines, each with random numbers of its own.
func together(n int, f func(g int, r *rand.Rand)) {
	var all sync.WaitGroup
	for g := range n {
		all.Go(func() { f(g, rand.New(rand.NewPCG(uint64(g), 3))) })
	}
	all.Wait()
}

// TestListsCrosswise: elements go from one list to the other and back at the
// same time, at either end, in transactions of both faces.
func TestListsCrosswise(t *testing.T) {
	const elements = 100
	var lists [2]List[int]
	atomically(func(tx *tm.Tx) {
		for i := range elements {
			lists[i%2].Append(tx, i)
		}
	})
	var wrong atomic.Int64
	total := func(tx *tm.Tx) {
		if lists[0].Len(tx)+lists[1].Len(tx) != elements {
			wrong.Add(1)
		}
	}
	together(4, func(g int, r *rand.Rand) {
		from, to := &lists[g%2], &lists[1-g%2]
		move := func(tx *tm.Tx, front bool) {
			pop := from.Pop
			if front {
				pop = from.PopFront
			}
			if x, ok := pop(tx); ok {
				to.Append(tx, x)
			}
		}
		for i := range rounds(2000) {
			switch front := r.IntN(2) == 0; i % 4 {
			case 0:
				view(total)
			case 1:
				for {
					tx := tm.Begin()
					move(tx, front)
					total(tx)
					if tx.Commit() {
						break
					}
				}
			default:
				atomically(func(tx *tm.Tx) { move(tx, front); total(tx) })
			}
		}
	})
	require.Zero(t, wrong.Load(), "an element was in both lists or in none")
	seen := map[int]bool{}
	view(func(tx *tm.Tx) {
		for i := range lists {
			for x := range lists[i].Values(tx) {
				require.False(t, seen[x])
				seen[x] = true
			}
		}
	})
	require.Len(t, seen, elements)
}

// TestMapToMap: money in a Map, a OrderedMap and a Map of Vars' worth of keys that come
// and go; the sum over all stays.
func TestMapToMap(t *testing.T) {
	const keys, each = 64, 10
	var hashed Map[int, int]
	var ordered OrderedMap[int, int]
	atomically(func(tx *tm.Tx) {
		for k := range keys {
			hashed.Set(tx, k, each)
		}
	})
	var wrong atomic.Int64
	total := func(tx *tm.Tx) {
		sum, n := 0, 0
		for _, v := range hashed.All(tx) {
			sum += v
			n++
		}
		for _, v := range ordered.All(tx) {
			sum += v
			n++
		}
		if sum != keys*each || n != keys || hashed.Len(tx)+ordered.Len(tx) != keys {
			wrong.Add(1)
		}
	}
	together(4, func(_ int, r *rand.Rand) {
		for i := range rounds(3000) {
			k, other := r.IntN(keys), r.IntN(keys)
			switch i % 8 {
			case 0:
				view(total)
			case 1:
				atomically(total)
			case 2, 3: // some money goes from one key to the other, wherever they are
				atomically(func(tx *tm.Tx) {
					if a, ok := hashed.Get(tx, k); ok && k != other {
						if b, ok := ordered.Get(tx, other); ok {
							hashed.Set(tx, k, a-1)
							ordered.Set(tx, other, b+1)
						}
					}
				})
			case 4, 5:
				atomically(func(tx *tm.Tx) {
					if v, ok := hashed.Delete(tx, k); ok {
						ordered.Set(tx, k, v)
					}
				})
			default:
				atomically(func(tx *tm.Tx) {
					if v, ok := ordered.Delete(tx, k); ok {
						hashed.Set(tx, k, v)
					}
				})
			}
		}
	})
	require.Zero(t, wrong.Load(), "money was made or lost")
	view(total)
	require.Zero(t, wrong.Load())
}

// TestPipeline: three stages joined by bounded queues; a stage takes, counts and puts in
// one transaction, so nothing is ever between two queues.
func TestPipeline(t *testing.T) {
	items := rounds(3000)
	first, second := NewQueue[int](4), NewPipe[int](3)
	var produced, inFlight Counter
	var wrong atomic.Int64
	var all sync.WaitGroup
	all.Go(func() {
		for i := range items {
			atomically(func(tx *tm.Tx) { first.Put(tx, i); produced.Add(tx, 1); inFlight.Add(tx, 1) })
		}
		atomically(func(tx *tm.Tx) { first.Close(tx) })
	})
	var stages sync.WaitGroup
	for range 2 {
		stages.Go(func() {
			for more := true; more; {
				atomically(func(tx *tm.Tx) {
					x, ok := first.Take(tx)
					if more = ok; ok {
						second.Send(tx, 2*x) // or nothing was taken
					}
				})
			}
		})
	}
	all.Go(func() {
		stages.Wait()
		atomically(func(tx *tm.Tx) { second.Close(tx) })
	})
	all.Go(func() { // looks on
		for range rounds(2000) {
			view(func(tx *tm.Tx) {
				n := int64(first.Len(tx) + second.Len(tx))
				if first.Len(tx) > 4 || second.Len(tx) > 3 || n > inFlight.Value(tx) {
					wrong.Add(1)
				}
			})
		}
	})
	sum, n := 0, 0
	for x := range second.All(context.Background()) {
		sum += x
		n++
		atomically(func(tx *tm.Tx) { inFlight.Add(tx, -1) })
	}
	all.Wait()
	require.Equal(t, items, n)
	require.Equal(t, items*(items-1), sum)
	require.Zero(t, wrong.Load())
	view(func(tx *tm.Tx) { require.Zero(t, inFlight.Value(tx)) })
}

// TestFirstInFirstOut: one producer's values come out in order.
func TestFirstInFirstOut(t *testing.T) {
	var q Queue[int]
	go func() {
		for i := range 1000 {
			atomically(func(tx *tm.Tx) { q.Put(tx, i) })
		}
	}()
	for i := range 1000 {
		atomically(func(tx *tm.Tx) {
			x, ok := q.Take(tx)
			require.True(t, ok)
			require.Equal(t, i, x)
		})
	}
}

// TestSelect: OrElse over two pipes, and a default.
func TestSelect(t *testing.T) {
	var a, b Pipe[string]
	receive := func() (got string) {
		atomically(func(tx *tm.Tx) {
			from := func(p *Pipe[string]) func(tx *tm.Tx) error {
				return func(tx *tm.Tx) error { got, _ = p.Receive(tx); return nil }
			}
			_ = tx.OrElse(from(&a), func(tx *tm.Tx) error {
				return tx.OrElse(from(&b), func(tx *tm.Tx) error { got = "nothing"; return nil })
			})
		})
		return got
	}
	require.Equal(t, "nothing", receive())
	atomically(func(tx *tm.Tx) { b.Send(tx, "b") })
	require.Equal(t, "b", receive())
	atomically(func(tx *tm.Tx) { b.Send(tx, "b"); a.Send(tx, "a") })
	require.Equal(t, "a", receive())
	require.Equal(t, "b", receive())
}

// TestWaiting: full, empty, closed, cancelled.
func TestWaiting(t *testing.T) {
	q, p := NewQueue[int](2), new(Pipe[int])
	require.Equal(t, 2, q.Cap())
	require.Equal(t, 1, p.Cap())
	atomically(func(tx *tm.Tx) {
		_, ok := q.TryTake(tx)
		require.False(t, ok)
		require.True(t, q.TryPut(tx, 1))
		require.True(t, q.TryPut(tx, 2))
		require.False(t, q.TryPut(tx, 3), "full")
		x, ok := q.TryTake(tx)
		require.True(t, ok)
		require.Equal(t, 1, x)
		require.True(t, q.TryPut(tx, 3), "room again")
		require.True(t, p.TrySend(tx, 1))
		require.False(t, p.TrySend(tx, 2))
		require.Equal(t, 1, p.Len(tx))
	})
	once := func(f func(tx *tm.Tx)) error {
		return tm.AtomicallyContext(context.Background(), func(tx *tm.Tx) error { f(tx); return nil }, tm.WithAttempts(1))
	}
	require.ErrorIs(t, once(func(tx *tm.Tx) { q.Put(tx, 4) }), tm.ErrAttempts)
	atomically(func(tx *tm.Tx) { q.Close(tx); p.Close(tx) })
	atomically(func(tx *tm.Tx) {
		require.True(t, q.Closed(tx))
		for _, want := range []int{2, 3} {
			x, ok := q.Take(tx)
			require.True(t, ok)
			require.Equal(t, want, x)
		}
		_, ok := q.Take(tx)
		require.False(t, ok, "closed and empty")
		x, ok := p.TryReceive(tx)
		require.True(t, ok)
		require.Equal(t, 1, x)
		_, ok = p.Receive(tx)
		require.False(t, ok)
	})
	for what, f := range map[string]func(tx *tm.Tx){
		"container: Put on a closed Queue":   func(tx *tm.Tx) { q.Put(tx, 1) },
		"container: Close of a closed Queue": func(tx *tm.Tx) { q.Close(tx) },
		"container: Send on a closed Pipe":   func(tx *tm.Tx) { p.Send(tx, 1) },
		"container: Close of a closed Pipe":  func(tx *tm.Tx) { p.Close(tx) },
	} {
		require.PanicsWithValue(t, what, func() { atomically(f) })
	}
	require.Panics(t, func() { NewQueue[int](0) })
	require.Panics(t, func() { NewPipe[int](-1) })

	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	var empty Queue[int]
	go func() {
		done <- tm.AtomicallyContext(ctx, func(tx *tm.Tx) error { empty.Take(tx); return nil })
	}()
	cancel()
	require.ErrorIs(t, <-done, context.Canceled)
}

// TestSemaphoreInside: one that is made inside a transaction has its permits there, also
// where the snapshot is older.
func TestSemaphoreInside(t *testing.T) {
	var v tm.Var[int]
	view(func(tx *tm.Tx) {
		v.Get(tx)
		require.Equal(t, 3, NewSemaphore(3).Available(tx))
	})
	atomically(func(tx *tm.Tx) {
		s := NewSemaphore(3)
		require.False(t, s.TryAcquire(tx, 4))
		require.True(t, s.TryAcquire(tx, 2))
		s.Release(tx, 1)
		require.Equal(t, 2, s.Available(tx))
	})
}

// TestSemaphores: two, taken in opposite orders, do not deadlock.
func TestSemaphores(t *testing.T) {
	a, b := NewSemaphore(1), new(Semaphore)
	atomically(func(tx *tm.Tx) { b.Release(tx, 1) })
	var inside atomic.Int64
	together(4, func(g int, _ *rand.Rand) {
		first, second := a, b
		if g%2 == 0 {
			first, second = b, a
		}
		for range rounds(300) {
			atomically(func(tx *tm.Tx) { first.Acquire(tx, 1); second.Acquire(tx, 1) })
			if inside.Add(1) != 1 {
				t.Error("two goroutines hold both permits")
			}
			inside.Add(-1)
			atomically(func(tx *tm.Tx) { first.Release(tx, 1); second.Release(tx, 1) })
		}
	})
	view(func(tx *tm.Tx) { require.Equal(t, 2, a.Available(tx)+b.Available(tx)) })
	atomically(func(tx *tm.Tx) {
		require.False(t, a.TryAcquire(tx, 2))
		require.True(t, a.TryAcquire(tx, 1))
	})
	require.Panics(t, func() { NewSemaphore(-1) })
	require.Panics(t, func() { atomically(func(tx *tm.Tx) { a.Release(tx, -1) }) })
}

// TestUndoneWithError: what a function has done to containers before it returns an error
// has not happened.
func TestUndoneWithError(t *testing.T) {
	var l List[int]
	var m Map[string, int]
	failed := errors.New("failed")
	require.ErrorIs(t, tm.Atomically(func(tx *tm.Tx) error {
		l.Append(tx, 1)
		m.Set(tx, "x", 1)
		return failed
	}), failed)
	view(func(tx *tm.Tx) {
		require.Zero(t, l.Len(tx))
		require.Zero(t, m.Len(tx))
	})
}
