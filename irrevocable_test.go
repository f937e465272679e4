package tm

import (
	"context"
	"errors"
	goruntime "runtime"
	"sync"
	"testing"

	"github.com/ungil/tm/internal/word"
)

// tokenIsFree reports whether the next transaction can become irrevocable.
func tokenIsFree() bool { return len(token.full) == 0 && attention.word.Load()&priorities == 0 }

func TestIrrevocableCommits(t *testing.T) {
	vs := apart()
	x, y, other := &vs[0], &vs[1], &vs[2]
	tx := Begin()
	x.Get(tx)
	tx.Irrevocable()
	tx.Irrevocable() // again does nothing
	if tx.Doomed() {
		t.Fatal("doomed without a conflict")
	}
	// Whoever would overwrite what it has read fails, however often.
	failures := 0
	_ = Atomically(func(inner *Tx) error {
		if failures == 3*int(leastPatience()) {
			return errUndo
		}
		failures++
		x.Set(inner, failures)
		return nil
	})
	// Nor may one of many that look once each find the patience used up.
	for range 3 * leastPatience() {
		err := AtomicallyContext(context.Background(), func(inner *Tx) error { x.Set(inner, 1); return nil }, WithAttempts(1))
		if !errors.Is(err, ErrAttempts) {
			t.Fatalf("error %v, want that of an attempt that gave way", err)
		}
	}
	if x.Load() != 0 {
		t.Error("overwritten")
	}
	// Whoever does not goes on, and what is read from now on is the newest.
	if n := attempts(other, 7); n != 1 {
		t.Errorf("%d attempts to set something else", n)
	}
	_ = View(func(view *Tx) error {
		if x.Get(view) != 0 || other.Get(view) != 7 {
			t.Error("a view sees something else")
		}
		return nil
	})
	y.Set(tx, other.Get(tx))
	if !tx.Commit() || y.Load() != 7 {
		t.Errorf("y is %d, want 7", y.Load())
	}
	if n := attempts(x, 1); n != 1 || !tokenIsFree() {
		t.Errorf("%d attempts after the end", n)
	}
}

// TestIrrevocableTooLate: the function runs once more, and then for certain.
func TestIrrevocableTooLate(t *testing.T) {
	var x, y Var[int]
	runs, passed := 0, 0
	atomically(t, func(tx *Tx) error {
		runs++
		x.Get(tx)
		if runs == 1 {
			interfere(&x, 5)
		}
		tx.Irrevocable()
		passed++
		y.Set(tx, x.Get(tx))
		return nil
	})
	if runs != 2 || passed != 1 || y.Load() != 5 {
		t.Errorf("%d runs, passed %d times, y is %d; want 2, 1 and 5", runs, passed, y.Load())
	}

	tx := Begin()
	x.Get(tx)
	interfere(&x, 6)
	tx.Irrevocable()
	if !tx.Doomed() || !tokenIsFree() {
		t.Error("became irrevocable with an old value")
	}
	holder := Begin()
	holder.Irrevocable()
	tx.Irrevocable() // still doomed, so it waits for nobody
	holder.Abort()
	tx.Abort()
}

// TestIrrevocableEnds: whatever ends the function gives the token back, and
// what does not commit is undone.
func TestIrrevocableEnds(t *testing.T) {
	var x Var[int]
	body := func(end func()) func(*Tx) error {
		return func(tx *Tx) error {
			x.Set(tx, 1)
			tx.Irrevocable()
			end()
			return errUndo
		}
	}
	if err := Atomically(body(func() {})); err != errUndo {
		t.Errorf("error %v", err)
	}
	mustPanic(t, "on purpose", func() { _ = Atomically(body(func() { panic("on purpose") })) })
	exited := make(chan struct{})
	go func() {
		defer close(exited)
		_ = Atomically(body(goruntime.Goexit))
	}()
	<-exited
	tx := Begin()
	_ = body(func() {})(tx)
	tx.Abort()
	if x.Load() != 0 || !tokenIsFree() {
		t.Errorf("x is %d, want 0; the token is free: %v", x.Load(), tokenIsFree())
	}
}

// TestIrrevocableWaitEnds: a context ends the wait for the token.
func TestIrrevocableWaitEnds(t *testing.T) {
	holder := Begin()
	holder.Irrevocable()
	ctx, cancel := context.WithCancel(context.Background())
	passed := false
	err := AtomicallyContext(ctx, func(tx *Tx) error {
		cancel()
		tx.Irrevocable()
		passed = true
		return nil
	})
	if !errors.Is(err, context.Canceled) || passed {
		t.Errorf("error %v, became irrevocable: %v", err, passed)
	}
	holder.Abort()
	if !tokenIsFree() {
		t.Error("the token is lost")
	}
}

// TestIrrevocableUntil: a channel ends the wait for the token, and changes nothing else.
func TestIrrevocableUntil(t *testing.T) {
	if word.Exploring {
		t.Skip("the explorer's threads cannot wait for each other")
	}
	var x Var[int]
	holder := Begin()
	holder.Irrevocable()
	tx := Begin()
	x.Set(tx, 1)
	done, outcome := make(chan struct{}), make(chan bool)
	go func() { outcome <- tx.IrrevocableUntil(done) }()
	close(done) // before or while it waits
	if <-outcome || tx.Doomed() || tx.irrevocable || tx.holdsToken {
		t.Error("irrevocable, or doomed, when the wait was ended")
	}
	holder.Abort()
	for range 2 { // there is nothing to wait for: done does not matter
		if !tx.IrrevocableUntil(done) {
			t.Error("not irrevocable with the token free")
		}
	}
	if !tx.Commit() || x.Load() != 1 || !tokenIsFree() {
		t.Errorf("x is %d, want 1; the token is free: %v", x.Load(), tokenIsFree())
	}
	tx = Begin()
	x.Get(tx)
	interfere(&x, 6)
	if tx.IrrevocableUntil(nil) || !tx.Doomed() || !tokenIsFree() {
		t.Error("became irrevocable with an old value")
	}
	tx.Abort()
	mustPanic(t, "IrrevocableUntil of", func() {
		_ = Atomically(func(tx *Tx) error { tx.IrrevocableUntil(nil); return nil })
	})
	mustPanic(t, "IrrevocableUntil", func() { tx.IrrevocableUntil(nil) })
}

func TestRetryAndIrrevocable(t *testing.T) {
	mustPanic(t, "Retry after Irrevocable", func() {
		_ = Atomically(func(tx *Tx) error { tx.Irrevocable(); tx.Retry(); return nil })
	})
	// The second attempt is certain from its begin, but may still sleep before
	// it becomes irrevocable: then it holds nothing.
	var x Var[int]
	runs := 0
	err := AtomicallyContext(context.Background(), func(tx *Tx) error {
		runs++
		x.Get(tx)
		switch runs {
		case 1:
			interfere(&x, 1)
			tx.Irrevocable()
		case 2:
			tx.Retry()
		}
		return nil
	}, WithAttempts(2))
	if !errors.Is(err, ErrAttempts) || runs != 2 || !tokenIsFree() {
		t.Errorf("error %v after %d runs; the token is free: %v", err, runs, tokenIsFree())
	}
}

// TestSwallowedRetryBeforeIrrevocable: a transaction that is certain from its begin reads on
// after a Retry that its function has recovered, and then takes another way.
func TestSwallowedRetryBeforeIrrevocable(t *testing.T) {
	var x, y, z Var[int]
	runs := 0
	atomically(t, func(tx *Tx) error {
		if runs++; runs == 1 {
			x.Get(tx)
			interfere(&x, 1)
			tx.Irrevocable() // too late: it unwinds
		}
		return tx.OrElse(func(tx *Tx) error {
			swallow(tx.Retry)
			interfere(&y, 1)
			y.Get(tx)
			return nil
		}, func(tx *Tx) error {
			tx.Irrevocable()
			z.Set(tx, y.Get(tx))
			return nil
		})
	})
	if runs != 2 || z.Load() != 1 || !tokenIsFree() {
		t.Errorf("%d runs have set %d; the token is free: %v", runs, z.Load(), tokenIsFree())
	}
}

func TestIrrevocableMisuse(t *testing.T) {
	var x Var[int]
	mustPanic(t, "in a View", func() { _ = View(func(tx *Tx) error { tx.Irrevocable(); return nil }) })
	mustPanic(t, "in a View", func() { // nor in one that runs again after Retry
		again := false
		_ = View(func(tx *Tx) error {
			if x.Get(tx); !again {
				again = true
				tx.Retry()
			}
			tx.Irrevocable()
			return nil
		})
	})
	var kept *Tx
	atomically(t, func(tx *Tx) error { kept = tx; return nil })
	mustPanic(t, "has ended", func() { kept.Irrevocable() })
	if word.Exploring {
		return // goroutines have no numbers there
	}
	mustPanic(t, "would wait for ever", func() {
		_ = Atomically(func(tx *Tx) error {
			tx.Irrevocable()
			return Atomically(func(tx *Tx) error { tx.Irrevocable(); return nil })
		})
	})
	mustPanic(t, "use tx.Atomically", func() {
		_ = Atomically(func(tx *Tx) error {
			tx.Irrevocable()
			x.Get(tx)
			attempts(&x, 1)
			return nil
		})
	})
	runs := 0
	mustPanic(t, "use tx.Atomically", func() { // the other way round: the inner one gives way to nobody
		_ = Atomically(func(tx *Tx) error {
			if runs++; runs > 2*suspectAfter {
				return nil
			}
			var y Var[int]
			x.Get(tx)
			y.Set(tx, 1)
			return Atomically(func(tx *Tx) error { tx.Irrevocable(); x.Set(tx, runs); return nil })
		})
	})
	if !tokenIsFree() {
		t.Error("the token is lost")
	}
}

// panicking is a context that panics when it is asked for its error the second time.
type panicking struct {
	context.Context
	asked int
}

func (p *panicking) Err() error {
	if p.asked++; p.asked > 1 {
		panic("the context panics")
	}
	return nil
}

func TestContextThatPanics(t *testing.T) {
	var x Var[int]
	aborted := false
	mustPanic(t, "the context panics", func() {
		_ = AtomicallyContext(&panicking{Context: context.Background()}, func(tx *Tx) error {
			tx.OnAbort(func() { aborted = true })
			x.Get(tx)
			interfere(&x, 1)
			tx.Irrevocable() // too late: it keeps the token for the next attempt
			return nil
		})
	})
	if !tokenIsFree() || !aborted {
		t.Errorf("the token is free: %v; the hook has run: %v", tokenIsFree(), aborted)
	}
}

func TestDroppedIrrevocableIsEnded(t *testing.T) {
	if word.Exploring {
		t.Skip("the explorer's pool keeps every Tx, so nothing is cleaned up")
	}
	func() { Begin().Irrevocable() }()
	awaitCleanup(t, tokenIsFree)
}

// TestIrrevocableOneAtATime: what they do outside the Vars needs no lock, and
// happens once. Others commit to the same Vars meanwhile.
func TestIrrevocableOneAtATime(t *testing.T) {
	if word.Exploring {
		t.Skip("the explorer's threads cannot wait for each other")
	}
	const goroutines, rounds = 4, 300
	var printed []int // guarded by the token
	vs := make([]Var[int], 8)
	var all sync.WaitGroup
	for g := range goroutines {
		all.Go(func() {
			for i := range rounds {
				a, b := &vs[(g+i)%len(vs)], &vs[(g+3*i+1)%len(vs)]
				_ = Atomically(func(tx *Tx) error {
					a.Set(tx, a.Get(tx)+1)
					if i%4 == 0 {
						tx.Irrevocable()
						printed = append(printed, i)
						goruntime.Gosched()
					}
					b.Set(tx, b.Get(tx)+1)
					return nil
				})
			}
		})
	}
	all.Wait()
	total := 0
	_ = View(func(tx *Tx) error {
		for i := range vs {
			total += vs[i].Get(tx)
		}
		return nil
	})
	if total != 2*goroutines*rounds || len(printed) != goroutines*rounds/4 {
		t.Errorf("the Vars hold %d in all and %d were printed; want %d and %d", total, len(printed), 2*goroutines*rounds, goroutines*rounds/4)
	}
	if !tokenIsFree() {
		t.Error("the token is lost")
	}
}
