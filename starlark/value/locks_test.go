package value

import (
	goruntime "runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ungil/tm/runtime"
)

// A watchdog fails a test whose threads make no progress: none of them has ended an
// operation for a long time. Circles of locks it need not wait for, since the
// thread that closes one panics.
type watchdog struct {
	operations atomic.Int64
	stop       chan struct{}
}

func watch(tt *testing.T) *watchdog {
	d := &watchdog{stop: make(chan struct{})}
	tt.Cleanup(func() { close(d.stop) })
	go func() {
		last, idle := int64(-1), 0
		for {
			select {
			case <-d.stop:
				return
			case <-time.After(time.Second):
			}
			now := d.operations.Load()
			if idle++; now != last {
				last, idle = now, 0
			}
			if idle == 120 {
				panic("no thread has made progress for two minutes")
			}
		}
	}()
	return d
}

// crosswise are two containers of each kind, which contain each other.
type crosswise struct{ lists, dicts, sets [2]Value }

func newCrosswise(w *runtime.World) *crosswise {
	var c crosswise
	do(newThread(w), func(t *Thread, _ int) {
		for i := range 2 {
			c.lists[i] = list(t, int64(i), 7, 8)
			c.dicts[i] = NewDict(t, 0).Value()
			c.sets[i] = NewSet(t).Value()
			must(SetIndex(t, c.dicts[i], Int(int64(i)), c.lists[i]))
		}
		for i := range 2 {
			must(ListOf(c.lists[i]).Append(t, c.lists[1-i]))
			must(ListOf(c.lists[i]).Append(t, c.dicts[1-i]))
			must(SetIndex(t, c.dicts[i], Str("other"), c.dicts[1-i]))
			Publish(t, c.lists[i])
			Publish(t, c.sets[i])
		}
	})
	return &c
}

// crosswiseKinds names the operations.
var crosswiseKinds = [...]string{"update", "extend", "pop", "+", "<", "[k] = v", "pop and add", "set.update", "union", "in", "+=", "remove", "|="}

// crosswiseOperations do something with the containers number i and 1 - i; n is a number
// that differs from call to call. The lists' first elements stay different, so that
// comparing them ends soon.
var crosswiseOperations = [len(crosswiseKinds)]func(t *Thread, c *crosswise, i, n int) error{
	func(t *Thread, c *crosswise, i, _ int) error {
		return second(call(t, c.dicts[i], "update", c.dicts[1-i]))
	},
	func(t *Thread, c *crosswise, i, _ int) error {
		return second(call(t, c.lists[i], "extend", c.lists[1-i]))
	},
	func(t *Thread, c *crosswise, i, n int) error {
		_, _ = call(t, c.lists[i], "pop", Int(int64(n%8+2))) // may be out of range
		return nil
	},
	func(t *Thread, c *crosswise, i, _ int) error {
		return second(Binary(t, OpAdd, c.lists[i], c.lists[1-i]))
	},
	func(t *Thread, c *crosswise, i, _ int) error {
		_, _ = Compare(t, OpLt, c.lists[i], c.lists[1-i]) // may have no order, or be too deep
		return nil
	},
	func(t *Thread, c *crosswise, i, n int) error {
		if n%8192 < len(crosswiseKinds) {
			_, _ = Compare(t, OpEq, NewTuple([]Value{c.dicts[i], Int(1)}), NewTuple([]Value{c.dicts[1-i], Int(2)}))
		}
		return SetIndex(t, c.dicts[i], Int(int64(n%10)), NewList(t, []Value{Int(int64(n))}))
	},
	func(t *Thread, c *crosswise, i, n int) error {
		_, _ = call(t, c.dicts[i], "pop", Int(int64(n%10+2))) // may be absent
		return second(call(t, c.sets[i], "add", Int(int64(n%10))))
	},
	func(t *Thread, c *crosswise, i, _ int) error {
		return second(call(t, c.sets[i], "update", c.sets[1-i]))
	},
	func(t *Thread, c *crosswise, i, n int) error {
		_, _ = call(t, c.sets[i], "remove", Int(int64(n%10))) // may be absent
		return second(call(t, c.sets[i], "union", c.sets[1-i], c.lists[i].firstTwo(t)))
	},
	func(t *Thread, c *crosswise, i, n int) error {
		return second(Binary(t, OpIn, Int(int64(n%9)), c.lists[i]))
	},
	func(t *Thread, c *crosswise, i, n int) error {
		_, err := InplaceAdd(t, c.lists[i], NewTuple([]Value{Int(int64(n)), c.lists[1-i]}))
		return err
	},
	func(t *Thread, c *crosswise, i, n int) error {
		_, _ = call(t, c.lists[i], "remove", Int(int64(n%7+2)))
		_, _ = call(t, c.lists[i], "index", Int(8))
		return second(call(t, c.lists[i], "insert", Int(1), Int(int64(n%7+2))))
	},
	func(t *Thread, c *crosswise, i, n int) error {
		_, err := InplaceOr(t, c.dicts[i], c.dicts[1-i])
		if n%1024 < len(crosswiseKinds) {
			_ = Repr(t, NewTuple([]Value{c.lists[i], c.dicts[i], c.sets[i]}))
		}
		return err
	},
}

// firstTwo returns two elements of a list as a tuple, or fewer.
func (v Value) firstTwo(t *Thread) Value {
	z, err := Slice(t, v, Int(0), Int(2), None)
	must(err)
	return NewTuple([]Value{Int(int64(len(ListOf(z).Local())))})
}

func second(_ Value, err error) error { return err }

// TestLocksCrosswise has threads do the same operations on the same containers in opposite
// directions, a million in all. A list that has become long is cut in a
// savepoint that is rolled back first, and then kept.
func TestLocksCrosswise(tt *testing.T) {
	const threads = 4
	turns := 250_000
	if testing.Short() {
		turns = 10_000
	}
	w := world(runtime.Locks)
	c := newCrosswise(w)
	dog := watch(tt)
	var wg sync.WaitGroup
	for id := range threads {
		wg.Go(func() {
			do(newThread(w), func(t *Thread, _ int) {
				for n := range turns {
					kind := (n*7 + id/2) % len(crosswiseKinds)
					if err := crosswiseOperations[kind](t, c, id%2, n); err != nil {
						tt.Errorf("%s: %v", crosswiseKinds[kind], err)
						return
					}
					if n, _ := Len(t, c.lists[id%2]); n > 12 {
						cut(tt, t, c.lists[id%2])
					}
					dog.operations.Add(1)
				}
			})
		})
	}
	wg.Wait()
	do(newThread(w), func(t *Thread, _ int) { // everything is still well formed
		for i := range 2 {
			d := DictOf(c.dicts[i])
			for _, e := range d.items(t) {
				if v, found, err := d.Get(t, e.key); err != nil || !found || v != e.value {
					tt.Errorf("key %s: %v %v", Repr(t, e.key), found, err)
				}
			}
			if n := len(d.items(t)); n != d.Len(t) {
				tt.Errorf("%d entries, length %d", n, d.Len(t))
			}
		}
	})
}

// cut shortens a list, after an attempt that is undone.
func cut(tt *testing.T, t *Thread, l Value) {
	s := t.Savepoint()
	before := ListOf(l).Snapshot(t)
	first := before[0]
	inner := t.Savepoint()
	must(second(call(t, l, "pop", Int(0))))
	must(second(call(t, l, "clear")))
	must(second(call(t, l, "append", NewList(t, nil))))
	t.Rollback(inner)
	if after := ListOf(l).Snapshot(t); !slices.Equal(after, before) {
		tt.Errorf("%d elements after a rollback, %d before, or others", len(after), len(before))
	}
	must(second(call(t, l, "clear")))
	must(second(call(t, l, "extend", NewList(t, []Value{first, Int(2), Int(3)}))))
	t.Release(s)
}

// TestLocksOutOfOrder breaks the order: each thread takes the locks as its operation names
// them, and waits until the other has its first one. Then one of the two must be
// told; the other one ends well, and the world goes on in order.
func TestLocksOutOfOrder(tt *testing.T) {
	for _, op := range []int{0, 1, 3, 4, 7} {
		w := world(runtime.Locks)
		c := newCrosswise(w)
		inOrder := takeLocks
		var first sync.WaitGroup
		first.Add(2)
		takeLocks = func(t *Thread, locks []*runtime.Lock) {
			t.LockAll(locks[:1])
			first.Done()
			first.Wait()
			t.LockAll(locks[1:])
		}
		var found atomic.Int64
		var wg sync.WaitGroup
		for i := range 2 {
			wg.Go(func() {
				defer func() {
					if text, _ := recover().(string); strings.Contains(text, "out of order") {
						found.Add(1)
					}
				}()
				do(newThread(w), func(t *Thread, _ int) { must(crosswiseOperations[op](t, c, i, 0)) })
			})
		}
		wg.Wait()
		takeLocks = inOrder
		if found.Load() != 1 {
			tt.Errorf("operation %d: %d threads were told, want 1", op, found.Load())
		}
		for i := range 2 {
			do(newThread(w), func(t *Thread, _ int) { must(crosswiseOperations[op](t, c, i, 0)) })
		}
	}
}

// TestLocksHideWhatMayBeUndone: while a savepoint is open, what it has assigned to a global
// or a captured variable is read by nobody else. Half of the savepoints are rolled back.
func TestLocksHideWhatMayBeUndone(tt *testing.T) {
	w := world(runtime.Locks)
	var g *Globals
	var c *Cell
	do(newThread(w), func(t *Thread, _ int) {
		g, c = NewGlobals(t, 1), NewCell(t, Int(0))
		g.Set(t, 0, Int(0))
		Publish(t, c.Value())
	})
	assigned, read := make(chan bool), make(chan bool)
	running := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		do(newThread(w), func(t *Thread, _ int) {
			close(running) // its gate is known
			for range assigned {
				if a, b := g.Get(t, 0), c.Get(t); a != b || a.AsInt()%2 != 0 {
					tt.Errorf("read %d and %d", a.AsInt(), b.AsInt())
				}
				read <- true
			}
		})
	})
	<-running
	do(newThread(w), func(t *Thread, _ int) {
		for n := range int64(200) {
			s := t.Savepoint()
			g.Set(t, 0, Int(n))
			c.Set(t, Int(n))
			assigned <- true
			for range 100 {
				goruntime.Gosched() // the other thread tries to read meanwhile, and must wait
			}
			if n%2 != 0 {
				t.Rollback(s)
			} else {
				t.Release(s)
			}
			<-read
		}
		close(assigned)
	})
	wg.Wait()
}
