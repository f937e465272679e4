#include "textflag.h"

// func pause()
//
// Requires: nothing; ISB is in every ARMv8 processor and allowed to programs.
//
//	ISB SY
//
// YIELD would be the architecture's word, but nearly all cores execute it as a
// NOP, so a loop of it spins at full speed. An ISB empties the pipeline, some
// ten nanoseconds in which the core fetches nothing: what PAUSE is on amd64. WFE
// would sleep until an event, which may come late or never: that is waiting.
//
// It orders no memory accesses, and no caller counts on any order.
TEXT ·pause(SB), NOSPLIT, $0-0
	ISB $15
	RET
