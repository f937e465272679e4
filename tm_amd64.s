//go:build amd64 && gc && !race && !msan && !asan && !tmexplore && !go1.27

#include "textflag.h"
#include "go_asm.h"

// Fields of package orec's types, where the compiler has put them.
#define ReadEntry_Slot(r)    const_readEntrySlot(r)
#define ReadEntry_Seen(r)    const_readEntrySeen(r)
#define WriteEntry_Slot(r)   const_writeEntrySlot(r)
#define WriteEntry_New(r)    const_writeEntryNew(r)
#define WriteEntry_Expected(r) const_writeEntryExpected(r)
#define Slot_Head(r)         const_slotHead(r)
#define Version_Stamp(r)     const_versionStamp(r)

// func hardwareKernel(c *hardwareCommit) (status hardwareStatus)
//
// Requires: RTM.
//
// The steps are those of hardwareReference (hardware_commit.go), but that the
// heads are written in the same pass that checks them: an abort takes the stores
// back. What stands before XBEGIN is loaded there, so that the transaction
// watches no line for it.
//
// Order (docs/protocol.md, I13). All loads and stores between XBEGIN and XEND
// happen at one instant. With the counter that is all. With the cycle counter the
// reading must lie between that in which all written heads and read slots became
// ours to watch and XEND: MFENCE waits until the stores to the heads have left
// the store buffer, so the lines are held exclusively; LFENCE keeps RDTSC behind
// it, and behind the loads. Whoever touches one of the lines from then on aborts
// the transaction. XEND is a full barrier, like a locked operation.
//
// Go's runtime. Stored pointers: only heads, and only with the write barrier off;
// the flag is watched like everything that was read. A goroutine is never
// stopped at an instruction of assembly, so the flag cannot change between the
// check and the stores either way. Signals abort the transaction before their
// handler runs. Nothing here calls, grows the stack or allocates.
TEXT ·hardwareKernel(SB), NOSPLIT, $0-12
	MOVQ c+0(FP), DI
	MOVQ hardwareCommit_writes(DI), R8
	MOVQ hardwareCommit_writes+8(DI), R9     // the slice's length
	MOVQ hardwareCommit_reads(DI), R10
	MOVQ hardwareCommit_reads+8(DI), R11
	MOVQ hardwareCommit_counter(DI), R12
	MOVQ hardwareCommit_floor(DI), R13
	MOVQ hardwareCommit_attention(DI), SI
	MOVQ hardwareCommit_barrier(DI), BX

	XBEGIN done
	CMPL (BX), $0
	JNE  barrier
	CMPQ (SI), $0
	JNE  attention

	TESTQ R11, R11
	JZ    install
read:
	MOVQ ReadEntry_Slot(R10), AX
	MOVQ Slot_Head(AX), CX
	CMPQ CX, ReadEntry_Seen(R10)
	JNE  readDiffers
	ADDQ $const_readEntrySize, R10
	DECQ R11
	JNZ  read

install:
	MOVQ R8, BX
	MOVQ R9, R11
write:
	MOVQ WriteEntry_Slot(BX), AX
	MOVQ Slot_Head(AX), CX
	CMPQ CX, WriteEntry_Expected(BX)
	JNE  writeDiffers
	MOVQ WriteEntry_New(BX), DX
	MOVQ DX, Slot_Head(AX)
	ADDQ $const_writeEntrySize, BX
	DECQ R11
	JNZ  write

	TESTQ R12, R12
	JZ    cycles
	MOVQ  (R12), AX
	INCQ  AX
	MOVQ  AX, (R12)
	JMP   stamp
cycles:
	MFENCE
	LFENCE
	RDTSC
	SHLQ $32, DX
	ORQ  DX, AX

stamp:
	CMPQ AX, R13
	JLS  late
stampNext:
	MOVQ WriteEntry_New(R8), DX
	MOVQ AX, Version_Stamp(DX)
	ADDQ $const_writeEntrySize, R8
	DECQ R9
	JNZ  stampNext
	XEND
	MOVQ AX, hardwareCommit_time(DI)
	MOVL $-1, AX

done: // where an abort comes out, with its status in AX
	MOVL AX, status+8(FP)
	RET

barrier:
	XABORT $const_codeBarrier
attention:
	XABORT $const_codeAttention
late:
	XABORT $const_codeLate

readDiffers:
	TESTQ CX, CX
	JZ    overtaken
	MOVQ  Version_Stamp(CX), DX
	CMPQ  DX, $-1
	JEQ   aborted
	TESTQ DX, DX
	JPL   overtaken
	XABORT $const_codeReadUndecided
writeDiffers:
	TESTQ CX, CX
	JZ    overtaken
	MOVQ  Version_Stamp(CX), DX
	CMPQ  DX, $-1
	JEQ   aborted
	TESTQ DX, DX
	JPL   overtaken
	XABORT $const_codeWriteUndecided
aborted:
	XABORT $const_codeAborted
overtaken:
	XABORT $const_codeOvertaken
	UNDEF // XABORT outside a transaction goes on; there is none here
