#include "textflag.h"

// func Cycles() uint64
//
// Requires: nothing; RDTSC is in every amd64 processor. Whether the counter
// may serve as a clock is InvariantCounter's and the caller's question.
//
//	wait until all earlier instructions have completed
//	t = time stamp counter
//	later loads wait for t
//
// The first LFENCE waits until all earlier instructions have completed, loads
// with their values and locked operations with their stores globally visible;
// so the reading is after them. The second keeps later loads from being executed
// before the reading. A store that waits in the store buffer is not waited for:
// a caller that needs one to be visible first makes it with a locked operation.
TEXT ·Cycles(SB), NOSPLIT, $0-8
	LFENCE
	RDTSC
	LFENCE
	SHLQ $32, DX
	ORQ  DX, AX
	MOVQ AX, ret+0(FP)
	RET

// func CyclesAfter() uint64
//
// Like Cycles, without the second fence: later loads may be executed before the
// reading. For a commit's tick that is no harm, because the locked operation on
// the status that follows needs the reading as its operand and is itself a full
// barrier.
TEXT ·CyclesAfter(SB), NOSPLIT, $0-8
	LFENCE
	RDTSC
	SHLQ $32, DX
	ORQ  DX, AX
	MOVQ AX, ret+0(FP)
	RET

// func cpuid(leaf uint32) (eax, ebx, ecx, edx uint32)
//
// Requires: nothing; CPUID is in every amd64 processor. Of a leaf with subleaves the
// first is asked for. It orders all that is around it, and nothing counts on that.
TEXT ·cpuid(SB), NOSPLIT, $0-24
	MOVL leaf+0(FP), AX
	XORL CX, CX
	CPUID
	MOVL AX, eax+8(FP)
	MOVL BX, ebx+12(FP)
	MOVL CX, ecx+16(FP)
	MOVL DX, edx+20(FP)
	RET
