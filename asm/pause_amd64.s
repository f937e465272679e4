#include "textflag.h"

// func pause()
//
// Requires: nothing; processors without PAUSE execute it as a NOP.
//
//	PAUSE
//
// It orders nothing: it only tells the processor that this is a spinning loop,
// so that it yields execution units to the core's other thread and does not
// speculate loads of later turns. Callers must not put one into a hardware
// transaction, which it would abort.
TEXT ·pause(SB), NOSPLIT, $0-0
	PAUSE
	RET
