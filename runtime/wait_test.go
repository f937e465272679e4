package runtime

import (
	"bytes"
	goruntime "runtime"
	"testing"
)

// waitFor makes the machine wait, by a Watch if w is not nil, until c is n.
func waitFor(c *cell, n int, w *Watch, wake <-chan struct{}) instr {
	return c.locked(func(m *machine) {
		if w != nil {
			m.t.Look(w)
		}
		if c.get(m.t) != n {
			m.pc--
			m.t.WaitFor(wake, w != nil)
			m.stop = Wait
		}
	})
}

// split makes the next instruction the first of its transaction.
func split(m *machine) { m.stop = Yield }

func set(c *cell, n int, w *Watch) instr {
	return c.locked(func(m *machine) {
		c.set(m.t, n)
		if w != nil {
			w.Changed(m.t)
		}
	})
}

// TestWait: two threads wait for each other in turn.
func TestWait(t *testing.T) {
	for _, watched := range []bool{false, true} {
		eachModel(t, func(t *testing.T, w *World, _ *bytes.Buffer) {
			var c cell
			var watch *Watch
			if watched {
				watch = new(Watch)
			}
			const rounds = 100
			never := make(chan struct{})
			var code [2][]instr
			for i := range rounds {
				code[0] = append(code[0], split, waitFor(&c, 2*i, watch, never), set(&c, 2*i+1, watch))
				code[1] = append(code[1], split, waitFor(&c, 2*i+1, watch, never), set(&c, 2*i+2, watch))
			}
			done := make(chan struct{})
			go func() {
				defer close(done)
				run(w, code[1]...)
			}()
			for w.Stats().Waits == 0 { // the second thread can only wait before the first one runs
				goruntime.Gosched()
			}
			run(w, code[0]...)
			<-done
			if got := c.load(w); got != 2*rounds {
				t.Errorf("watched %v: got %d, want %d", watched, got, 2*rounds)
			}
		})
	}
}

// TestWaitEndsByChannel: the guest is asked again when the channel is closed, and
// nothing that waited is left behind.
func TestWaitEndsByChannel(t *testing.T) {
	eachModel(t, func(t *testing.T, w *World, out *bytes.Buffer) {
		for _, watch := range []*Watch{nil, new(Watch)} {
			var c cell
			wake, waited := make(chan struct{}), 0
			run(w, split, func(m *machine) {
				if watch != nil {
					m.t.Look(watch)
				}
				if waited++; waited > 1 {
					return
				}
				c.get(m.t)
				m.t.Write([]byte("never"))
				m.pc--
				m.t.WaitFor(wake, watch != nil)
				m.stop = Wait
				close(wake)
			})
			if waited != 2 || w.change.count.Load() != 0 || watch != nil && watch.count.Load() != 0 {
				t.Errorf("asked %d times, want 2; or a sleeper is left", waited)
			}
		}
		if out.Len() > 0 && w.Model() == STM {
			t.Errorf("written: %q", out)
		}
	})
}

// TestWaitSeesChangesOfLongTurns: under GIL a thread that is never asked for the lock
// gives it away if somebody waits for a change.
func TestWaitSeesChangesOfLongTurns(t *testing.T) {
	eachModel(t, func(t *testing.T, w *World, _ *bytes.Buffer) {
		var c, heard cell
		done := make(chan struct{})
		go func() {
			defer close(done)
			run(w, split, waitFor(&c, 1, nil, make(chan struct{})), set(&heard, 1, nil))
		}()
		run(w, set(&c, 1, nil), heard.locked(func(m *machine) {
			if heard.get(m.t) == 0 {
				m.pc-- // spin
			}
		}))
		<-done
	})
}
