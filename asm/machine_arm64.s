#include "textflag.h"

// func cacheType() uint64
//
// Requires: EL0 access to CTR_EL0, which Linux gives or emulates. A constant of
// the processor: there is nothing to order.
TEXT ·cacheType(SB), NOSPLIT, $0-8
	MRS  CTR_EL0, R0
	MOVD R0, ret+0(FP)
	RET

// func fixedLSE() bool
//
// Requires: nothing. The go command defines GOARM64_LSE for assembly when
// GOARM64 allows the compiler to use the instructions of LSE unasked; there is no
// build tag that says so for GOARM64=v8.0,lse.
TEXT ·fixedLSE(SB), NOSPLIT, $0-1
#ifdef GOARM64_LSE
	MOVD $1, R0
#else
	MOVD $0, R0
#endif
	MOVB R0, ret+0(FP)
	RET
