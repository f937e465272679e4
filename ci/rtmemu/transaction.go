//go:build linux && amd64

package main

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"syscall"
)

// The bits of the status that an abort leaves in EAX.
const (
	statusExplicit = 1 << 0 // XABORT; its code is in the top byte
	statusRetry    = 1 << 1
	statusConflict = 1 << 2
	statusCapacity = 1 << 3
	statusDebug    = 1 << 4
	statusNested   = 1 << 5 // in an inner transaction

	codeShift = 24
)

// maxNesting is how deep XBEGINs may be nested on today's processors.
const maxNesting = 7

const lineShift = 6 // cache lines of 64 bytes

// A transaction is one hardware transaction in flight. Its writes are in memory;
// nobody else sees them, because whoever is about to access one of its lines
// aborts it first.
type transaction struct {
	t        *thread
	before   syscall.PtraceRegs // at the XBEGIN
	xstate   []byte             // vector registers, nil while they are as at the XBEGIN
	fallback uint64
	nesting  int
	steps    int
	plan     injection
	undo     []saved         // oldest first
	lines    map[uint64]bool // those accessed; true if written
	written  int             // how many of them
}

// A saved is a piece of memory as it was before a write.
type saved struct {
	address uint64
	size    int
	bytes   [64]byte
}

// begin starts a transaction of t, which has stopped at the XBEGIN in.
func (w *world) begin(t *thread, in *instruction) {
	tx := &transaction{t: t, before: t.registers, fallback: in.target, nesting: 1, lines: map[uint64]bool{}}
	tx.plan = w.options.plan(w.stats.begun, t.registers.Rip)
	w.stats.begun++
	t.tx = tx
	w.flight = append(w.flight, tx)
	t.skip(in)
}

// skip moves t behind in, which the emulator has executed for it.
func (t *thread) skip(in *instruction) {
	t.registers.Rip += in.length
	t.changed = true
}

// step lets t execute one instruction.
func (w *world) step(t *thread) {
	in := w.fetch(t)
	switch {
	case in == nil && t.tx == nil:
		t.held = true
	case in == nil:
		w.abort(t.tx, 0, causeInstruction)
	case t.tx != nil:
		w.stepInside(t, in)
	case in.kind == plain:
		w.execute(t, in)
	case in.kind == xbegin && w.remaining > 0:
		t.fresh = false
		w.begin(t, in)
	case w.emulateOutside(t, in):
		t.fresh = false
	default:
		// A system call, or an instruction whose accesses are not known: not while a
		// transaction is in flight. To stop a thread is always allowed.
		t.held = true
	}
}

// emulateOutside executes XTEST and XABORT outside a transaction.
func (w *world) emulateOutside(t *thread, in *instruction) bool {
	switch in.kind {
	case xtest:
		t.setFlags(flagZero)
	case xabort: // does nothing
	default:
		return false
	}
	t.skip(in)
	return true
}

// setFlags sets the arithmetic flags, as XTEST does.
func (t *thread) setFlags(flags uint64) {
	t.registers.Eflags = t.registers.Eflags&^flagsAll | flags
	t.changed = true
}

// stepInside executes the next instruction of a transaction.
func (w *world) stepInside(t *thread, in *instruction) {
	tx := t.tx
	last := in.kind == xend && tx.nesting == 1
	if tx.plan.inject && (tx.steps >= tx.plan.step || last) {
		w.abort(tx, tx.plan.status, causeInjected)
		return
	}
	switch in.kind {
	case plain:
		w.execute(t, in)
	case xbegin:
		if tx.nesting == maxNesting {
			w.abort(tx, 0, causeNesting)
			return
		}
		tx.nesting++
		t.skip(in)
	case xend:
		tx.nesting--
		t.skip(in)
		if last {
			w.commit(tx)
		}
	case xabort:
		w.abort(tx, statusExplicit|uint32(in.code)<<codeShift, causeExplicit)
	case xtest:
		t.setFlags(0)
		t.skip(in)
	default:
		w.abort(tx, 0, causeInstruction)
	}
}

// execute executes one instruction of t, a plain one.
func (w *world) execute(t *thread, in *instruction) {
	w.accesses = in.at(&t.registers, w.accesses)
	for _, a := range w.accesses {
		w.conflict(t, a)
	}
	if t.tx != nil && !w.track(t.tx, in) {
		return
	}
	predicted := w.options.execute != executeStep && w.prediction.predict(t, in)
	if predicted && w.options.execute == executeFast && w.carryOut(t) {
		return
	}
	w.writeBack(t)
	t.stopped, t.fresh, t.known = false, false, false
	w.stepping = t
	// If t has been killed, wait4 says so.
	_ = ptrace(ptraceSingleStep, t.id, 0, 0)
	w.await(t)
	w.stepping = nil
	if !t.gone && w.stepped(t) && predicted {
		w.compare(t)
	}
}

// carryOut does to t what has been predicted, in place of the processor. It
// reports false, having done nothing, if t may not write there.
func (w *world) carryOut(t *thread) bool {
	p := &w.prediction
	if p.size > 0 && writeMemory(t.id, p.store, p.bytes[:p.size]) != p.size {
		return false
	}
	t.registers, t.changed, t.fresh = p.registers, true, false
	w.count(t)
	w.stats.predicted++
	return true
}

// compare demands that the processor has done what was predicted.
func (w *world) compare(t *thread) {
	p := &w.prediction
	want := p.registers
	if !w.readRegisters(t) {
		return
	}
	got := t.registers
	want.Orig_rax = got.Orig_rax
	want.Eflags, got.Eflags = want.Eflags&^p.undefined, got.Eflags&^p.undefined
	var bytes [8]byte
	readMemory(t.id, p.store, bytes[:p.size])
	if got != want || string(bytes[:p.size]) != string(p.bytes[:p.size]) {
		fatal("%v at %#x was predicted wrongly:\n%+v, wrote %x\n%+v, wrote %x", *p.in.inst, got.Rip, want, p.bytes[:p.size], got, bytes[:p.size])
	}
	w.stats.compared++
}

// count counts a step of t.
func (w *world) count(t *thread) {
	if t.tx != nil {
		t.tx.steps++
		w.stats.steps++
	} else {
		w.stats.stepsBeside++
	}
}

// stepped looks at how the step of t has ended, and reports whether the
// instruction has been executed.
func (w *world) stepped(t *thread) bool {
	signal, e := t.status.StopSignal(), event(t.status)
	blamed, fault := uint64(0), false
	if e == 0 && signal != syscall.SIGTRAP {
		blamed, fault = isFault(t.id, signal)
	}
	switch {
	case signal == syscall.SIGTRAP && e == eventStop, fault && signal == syscall.SIGILL && w.isStale(t, blamed):
		// An interrupt from the start of the flight that t had not yet noticed, or a
		// signal from before it: the instruction has not been executed.
		t.fresh = false
	case signal == syscall.SIGTRAP && e == 0:
		t.fresh = false
		w.count(t)
		return true
	case t.tx == nil: // a signal: after the flight
		t.held = true
		w.waiting = append(w.waiting, t)
	case fault: // a real one comes again where it can be handled
		t.fresh = false
		w.abort(t.tx, 0, causeFault)
	default:
		t.held = true
		w.waiting = append(w.waiting, t)
		w.abort(t.tx, 0, causeSignal)
	}
	return false
}

// track notes the accesses of the next instruction of tx, and saves what it may
// overwrite. It reports false if the transaction has become too large.
func (w *world) track(tx *transaction, in *instruction) bool {
	for _, a := range w.accesses {
		for line := a.address >> lineShift; line <= (a.address+a.size-1)>>lineShift; line++ {
			written, known := tx.lines[line]
			if a.write && !written {
				tx.written++
			}
			if !known || a.write {
				tx.lines[line] = written || a.write
			}
		}
		if a.write {
			s := saved{address: a.address}
			s.size = readMemory(tx.t.id, a.address, s.bytes[:a.size])
			tx.undo = append(tx.undo, s)
		}
	}
	if tx.written > w.options.lines || len(tx.lines) > w.options.readLines || tx.steps >= w.options.steps {
		w.abort(tx, statusCapacity, causeCapacity)
		return false
	}
	if in.vector && tx.xstate == nil {
		var err error
		if tx.xstate, err = readXstate(tx.t.id); err != nil {
			w.abort(tx, 0, causeInstruction)
			return false
		}
	}
	return true
}

// conflict aborts the transactions that an access of t conflicts with: the one
// that asks for a line wins, as with the caches' own protocol.
func (w *world) conflict(t *thread, a access) {
	for i := len(w.flight) - 1; i >= 0; i-- {
		tx := w.flight[i]
		if tx.t == t || tx.t.space != t.space {
			continue
		}
		for line := a.address >> lineShift; line <= (a.address+a.size-1)>>lineShift; line++ {
			if written, known := tx.lines[line]; known && (written || a.write) {
				w.abort(tx, statusConflict|statusRetry, causeConflict)
				break
			}
		}
	}
}

// commit makes tx final. All other threads are stopped or asleep, so it happens
// at one point.
func (w *world) commit(tx *transaction) {
	w.stats.commit(tx)
	w.options.learn(tx.before.Rip, tx.steps)
	w.land(tx)
}

// abort takes tx back and lets its thread go on at the fallback address.
func (w *world) abort(tx *transaction, status uint32, why cause) {
	if tx.nesting > 1 {
		status |= statusNested
	}
	w.rollBack(tx)
	t := tx.t
	if tx.xstate != nil {
		if err := writeXstate(t.id, tx.xstate); err != nil && !w.over {
			fatal("restoring the vector registers of thread %d: %v", t.id, err)
		}
	}
	t.registers, t.known, t.changed = tx.before, true, true
	t.registers.Rip, t.registers.Rax = tx.fallback, uint64(status)
	w.stats.abort(tx, status, why)
	w.land(tx)
}

// rollBack restores the memory that tx has written.
func (w *world) rollBack(tx *transaction) {
	var now [64]byte
	for i := len(tx.undo) - 1; i >= 0; i-- {
		s := &tx.undo[i]
		old := s.bytes[:s.size]
		if writeMemory(tx.t.id, s.address, old) == s.size {
			continue
		}
		// What cannot be written has not been changed: a read-only operand that was
		// taken for a written one. Or the process has been killed.
		n := readMemory(tx.t.id, s.address, now[:s.size])
		if n == s.size && !bytes.Equal(now[:n], old) {
			fatal("cannot restore %d bytes at %#x of thread %d", s.size, s.address, tx.t.id)
		}
	}
}

// land ends tx.
func (w *world) land(tx *transaction) {
	tx.t.tx = nil
	w.flight = slices.DeleteFunc(w.flight, func(other *transaction) bool { return other == tx })
}

func fatal(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "rtmemu: "+format+"\n", args...)
	os.Exit(exitFailure)
}
