#include "textflag.h"

// func xbeginProbe(p *uint64) uint32
TEXT ·xbeginProbe(SB), NOSPLIT, $0-12
	MOVQ p+0(FP), DI
	MOVL $-1, AX
	XBEGIN done
	MOVQ $1, (DI)
	XEND
done:
	MOVL AX, ret+8(FP)
	RET
