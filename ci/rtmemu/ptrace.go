//go:build linux && amd64

package main

import (
	"encoding/binary"
	"fmt"
	"syscall"
	"unsafe"
)

// Requests, options and events of ptrace(2) that package syscall does not name.
const (
	ptraceSingleStep      = 9
	ptraceGetRegisters    = 12
	ptraceSetRegisters    = 13
	ptraceDetach          = 17
	ptraceSyscall         = 24
	ptraceGetRegset       = 0x4204
	ptraceSetRegset       = 0x4205
	ptraceSeize           = 0x4206
	ptraceInterrupt       = 0x4207
	ptraceListen          = 0x4208
	ptraceGetEventMessage = 0x4201
	ptraceGetSiginfo      = 0x4202

	ptraceGetSyscallInfo = 0x420e

	optionSysgood  = 0x1 // stops at system calls are told from SIGTRAP
	optionFork     = 0x2
	optionVfork    = 0x4
	optionClone    = 0x8
	optionExec     = 0x10
	optionExitKill = 0x100000 // nothing of the program outlives the emulator

	eventFork  = 1
	eventVfork = 2
	eventClone = 3
	eventExec  = 4
	eventStop  = 128 // interrupted, group-stop, or the first stop of a new thread

	syscallStop = syscall.SIGTRAP | 0x80

	waitNoHang = 1
	waitAll    = 0x40000000 // __WALL: threads too

	xstateNote = 0x202 // NT_X86_XSTATE
	xstateSize = 16384 // larger than any; the kernel says how much it used
)

func ptrace(request, id int, address, data uintptr) error {
	// Raw: these calls return at once, and the scheduler need not hear of them.
	_, _, e := syscall.RawSyscall6(syscall.SYS_PTRACE, uintptr(request), uintptr(id), address, data, 0, 0)
	if e != 0 {
		return e
	}
	return nil
}

// vector is struct iovec.
type vector struct {
	base unsafe.Pointer
	size uint64
}

const (
	sysProcessVMReadv  = 310
	sysProcessVMWritev = 311
)

// transfer copies between b and the memory of thread id. It returns how many
// bytes were copied, which are the first ones.
func transfer(call uintptr, id int, address uint64, b []byte) int {
	if len(b) == 0 {
		return 0
	}
	local := vector{unsafe.Pointer(&b[0]), uint64(len(b))}
	remote := [2]uint64{address, uint64(len(b))}
	n, _, e := syscall.RawSyscall6(call, uintptr(id), uintptr(unsafe.Pointer(&local)), 1, uintptr(unsafe.Pointer(&remote)), 1, 0)
	if e != 0 {
		return 0
	}
	return int(n)
}

func readMemory(id int, address uint64, b []byte) int {
	return transfer(sysProcessVMReadv, id, address, b)
}

func writeMemory(id int, address uint64, b []byte) int {
	return transfer(sysProcessVMWritev, id, address, b)
}

// readXstate returns the vector and floating-point registers of thread id.
func readXstate(id int) ([]byte, error) {
	buffer := make([]byte, xstateSize)
	v := vector{unsafe.Pointer(&buffer[0]), xstateSize}
	if err := ptrace(ptraceGetRegset, id, xstateNote, uintptr(unsafe.Pointer(&v))); err != nil {
		return nil, fmt.Errorf("reading the vector registers: %w", err)
	}
	return buffer[:v.size], nil
}

func writeXstate(id int, state []byte) error {
	v := vector{unsafe.Pointer(&state[0]), uint64(len(state))}
	return ptrace(ptraceSetRegset, id, xstateNote, uintptr(unsafe.Pointer(&v)))
}

// isFault reports whether the signal that thread id is about to get was raised
// by an instruction that it has executed, and not sent by somebody, and says
// where the kernel puts the blame: for SIGILL at the instruction.
func isFault(id int, signal syscall.Signal) (address uint64, ok bool) {
	switch signal {
	case syscall.SIGSEGV, syscall.SIGBUS, syscall.SIGFPE, syscall.SIGILL, syscall.SIGTRAP:
	default:
		return 0, false
	}
	var info [128]byte // siginfo_t
	if ptrace(ptraceGetSiginfo, id, 0, uintptr(unsafe.Pointer(&info[0]))) != nil {
		return 0, false
	}
	code := int32(binary.LittleEndian.Uint32(info[8:]))
	return binary.LittleEndian.Uint64(info[16:]), code > 0 // SI_USER and its like are 0 or below
}

// wait4 waits for news of any thread. A wait that may last goes through the
// scheduler, so that the emulator's own collector is not held up.
func wait4(options int, long bool) (id int, status syscall.WaitStatus, err error) {
	call := syscall.RawSyscall6
	if long {
		call = syscall.Syscall6
	}
	for {
		var s int32
		r, _, e := call(syscall.SYS_WAIT4, ^uintptr(0), uintptr(unsafe.Pointer(&s)), uintptr(options|waitAll), 0, 0, 0)
		switch e {
		case 0:
			return int(r), syscall.WaitStatus(s), nil
		case syscall.EINTR:
		default:
			return 0, 0, e
		}
	}
}
