#include "textflag.h"

// func Processor() uint64
//
// Requires: RDPID. It reads the register TSC_AUX, where Linux keeps the
// processor's number in the lower 12 bits and its memory node's above them.
//
//	TSC_AUX & 0xFFF
//
// No memory is accessed, so nothing has to be ordered; the goroutine may be on another
// processor by the time it has the answer.
TEXT ·Processor(SB), NOSPLIT, $0-8
	RDPID AX
	ANDL $0xFFF, AX
	MOVQ AX, ret+0(FP)
	RET
