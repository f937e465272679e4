#include "textflag.h"

// Each function returns the status of its transaction: what an abort left in
// EAX, or all ones after XEND.

// func add(p *uint64) uint32
//
// atomically: *p++
TEXT ·add(SB), NOSPLIT, $0-12
	MOVQ p+0(FP), DI
	MOVL $-1, AX
	XBEGIN done
	INCQ (DI)
	XEND
done:
	MOVL AX, ret+8(FP)
	RET

// func move(from, to *uint64) uint32
//
// atomically: *from--; *to++
TEXT ·move(SB), NOSPLIT, $0-20
	MOVQ from+0(FP), SI
	MOVQ to+8(FP), DI
	MOVL $-1, AX
	XBEGIN done
	MOVQ (SI), CX
	MOVQ (DI), DX
	DECQ CX
	MOVQ CX, (SI)
	NOP
	NOP
	INCQ DX
	MOVQ DX, (DI)
	XEND
done:
	MOVL AX, ret+16(FP)
	RET

// func sum(words *uint64, n, stride int) (total uint64, status uint32)
//
// atomically: the sum of n words, stride bytes apart
TEXT ·sum(SB), NOSPLIT, $0-36
	MOVQ words+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ stride+16(FP), DX
	XORL BX, BX
	MOVL $-1, AX
	XBEGIN done
loop:
	ADDQ (SI), BX
	ADDQ DX, SI
	DECQ CX
	JNZ  loop
	XEND
done:
	MOVQ BX, total+24(FP)
	MOVL AX, status+32(FP)
	RET

// func fill(words *uint64, n, stride int) uint32
//
// atomically: n words, stride bytes apart, become 1
TEXT ·fill(SB), NOSPLIT, $0-28
	MOVQ words+0(FP), DI
	MOVQ n+8(FP), CX
	MOVQ stride+16(FP), DX
	MOVL $-1, AX
	XBEGIN done
loop:
	MOVQ $1, (DI)
	ADDQ DX, DI
	DECQ CX
	JNZ  loop
	XEND
done:
	MOVL AX, ret+24(FP)
	RET

// func spin(n int) uint32
//
// A transaction of 2n instructions that accesses nothing.
TEXT ·spin(SB), NOSPLIT, $0-12
	MOVQ n+0(FP), CX
	MOVL $-1, AX
	XBEGIN done
loop:
	DECQ CX
	JNZ  loop
	XEND
done:
	MOVL AX, ret+8(FP)
	RET

// func nest(p *uint64, depth int) uint32
//
// depth transactions in one another; the innermost one increments *p.
TEXT ·nest(SB), NOSPLIT, $0-20
	MOVQ p+0(FP), DI
	MOVQ depth+8(FP), CX
	MOVQ CX, DX
	MOVL $-1, AX
down:
	XBEGIN done
	DECQ CX
	JNZ  down
	INCQ (DI)
up:
	XEND
	DECQ DX
	JNZ  up
done:
	MOVL AX, ret+16(FP)
	RET

// func abortInside(p *uint64) uint32
//
// Writes, and aborts with code 5.
TEXT ·abortInside(SB), NOSPLIT, $0-12
	MOVQ p+0(FP), DI
	MOVL $-1, AX
	XBEGIN done
	MOVQ $99, (DI)
	XABORT $5
	XEND
done:
	MOVL AX, ret+8(FP)
	RET

// func abortNested(p *uint64) uint32
//
// Writes, and aborts an inner transaction with code 7. The inner one's fallback
// must not be reached: it would write.
TEXT ·abortNested(SB), NOSPLIT, $0-12
	MOVQ p+0(FP), DI
	MOVL $-1, AX
	XBEGIN done
	MOVQ $99, (DI)
	XBEGIN inner
	MOVQ $100, (DI)
	XABORT $7
inner:
	MOVQ $101, (DI)
	XEND
done:
	MOVL AX, ret+8(FP)
	RET

// func test() (inside bool, status uint32)
TEXT ·test(SB), NOSPLIT, $0-8
	MOVB $0, inside+0(FP)
	MOVL $-1, AX
	XBEGIN done
	XTEST
	SETNE inside+0(FP)
	XEND
done:
	MOVL AX, status+4(FP)
	RET

// func testOutside() bool
TEXT ·testOutside(SB), NOSPLIT, $0-1
	MOVQ $1, AX
	TESTQ AX, AX // not zero, so that XTEST has something to change
	XTEST
	SETNE ret+0(FP)
	RET

// func abortOutside()
TEXT ·abortOutside(SB), NOSPLIT, $0-0
	XABORT $1
	RET

// func endOutside()
TEXT ·endOutside(SB), NOSPLIT, $0-0
	XEND
	RET

// func callSystem() uint32
TEXT ·callSystem(SB), NOSPLIT, $0-4
	MOVL $-1, AX
	XBEGIN done
	MOVL $39, AX // getpid
	SYSCALL
	XEND
	MOVL $-1, AX
done:
	MOVL AX, ret+0(FP)
	RET

// func unknown() uint32
//
// ADCX, which the emulator's decoder does not know.
TEXT ·unknown(SB), NOSPLIT, $0-4
	MOVL $-1, AX
	XBEGIN done
	ADCXL CX, DX
	XEND
done:
	MOVL AX, ret+0(FP)
	RET

// func fault() uint32
//
// Reads address 8.
TEXT ·fault(SB), NOSPLIT, $0-4
	MOVL $-1, AX
	MOVL $8, DI
	XBEGIN done
	MOVQ (DI), CX
	XEND
done:
	MOVL AX, ret+0(FP)
	RET

// func stack() (slot uint64, status uint32)
//
// Overwrites a slot of its frame and calls a function, and aborts.
TEXT ·stack(SB), NOSPLIT, $16-12
	MOVQ $1, local-8(SP)
	MOVL $-1, AX
	XBEGIN done
	MOVQ $2, local-8(SP)
	CALL ·testOutside(SB) // writes its result at 0(SP), and the stack below
	PUSHQ AX
	POPQ  CX
	XABORT $1
done:
	MOVQ local-8(SP), CX
	MOVQ CX, slot+0(FP)
	MOVL AX, status+8(FP)
	RET

// CHECK counts a register that does not have its value from before.
#define CHECK(value, register) \
	CMPQ register, $value; \
	JEQ  2(PC);            \
	INCL DX

// func registers() (changed, status uint32)
//
// Changes registers in a transaction, and counts those that an abort does not
// bring back. R14 and X15 belong to Go and are only changed inside.
TEXT ·registers(SB), NOSPLIT, $0-8
	MOVQ  $1, BX
	MOVQ  $2, CX
	MOVQ  $3, SI
	MOVQ  $4, DI
	MOVQ  $5, R8
	MOVQ  $6, R9
	MOVQ  $7, R10
	MOVQ  $8, R11
	MOVQ  $9, R12
	MOVQ  $10, R13
	MOVQ  BP, X2
	MOVQ  R14, X3
	MOVQ  SP, X4
	MOVQ  BX, X0
	MOVQ  R13, X7
	STC
	MOVL  $-1, AX
	XBEGIN done
	XORQ  BX, BX
	XORQ  CX, CX
	XORQ  DX, DX
	XORQ  SI, SI
	XORQ  DI, DI
	XORQ  BP, BP
	XORQ  R8, R8
	XORQ  R9, R9
	XORQ  R10, R10
	XORQ  R11, R11
	XORQ  R12, R12
	XORQ  R13, R13
	XORQ  R14, R14
	SUBQ  $64, SP
	CLC
	PXOR  X0, X0
	PXOR  X7, X7
	PXOR  X15, X15
	XABORT $3
done:
	MOVL $0, DX
	JCS  2(PC)
	INCL DX
	CHECK(1, BX)
	CHECK(2, CX)
	CHECK(3, SI)
	CHECK(4, DI)
	CHECK(5, R8)
	CHECK(6, R9)
	CHECK(7, R10)
	CHECK(8, R11)
	CHECK(9, R12)
	CHECK(10, R13)
	MOVQ X2, CX
	CMPQ CX, BP
	JEQ  2(PC)
	INCL DX
	MOVQ X3, CX
	CMPQ CX, R14
	JEQ  2(PC)
	INCL DX
	MOVQ X4, CX
	CMPQ CX, SP
	JEQ  2(PC)
	INCL DX
	MOVQ X0, CX
	CHECK(1, CX)
	MOVQ X7, CX
	CHECK(10, CX)
	MOVL DX, changed+0(FP)
	MOVL AX, status+4(FP)
	RET

// STORES writes to the 512 bytes at DI in as many ways as there are, each to
// its own 16 or 32 bytes. It changes AX, BX, CX, DX, SI, R8, X0 and the flags.
#define STORES \
	MOVQ $0x1122334455667788, R8; \
	MOVQ R8, X0;          \
	MOVB R8, 0(DI);       \
	MOVW R8, 16(DI);      \
	MOVL R8, 32(DI);      \
	MOVQ R8, 48(DI);      \
	MOVQ $7, 64(DI);      \
	ADDQ R8, 80(DI);      \
	ADDB $3, 96(DI);      \
	INCQ 112(DI);         \
	DECL 128(DI);         \
	NOTQ 144(DI);         \
	NEGW 160(DI);         \
	SHLQ $3, 176(DI);     \
	XORQ R8, 192(DI);     \
	MOVQ R8, DX;          \
	XCHGQ DX, 208(DI);    \
	LOCK;                 \
	XADDQ DX, 224(DI);    \
	MOVQ 240(DI), AX;     \
	LOCK;                 \
	CMPXCHGQ R8, 240(DI); \
	MOVQ 256(DI), AX;     \
	MOVQ 264(DI), DX;     \
	MOVQ R8, BX;          \
	MOVQ R8, CX;          \
	LOCK;                 \
	CMPXCHG16B 256(DI);   \
	BTSQ $5, 272(DI);     \
	CMPQ R8, R8;          \
	SETEQ 288(DI);        \
	MOVNTIQ R8, 304(DI);  \
	MOVUPS X0, 320(DI);   \
	MOVSD X0, 344(DI);    \
	MOVQ $2, SI;          \
	MOVQ R8, 352(DI)(SI*8); \
	MOVQ DI, R8;          \
	MOVQ DI, SI;          \
	ADDQ $384, DI;        \
	MOVQ $13, CX;         \
	CLD;                  \
	REP;                  \
	MOVSB;                \
	MOVQ R8, DI;          \
	ADDQ $416, DI;        \
	MOVQ $4, CX;          \
	MOVL $0x5a5a5a5a, AX; \
	REP;                  \
	STOSQ;                \
	MOVQ R8, DI

// func stores(p *[512]byte)
TEXT ·stores(SB), NOSPLIT, $0-8
	MOVQ p+0(FP), DI
	STORES
	RET

// func storesInside(p *[512]byte) uint32
TEXT ·storesInside(SB), NOSPLIT, $0-12
	MOVQ p+0(FP), DI
	MOVL $-1, AX
	XBEGIN done
	STORES
	XEND
	MOVL $-1, AX
done:
	MOVL AX, ret+8(FP)
	RET

// func storesAborted(p *[512]byte) uint32
TEXT ·storesAborted(SB), NOSPLIT, $0-12
	MOVQ p+0(FP), DI
	MOVL $-1, AX
	XBEGIN done
	STORES
	XABORT $9
done:
	MOVL AX, ret+8(FP)
	RET

// func storeVector(p *[32]byte) (changed bool, status uint32)
//
// Stores 32 bytes with AVX, changes the upper half of a vector, and aborts. It
// needs AVX2.
TEXT ·storeVector(SB), NOSPLIT, $0-16
	MOVQ p+0(FP), DI
	VMOVDQU (DI), Y1
	MOVL $-1, AX
	XBEGIN done
	VPCMPEQB Y1, Y1, Y1
	VMOVDQU Y1, (DI)
	XABORT $9
done:
	VPCMPEQB (DI), Y1, Y1
	VPMOVMSKB Y1, CX
	VZEROUPPER
	CMPL CX, $-1
	SETNE changed+8(FP)
	MOVL AX, status+12(FP)
	RET

// func cpuid(leaf uint32) (eax, ebx, ecx, edx uint32)
TEXT ·cpuid(SB), NOSPLIT, $0-24
	MOVL leaf+0(FP), AX
	XORL CX, CX
	CPUID
	MOVL AX, eax+8(FP)
	MOVL BX, ebx+12(FP)
	MOVL CX, ecx+16(FP)
	MOVL DX, edx+20(FP)
	RET
