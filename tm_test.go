package tm

import (
	"errors"
	"fmt"
	"math/rand/v2"
	goruntime "runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"weak"

	"github.com/ungil/tm/internal/word"
	"github.com/ungil/tm/orec"
)

var errUndo = errors.New("undo")

func TestZeroVar(t *testing.T) {
	type account struct {
		limit   int
		balance Var[int]
	}
	var accounts [3]account
	if got := accounts[1].balance.Load(); got != 0 {
		t.Errorf("zero Var holds %d", got)
	}
	accounts[1].limit = 7
	atomically(t, func(tx *Tx) error {
		if got := accounts[1].balance.Get(tx); got != 0 {
			t.Errorf("zero Var holds %d in a transaction", got)
		}
		accounts[1].balance.Set(tx, accounts[1].limit)
		return nil
	})
	if got := accounts[1].balance.Load(); got != 7 {
		t.Errorf("after setting 7 the Var holds %d", got)
	}
}

// atomically runs fn and fails the test if it returns an error.
func atomically(t *testing.T, fn func(tx *Tx) error) {
	t.Helper()
	if err := Atomically(fn); err != nil {
		t.Fatal(err)
	}
}

func testValues[T comparable](t *testing.T, values ...T) {
	t.Helper()
	var zero Var[T]
	made := NewVar(values[0])
	if got := made.Load(); got != values[0] {
		t.Errorf("NewVar(%v) holds %v", values[0], got)
	}
	var nothing T
	if got, viewed := inBoth(t, &zero); got != nothing || viewed != nothing {
		t.Errorf("a Var that was never set holds %v in a transaction and %v in a View", got, viewed)
	}
	for _, v := range []*Var[T]{&zero, made} {
		for _, x := range values {
			atomically(t, func(tx *Tx) error { v.Set(tx, x); v.Set(tx, v.Get(tx)); return nil })
			if got, viewed := inBoth(t, v); got != x || viewed != x || v.Load() != x {
				t.Errorf("after setting %v: %v in a transaction, %v in a View, Load gives %v", x, got, viewed, v.Load())
			}
		}
	}
}

// inBoth reads v in a transaction and in a View.
func inBoth[T any](t *testing.T, v *Var[T]) (updating, viewed T) {
	t.Helper()
	atomically(t, func(tx *Tx) error { updating = v.Get(tx); return nil })
	if err := View(func(tx *Tx) error { viewed = v.Get(tx); return nil }); err != nil {
		t.Fatal(err)
	}
	return updating, viewed
}

func TestAnyType(t *testing.T) {
	testValues(t, struct{}{})
	testValues(t, [0]int{})
	testValues[byte](t, 1, 255, 0)
	testValues(t, "a", "", strings.Repeat("x", 1000))
	testValues[any](t, 1, "one", nil, struct{ a, b int }{1, 2})
	testValues[error](t, errUndo, nil)
	testValues(t, &struct{ n int }{1}, nil)
	testValues(t, [40]int{1, 39: 7}, [40]int{})
	testValues(t, [1000]int{1, 999: 7}, [1000]int{}) // larger than the zeros that stand for a value never set
	testValues(t, [500]string{"a", 499: "b"}, [500]string{})
	testValues(t, 1i, 0)
}

func TestErrorRollsBack(t *testing.T) {
	v := NewVar(1)
	err := Atomically(func(tx *Tx) error {
		v.Set(tx, 2)
		return errUndo
	})
	if err != errUndo || v.Load() != 1 {
		t.Errorf("error %v, value %d; want the function's error and 1", err, v.Load())
	}
}

func TestDoReturnsResultOfTheCommittedRun(t *testing.T) {
	v := NewVar(1)
	runs := 0
	got, err := Do(func(tx *Tx) (int, error) {
		runs++
		x := v.Get(tx)
		if runs == 1 {
			interfere(v, 10)
		}
		v.Set(tx, x+1)
		return x, nil
	})
	if err != nil || got != 10 || runs != 2 {
		t.Errorf("got %d after %d runs, error %v; want 10 after 2", got, runs, err)
	}
}

// interfere sets v from another goroutine and waits until that is done.
func interfere[T any](v *Var[T], x T) {
	done := make(chan error)
	go func() { done <- Atomically(func(tx *Tx) error { v.Set(tx, x); return nil }) }()
	<-done
}

func TestPanicRollsBackAndGoesOn(t *testing.T) {
	v := NewVar(1)
	func() {
		defer func() {
			if r := recover(); r != "mine" {
				t.Errorf("recovered %v, want the function's own panic", r)
			}
		}()
		_ = Atomically(func(tx *Tx) error { v.Set(tx, 2); panic("mine") })
	}()
	if v.Load() != 1 {
		t.Errorf("value %d after a panic, want 1", v.Load())
	}
}

func TestGoexitRollsBackAndGoesOn(t *testing.T) {
	v := NewVar(1)
	exited := true
	var all sync.WaitGroup
	all.Go(func() {
		_ = Atomically(func(tx *Tx) error { v.Set(tx, 2); goruntime.Goexit(); return nil })
		exited = false
	})
	all.Wait()
	if v.Load() != 1 || !exited {
		t.Errorf("value %d, exited %v after Goexit; want 1, true", v.Load(), exited)
	}
}

// swallower's String reads a Var; fmt recovers its panics.
type swallower func()

func (s swallower) String() string { s(); return "" }

func TestSwallowedConflictCannotCommit(t *testing.T) {
	a, b, out := NewVar(0), NewVar(0), NewVar(0)
	runs := 0
	atomically(t, func(tx *Tx) error {
		runs++
		x := a.Get(tx)
		if runs == 1 {
			interfere(a, 1)
			interfere(b, 1)
			_ = fmt.Sprint(swallower(func() { b.Get(tx) })) // conflicts: a has changed
		}
		out.Set(tx, x)
		return nil
	})
	if runs != 2 || out.Load() != 1 {
		t.Errorf("%d runs, out %d; the swallowed attempt must run again and see 1", runs, out.Load())
	}
}

func TestSwallowedConflictReturnsNoError(t *testing.T) {
	a, b := NewVar(0), NewVar(0)
	runs := 0
	err := Atomically(func(tx *Tx) (err error) {
		runs++
		a.Get(tx)
		if runs == 1 {
			interfere(a, 1)
			interfere(b, 1)
			defer func() { recover(); err = errUndo }()
			b.Get(tx)
		}
		return nil
	})
	if err != nil || runs != 2 {
		t.Errorf("error %v after %d runs, want none after 2", err, runs)
	}
}

// TestSwallowedConflictEndsTheOuterPart: an inner part that recovers the signal returns to nobody.
func TestSwallowedConflictEndsTheOuterPart(t *testing.T) {
	a, b := NewVar(0), NewVar(0)
	runs, after := 0, 0
	atomically(t, func(tx *Tx) error {
		runs++
		_ = tx.Atomically(func(tx *Tx) error {
			swallow(func() {
				x := a.Get(tx)
				if runs == 1 {
					_ = Atomically(func(tx *Tx) error { a.Set(tx, 1); b.Set(tx, 1); return nil })
				}
				if x != b.Get(tx) {
					t.Error("half of a commit is visible")
				}
			})
			return errUndo
		})
		after++
		return nil
	})
	if runs != 2 || after != 1 {
		t.Errorf("%d runs, of which %d went on behind the inner part; want 2 and 1", runs, after)
	}
}

func TestNestedErrorUndoesInnerPartAlone(t *testing.T) {
	a, b, c := NewVar(1), NewVar(1), NewVar(1)
	atomically(t, func(tx *Tx) error {
		a.Set(tx, 2)
		err := tx.Atomically(func(tx *Tx) error {
			a.Set(tx, 3)
			a.Set(tx, a.Get(tx)+1)
			b.Set(tx, 3)
			inner := tx.Atomically(func(tx *Tx) error { c.Set(tx, 9); a.Set(tx, 5); return nil })
			if inner != nil || a.Get(tx) != 5 || c.Get(tx) != 9 {
				t.Errorf("inner of inner: error %v, a %d, c %d", inner, a.Get(tx), c.Get(tx))
			}
			return errUndo
		})
		if err != errUndo || a.Get(tx) != 2 || b.Get(tx) != 1 || c.Get(tx) != 1 {
			t.Errorf("after inner error %v: a %d, b %d, c %d; want 2, 1, 1", err, a.Get(tx), b.Get(tx), c.Get(tx))
		}
		return tx.Atomically(func(tx *Tx) error { c.Set(tx, 4); return nil })
	})
	if a.Load() != 2 || b.Load() != 1 || c.Load() != 4 {
		t.Errorf("committed a %d, b %d, c %d; want 2, 1, 4", a.Load(), b.Load(), c.Load())
	}
}

func TestNestedPanicThatTheOuterPartRecovers(t *testing.T) {
	a := NewVar(1)
	atomically(t, func(tx *Tx) error {
		func() {
			defer func() { recover() }()
			_ = tx.Atomically(func(tx *Tx) error { a.Set(tx, 2); panic("inner") })
		}()
		if a.Get(tx) != 1 {
			t.Errorf("a is %d after the inner panic, want 1", a.Get(tx))
		}
		return nil
	})
}

// TestNestedUndoOfManyWrites crosses the size from which the write log has an index.
func TestNestedUndoOfManyWrites(t *testing.T) {
	var vs [100]Var[int]
	for outer := range len(vs) {
		_ = Atomically(func(tx *Tx) error {
			for i := range outer {
				vs[i].Set(tx, outer)
			}
			_ = tx.Atomically(func(tx *Tx) error {
				for i := range vs {
					vs[i].Set(tx, -1)
				}
				return errUndo
			})
			for i := range vs {
				want := outer
				if i >= outer {
					want = 0
				}
				if got := vs[i].Get(tx); got != want {
					t.Fatalf("outer wrote %d: Var %d holds %d, want %d", outer, i, got, want)
				}
			}
			return errUndo
		})
	}
}

func TestExplicit(t *testing.T) {
	list1, list2 := NewVar([]int{1, 2}), NewVar([]int{3})
	for {
		tx := Begin()
		l := list1.Get(tx)
		x := l[len(l)-1]
		list1.Set(tx, l[:len(l)-1])
		list2.Set(tx, append(list2.Get(tx)[:1:1], x))
		if tx.Commit() {
			break
		}
	}
	if got := fmt.Sprint(list1.Load(), list2.Load()); got != "[1] [3 2]" {
		t.Errorf("moved to %s", got)
	}
	tx := Begin()
	list1.Set(tx, nil)
	tx.Abort()
	if len(list1.Load()) != 1 {
		t.Error("Abort did not undo")
	}
}

func TestExplicitGoesOnWithItsSnapshot(t *testing.T) {
	a, b := NewVar(1), NewVar(1)
	tx := Begin()
	a.Get(tx)
	for i := range 10 {
		interfere(a, 2+i)
		interfere(b, 2+i)
	}
	if got := a.Get(tx) + b.Get(tx); got != 2 {
		t.Errorf("sum %d after a conflict, want the snapshot's 2", got)
	}
	if !tx.Doomed() {
		t.Error("not doomed after a conflict")
	}
	b.Set(tx, 0)
	if tx.Commit() {
		t.Error("a doomed transaction committed")
	}
}

// TestExplicitKeepsHistory reads through many versions that a registered
// snapshot needs; afterwards history is short again.
func TestExplicitKeepsHistory(t *testing.T) {
	v, other := NewVar(0), NewVar(0)
	tx := Begin()
	other.Get(tx)
	interfere(other, 1) // from here on the snapshot cannot move
	for i := range 50 {
		interfere(v, i+1)
	}
	if got := v.Get(tx); got != 0 {
		t.Errorf("registered snapshot reads %d, want 0", got)
	}
	tx.Abort()
	interfere(v, 100)
	interfere(v, 101)
	if n := versions(v); n != 2 {
		t.Errorf("%d versions kept with no registered snapshot, want 2", n)
	}
}

// versions counts the versions that v keeps alive, without gap marks.
func versions[T any](v *Var[T]) (n int) {
	for version := v.slot.Head.Load(); version != nil && version != &orec.Cut; version = version.Prev.Load() {
		if version.Stamp.Load() != orec.Gap {
			n++
		}
	}
	return n
}

// TestHistoryIsBounded: with eight snapshots registered at different times, a
// slot keeps at most ten versions, each snapshot reads its own, and a reader
// that is not registered does not walk over a gap.
func TestHistoryIsBounded(t *testing.T) {
	const snapshots = 8
	v, other := NewVar(0), NewVar(0)
	write := func(from, to int) {
		for i := from; i < to; i++ {
			interfere(v, i+1)
			interfere(other, i+1) // so that no snapshot can move
			if n := versions(v); n > snapshots+2 {
				t.Fatalf("%d versions after %d writes", n, i+1)
			}
		}
	}
	var txs [snapshots]*Tx
	for i := range txs {
		txs[i] = Begin()
		if got := other.Get(txs[i]); got != 10*i {
			t.Errorf("snapshot %d starts with %d", i, got)
		}
		write(10*i, 10*i+10)
	}
	// In the middle of the history, between two snapshots, nothing is left.
	runs := 0
	_ = View(func(tx *Tx) error {
		runs++
		x := other.Get(tx)
		if runs == 1 {
			write(10*snapshots, 10*snapshots+50)
		}
		if y := v.Get(tx); x != y {
			t.Errorf("view sees %d and %d", x, y)
		}
		return nil
	})
	if runs != 2 {
		t.Errorf("a view whose version was dropped ran %d times, want 2", runs)
	}
	for i, tx := range txs {
		if got := v.Get(tx); got != 10*i {
			t.Errorf("snapshot %d reads %d, want %d", i, got, 10*i)
		}
		tx.Abort()
	}
	write(0, 2)
	if n := versions(v); n != 2 {
		t.Errorf("%d versions with no snapshot left, want 2", n)
	}
}

// TestHistoryRolls: snapshots come and go while one stands and a writer goes on. History stays as
// short as they allow, and nothing that was overwritten stays alive.
func TestHistoryRolls(t *testing.T) {
	const snapshots = 8
	type value [1 << 10]int
	v, other := NewVar(new(value)), NewVar(0)
	var old []weak.Pointer[value]
	written := 0
	write := func() {
		for range 5 {
			written++
			x := &value{written}
			old = append(old, weak.Make(x))
			interfere(v, x)
			interfere(other, written) // so that no snapshot can move
			if n := versions(v); n > snapshots+2 {
				t.Fatalf("%d versions after %d writes", n, written)
			}
		}
	}
	begin := func() *Tx {
		tx := Begin()
		if got := other.Get(tx); got != written {
			t.Errorf("a snapshot begins with %d, want %d", got, written)
		}
		return tx
	}
	end := func(tx *Tx) {
		if got, want := v.Get(tx)[0], other.Get(tx); got != want {
			t.Errorf("a snapshot of %d reads %d", want, got)
		}
		tx.Abort()
	}
	first := begin()
	write()
	frozen := begin()
	write()
	end(first)
	var rolling [snapshots - 1]*Tx
	for i := range 30 * len(rolling) {
		write()
		place := &rolling[i*3%len(rolling)] // in another order than they began
		if *place != nil {
			end(*place)
		}
		*place = begin()
	}
	for _, tx := range rolling {
		end(tx)
	}
	if write(); versions(v) > 3 {
		t.Errorf("%d versions with one snapshot left, want 3 at most", versions(v))
	}
	end(frozen)
	write()
	if word.Exploring {
		return // its pool keeps more alive
	}
	for range 2000 {
		if alive := len(slices.DeleteFunc(slices.Clone(old), func(w weak.Pointer[value]) bool { return w.Value() == nil })); alive <= 2 {
			goruntime.KeepAlive(v)
			return
		}
		goruntime.GC()
		goruntime.Gosched()
	}
	t.Error("overwritten values are still alive")
}

func TestViewRunsAtMostTwice(t *testing.T) {
	a, b := NewVar(0), NewVar(0)
	runs := 0
	err := View(func(tx *Tx) error {
		runs++
		x := a.Get(tx)
		for i := range 5 {
			interfere(a, 10*runs+i)
			interfere(b, 10*runs+i)
		}
		if y := b.Get(tx); x != y {
			t.Errorf("run %d sees %d and %d", runs, x, y)
		}
		return nil
	})
	if err != nil || runs != 2 {
		t.Errorf("%d runs, error %v; want 2", runs, err)
	}
}

func mustPanic(t *testing.T, want string, fn func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if r := fmt.Sprint(recover()); !strings.Contains(r, want) {
			t.Errorf("panic %q, want one with %q", r, want)
		}
	}()
	fn()
}

func TestMisuse(t *testing.T) {
	v := NewVar(0)
	var none *Var[int]
	mustPanic(t, "nil *Var", func() { none.Load() })
	mustPanic(t, "nil *Var", func() { _ = Atomically(func(tx *Tx) error { none.Set(tx, 1); return nil }) })
	mustPanic(t, "use Atomically", func() { _ = View(func(tx *Tx) error { v.Set(tx, 1); return nil }) })
	mustPanic(t, "did not come from Begin", func() { _ = Atomically(func(tx *Tx) error { tx.Commit(); return nil }) })
	mustPanic(t, "did not come from Begin", func() { _ = View(func(tx *Tx) error { tx.Abort(); return nil }) })
	if v.Load() != 0 {
		t.Error("misuse has set the Var")
	}
}

func TestUseAfterEnd(t *testing.T) {
	// Without the race detector a Tx may be running again elsewhere; nobody else
	// runs here.
	v := NewVar(0)
	var never Var[int]
	for _, run := range []func(func(*Tx) error) error{Atomically, View} {
		var kept *Tx
		_ = run(func(tx *Tx) error { kept = tx; return nil })
		mustPanic(t, "has ended", func() { v.Get(kept) })
		mustPanic(t, "has ended", func() { never.Get(kept) })
		mustPanic(t, "has ended", func() { v.Set(kept, 1) })
		mustPanic(t, "has ended", func() { kept.Commit() })
		mustPanic(t, "has ended", func() { _ = kept.Atomically(func(*Tx) error { return nil }) })
	}
	tx := Begin()
	tx.Commit()
	mustPanic(t, "has ended", func() { tx.Abort() })
}

func TestNestedAtomicallyOnWhatTheOuterOneRead(t *testing.T) {
	if word.Exploring {
		t.Skip("nobody is suspected in the explorer's build, so the outer transaction never ends")
	}
	v := NewVar(0)
	mustPanic(t, "use tx.Atomically", func() {
		_ = Atomically(func(tx *Tx) error {
			x := v.Get(tx)
			_ = Atomically(func(tx *Tx) error { v.Set(tx, v.Get(tx)+1); return nil })
			v.Set(tx, x)
			return nil
		})
	})
	if n := suspects.count.Load(); n != 0 || len(suspects.txs) != 0 {
		t.Errorf("%d suspects left", n)
	}
	// A nested transaction on something else is legal.
	log := NewVar(0)
	atomically(t, func(tx *Tx) error {
		v.Set(tx, v.Get(tx)+1)
		return Atomically(func(tx *Tx) error { log.Set(tx, 1); return nil })
	})
}

// TestIDsAreNotLost runs collections between transactions; the pool drops its
// descriptors then, and their ids must come back.
func TestIDsAreNotLost(t *testing.T) {
	v := NewVar(0)
	before := descriptors.Len()
	for i := range 300 {
		func() {
			defer func() { recover() }()
			_ = Atomically(func(tx *Tx) error {
				v.Set(tx, i)
				if i%3 == 0 {
					panic("user")
				}
				return nil
			})
		}()
		goruntime.GC()
		goruntime.GC()
	}
	if after := descriptors.Len(); after > before+50 {
		t.Errorf("ids went from %d to %d in 300 transactions of one goroutine", before, after)
	}
}

func TestRepeatedReadsStayBounded(t *testing.T) {
	vs := make([]Var[int], 100)
	atomically(t, func(tx *Tx) error {
		for i := range 100_000 {
			vs[i%len(vs)].Get(tx)
		}
		if n := cap(tx.reads); n > 8*len(vs) {
			t.Errorf("read log of %d entries for %d Vars", n, len(vs))
		}
		vs[0].Set(tx, 1)
		return nil
	})
}

// TestLogsKeepNothingAlive: after its transaction, an idle Tx refers to no value.
func TestLogsKeepNothingAlive(t *testing.T) {
	collected := make(chan bool)
	func() {
		x := new([1 << 16]byte)
		goruntime.AddCleanup(x, func(int) { close(collected) }, 0)
		v := NewVar(x)
		atomically(t, func(tx *Tx) error { v.Get(tx); v.Set(tx, x); return nil })
		_ = Atomically(func(tx *Tx) error { v.Set(tx, x); return errUndo })
	}()
	tx := acquire(modeView) // the idle Tx, held so that the pool does not drop it
	defer tx.release()
	for range 2000 {
		goruntime.GC()
		select {
		case <-collected:
			return
		default:
			goruntime.Gosched()
		}
	}
	t.Error("a value that only a finished transaction referred to is still alive")
}

// TestHalfDoneCommitIsFinished: the owner of a commit stops when one of its two versions is installed.
// Whoever meets that finishes the commit; what the owner does later changes nothing.
func TestHalfDoneCommitIsFinished(t *testing.T) {
	a, b := NewVar(1), NewVar(1)
	tx := newTx()
	tx.mode = modeUpdate
	tx.begin()
	a.Set(tx, 2)
	b.Set(tx, 2)
	d := tx.descriptor
	d.Reads, d.Priority = tx.prepare(), 0
	d.Writes = tx.writes
	for i := range d.Writes {
		word.InitPointer(&d.Writes[i].New.Prev, d.Writes[i].Expected)
		word.InitUint64(&d.Writes[i].New.Stamp, orec.Pending(d.ID))
	}
	word.InitUint64(&d.Status, uint64(orec.Pack(orec.Installing, 0)))
	install(d, &d.Writes[0])
	first, second := a, b // in the order of installation
	if d.Writes[0].Slot != &a.slot {
		first, second = b, a
	}
	if second.Load() != 1 {
		t.Error("a version that is not installed is visible")
	}
	helps := ReadStats().Helps
	if first.Load() != 2 || second.Load() != 2 {
		t.Errorf("%d and %d, want 2 and 2: the half-done commit was met", first.Load(), second.Load())
	}
	if n := ReadStats().Helps - helps; n == 0 {
		t.Error("no help was counted")
	}
	interfere(second, 3)
	if time, ok := run(d); !ok {
		t.Error("the owner finds its commit failed")
	} else {
		tx.succeed(time)
	}
	tx.rollback()
	if first.Load() != 2 || second.Load() != 3 {
		t.Errorf("%d and %d, want 2 and 3: the owner goes on late", first.Load(), second.Load())
	}
}

// TestTimeOfReading: a transaction that has written nothing happened at its snapshot's time, whatever
// its Tx did before.
func TestTimeOfReading(t *testing.T) {
	v := NewVar(0)
	commit := func(body func(tx *Tx)) uint64 {
		tx := Begin()
		tx.time = 0 // its last commit was long ago
		body(tx)
		time, ok := tx.CommitAt()
		if !ok {
			t.Fatal("a conflict without company")
		}
		return time
	}
	before := commit(func(tx *Tx) { v.Set(tx, 1) })
	interfere(v, 2)
	read := commit(func(tx *Tx) {
		if v.Get(tx) != 2 {
			t.Error("an old value")
		}
	})
	after := commit(func(tx *Tx) { v.Set(tx, 3) })
	if read <= before || read >= after {
		t.Errorf("written at %d and %d, read between them at %d", before, after, read)
	}
}

func TestLoadSeesOwnCommit(t *testing.T) {
	v := NewVar(0)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 2000 {
				_ = Atomically(func(tx *Tx) error { v.Set(tx, v.Get(tx)+1); return nil })
				if v.Load() < 1 {
					t.Error("Load is older than a commit before it")
				}
			}
		})
	}
	all.Wait()
	if v.Load() != 8000 {
		t.Errorf("counter %d, want 8000", v.Load())
	}
}

func stressRounds() int {
	if raceEnabled || testing.Short() {
		return 1000
	}
	return 30_000
}

func sum(vs []*Var[int], tx *Tx) (total int) {
	for _, v := range vs {
		total += v.Get(tx)
	}
	return total
}

func TestBank(t *testing.T) {
	const accounts, start = 64, 100
	var vs []*Var[int]
	for range accounts {
		vs = append(vs, NewVar(start))
	}
	check := func(what string, tx *Tx) {
		if got := sum(vs, tx); got != accounts*start {
			t.Errorf("%s sees a total of %d, want %d", what, got, accounts*start)
		}
	}
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 7))
			for i := range stressRounds() {
				a, b := vs[r.IntN(accounts)], vs[r.IntN(accounts)]
				move := func(tx *Tx) error {
					a.Set(tx, a.Get(tx)-1)
					b.Set(tx, b.Get(tx)+1)
					return nil
				}
				switch i % 8 {
				case 0:
					_ = View(func(tx *Tx) error { check("view", tx); return nil })
				case 1:
					_ = Atomically(func(tx *Tx) error { check("update", tx); return move(tx) })
				case 2:
					for {
						tx := Begin()
						check("explicit", tx)
						_ = move(tx)
						if tx.Commit() {
							break
						}
					}
				default:
					_ = Atomically(move)
				}
			}
		})
	}
	all.Wait()
	_ = View(func(tx *Tx) error { check("end", tx); return nil })
}

// TestSkew: each side may be 1 only while the other is 0.
func TestSkew(t *testing.T) {
	var sides [2]Var[int]
	var all sync.WaitGroup
	for g := range 4 {
		mine, other := &sides[g%2], &sides[1-g%2]
		all.Go(func() {
			for range stressRounds() {
				_ = Atomically(func(tx *Tx) error {
					if mine.Get(tx)+other.Get(tx) > 1 {
						t.Error("both sides are 1")
					}
					if other.Get(tx) == 0 {
						mine.Set(tx, 1)
					}
					return nil
				})
				_ = Atomically(func(tx *Tx) error { mine.Set(tx, 0); return nil })
			}
		})
	}
	all.Wait()
}
