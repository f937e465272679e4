package tm

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/ungil/tm/orec"
)

// skipFaults skips a test whose panics begin as faults of the processor. The emulator of
// ci/cross, which sets TM_EMULATED, now and then reports one with a wrong address (seen on
// ppc64le in one of 800 runs of these tests), and then Go ends the process.
func skipFaults(t *testing.T) {
	if os.Getenv("TM_EMULATED") != "" {
		t.Skip("TM_EMULATED: faults of an emulated processor may have a wrong address")
	}
}

// TestNilVar: a nil Var is named when it has unwound a transaction; a nil pointer of the
// function's own is not taken for one.
func TestNilVar(t *testing.T) {
	skipFaults(t)
	var none *Var[int]
	for _, run := range []func(func(*Tx) error) error{Atomically, View} {
		mustPanic(t, "nil *Var", func() { _ = run(func(tx *Tx) error { none.Get(tx); return nil }) })
		mustPanic(t, "nil pointer", func() { _ = run(func(*Tx) error { var own *int; *own = 1; return nil }) })
	}
}

// TestNilFunction: no function is a mistake of the caller, and the panic says so. What
// was set before stays undone, and the transaction has ended.
func TestNilFunction(t *testing.T) {
	skipFaults(t)
	ctx := context.Background()
	v := NewVar(0)
	set := func(tx *Tx) { v.Set(tx, 1) }
	retries := func(tx *Tx) error { v.Get(tx); tx.Retry(); return nil }
	for name, call := range map[string]func(){
		"Atomically":        func() { _ = Atomically(nil) },
		"AtomicallyContext": func() { _ = AtomicallyContext(ctx, nil) },
		"View":              func() { _ = View(nil) },
		"ViewContext":       func() { _ = ViewContext(ctx, nil) },
		"Do":                func() { _, _ = Do[int](nil) },
		"DoContext":         func() { _, _ = DoContext[int](ctx, nil) },
		"DoView":            func() { _, _ = DoView[int](nil) },
		"inner part":        func() { _ = Atomically(func(tx *Tx) error { set(tx); return tx.Atomically(nil) }) },
		"OrElse":            func() { _ = Atomically(func(tx *Tx) error { set(tx); return tx.OrElse(nil, retries) }) },
		"OrElse, second":    func() { _ = Atomically(func(tx *Tx) error { set(tx); return tx.OrElse(retries, nil) }) },
	} {
		t.Run(name, func(t *testing.T) {
			mustPanic(t, "function of a transaction is nil", call)
			if x := v.Load(); x != 0 {
				t.Errorf("the Var holds %d, want 0", x)
			}
		})
	}
	// A nil pointer of the function's own is not taken for that.
	mustPanic(t, "nil pointer dereference", func() { _ = Atomically(func(*Tx) error { var own *int; *own = 1; return nil }) })
}

// TestNilTx: a Tx that is nil is named when it has unwound a transaction.
func TestNilTx(t *testing.T) {
	skipFaults(t)
	v := NewVar(0)
	var never Var[int]
	var slot orec.Slot
	for _, run := range []func(func(*Tx) error) error{Atomically, View} {
		mustPanic(t, "nil *Tx", func() { _ = run(func(*Tx) error { v.Get(nil); return nil }) })
		mustPanic(t, "Get or Set with a nil *Tx", func() { _ = run(func(*Tx) error { never.Get(nil); return nil }) })
		mustPanic(t, "Get or Set with a nil *Tx", func() { _ = run(func(*Tx) error { v.Set(nil, 1); return nil }) })
		mustPanic(t, "Read with a nil *Tx", func() { _ = run(func(*Tx) error { (*Tx)(nil).Read(&slot); return nil }) })
	}
}

func TestNilHookContextAndAge(t *testing.T) {
	atomically(t, func(tx *Tx) error {
		mustPanic(t, "OnCommit(nil)", func() { tx.OnCommit(nil) })
		mustPanic(t, "OnAbort(nil)", func() { tx.OnAbort(nil) })
		return nil
	})
	var none context.Context
	mustPanic(t, "ViewContext with a nil context", func() { _ = ViewContext(none, func(*Tx) error { return nil }) })
	mustPanic(t, "nil context", func() { _, _ = DoContext(none, func(*Tx) (int, error) { return 0, nil }) })
	mustPanic(t, "nil *Age", func() { BeginAged(nil) })
}

// TestSavepointsThatAreNotOpen: closing one twice, or one that was closed with the one
// around it, would undo what it must not.
func TestSavepointsThatAreNotOpen(t *testing.T) {
	a, b := NewVar(0), NewVar(0)
	atomically(t, func(tx *Tx) error {
		a.Set(tx, 1)
		mustPanic(t, "Rollback of a savepoint that is not open", func() { tx.Rollback(Savepoint{}) })
		outer := tx.Savepoint()
		b.Set(tx, 2)
		inner := tx.Savepoint()
		a.Set(tx, 3)
		tx.Rollback(outer) // and inner with it
		mustPanic(t, "Rollback of a savepoint that is not open", func() { tx.Rollback(inner) })
		mustPanic(t, "Release of a savepoint that is not open", func() { tx.Release(outer) })
		again := tx.Savepoint()
		b.Set(tx, 4)
		tx.Release(again)
		mustPanic(t, "Release of a savepoint that is not open", func() { tx.Release(again) })
		return nil
	})
	if x, y := a.Load(), b.Load(); x != 1 || y != 4 {
		t.Errorf("the Vars hold %d and %d, want 1 and 4", x, y)
	}
}

// A panic in an inner part passes although the part has left a savepoint open.
func TestPanicWithAnOpenSavepoint(t *testing.T) {
	v := NewVar(0)
	atomically(t, func(tx *Tx) error {
		mustPanic(t, "mine", func() {
			_ = tx.Atomically(func(tx *Tx) error {
				tx.Savepoint()
				v.Set(tx, 1)
				panic("mine")
			})
		})
		return nil
	})
	if v.Load() != 0 {
		t.Error("the inner part has not been undone")
	}
}

// TestNames: a name stands in errors once, and the package in front of its own.
func TestNames(t *testing.T) {
	err := AtomicallyContext(context.Background(), func(tx *Tx) error { return errUndo }, WithName("mine"))
	if err != errUndo {
		t.Errorf("error %v, want the function's own", err)
	}
	v := NewVar(false)
	err = AtomicallyContext(context.Background(), func(tx *Tx) error { tx.Check(v.Get(tx)); return nil }, WithName("mine"), WithAttempts(1))
	if !errors.Is(err, ErrAttempts) || strings.Count(err.Error(), "tm:") != 1 || !strings.Contains(err.Error(), `"mine"`) {
		t.Errorf("error %q, want ErrAttempts with the name, and the package once", err)
	}
}
