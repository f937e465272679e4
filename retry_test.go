package tm

import (
	goruntime "runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
)

// asleep waits until at least n goroutines sleep in Retry, or are about to: from then on a
// commit wakes them.
func asleep(n uint64) {
	for attention.word.Load()&waiters < n {
		goruntime.Gosched()
	}
}

// nobodyWaits fails the test if a waiter has been left behind.
func nobodyWaits(t *testing.T) {
	t.Helper()
	if n := attention.word.Load() & waiters; n != 0 {
		t.Errorf("%d waiters are left", n)
	}
	for i := range queues {
		if queues[i].first.Load() != nil {
			t.Errorf("queue %d is not empty", i)
		}
	}
}

// async runs f on a goroutine and returns a channel with its result.
func async[T any](f func() T) <-chan T {
	result := make(chan T, 1)
	go func() { result <- f() }()
	return result
}

func TestRetryWaitsForAChange(t *testing.T) {
	var flag, other Var[int]
	runs := 0
	got := async(func() int {
		x, _ := Do(func(tx *Tx) (int, error) {
			runs++
			x := flag.Get(tx)
			tx.Check(x != 0)
			return x, nil
		})
		return x
	})
	asleep(1)
	for i := range 10 { // nothing that was read
		interfere(&other, i)
	}
	interfere(&flag, 7)
	if x := <-got; x != 7 || runs != 2 {
		t.Errorf("got %d after %d runs, want 7 after 2", x, runs)
	}
	nobodyWaits(t)
}

// TestCommitsWakeWhoReadWhatTheyWrote and nobody else, also if both wait in one queue.
func TestCommitsWakeWhoReadWhatTheyWrote(t *testing.T) {
	var read Var[int]
	queue := queueOf(&read.slot)
	beside := new(Var[int])
	apart := []*Var[int]{new(Var[int])}
	for queueOf(&beside.slot) != queue {
		apart = append(apart, beside) // so that no address comes again
		beside = new(Var[int])
	}
	done := async(func() error {
		return Atomically(func(tx *Tx) error { tx.Check(read.Get(tx) != 0); return nil })
	})
	for queue.first.Load() == nil {
		goruntime.Gosched()
	}
	waiting := queue.first.Load().by
	interfere(beside, 1)
	_ = Atomically(func(tx *Tx) error { beside.Set(tx, 2); apart[0].Set(tx, 2); return nil })
	if waiting.gone.Load() != 0 {
		t.Error("woken by a commit of something else")
	}
	interfere(&read, 1)
	if waiting.gone.Load() == 0 {
		t.Error("not woken by the time that the commit has returned")
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	nobodyWaits(t)
}

// TestSleepersKeepNoHistory: a View that sleeps is not registered.
func TestSleepersKeepNoHistory(t *testing.T) {
	var v Var[int]
	before := registrations.count.Load()
	done := async(func() error {
		return View(func(tx *Tx) error { tx.Check(v.Get(tx) != 0); return nil })
	})
	for queueOf(&v.slot).first.Load() == nil {
		goruntime.Gosched()
	}
	if n := registrations.count.Load(); n > before { // less, if a collection has found one that was forgotten
		t.Errorf("%d registrations, before it %d", n, before)
	}
	interfere(&v, 1)
	if err := <-done; err != nil {
		t.Error(err)
	}
	nobodyWaits(t)
}

// TestSleepEndsFailures: who has waited for a change has not been overtaken by it, and goes on as if
// it had not failed before.
func TestSleepEndsFailures(t *testing.T) {
	var v Var[int]
	var failures []int
	_ = Atomically(func(tx *Tx) error {
		failures = append(failures, tx.aborts)
		x := v.Get(tx)
		if len(failures) < 4 {
			interfere(&v, x+1)
		}
		if len(failures) == 3 {
			tx.Retry() // and there is a change already
		}
		v.Set(tx, x)
		return nil
	})
	if want := []int{0, 1, 2, 0}; !slices.Equal(failures, want) {
		t.Errorf("failures before each attempt: %d, want %d", failures, want)
	}
	nobodyWaits(t)
}

func TestRetryUndoesWhatWasDone(t *testing.T) {
	var flag, written Var[int]
	done := async(func() error {
		return Atomically(func(tx *Tx) error {
			written.Set(tx, written.Get(tx)+1)
			tx.Check(flag.Get(tx) == 1)
			return nil
		})
	})
	asleep(1)
	if x := written.Load(); x != 0 {
		t.Errorf("a transaction that waits has set %d", x)
	}
	interfere(&flag, 1)
	if err := <-done; err != nil || written.Load() != 1 {
		t.Errorf("error %v, value %d, want 1", err, written.Load())
	}
	nobodyWaits(t)
}

func TestOrElse(t *testing.T) {
	a, b := NewVar(0), NewVar(0)
	take := func(v *Var[int]) func(*Tx) error {
		return func(tx *Tx) error {
			x := v.Get(tx)
			v.Set(tx, x-1) // to be undone
			tx.Check(x > 0)
			return nil
		}
	}
	either := func() error {
		return Atomically(func(tx *Tx) error { return tx.OrElse(take(a), take(b)) })
	}
	for _, v := range []*Var[int]{a, b} {
		done := async(either)
		asleep(1) // both alternatives retry; a change of either wakes
		interfere(v, 1)
		if err := <-done; err != nil || a.Load() != 0 || b.Load() != 0 {
			t.Errorf("error %v, left %d and %d, want none", err, a.Load(), b.Load())
		}
	}
	nobodyWaits(t)
}

func TestOrElseUndoesAlternatives(t *testing.T) {
	v := NewVar(1)
	var log []string
	note := func(s string) func() { return func() { log = append(log, s) } }
	atomically(t, func(tx *Tx) error {
		v.Set(tx, 2)
		err := tx.OrElse(
			func(tx *Tx) error {
				tx.OnCommit(note("first"))
				_ = tx.Atomically(func(tx *Tx) error {
					v.Set(tx, v.Get(tx)+10)
					tx.Retry()
					return nil
				})
				return nil
			},
			func(tx *Tx) error {
				return tx.OrElse(
					func(tx *Tx) error { v.Set(tx, 100); swallow(tx.Retry); v.Set(tx, 200); return nil },
					func(tx *Tx) error { tx.OnCommit(note("second")); v.Set(tx, v.Get(tx)+20); return nil })
			})
		if got := v.Get(tx); err != nil || got != 22 {
			t.Errorf("value %d in the transaction, error %v; want 22", got, err)
		}
		if err := tx.OrElse(func(tx *Tx) error { v.Set(tx, 5); return errUndo }, nil); err != errUndo || v.Get(tx) != 22 {
			t.Errorf("an alternative that fails: error %v, value %d; want its error and 22", err, v.Get(tx))
		}
		return nil
	})
	if v.Load() != 22 || len(log) != 1 || log[0] != "second" {
		t.Errorf("value %d, hooks %v; want 22 and the second alternative's", v.Load(), log)
	}
}

// swallow calls f and recovers what it panics.
func swallow(f func()) {
	defer func() { _ = recover() }()
	f()
}

func TestSwallowedRetryWaitsAllTheSame(t *testing.T) {
	flag, v := NewVar(0), NewVar(0)
	done := async(func() error {
		return Atomically(func(tx *Tx) error {
			swallow(func() { tx.Check(flag.Get(tx) == 1) })
			v.Set(tx, v.Get(tx)+1)
			return nil
		})
	})
	asleep(1)
	interfere(flag, 1)
	if err := <-done; err != nil || v.Load() != 1 {
		t.Errorf("error %v, value %d, want 1", err, v.Load())
	}
}

// TestRetryForgivesNoConflict: an attempt whose conflict was recovered and that then
// retries runs again; OrElse does not go on in it.
func TestRetryForgivesNoConflict(t *testing.T) {
	var a, b Var[string]
	runs, text := 0, ""
	atomically(t, func(tx *Tx) error {
		runs++
		a.Get(tx)
		if runs == 1 {
			interfere(&a, "new")
			interfere(&b, "new")
		}
		text = "recovered"
		return tx.OrElse(func(tx *Tx) error {
			swallow(func() { text = b.Get(tx) })
			tx.Retry()
			return nil
		}, func(tx *Tx) error { return nil })
	})
	if runs != 2 || text != "new" {
		t.Errorf("%d runs, the last one had %q; want 2 and what is new", runs, text)
	}
}

func TestRetryInView(t *testing.T) {
	var a, b Var[int]
	var runs atomic.Int64
	got := async(func() (sum int) {
		_ = View(func(tx *Tx) error {
			runs.Add(1)
			sum = a.Get(tx) + b.Get(tx)
			tx.Check(sum >= 2)
			return nil
		})
		return sum
	})
	asleep(1)
	interfere(&a, 1)      // wakes, but is not enough
	for runs.Load() < 3 { // the second one has logged what it waits for
		goruntime.Gosched()
	}
	asleep(1)
	interfere(&b, 1)
	if sum := <-got; sum != 2 || runs.Load() != 4 {
		t.Errorf("got %d after %d runs, want 2 after 4", sum, runs.Load())
	}
	nobodyWaits(t)
}

func TestMisuseOfRetry(t *testing.T) {
	mustPanic(t, "has read no Var", func() { _ = Atomically(func(tx *Tx) error { tx.Retry(); return nil }) })
	mustPanic(t, "has read no Var", func() { _ = View(func(tx *Tx) error { tx.Retry(); return nil }) })
	tx := Begin()
	mustPanic(t, "from Begin", tx.Retry)
	mustPanic(t, "from Begin", func() { tx.Check(false) })
	mustPanic(t, "from Begin", func() { _ = tx.OrElse(nil, nil) })
	tx.Abort()
	mustPanic(t, "has ended", tx.Retry)
	mustPanic(t, "has ended", func() { tx.Check(true) })
	nobodyWaits(t)
}

// TestBoundedQueue moves numbers through a queue that is often full and often
// empty: thousands of waits, and everything arrives once.
func TestBoundedQueue(t *testing.T) {
	const producers, consumers, each, room = 4, 4, 2000, 2
	var items Var[[]int]
	var all sync.WaitGroup
	sums := make([]int, consumers)
	for p := range producers {
		all.Go(func() {
			for i := range each {
				_ = Atomically(func(tx *Tx) error {
					q := items.Get(tx)
					tx.Check(len(q) < room)
					items.Set(tx, append(q[:len(q):len(q)], p*each+i))
					return nil
				})
			}
		})
	}
	for c := range consumers {
		all.Go(func() {
			for range each * producers / consumers {
				x, _ := Do(func(tx *Tx) (int, error) {
					q := items.Get(tx)
					tx.Check(len(q) > 0)
					items.Set(tx, q[1:])
					return q[0], nil
				})
				sums[c] += x
			}
		})
	}
	before := ReadStats()
	all.Wait()
	total, n := 0, producers*each
	for _, s := range sums {
		total += s
	}
	if total != n*(n-1)/2 || len(items.Load()) != 0 {
		t.Errorf("received a sum of %d, want %d; left %v", total, n*(n-1)/2, items.Load())
	}
	nobodyWaits(t)
	after := ReadStats()
	t.Logf("%d waits, %d wake-ups", after.Waits-before.Waits, after.WakeUps-before.WakeUps)
}
