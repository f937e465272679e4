package tm

import (
	"context"
	"errors"
	"reflect"
	goruntime "runtime"
	"slices"
	"strings"
	"testing"
)

func TestContextEndsSleep(t *testing.T) {
	for range 100 {
		v := NewVar(0)
		ctx, cancel := context.WithCancel(context.Background())
		done := async(func() error {
			return AtomicallyContext(ctx, func(tx *Tx) error {
				tx.Check(v.Get(tx) != 0)
				return nil
			})
		})
		asleep(1)
		cancel()
		if err := <-done; err != context.Canceled {
			t.Fatalf("error %v, want that of the context", err)
		}
		nobodyWaits(t)
	}
}

// A context makes it possible to sleep for nothing else.
func TestContextAlone(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	done := async(func() error { return AtomicallyContext(ctx, func(tx *Tx) error { tx.Retry(); return nil }) })
	asleep(1)
	cancel()
	if err := <-done; err != context.Canceled {
		t.Errorf("error %v, want that of the context", err)
	}
	mustPanic(t, `the transaction "idle" that has read no Var`, func() {
		_ = AtomicallyContext(context.Background(), func(tx *Tx) error { tx.Retry(); return nil }, WithName("idle"))
	})
	nobodyWaits(t)
}

func TestContextBetweenAttempts(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	v, runs := NewVar(0), 0
	fn := func(tx *Tx) error {
		runs++
		x := v.Get(tx)
		interfere(v, x+10)
		cancel()
		v.Set(tx, x+1)
		return nil
	}
	err := AtomicallyContext(ctx, fn, WithName("late"))
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), `"late"`) || runs != 1 || v.Load() != 10 {
		t.Errorf("error %v after %d runs, value %d; want the context's, named, after 1, and 10", err, runs, v.Load())
	}
	if err := AtomicallyContext(ctx, fn); err != context.Canceled || runs != 1 {
		t.Errorf("error %v after %d runs; want the context's without another run", err, runs)
	}
	ids := descriptors.Len()
	for range 1000 {
		_ = AtomicallyContext(ctx, fn)
	}
	if grown := descriptors.Len() - ids; grown > 100 {
		t.Errorf("1000 transactions that had ended before they began have taken %d ids", grown)
	}
}

func TestAttempts(t *testing.T) {
	v, runs := NewVar(0), 0
	always := func(tx *Tx) error {
		runs++
		x := v.Get(tx)
		interfere(v, x+10)
		v.Set(tx, x+1)
		return nil
	}
	ctx := context.Background()
	if err := AtomicallyContext(ctx, always, WithAttempts(3)); err != ErrAttempts || runs != 3 || v.Load() != 30 {
		t.Errorf("error %v after %d runs, value %d; want ErrAttempts after 3, and 30", err, runs, v.Load())
	}
	err := AtomicallyContext(ctx, always, WithName("short"), WithAttempts(1))
	if !errors.Is(err, ErrAttempts) || !strings.Contains(err.Error(), `"short"`) || runs != 4 {
		t.Errorf("error %v after %d runs; want ErrAttempts, named, after 4", err, runs)
	}
	// The last attempt does not sleep.
	if err := AtomicallyContext(ctx, func(tx *Tx) error { tx.Check(v.Get(tx) < 0); return nil }, WithAttempts(1)); err != ErrAttempts {
		t.Errorf("error %v of a transaction that cannot happen now, want ErrAttempts", err)
	}
	// The next transaction has no limits.
	runs = 0
	if err := Atomically(func(tx *Tx) error {
		if runs++; runs < 10 {
			interfere(v, runs)
			v.Get(tx)
			interfere(v, runs)
		}
		v.Set(tx, v.Get(tx))
		return nil
	}); err != nil || runs != 10 {
		t.Errorf("error %v after %d runs without limits, want none after 10", err, runs)
	}
	var none context.Context
	mustPanic(t, "nil context", func() { _ = AtomicallyContext(none, func(tx *Tx) error { return nil }) })
	mustPanic(t, "at least one attempt", func() { WithAttempts(0) })
	mustPanic(t, "lowest priority", func() { WithPriority(-1) })
	nobodyWaits(t)
}

func TestNameInMisuse(t *testing.T) {
	mustPanic(t, `Commit of the transaction "mine"`, func() {
		_ = AtomicallyContext(context.Background(), func(tx *Tx) error { tx.Commit(); return nil }, WithName("mine"), WithPriority(3))
	})
}

// hookLog collects what hooks say.
type hookLog []string

func (l *hookLog) both(tx *Tx, name string) {
	tx.OnCommit(func() { *l = append(*l, name+" committed") })
	tx.OnAbort(func() { *l = append(*l, name+" aborted") })
}

func (l *hookLog) expect(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(*l, want) {
		t.Errorf("hooks said %q, want %q", *l, want)
	}
	*l = nil
}

func TestHooksRunOnceInOrder(t *testing.T) {
	var log hookLog
	v, runs := NewVar(0), 0
	atomically(t, func(tx *Tx) error {
		runs++
		log.both(tx, "1")
		x := v.Get(tx)
		if runs < 3 {
			interfere(v, x+1)
		}
		v.Set(tx, x+10)
		log.both(tx, "2")
		return nil
	})
	log.expect(t, "1 committed", "2 committed")

	if err := Atomically(func(tx *Tx) error { log.both(tx, "1"); log.both(tx, "2"); return errUndo }); err != errUndo {
		t.Error(err)
	}
	log.expect(t, "1 aborted", "2 aborted")

	_ = View(func(tx *Tx) error { log.both(tx, "view"); return nil })
	log.expect(t, "view committed")
}

func TestHooksOfPanicAndGoexit(t *testing.T) {
	var log hookLog
	mustPanic(t, "mine", func() { _ = Atomically(func(tx *Tx) error { log.both(tx, "1"); panic("mine") }) })
	log.expect(t, "1 aborted")
	done := make(chan bool)
	go func() {
		defer close(done)
		_ = Atomically(func(tx *Tx) error { log.both(tx, "1"); goruntime.Goexit(); return nil })
	}()
	<-done
	log.expect(t, "1 aborted")
}

func TestHooksOfExplicitTransactions(t *testing.T) {
	var log hookLog
	v := NewVar(0)
	tx := Begin()
	log.both(tx, "1")
	v.Set(tx, 1)
	tx.Commit()
	log.expect(t, "1 committed")
	tx = Begin()
	log.both(tx, "1")
	tx.Abort()
	log.expect(t, "1 aborted")
	tx = Begin()
	log.both(tx, "1")
	v.Get(tx)
	interfere(v, 7)
	v.Set(tx, 2)
	tx.Commit()
	log.expect(t, "1 aborted")
	mustPanic(t, "has ended", func() { tx.OnCommit(func() {}) })
	mustPanic(t, "has ended", func() { tx.OnAbort(func() {}) })
}

func TestHooksOfUndoneParts(t *testing.T) {
	var log hookLog
	atomically(t, func(tx *Tx) error {
		log.both(tx, "outer")
		_ = tx.Atomically(func(tx *Tx) error { log.both(tx, "undone"); return errUndo })
		_ = tx.Atomically(func(tx *Tx) error { log.both(tx, "inner"); return nil })
		return nil
	})
	log.expect(t, "outer committed", "inner committed")
}

func TestHooksWhenGivenUp(t *testing.T) {
	var log hookLog
	v := NewVar(0)
	ctx, cancel := context.WithCancel(context.Background())
	done := async(func() error {
		return AtomicallyContext(ctx, func(tx *Tx) error { log.both(tx, "1"); tx.Check(v.Get(tx) != 0); return nil })
	})
	asleep(1)
	cancel()
	<-done
	log.expect(t, "1 aborted")
	_ = AtomicallyContext(context.Background(), func(tx *Tx) error {
		log.both(tx, "2")
		x := v.Get(tx)
		interfere(v, 1)
		v.Set(tx, x+1)
		return nil
	}, WithAttempts(2))
	log.expect(t, "2 aborted")
}

// TestHooksMayRunTransactions also with hooks, and may panic: the rest runs.
func TestHooksMayRunTransactions(t *testing.T) {
	var log hookLog
	v := NewVar(0)
	mustPanic(t, "hook", func() {
		_ = Atomically(func(tx *Tx) error {
			v.Set(tx, 1)
			tx.OnCommit(func() {
				_ = Atomically(func(tx *Tx) error { log.both(tx, "nested"); v.Set(tx, v.Get(tx)+1); return nil })
			})
			tx.OnCommit(func() {
				mustPanic(t, "has ended", func() { v.Get(tx) }) // it is outside of the transaction
			})
			tx.OnCommit(func() { panic("hook") })
			log.both(tx, "rest")
			return nil
		})
	})
	log.expect(t, "nested committed", "rest committed")
	if v.Load() != 2 {
		t.Errorf("value %d, want 2: a panic of a hook undoes nothing", v.Load())
	}
}

// minus returns what was counted since earlier.
func (s Stats) minus(earlier Stats) Stats {
	a, b := reflect.ValueOf(&s).Elem(), reflect.ValueOf(earlier)
	for i := range a.NumField() {
		a.Field(i).SetUint(a.Field(i).Uint() - b.Field(i).Uint())
	}
	return s
}

func TestStats(t *testing.T) {
	v, other := NewVar(0), NewVar(0)
	var waited Var[int]
	set := func(tx *Tx) error { v.Set(tx, v.Get(tx)+1); return nil }
	count := func(f func()) Stats {
		before := ReadStats()
		f()
		return ReadStats().minus(before)
	}
	for _, c := range []struct {
		what string
		f    func()
		want Stats
	}{
		{"commit", func() { _ = Atomically(set) }, Stats{Commits: 1}},
		{"view", func() { _ = View(func(tx *Tx) error { v.Get(tx); return nil }) }, Stats{Views: 1}},
		{"explicit", func() { tx := Begin(); v.Set(tx, 0); tx.Commit(); Begin().Abort() }, Stats{ExplicitCommits: 1, Errors: 1}},
		{"error", func() { _ = Atomically(func(*Tx) error { return errUndo }) }, Stats{Errors: 1}},
		{"panic", func() { swallow(func() { _ = Atomically(func(*Tx) error { panic(1) }) }) }, Stats{Panics: 1}},
		{"overwritten", func() {
			first := true
			_ = Atomically(func(tx *Tx) error {
				x := v.Get(tx)
				if first {
					first = false
					interfere(v, 5)
				}
				v.Set(tx, x+1)
				return nil
			})
		}, Stats{Commits: 2, Overwritten: 1}},
		{"retry", func() {
			_ = AtomicallyContext(context.Background(), func(tx *Tx) error { tx.Check(v.Get(tx) < 0); return nil }, WithAttempts(1))
		}, Stats{Retries: 1, Exhausted: 1}},
		{"context", func() {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			_ = AtomicallyContext(ctx, set)
		}, Stats{Cancelled: 1}},
		{"view again", func() {
			runs := 0
			_ = View(func(tx *Tx) error {
				if runs++; runs == 1 {
					interfere(v, 1)
					interfere(v, 2)
				}
				v.Get(tx)
				return nil
			})
		}, Stats{Views: 1, ReadConflicts: 1, RegisteredViews: 1, Commits: 2}},
		{"read conflict", func() {
			first := true
			_ = Atomically(func(tx *Tx) error {
				v.Get(tx)
				if first {
					first = false
					_ = Atomically(func(tx *Tx) error { v.Set(tx, 1); other.Set(tx, 1); return nil })
				}
				other.Get(tx)
				return nil
			})
		}, Stats{Commits: 2, ReadConflicts: 1}},
		{"validation", func() {
			first := true
			_ = Atomically(func(tx *Tx) error {
				v.Get(tx)
				if first {
					first = false
					interfere(v, 1)
				}
				other.Set(tx, 2)
				return nil
			})
		}, Stats{Commits: 2, FailedValidations: 1}},
		{"irrevocable", func() {
			_ = Atomically(func(tx *Tx) error { tx.Irrevocable(); tx.Irrevocable(); return nil })
		}, Stats{Commits: 1, Irrevocable: 1, Priorities: 1}},
		{"sleep", func() {
			slept := ReadStats().Waits
			done := async(func() error {
				return Atomically(func(tx *Tx) error { tx.Check(waited.Get(tx) != 0); return nil })
			})
			for ReadStats().Waits == slept {
				goruntime.Gosched()
			}
			interfere(&waited, 1)
			<-done
		}, Stats{Commits: 2, Retries: 1, Waits: 1, WakeUps: 1}},
	} {
		got := count(c.f)
		got.Extensions = 0 // whether one is needed depends on which Tx was idle
		got.HardwareCommits = 0
		if got != c.want {
			t.Errorf("%s: counted %+v, want %+v", c.what, got, c.want)
		}
	}
}

// TestStatsStay: counts outlive the Tx that has made them.
func TestStatsStay(t *testing.T) {
	before := ReadStats().Commits
	const n = 100
	for range n {
		atomically(t, func(*Tx) error { return nil })
		goruntime.GC() // empties the pool
	}
	if got := ReadStats().Commits - before; got != n {
		t.Errorf("counted %d commits of %d", got, n)
	}
}
