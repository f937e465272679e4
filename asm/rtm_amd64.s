#include "textflag.h"

// func probe(n *uint64) (status uint32)
//
// Requires: RTM; XBEGIN traps without it.
//
//	transaction { *n++ }
//
// An abort puts everything back and goes to the label with its status in AX.
// Only this goroutine reaches n, so nothing counts on an order.
TEXT ·probe(SB), NOSPLIT, $0-12
	MOVQ n+0(FP), DI
	XBEGIN aborted
	INCQ (DI)
	XEND
	MOVL $-1, AX
aborted:
	MOVL AX, status+8(FP)
	RET
