package tm

import (
	"context"
	"errors"
	"testing"
)

// TestResults: the result is that of the last run, and none beside an error.
func TestResults(t *testing.T) {
	ctx := context.Background()
	for name, do := range map[string]func(fn func(tx *Tx) (int, error)) (int, error){
		"Do":        Do[int],
		"DoView":    DoView[int],
		"DoContext": func(fn func(tx *Tx) (int, error)) (int, error) { return DoContext(ctx, fn) },
	} {
		t.Run(name, func(t *testing.T) {
			v := NewVar(7)
			if x, err := do(func(tx *Tx) (int, error) { return v.Get(tx), nil }); x != 7 || err != nil {
				t.Errorf("got %d, error %v; want 7", x, err)
			}
			if x, err := do(func(tx *Tx) (int, error) { return 8, errUndo }); x != 0 || err != errUndo {
				t.Errorf("got %d, error %v; want 0 and the function's error", x, err)
			}
		})
	}
	// The only attempt is thrown away, and so is what it has returned.
	v := NewVar(1)
	x, err := DoContext(ctx, func(tx *Tx) (int, error) {
		old := v.Get(tx)
		interfere(v, 10)
		v.Set(tx, old+1)
		return old, nil
	}, WithAttempts(1))
	if x != 0 || !errors.Is(err, ErrAttempts) || v.Load() != 10 {
		t.Errorf("got %d, error %v, value %d; want 0, ErrAttempts, 10", x, err, v.Load())
	}
}

// TestViewContext: a View that waits sees the change, or the end of its context.
func TestViewContext(t *testing.T) {
	v := NewVar(0)
	done := async(func() error {
		return ViewContext(context.Background(), func(tx *Tx) error { tx.Check(v.Get(tx) == 1); return nil })
	})
	asleep(1)
	v.Store(1)
	if err := <-done; err != nil {
		t.Errorf("error %v of a View whose condition holds", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done = async(func() error {
		return ViewContext(ctx, func(tx *Tx) error { tx.Check(v.Get(tx) == 2); return nil }, WithName("two"), WithPriority(3))
	})
	asleep(1)
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
	if err := ViewContext(ctx, func(tx *Tx) error { t.Error("ran after the end of its context"); return nil }); err != context.Canceled {
		t.Errorf("error %v, want that of the context", err)
	}
	nobodyWaits(t)
}

// TestViewContextAttempts: with one run there is no sleep; with two the second has
// looked at what it would wait for.
func TestViewContextAttempts(t *testing.T) {
	v := NewVar(0)
	for n := 1; n <= 2; n++ {
		runs := 0
		err := ViewContext(context.Background(), func(tx *Tx) error {
			runs++
			tx.Check(v.Get(tx) == 1)
			return nil
		}, WithAttempts(n))
		if !errors.Is(err, ErrAttempts) || runs != n {
			t.Errorf("WithAttempts(%d): error %v after %d runs", n, err, runs)
		}
	}
	mustPanic(t, "Set or Write in a View", func() {
		_ = ViewContext(context.Background(), func(tx *Tx) error { v.Set(tx, 1); return nil })
	})
	nobodyWaits(t)
}

func TestUpdateSwapStore(t *testing.T) {
	v := NewVar(1)
	atomically(t, func(tx *Tx) error {
		if x := v.Update(tx, func(x int) int { return x + 1 }); x != 2 || v.Get(tx) != 2 {
			t.Errorf("Update returned %d and the Var holds %d, want 2", x, v.Get(tx))
		}
		if old := v.Swap(tx, 5); old != 2 || v.Get(tx) != 5 {
			t.Errorf("Swap returned %d and the Var holds %d, want 2 and 5", old, v.Get(tx))
		}
		return nil
	})
	if v.Load() != 5 {
		t.Errorf("the Var holds %d, want 5", v.Load())
	}
	var fresh Var[string]
	fresh.Store("a")
	fresh.Store("b")
	if fresh.Load() != "b" {
		t.Errorf("the Var holds %q, want b", fresh.Load())
	}
	var none *Var[int]
	mustPanic(t, "Store of a nil *Var", func() { none.Store(1) })
}

// Update and Swap read what they replace: two of them conflict, and none is lost.
func TestUpdateConflicts(t *testing.T) {
	v := NewVar(1)
	for i, change := range []func(tx *Tx) int{
		func(tx *Tx) int { return v.Update(tx, func(x int) int { return x + 1 }) - 1 },
		func(tx *Tx) int { return v.Swap(tx, 0) },
	} {
		runs := 0
		old, err := Do(func(tx *Tx) (int, error) {
			runs++
			old := change(tx)
			if runs == 1 {
				interfere(v, 10*(i+1))
			}
			return old, nil
		})
		if err != nil || runs != 2 || old != 10*(i+1) {
			t.Errorf("change %d: saw %d after %d runs, error %v; want %d after 2", i, old, runs, err, 10*(i+1))
		}
	}
}

// TestStoreWakes: a Store is a commit like any other to those that wait.
func TestStoreWakes(t *testing.T) {
	v := NewVar(0)
	done := async(func() error { return Atomically(func(tx *Tx) error { tx.Check(v.Get(tx) == 3); return nil }) })
	asleep(1)
	v.Store(3)
	if err := <-done; err != nil {
		t.Error(err)
	}
	nobodyWaits(t)
}
