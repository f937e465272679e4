//go:build arm64 && !race && !tmexplore

#include "go_asm.h"
#include "textflag.h"

#define ISHLD $0x9 // DMB's operand: loads before it are ordered ahead of loads and stores behind it

// func firstChangedAsm(reads []orec.ReadEntry) int
//
// Requires: nothing; DMB and LDP are in every arm64 processor. At most kernelMost
// entries, a few instructions each, nothing stored.
//
//	barrier
//	for each block of four entries:
//	    load four pairs (slot, seen), then four heads
//	    if (head ^ seen) of any is not 0: look at the four one by one
//	the rest one by one
//	barrier
//	return the index of the first that differs, or the number of entries
//
// Why plain loads are enough. What is asked for is that each head is loaded after
// everything that the caller has loaded, above all the time as of which it validates, and
// before everything that the caller does next; in which order the heads are loaded is of no
// importance, because each answers a question of its own: was this slot's head the
// version seen at some moment in between? The first barrier gives the former and the second
// the latter. The caller's own installations come before a load with acquire order (of
// the status) that comes before the call, and a release store is ordered ahead of a later
// acquire load, so they are visible too. The loaded pointers are compared and not followed:
// a head that differs is loaded again by Go, with acquire order, before anybody looks behind it.
//
// The entries themselves are the caller's own, or were handed over with the status.
//
// Why this and not LDAR, which is what the Go loop has for each head: no access
// behind an LDAR may be done before it, so a processor that keeps to that by waiting
// does one head after the other, at the latency of its cache; the plain loads of a block, and of the
// next ones, are under way together. Not measured: no arm64 machine was at hand.
TEXT ·firstChangedAsm(SB), NOSPLIT, $0-32
	MOVD reads_base+0(FP), R0
	MOVD reads_len+8(FP), R1
	DMB  ISHLD
	SUBS $4, R1
	BLT  tail

block:
	LDP  (const_readEntrySlot+0*const_readEntrySize)(R0), (R2, R3)
	LDP  (const_readEntrySlot+1*const_readEntrySize)(R0), (R4, R5)
	LDP  (const_readEntrySlot+2*const_readEntrySize)(R0), (R6, R7)
	LDP  (const_readEntrySlot+3*const_readEntrySize)(R0), (R8, R9)
	MOVD const_slotHead(R2), R2
	MOVD const_slotHead(R4), R4
	MOVD const_slotHead(R6), R6
	MOVD const_slotHead(R8), R8
	EOR  R3, R2
	EOR  R5, R4
	EOR  R7, R6
	EOR  R9, R8
	ORR  R4, R2
	ORR  R8, R6
	ORR  R6, R2
	CBNZ R2, find
	ADD  $(4*const_readEntrySize), R0
	SUBS $4, R1
	BGE  block

tail: // R1 is the number of entries left, less 4
	ADDS $4, R1
	BEQ  done

one:
	LDP  const_readEntrySlot(R0), (R2, R3)
	MOVD const_slotHead(R2), R2
	CMP  R3, R2
	BNE  done
	ADD  $const_readEntrySize, R0
	SUBS $1, R1
	BNE  one

done: // R0 is the address of the first entry that differs, or behind the last one
	DMB  ISHLD
	MOVD reads_base+0(FP), R1
	SUB  R1, R0
	LSR  $const_readEntryShift, R0
	MOVD R0, ret+24(FP)
	RET

find: // one of four differs, unless it has changed back: then go on behind them
	MOVD $4, R10

four:
	LDP  const_readEntrySlot(R0), (R2, R3)
	MOVD const_slotHead(R2), R2
	CMP  R3, R2
	BNE  done
	ADD  $const_readEntrySize, R0
	SUBS $1, R10
	BNE  four
	SUBS $4, R1
	BGE  block
	B    tail
