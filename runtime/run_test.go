package runtime

import (
	"bytes"
	"errors"
	goruntime "runtime"
	"strings"
	"testing"
)

func TestThreadsCount(t *testing.T) {
	const threads, turns = 4, 300
	eachModel(t, func(t *testing.T, w *World, _ *bytes.Buffer) {
		var one, two cell
		read := two.locked(func(m *machine) { m.reg[1] = two.get(m.t) })
		write := two.locked(func(m *machine) { two.set(m.t, m.reg[1]+1) })
		runAll(w, threads, loop(0, turns, add(&one, 1), enterAtomic, read, write, leaveAtomic)...)
		if got := one.load(w); got != threads*turns {
			t.Errorf("one instruction: %d, want %d", got, threads*turns)
		}
		if got := two.load(w); got != threads*turns && w.Model() != Locks {
			t.Errorf("two instructions in an atomic block: %d, want %d", got, threads*turns)
		}
	})
}

// Without an atomic block, quantum 1 lets another thread between two instructions.
func TestQuantumOneSwitches(t *testing.T) {
	for _, model := range []Model{GIL, STM, Auto} {
		w := NewWorld(Config{Model: model, Quantum: 1})
		var c cell
		seen := 0
		other := w.NewThread()
		done := make(chan struct{})
		code := []instr{
			func(m *machine) {
				seen = c.get(m.t)
				if seen == 0 {
					m.pc-- // spin until the other thread has run in between
				}
			},
		}
		go func() {
			defer close(done)
			o := &machine{t: other, code: []instr{add(&c, 1)}}
			other.Run(o)
		}()
		run(w, code...)
		<-done
		if seen != 1 {
			t.Errorf("%v: saw %d", model, seen)
		}
	}
}

func TestAbortRunsAgain(t *testing.T) {
	var out bytes.Buffer
	w := NewWorld(Config{Model: STM, Output: &out})
	var c cell
	var undones []int
	p := &plain{n: 10, undones: &undones}
	attempts, ran := 0, 0
	m := run(w,
		func(m *machine) { p.set(m.t, 11); m.reg[0]++ },
		goOutside, // commits: what comes before is not undone
		func(m *machine) {
			attempts++
			p.set(m.t, p.n+1)
			p.set(m.t, p.n+1) // saved already: no second entry
			m.reg[0]++
			m.t.EnterAtomic()
			inner := m.t.Savepoint()
			m.t.Write([]byte("text\n"))
			m.t.Defer(func() { ran++ })
			c.get(m.t)
			c.set(m.t, 5)
			if attempts <= 3 {
				c.spoil()
			}
			m.t.Release(inner)
			m.t.LeaveAtomic()
		},
	)
	if attempts != 4 || m.restores != 3 || m.checkpoints != 5 || m.outsides != 1 {
		t.Errorf("attempts %d, restores %d, checkpoints %d, outsides %d; want 4, 3, 5, 1",
			attempts, m.restores, m.checkpoints, m.outsides)
	}
	if p.n != 13 || len(undones) != 3 || undones[0] != 11 || m.reg[0] != 2 {
		t.Errorf("plain object %d (want 13), undone to %v (want 11 three times), register %d (want 2)", p.n, undones, m.reg[0])
	}
	if ran != 1 || out.String() != "text\n" {
		t.Errorf("effect ran %d times, output %q", ran, out.String())
	}
	if got := c.load(w); got != 5 {
		t.Errorf("cell is %d, want 5", got)
	}
	s := w.Stats()
	if s.Commits != 2 || s.Aborts != 3 || s.Instructions != 3 || s.Wasted != 3 || s.Threads != 1 {
		t.Errorf("statistics %+v", s)
	}
}

// A doomed transaction is given up at the next Check, also in an atomic block.
func TestCheckSeesDoom(t *testing.T) {
	w := NewWorld(Config{Model: STM})
	var a, b cell
	attempts, spins := 0, 0
	run(w,
		func(m *machine) { attempts++; m.t.EnterAtomic(); a.get(m.t) },
		func(m *machine) {
			if attempts == 1 {
				a.spoil()
				b.spoil() // the snapshot is too old for b, and a keeps it from moving
			}
			b.get(m.t)
		},
		func(m *machine) {
			if attempts == 1 {
				m.pc-- // for ever, but for Check
				if spins++; spins > 1<<20 {
					panic("Check did not see the conflict")
				}
			}
		},
		leaveAtomic,
	)
	if attempts != 2 || spins == 0 {
		t.Errorf("attempts %d, spins %d", attempts, spins)
	}
}

func TestAtomicIsOneTransaction(t *testing.T) {
	for _, model := range []Model{GIL, STM, Auto} {
		w := NewWorld(Config{Model: model, Quantum: 3})
		nested := append([]instr{enterAtomic, enterAtomic, leaveAtomic}, loop(0, 50)...)
		var depth bool
		run(w, append(nested, func(m *machine) { depth = m.t.InAtomic() }, leaveAtomic)...)
		if !depth {
			t.Errorf("%v: InAtomic is false inside", model)
		}
		if s := w.Stats(); s.Quanta[5] != 1 { // 56 instructions
			t.Errorf("%v: block was divided: %v", model, s.Quanta)
		}
	}
}

// waitOnce makes the machine wait for a channel that is closed, which ends that turn.
func waitOnce(m *machine) {
	if m.waited {
		return
	}
	wake := make(chan struct{})
	close(wake)
	m.waited, m.pc = true, m.pc-1
	m.t.WaitFor(wake, false)
	m.stop = Wait
}

func TestGuestMistakesPanic(t *testing.T) {
	cases := map[string][]instr{
		"atomic":     {enterAtomic, goOutside},
		"savepoint":  {func(m *machine) { m.t.Savepoint() }},
		"status 9":   {func(m *machine) { m.stop = 9 }},
		"LeaveAt":    {leaveAtomic},
		"not open":   {func(m *machine) { s := m.t.Savepoint(); m.t.Release(s); m.t.Rollback(s) }},
		"is running": {func(m *machine) { m.t.Run(m) }},
		"WaitFor":    {waitOnce, func(m *machine) { m.stop = Wait }}, // what was said in the last turn does not count
	}
	for want, code := range cases {
		eachModel(t, func(t *testing.T, w *World, _ *bytes.Buffer) {
			got, _ := mustPanic(t, func() { run(w, code...) }).(string)
			if !strings.Contains(got, want) {
				t.Errorf("panic %q does not mention %q", got, want)
			}
			run(w) // the lock was given back
		})
	}
	w := NewWorld(Config{Model: STM})
	mustPanic(t, func() { w.NewThread().Savepoint() })
	mustPanic(t, func() { w.NewThread().Run(nil) })
	mustPanic(t, func() { NewWorld(Config{}) })
	mustPanic(t, func() { NewWorld(Config{Model: GIL, Quantum: -1}) })
}

func TestPanicLeavesNothingBehind(t *testing.T) {
	eachModel(t, func(t *testing.T, w *World, out *bytes.Buffer) {
		var c cell
		p := &plain{n: 1}
		boom := errors.New("boom")
		got := mustPanic(t, func() {
			run(w, enterAtomic, func(m *machine) {
				m.t.Savepoint()
				p.set(m.t, 2)
				c.set(m.t, 3)
				m.t.Write([]byte("never"))
				panic(boom)
			})
		})
		if got != boom {
			t.Errorf("panic %v, want the guest's", got)
		}
		if p.n != 1 || c.load(w) != 0 || out.Len() != 0 {
			t.Errorf("left behind: plain %d, cell %d, output %q", p.n, c.load(w), out)
		}
		run(w, add(&c, 1))
		if c.load(w) != 1 {
			t.Error("the world does not go on")
		}
	})
}

func TestGoexitLeavesNothingBehind(t *testing.T) {
	eachModel(t, func(t *testing.T, w *World, _ *bytes.Buffer) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			run(w, func(*machine) { goruntime.Goexit() })
		}()
		<-done
		run(w)
	})
}

// While Outside runs, others can take the lock.
func TestOutsideHoldsNothing(t *testing.T) {
	eachModel(t, func(t *testing.T, w *World, out *bytes.Buffer) {
		var c cell
		m := &machine{t: w.NewThread(), code: []instr{
			func(m *machine) { m.t.Write([]byte("before ")) }, goOutside, add(&c, 1)}}
		m.outside = func() {
			if got := out.String(); got != "before " {
				t.Errorf("output %q is not there before Outside", got)
			}
			if m.t.Tx() != nil || m.t.Logging() {
				t.Error("a transaction is open")
			}
			run(w, add(&c, 1))
		}
		m.t.Run(m)
		if c.load(w) != 2 || m.outsides != 1 {
			t.Errorf("cell %d, outsides %d", c.load(w), m.outsides)
		}
	})
}

func TestParseModel(t *testing.T) {
	for _, m := range []Model{GIL, STM, Auto, Locks} {
		if got, err := ParseModel(m.String()); got != m || err != nil {
			t.Errorf("%v: %v, %v", m, got, err)
		}
	}
	if _, err := ParseModel("jython"); err == nil || !strings.Contains(err.Error(), "jython") {
		t.Errorf("error %v", err)
	}
}
