//go:build linux && amd64

package main

import (
	"syscall"
	"time"
)

// flightSteps is after how many steps a flight is to end: other threads are
// held until then, at their next system call at the latest.
const flightSteps = 1000

// fly emulates from the XBEGIN in, at which t has stopped, until no transaction
// is in flight. During a flight one thread at a time executes one instruction at
// a time: mostly those in transactions, now and then some instructions of
// another, which may begin a transaction of its own.
func (w *world) fly(t *thread, in *instruction) {
	t.fresh = false
	w.begin(t, in)
	if plan := t.tx.plan; plan.inject && plan.step == 0 {
		// It does not execute anything: nobody needs to be stopped.
		w.abort(t.tx, plan.status, causeInjected)
		w.resume(t, 0)
		return
	}
	w.stats.flights++
	started := time.Now()
	w.stopOthers()
	w.stats.stopping += time.Since(started)
	w.remaining = flightSteps
	burst := 0
	for current := t; current != nil && len(w.flight) > 0 && !w.over; w.remaining-- {
		if current, burst = w.next(current, burst); current != nil {
			w.step(current)
		}
	}
	w.stats.flying += time.Since(started)
	for _, t := range w.order {
		t.held = false
		if t.stopped && !t.fresh {
			w.resume(t, 0)
		}
	}
}

// stopOthers stops all threads that run. Those in a system call stop at its end.
func (w *world) stopOthers() {
	for _, t := range w.order {
		if t.runs() && ptrace(ptraceInterrupt, t.id, 0, 0) != nil {
			t.dying = true // its end will be reported
		}
	}
	// Threads may end, and new ones may come, while others are waited for.
	for t := w.running(); t != nil && !w.over; t = w.running() {
		w.await(t)
	}
}

// running returns a thread that runs, nil if there is none.
func (w *world) running() *thread {
	for _, t := range w.order {
		if t.runs() {
			return t
		}
	}
	return nil
}

// runs reports whether t may be executing instructions of the program.
func (t *thread) runs() bool { return !t.stopped && !t.kernel && !t.gone && !t.dying }

// await waits until t has stopped.
func (w *world) await(t *thread) {
	for t.runs() {
		id, status, err := wait4(0, false)
		if err != nil {
			w.over = true
			return
		}
		w.note(id, status)
	}
}

// poll notes the threads that have come to the end of their system calls, which
// can be stepped.
func (w *world) poll() {
	for {
		id, status, err := wait4(waitNoHang, false)
		if id == 0 || err != nil {
			return
		}
		w.note(id, status)
	}
}

// next returns the thread to step after current, and for how many steps if it
// is not in a transaction.
func (w *world) next(current *thread, burst int) (*thread, int) {
	switch {
	case current.tx != nil && w.random.Float64() >= w.options.switches:
		return current, 0
	case w.remaining <= 0: // to the end
	case current.tx == nil && burst > 0 && w.steppable(current):
		return current, burst - 1
	case current.tx != nil:
		if w.poll(); len(w.flight) == 0 { // the program has been killed
			return nil, 0
		}
		others := w.others[:0]
		for _, t := range w.order {
			if t != current && w.steppable(t) {
				others = append(others, t)
			}
		}
		w.others = others
		if len(others) > 0 {
			// Mostly short, sometimes long.
			return others[w.random.IntN(len(others))], int(w.random.ExpFloat64() * float64(w.options.burst))
		}
	}
	return w.flight[w.random.IntN(len(w.flight))].t, 0
}

// steppable reports whether t can execute an instruction during a flight.
func (w *world) steppable(t *thread) bool {
	if t.gone || t.held || !t.stopped || t.space == nil {
		return false
	}
	if t.tx != nil || !t.fresh {
		return true
	}
	signal := t.status.StopSignal()
	switch {
	case w.restarts(t):
		t.held = true
		return false
	case event(t.status) == eventStop && signal == syscall.SIGTRAP:
	case event(t.status) == 0 && signal == syscallStop && !t.kernel:
	case event(t.status) == 0 && signal == syscall.SIGILL && w.stoppedAtOurs(t):
	default: // inside a system call, or a signal is to be delivered
		t.held = true
		return false
	}
	return true
}

// restarts reports whether t has been stopped out of a system call that it will
// make again: the kernel moves it back to the call when it is resumed, so its
// next instruction is not the one at which it seems to be.
func (w *world) restarts(t *thread) bool {
	if !w.readRegisters(t) || int64(t.registers.Orig_rax) < 0 {
		return false
	}
	const first, last = -516, -512 // ERESTART_RESTARTBLOCK to ERESTARTSYS
	result := int64(t.registers.Rax)
	return first <= result && result <= last
}

// stoppedAtOurs reports whether the SIGILL of t is of an instruction that the
// emulator executes, so that it need not be delivered.
func (w *world) stoppedAtOurs(t *thread) bool {
	in := w.fetch(t)
	blamed, fault := isFault(t.id, syscall.SIGILL)
	if in == nil || !fault {
		return false
	}
	return in.kind == xbegin || in.kind == xabort || in.kind == xtest || w.isStale(t, blamed)
}
