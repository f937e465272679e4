//go:build linux && amd64

package main

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"syscall"
	"unsafe"
)

// A thread is one traced thread. While no transaction is in flight, threads run
// freely, from system call to system call; each stop is handled and the thread
// resumed. During a flight they are stopped, or asleep in a system call.
type thread struct {
	id    int
	space *space

	stopped bool
	status  syscall.WaitStatus // of the stop, if it is not handled yet
	fresh   bool               // the stop is not handled yet
	kernel  bool               // in a system call: it stops by itself before it runs user code
	held    bool               // may not be stepped until the flight ends
	gone    bool               // has ended
	dying   bool               // could not be interrupted

	registers syscall.PtraceRegs // while stopped, if known
	known     bool
	changed   bool // registers are to be written back before it runs

	tx *transaction // in flight
}

// A space is an address space.
type space struct {
	code map[uint64]*instruction // decoded, by address; code does not change
}

func newSpace() *space { return &space{code: map[uint64]*instruction{}} }

// A world is the program: its threads, and what happens to them.
type world struct {
	options *options
	stats   *statistics

	program int // id of the process that was started
	threads map[int]*thread
	order   []*thread // the same, by age
	waiting []*thread // stopped, the stop not handled

	flight     []*transaction // begun and not yet ended
	remaining  int            // steps until it is to end
	stepping   *thread        // during a single step
	accesses   []access       // scratch
	prediction prediction     // of the next instruction
	others     []*thread      // scratch
	random     *rand.Rand     // of the schedule

	over bool // the program has ended
	code int  // its exit status
}

// start runs a program under w. The caller's goroutine must stay on its thread,
// which is the only one that may trace.
func (w *world) start(path string, args, env []string) error {
	runtime.LockOSThread()
	id, err := syscall.ForkExec(path, args, &syscall.ProcAttr{
		Env: env, Files: []uintptr{0, 1, 2}, Sys: &syscall.SysProcAttr{Ptrace: true},
	})
	if err != nil {
		return fmt.Errorf("cannot trace %s: %w", path, err)
	}
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(id, &status, waitAll, nil); err != nil || !status.Stopped() {
		return fmt.Errorf("%s did not stop for its tracer: %v %v", path, status, err)
	}
	// A thread that is traced because it asked for it cannot be interrupted. It
	// stops again at the SIGSTOP when it is let go, and is seized.
	if err := syscall.Kill(id, syscall.SIGSTOP); err != nil {
		return err
	}
	if err := ptrace(ptraceDetach, id, 0, 0); err != nil {
		return fmt.Errorf("PTRACE_DETACH: %w", err)
	}
	const options = optionSysgood | optionFork | optionVfork | optionClone | optionExec | optionExitKill
	if err := ptrace(ptraceSeize, id, 0, options); err != nil {
		_ = syscall.Kill(id, syscall.SIGKILL)
		return fmt.Errorf("PTRACE_SEIZE: %w", err)
	}
	w.program = id
	w.add(id, newSpace())
	return syscall.Kill(id, syscall.SIGCONT)
}

func (w *world) add(id int, s *space) *thread {
	t := &thread{id: id, space: s}
	w.threads[id] = t
	w.order = append(w.order, t)
	return t
}

// remove forgets a thread that has ended. A thread ends in a transaction only
// when its process does, so there is nothing to roll back.
func (w *world) remove(t *thread) {
	if t.tx != nil {
		w.stats.abort(t.tx, 0, causeKilled)
		w.land(t.tx)
	}
	delete(w.threads, t.id)
	w.order = slices.DeleteFunc(w.order, func(other *thread) bool { return other == t })
	t.gone = true
}

// run is the emulator's main loop. It returns when the program has ended.
func (w *world) run() error {
	for !w.over {
		if len(w.waiting) == 0 {
			id, status, err := wait4(0, true)
			if err != nil {
				return fmt.Errorf("waiting for the program: %w", err)
			}
			w.note(id, status)
			continue
		}
		t := w.waiting[0]
		w.waiting = slices.Delete(w.waiting, 0, 1)
		if t.fresh && !t.gone {
			w.handle(t)
		}
	}
	return nil
}

// note takes down what wait4 has reported.
func (w *world) note(id int, status syscall.WaitStatus) {
	t := w.threads[id]
	if status.Exited() || status.Signaled() {
		if t != nil {
			w.remove(t)
		}
		if id == w.program {
			w.over, w.code = true, status.ExitStatus()
			if status.Signaled() {
				w.code = 128 + int(status.Signal())
			}
		}
		return
	}
	if t == nil {
		// The first stop of a new thread may be reported before its creator's stop,
		// which says where it belongs.
		t = w.add(id, nil)
	}
	t.stopped, t.fresh, t.known, t.changed, t.status = true, true, false, false, status
	switch event(status) {
	case eventClone, eventVfork:
		w.adopt(t, t.space)
	case eventFork:
		w.adopt(t, newSpace())
	case eventExec:
		t.space = newSpace()
		w.forgetExecutor(t)
	}
	// From an entry on, and from the events of clone and execve on, the end of the
	// system call is reported before the thread runs user code.
	t.kernel = entersSystemCall(t) || event(status) != 0 && event(status) != eventStop
	if t != w.stepping {
		w.waiting = append(w.waiting, t)
	}
}

// entersSystemCall reports whether t has stopped before a system call.
func entersSystemCall(t *thread) bool {
	if t.status.StopSignal() != syscallStop {
		return false
	}
	var info [88]byte // struct ptrace_syscall_info; its first byte is the kind of stop
	return ptrace(ptraceGetSyscallInfo, t.id, uintptr(len(info)), uintptr(unsafe.Pointer(&info[0]))) == nil && info[0] == 1
}

// event returns the event of a stop, 0 if it is for a signal or a system call.
func event(status syscall.WaitStatus) int { return int(status) >> 16 }

// adopt notes the space of the thread that t has made.
func (w *world) adopt(t *thread, s *space) {
	id, ok := eventMessage(t.id)
	if !ok {
		return
	}
	if child := w.threads[id]; child != nil {
		child.space = s
		return
	}
	w.add(id, s)
}

// forgetExecutor removes the thread that has called execve if it was not the
// first of its process, whose id t it has taken over without a further report.
func (w *world) forgetExecutor(t *thread) {
	if id, ok := eventMessage(t.id); ok && id != t.id && w.threads[id] != nil {
		w.remove(w.threads[id])
	}
}

func eventMessage(id int) (message int, ok bool) {
	var m uint64
	err := ptrace(ptraceGetEventMessage, id, 0, uintptr(unsafe.Pointer(&m)))
	return int(m), err == nil
}

// handle does what the stop of t asks for, and resumes it.
func (w *world) handle(t *thread) {
	status := t.status
	signal := status.StopSignal()
	switch e := event(status); {
	case e == eventStop && signal != syscall.SIGTRAP: // group-stop: until SIGCONT
		t.stopped, t.fresh = false, false
		_ = ptrace(ptraceListen, t.id, 0, 0)
	case e != 0, signal == syscallStop:
		w.resume(t, 0)
	case signal == syscall.SIGILL:
		w.handleIllegal(t)
	default:
		w.resume(t, signal)
	}
}

// handleIllegal emulates the instruction at which t has stopped, or lets it have
// its signal.
func (w *world) handleIllegal(t *thread) {
	in := w.fetch(t)
	blamed, fault := isFault(t.id, syscall.SIGILL)
	switch {
	case in == nil || !fault:
		w.resume(t, syscall.SIGILL)
	case w.isStale(t, blamed):
		w.resume(t, 0)
	case in.kind == xbegin:
		w.fly(t, in)
	case in.kind == xend: // outside a transaction: a general protection fault
		w.resume(t, syscall.SIGSEGV)
	case w.emulateOutside(t, in):
		w.resume(t, 0)
	default:
		w.resume(t, syscall.SIGILL)
	}
}

// isStale reports whether a SIGILL of t that blames an address is for an
// instruction that has been emulated since. An interrupt may stop a thread
// between the trap and its signal, and the signal comes at the next resumption.
func (w *world) isStale(t *thread, blamed uint64) bool {
	if !w.readRegisters(t) || t.registers.Rip == blamed {
		return false
	}
	in := w.fetchAt(t, blamed)
	return in != nil && in.kind >= xbegin
}

// resume lets t run to its next system call, signal or event. Errors are those
// of threads that have been killed, which wait4 reports.
func (w *world) resume(t *thread, signal syscall.Signal) {
	w.writeBack(t)
	t.stopped, t.fresh, t.known = false, false, false
	_ = ptrace(ptraceSyscall, t.id, 0, uintptr(signal))
}

// fetch returns the instruction at which t has stopped, nil if t or its code
// cannot be read.
func (w *world) fetch(t *thread) *instruction {
	if !w.readRegisters(t) {
		return nil
	}
	return w.fetchAt(t, t.registers.Rip)
}

// fetchAt returns the instruction at address pc.
func (w *world) fetchAt(t *thread, pc uint64) *instruction {
	if t.space == nil {
		t.space = newSpace()
	}
	if in := t.space.code[pc]; in != nil {
		return in
	}
	var code [16]byte
	n := readMemory(t.id, pc, code[:])
	if n == 0 {
		return nil
	}
	in := decode(code[:n], pc)
	t.space.code[pc] = &in
	return &in
}

func (w *world) readRegisters(t *thread) bool {
	if !t.known {
		t.known = ptrace(ptraceGetRegisters, t.id, 0, uintptr(unsafe.Pointer(&t.registers))) == nil
	}
	return t.known
}

// writeBack gives t the registers that the emulator has changed.
func (w *world) writeBack(t *thread) {
	if t.changed {
		t.changed = false
		_ = ptrace(ptraceSetRegisters, t.id, 0, uintptr(unsafe.Pointer(&t.registers)))
	}
}
