#include "textflag.h"

// Barrier operands of the inner shareable domain: the processors of one system.
#define ISHLD $9  // earlier loads before later loads and stores
#define ISH   $11 // all before all
#define SY    $15

// func Cycles() uint64
//
// Requires: EL0 access to CNTVCT_EL0, which Linux and the BSDs give; where Linux
// traps it because of an erratum it emulates the reading.
//
//	wait until all earlier accesses have completed
//	t = CNTVCT_EL0
//	later accesses wait for t
//
// Reading a system register is no memory access: barriers for memory alone do
// not order it. In front, DSB waits until earlier loads have their values and
// earlier stores are visible to all processors, also those of STLR and of
// exclusive pairs; ISB keeps the MRS from having been executed before the DSB
// was done. Behind, the load depends on t by its address, t XOR t = 0 added to
// the frame's, so it is performed after the MRS; DMB ISHLD orders all later loads
// and stores after that load. What is loaded does not matter.
TEXT ·Cycles(SB), NOSPLIT, $0-8
	DSB  ISH
	ISB  SY
	MRS  CNTVCT_EL0, R0
	EOR  R0, R0, R1
	MOVD $ret+0(FP), R2
	ADD  R1, R2
	MOVD (R2), R1
	DMB  ISHLD
	MOVD R0, ret+0(FP)
	RET

// func CycleRate() uint64
//
// Requires: EL0 access to CNTFRQ_EL0, which goes with CNTVCT_EL0's. A constant of
// the system: there is nothing to order.
TEXT ·CycleRate(SB), NOSPLIT, $0-8
	MRS  CNTFRQ_EL0, R0
	MOVD R0, ret+0(FP)
	RET
