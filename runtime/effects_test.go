package runtime

import (
	"bytes"
	"errors"
	"fmt"
	goruntime "runtime"
	"strings"
	"testing"

	"github.com/ungil/tm"
	"github.com/ungil/tm/clock"
	"github.com/ungil/tm/internal/setting"
)

// Writers print the count they made, readers the count they saw. An order that
// respects conflicts is the one of the counts, with a writer before those who saw it.
func TestEffectsFollowCommits(t *testing.T) {
	const threads, turns = 4, 200
	eachModel(t, func(t *testing.T, w *World, out *bytes.Buffer) {
		var c cell
		write := func(m *machine) {
			n := c.get(m.t) + 1
			c.set(m.t, n)
			fmt.Fprintf(m.t, "%d w\n", n)
		}
		read := func(m *machine) { fmt.Fprintf(m.t, "%d r\n", c.get(m.t)) }
		runAll(w, threads, loop(0, turns, c.locked(write), c.locked(read))...)
		lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		if len(lines) != 2*threads*turns {
			t.Fatalf("%d lines, want %d", len(lines), 2*threads*turns)
		}
		last := 0
		for i, line := range lines {
			var n int
			var what string
			fmt.Sscan(line, &n, &what)
			if what == "w" && n != last+1 || what == "r" && n != last {
				t.Fatalf("line %d is %q after count %d", i+1, line, last)
			}
			last = n
		}
	})
}

// An effect waits for a commit under way that may have an earlier time.
func TestEffectWaitsForEarlierBound(t *testing.T) {
	w := NewWorld(Config{Model: STM})
	q := &w.effects
	slow, fast := w.NewThread(), w.NewThread()
	w.enlist(slow)
	w.enlist(fast)
	var order []string
	put := func(t *Thread, time uint64, wrote bool, name string) {
		t.pending.call(func() { order = append(order, name) })
		q.add(t, time, wrote)
	}
	slow.bound.bound.Store(5)
	put(fast, 7, false, "7 read")
	put(fast, 7, true, "7 wrote")
	put(fast, 4, true, "4")
	q.leave(fast)
	if got := strings.Join(order, ", "); got != "4" {
		t.Fatalf("before the slow commit: %s", got)
	}
	put(slow, 6, true, "6")
	q.leave(slow)
	if got := strings.Join(order, ", "); got != "4, 6, 7 wrote, 7 read" {
		t.Fatalf("after it: %s", got)
	}
	if fast.unsettled != 0 || slow.unsettled != 0 {
		t.Error("threads are not settled")
	}
}

// A transaction with effects whose snapshot cannot be extended grows older by it, like
// one that fails in its commit: in the end others give way.
func TestFailuresBeforeEffectsCount(t *testing.T) {
	if setting.Get(setting.Contention) == setting.Off {
		t.Skip("TMDEBUG has switched contention management off")
	}
	const enough = 1000
	var out bytes.Buffer
	w := NewWorld(Config{Model: STM, Output: &out})
	var c cell
	spoilt := 0
	m := run(w, func(m *machine) {
		c.get(m.t)
		fmt.Fprint(m.t, "done")
		if spoilt == enough {
			return
		}
		tx := tm.Begin()
		tx.Write(&c.slot, &(&cellVersion{n: -1}).Version)
		if tx.Commit() {
			spoilt++
		}
	})
	if spoilt == 0 || spoilt == enough || m.restores != spoilt || out.String() != "done" {
		t.Errorf("nobody gave way for %d failures, of which the machine noticed %d; output %q", spoilt, m.restores, out.String())
	}
}

// A reader that began long ago prints after what has happened since, or runs again.
func TestOldSnapshotIsExtended(t *testing.T) {
	var out bytes.Buffer
	w := NewWorld(Config{Model: STM, Output: &out})
	var c, unrelated cell
	attempts := 0
	run(w, func(m *machine) {
		attempts++
		if n := c.get(m.t); n == 0 {
			unrelated.spoil()
			run(w, add(&c, 1), func(m *machine) { m.t.Write([]byte("1 ")) })
			m.t.Write([]byte("0 "))
		} else {
			fmt.Fprintf(m.t, "%d ", n)
		}
	})
	if out.String() != "1 1 " || attempts != 2 {
		t.Errorf("output %q after %d attempts", out.String(), attempts)
	}
}

func TestEffectPanic(t *testing.T) {
	eachModel(t, func(t *testing.T, w *World, out *bytes.Buffer) {
		got := mustPanic(t, func() {
			run(w, func(m *machine) {
				s := m.t.Savepoint() // under Locks effects happen at once outside
				m.t.Write([]byte("a"))
				m.t.Defer(func() { panic("boom") })
				m.t.Write([]byte("b"))
				m.t.Release(s)
			})
		})
		if got != "boom" || out.String() != "ab" {
			t.Errorf("panic %v, output %q", got, out)
		}
		run(w, func(m *machine) { m.t.Write([]byte("c")) })
		if out.String() != "abc" {
			t.Errorf("output %q afterwards", out)
		}
	})
}

// Between its announcement and its end a commit holds back output of later ones,
// and only output; a thread that ends waits for its own.
func TestAnnouncedCommitHoldsBack(t *testing.T) {
	var out bytes.Buffer
	w := NewWorld(Config{Model: STM, Output: &out})
	var c cell
	slow := w.NewThread()
	w.enlist(slow)
	slow.tx = tm.Begin()
	slow.running = true
	slow.Write([]byte("slow "))
	slow.announce()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		run(w, add(&c, 1), func(m *machine) { m.t.Write([]byte("fast ")) })
	}()
	for waiting := false; !waiting; goruntime.Gosched() {
		select {
		case <-ended:
			t.Fatalf("the other thread has ended, output %q", out.String())
		default:
		}
		w.effects.mu.Lock()
		waiting = w.effects.waiters == 1
		w.effects.mu.Unlock()
	}
	if n := c.load(w); n != 1 {
		t.Errorf("the other thread has not committed: %d", n)
	}
	slow.commitAnnounced()
	<-ended
	if out.String() != "fast slow " && out.String() != "slow fast " {
		t.Errorf("output %q", out.String())
	}
}

// A thread that a panic ends in the middle of a commit holds nothing back.
func TestEndWithdrawsAnnouncement(t *testing.T) {
	var out bytes.Buffer
	w := NewWorld(Config{Model: STM, Output: &out})
	a, b := w.NewThread(), w.NewThread()
	w.enlist(a)
	w.enlist(b)
	a.announce()
	b.pending.write([]byte("x"))
	w.effects.add(b, clock.Now(), false)
	w.effects.leave(b)
	if out.Len() != 0 {
		t.Fatal("output did not wait")
	}
	w.retire(a)
	if out.String() != "x" || a.bound.bound.Load() != 0 {
		t.Errorf("output %q, bound %d", out.String(), a.bound.bound.Load())
	}
}

func TestRollbackShortensOutput(t *testing.T) {
	eachModel(t, func(t *testing.T, w *World, out *bytes.Buffer) {
		run(w, func(m *machine) {
			m.t.Write([]byte("a"))
			s := m.t.Savepoint()
			m.t.Write([]byte("bc"))
			m.t.Defer(func() { t.Error("a dropped effect ran") })
			m.t.Rollback(s)
			m.t.Defer(func() { out.WriteString("|") })
		})
		if out.String() != "a|" {
			t.Errorf("output %q", out)
		}
	})
}

// Output of a thread that never gives the lock away is not kept for ever.
func TestOutputFlowsUnderGIL(t *testing.T) {
	var out bytes.Buffer
	w := NewWorld(Config{Model: GIL, Quantum: 10, Output: &out})
	run(w, append([]instr{func(m *machine) { m.t.Write([]byte("x")) }},
		append(loop(0, 20), func(m *machine) {
			if out.Len() == 0 {
				t.Error("output waits for the end of the thread")
			}
		})...)...)
	if s := w.Stats(); s.Commits != 1 {
		t.Errorf("a lone thread gave the lock away: %d turns", s.Commits)
	}
}

type failingWriter struct{ writes int }

func (f *failingWriter) Write(p []byte) (int, error) {
	f.writes++
	return 0, errors.New("disk full")
}

func TestOutputError(t *testing.T) {
	for _, model := range []Model{GIL, STM, Auto, Locks} {
		f := new(failingWriter)
		w := NewWorld(Config{Model: model, Output: f})
		say := func(m *machine) { m.t.Write([]byte("x")) }
		run(w, say, goOutside, say)
		if err := w.OutputError(); err == nil || err.Error() != "disk full" || f.writes != 1 {
			t.Errorf("%v: error %v after %d writes", model, err, f.writes)
		}
	}
}

func TestDeferOutsideRunsAtOnce(t *testing.T) {
	var out bytes.Buffer
	th := NewWorld(Config{Model: STM, Output: &out}).NewThread()
	ran := false
	th.Defer(func() { ran = true })
	th.Write([]byte("x"))
	if !ran || out.String() != "x" {
		t.Errorf("ran %v, output %q", ran, out.String())
	}
}
