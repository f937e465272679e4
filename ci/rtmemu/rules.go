//go:build linux && amd64

package main

import "golang.org/x/arch/x86/x86asm"

// A rule predicts one kind of instruction.
type rule func(p *prediction)

// rules lists the instructions that can be predicted.
var rules = map[x86asm.Op]rule{
	x86asm.MOV: predictMove, x86asm.MOVNTI: predictMove, x86asm.MOVZX: predictMoveZero,
	x86asm.MOVSX: predictMoveSign, x86asm.MOVSXD: predictMoveSign, x86asm.LEA: predictAddress,
	x86asm.ADD: predictAdd, x86asm.SUB: predictSubtract, x86asm.CMP: predictCompare,
	x86asm.AND: logic(func(a, b uint64) uint64 { return a & b }, true), x86asm.TEST: logic(func(a, b uint64) uint64 { return a & b }, false),
	x86asm.OR: logic(func(a, b uint64) uint64 { return a | b }, true), x86asm.XOR: logic(func(a, b uint64) uint64 { return a ^ b }, true),
	x86asm.INC: predictIncrement, x86asm.DEC: predictDecrement, x86asm.NEG: predictNegate, x86asm.NOT: predictNot,
	x86asm.SHL: predictShift, x86asm.SHR: predictShift,
	x86asm.XCHG: predictExchange, x86asm.XADD: predictExchangeAdd, x86asm.CMPXCHG: predictCompareExchange,
	x86asm.PUSH: predictPush, x86asm.POP: predictPop, x86asm.CALL: predictCall, x86asm.RET: predictReturn, x86asm.JMP: predictJump,
	x86asm.NOP: predictNothing, x86asm.MFENCE: predictNothing, x86asm.LFENCE: predictNothing, x86asm.SFENCE: predictNothing,
}

// The conditions of Jcc, SETcc and CMOVcc, in the order of their codes.
var conditions = [16]struct {
	jump, set, move x86asm.Op
	test            func(p *prediction) bool
}{
	{x86asm.JO, x86asm.SETO, x86asm.CMOVO, func(p *prediction) bool { return p.has(flagOverflow) }},
	{x86asm.JNO, x86asm.SETNO, x86asm.CMOVNO, func(p *prediction) bool { return !p.has(flagOverflow) }},
	{x86asm.JB, x86asm.SETB, x86asm.CMOVB, func(p *prediction) bool { return p.has(flagCarry) }},
	{x86asm.JAE, x86asm.SETAE, x86asm.CMOVAE, func(p *prediction) bool { return !p.has(flagCarry) }},
	{x86asm.JE, x86asm.SETE, x86asm.CMOVE, func(p *prediction) bool { return p.has(flagZero) }},
	{x86asm.JNE, x86asm.SETNE, x86asm.CMOVNE, func(p *prediction) bool { return !p.has(flagZero) }},
	{x86asm.JBE, x86asm.SETBE, x86asm.CMOVBE, func(p *prediction) bool { return p.has(flagCarry | flagZero) }},
	{x86asm.JA, x86asm.SETA, x86asm.CMOVA, func(p *prediction) bool { return !p.has(flagCarry | flagZero) }},
	{x86asm.JS, x86asm.SETS, x86asm.CMOVS, func(p *prediction) bool { return p.has(flagSign) }},
	{x86asm.JNS, x86asm.SETNS, x86asm.CMOVNS, func(p *prediction) bool { return !p.has(flagSign) }},
	{x86asm.JP, x86asm.SETP, x86asm.CMOVP, func(p *prediction) bool { return p.has(flagParity) }},
	{x86asm.JNP, x86asm.SETNP, x86asm.CMOVNP, func(p *prediction) bool { return !p.has(flagParity) }},
	{x86asm.JL, x86asm.SETL, x86asm.CMOVL, (*prediction).less},
	{x86asm.JGE, x86asm.SETGE, x86asm.CMOVGE, func(p *prediction) bool { return !p.less() }},
	{x86asm.JLE, x86asm.SETLE, x86asm.CMOVLE, func(p *prediction) bool { return p.has(flagZero) || p.less() }},
	{x86asm.JG, x86asm.SETG, x86asm.CMOVG, func(p *prediction) bool { return !p.has(flagZero) && !p.less() }},
}

func (p *prediction) less() bool { return p.has(flagSign) != p.has(flagOverflow) }

func init() {
	for _, c := range conditions {
		rules[c.jump] = func(p *prediction) {
			if c.test(p) {
				predictJump(p)
			}
		}
		rules[c.set] = func(p *prediction) {
			value := uint64(0)
			if c.test(p) {
				value = 1
			}
			p.set(0, 1, value)
		}
		rules[c.move] = func(p *prediction) {
			size := p.width(0)
			value := p.get(1, size) // is read in any case
			if !c.test(p) {
				value = p.get(0, size) // 32 bits clear the upper half in any case
			}
			p.set(0, size, value)
		}
	}
}

func predictNothing(*prediction) {}

func predictMove(p *prediction) {
	size := p.width(0)
	p.set(0, size, p.get(1, size))
}

func predictMoveZero(p *prediction) { p.set(0, p.width(0), p.get(1, p.width(1))) }

func predictMoveSign(p *prediction) {
	size := p.width(1)
	shift := 64 - 8*size
	p.set(0, p.width(0), uint64(int64(p.get(1, size)<<shift)>>shift))
}

func predictAddress(p *prediction) { p.set(0, p.width(0), p.address()) }

// sum returns a+b and the flags that depend on the operands.
func sum(a, b uint64, size int) (result, flags uint64) {
	result = (a + b) & mask(size)
	if result < a {
		flags |= flagCarry
	}
	if ^(a^b)&(a^result)>>(8*size-1)&1 != 0 {
		flags |= flagOverflow
	}
	return result, flags | (a^b^result)&flagAdjust
}

// difference returns a-b and the flags that depend on the operands.
func difference(a, b uint64, size int) (result, flags uint64) {
	result = (a - b) & mask(size)
	if a < b {
		flags |= flagCarry
	}
	if (a^b)&(a^result)>>(8*size-1)&1 != 0 {
		flags |= flagOverflow
	}
	return result, flags | (a^b^result)&flagAdjust
}

func predictAdd(p *prediction) {
	size := p.width(0)
	result, flags := sum(p.get(0, size), p.get(1, size), size)
	p.set(0, size, result)
	p.flags(result, size, flags)
}

func predictSubtract(p *prediction) {
	size := p.width(0)
	result, flags := difference(p.get(0, size), p.get(1, size), size)
	p.set(0, size, result)
	p.flags(result, size, flags)
}

func predictCompare(p *prediction) {
	size := p.width(0)
	result, flags := difference(p.get(0, size), p.get(1, size), size)
	p.flags(result, size, flags)
}

func logic(operation func(a, b uint64) uint64, store bool) rule {
	return func(p *prediction) {
		size := p.width(0)
		result := operation(p.get(0, size), p.get(1, size))
		if store {
			p.set(0, size, result)
		}
		p.flags(result, size, 0)
		p.undefined = flagAdjust
	}
}

func predictIncrement(p *prediction) {
	size := p.width(0)
	carry := p.registers.Eflags & flagCarry
	result, flags := sum(p.get(0, size), 1, size)
	p.set(0, size, result)
	p.flags(result, size, flags&^flagCarry|carry)
}

func predictDecrement(p *prediction) {
	size := p.width(0)
	carry := p.registers.Eflags & flagCarry
	result, flags := difference(p.get(0, size), 1, size)
	p.set(0, size, result)
	p.flags(result, size, flags&^flagCarry|carry)
}

func predictNegate(p *prediction) {
	size := p.width(0)
	result, flags := difference(0, p.get(0, size), size)
	p.set(0, size, result)
	p.flags(result, size, flags)
}

func predictNot(p *prediction) {
	size := p.width(0)
	p.set(0, size, ^p.get(0, size))
}

// predictShift: SHL and SHR by a constant or CL.
func predictShift(p *prediction) {
	size := p.width(0)
	count := p.get(1, 1) & 31
	if size == 8 {
		count = p.get(1, 1) & 63
	}
	if count == 0 || count >= uint64(8*size) {
		p.failed = true // nothing changes, or flags that depend on the processor
		return
	}
	value := p.get(0, size)
	result, carry := value<<count&mask(size), value>>(uint64(8*size)-count)&1
	if p.in.inst.Op == x86asm.SHR {
		result, carry = value>>count, value>>(count-1)&1
	}
	p.set(0, size, result)
	p.flags(result, size, carry)
	p.undefined = flagAdjust | flagOverflow
}

func predictExchange(p *prediction) {
	size := p.width(0)
	a, b := p.get(0, size), p.get(1, size)
	p.set(0, size, b)
	p.setAt(1, size, a)
}

// setAt is set with the memory operand's address from before the instruction
// has changed a register.
func (p *prediction) setAt(i, size int, value uint64) {
	if _, memory := p.in.inst.Args[i].(x86asm.Mem); memory {
		p.failed = true
		return
	}
	p.set(i, size, value)
}

func predictExchangeAdd(p *prediction) {
	size := p.width(0)
	a, b := p.get(0, size), p.get(1, size)
	result, flags := sum(a, b, size)
	if _, memory := p.in.inst.Args[0].(x86asm.Mem); !memory {
		p.failed = true
		return
	}
	p.set(0, size, result)
	p.set(1, size, a)
	p.flags(result, size, flags)
}

func predictCompareExchange(p *prediction) {
	size := p.width(0)
	old, expected := p.get(0, size), p.registers.Rax&mask(size)
	result, flags := difference(expected, old, size)
	p.flags(result, size, flags)
	if old == expected {
		p.set(0, size, p.get(1, size))
		return
	}
	if size != 8 {
		p.failed = true // what becomes of the upper half is a special case
		return
	}
	p.set(0, size, old) // the processor writes in any case
	p.registers.Rax = old
}

func predictPush(p *prediction) {
	value := uint64(0)
	p.failed = p.in.inst.DataSize == 16
	switch a := p.in.inst.Args[0].(type) {
	case x86asm.Reg:
		if _, size, ok := general(a); !ok || size != 8 {
			p.failed = true
		}
		value = p.get(0, 8)
	case x86asm.Imm:
		value = uint64(a)
	default:
		p.failed = true
	}
	p.registers.Rsp -= 8
	p.write(p.registers.Rsp, 8, value)
}

func predictPop(p *prediction) {
	if p.width(0) != 8 {
		p.failed = true
		return
	}
	value := p.load(p.registers.Rsp, 8)
	p.registers.Rsp += 8
	p.set(0, 8, value)
}

// target is where a jump or call goes.
func (p *prediction) target() uint64 {
	if offset, relative := p.in.inst.Args[0].(x86asm.Rel); relative {
		return p.registers.Rip + uint64(int64(offset))
	}
	return p.get(0, 8)
}

func predictJump(p *prediction) { p.registers.Rip = p.target() }

func predictCall(p *prediction) {
	target := p.target()
	p.registers.Rsp -= 8
	p.write(p.registers.Rsp, 8, p.registers.Rip)
	p.registers.Rip = target
}

func predictReturn(p *prediction) {
	if p.in.inst.Args[0] != nil {
		p.failed = true
		return
	}
	p.registers.Rip = p.load(p.registers.Rsp, 8)
	p.registers.Rsp += 8
}
