//go:build linux && amd64

package main

import (
	"encoding/binary"
	"math/bits"
	"syscall"

	"golang.org/x/arch/x86/x86asm"
)

// A prediction is what one instruction will do to a thread. To work it out and
// to carry it out takes a tenth of the time of a step of the processor, which is
// two switches between processes and a debug exception. Only common integer
// instructions are predicted; all others are stepped. With -execute both each is
// predicted and stepped, and a difference is an error.
type prediction struct {
	id        int // of the thread, for its memory
	in        *instruction
	registers syscall.PtraceRegs // before, then after
	undefined uint64             // flags that the instruction leaves undefined
	store     uint64             // address of what it writes
	size      int                // bytes of it, 0 if it writes nothing
	bytes     [8]byte
	failed    bool // memory could not be read, or a form that is not known
}

// The arithmetic flags.
const (
	flagCarry    = 0x1
	flagParity   = 0x4
	flagAdjust   = 0x10
	flagZero     = 0x40
	flagSign     = 0x80
	flagOverflow = 0x800
	flagResume   = 0x10000 // set after a fault, and cleared by each instruction

	flagsAll = flagCarry | flagParity | flagAdjust | flagZero | flagSign | flagOverflow
)

// predict works out what in does to t, and reports whether it can.
func (p *prediction) predict(t *thread, in *instruction) bool {
	if in.rule == nil {
		return false
	}
	p.id, p.in, p.registers, p.undefined, p.size, p.failed = t.id, in, t.registers, 0, 0, false
	p.registers.Rip += in.length
	p.registers.Eflags &^= flagResume
	in.rule(p)
	// The kernel must not take the thread for one in a system call.
	p.registers.Orig_rax = ^uint64(0)
	return !p.failed
}

// general returns which general register name is or is a part of.
func general(name x86asm.Reg) (index, size int, ok bool) {
	switch {
	case name >= x86asm.RAX && name <= x86asm.R15:
		return int(name - x86asm.RAX), 8, true
	case name >= x86asm.EAX && name <= x86asm.R15L:
		return int(name - x86asm.EAX), 4, true
	case name >= x86asm.AX && name <= x86asm.R15W:
		return int(name - x86asm.AX), 2, true
	case name >= x86asm.AL && name <= x86asm.BL:
		return int(name - x86asm.AL), 1, true
	case name >= x86asm.SPB && name <= x86asm.R15B:
		return int(name-x86asm.SPB) + 4, 1, true
	}
	return 0, 0, false // AH and its like too
}

// slot returns the place of general register index, in the processor's order.
func slot(r *syscall.PtraceRegs, index int) *uint64 {
	return [...]*uint64{
		&r.Rax, &r.Rcx, &r.Rdx, &r.Rbx, &r.Rsp, &r.Rbp, &r.Rsi, &r.Rdi,
		&r.R8, &r.R9, &r.R10, &r.R11, &r.R12, &r.R13, &r.R14, &r.R15,
	}[index]
}

func mask(size int) uint64 { return ^uint64(0) >> (64 - 8*size) }

// width returns the size of argument i in bytes.
func (p *prediction) width(i int) int {
	switch a := p.in.inst.Args[i].(type) {
	case x86asm.Reg:
		if _, size, ok := general(a); ok {
			return size
		}
	case x86asm.Mem:
		if size := p.in.inst.MemBytes; size > 0 && size <= 8 {
			return size
		}
	}
	p.failed = true
	return 8
}

// address returns that of the named memory operand, by the registers from
// before the instruction.
func (p *prediction) address() uint64 { return p.in.named.at(&p.registers) }

func (p *prediction) load(address uint64, size int) uint64 {
	var b [8]byte
	if size > len(b) || readMemory(p.id, address, b[:size]) != size {
		p.failed = true
		return 0
	}
	return binary.LittleEndian.Uint64(b[:])
}

func (p *prediction) write(address uint64, size int, value uint64) {
	p.store, p.size = address, size
	binary.LittleEndian.PutUint64(p.bytes[:], value)
}

// get returns argument i without sign, cut to size bytes.
func (p *prediction) get(i, size int) uint64 {
	switch a := p.in.inst.Args[i].(type) {
	case x86asm.Reg:
		if index, _, ok := general(a); ok {
			return *slot(&p.registers, index) & mask(size)
		}
	case x86asm.Mem:
		return p.load(p.address(), size)
	case x86asm.Imm:
		return uint64(a) & mask(size)
	}
	p.failed = true
	return 0
}

// set gives argument i, of size bytes, a value.
func (p *prediction) set(i, size int, value uint64) {
	switch a := p.in.inst.Args[i].(type) {
	case x86asm.Reg:
		if index, _, ok := general(a); ok {
			r := slot(&p.registers, index)
			if size < 4 { // fewer than 32 bits keep the rest, 32 clear it
				value = *r&^mask(size) | value&mask(size)
			} else {
				value &= mask(size)
			}
			*r = value
			return
		}
	case x86asm.Mem:
		p.write(p.address(), size, value)
		return
	}
	p.failed = true
}

func (p *prediction) has(flag uint64) bool { return p.registers.Eflags&flag != 0 }

// flags sets those of the result of an operation, besides these.
func (p *prediction) flags(result uint64, size int, others uint64) {
	f := others
	if result&mask(size) == 0 {
		f |= flagZero
	}
	if result>>(8*size-1)&1 != 0 {
		f |= flagSign
	}
	if bits.OnesCount8(uint8(result))%2 == 0 {
		f |= flagParity
	}
	p.registers.Eflags = p.registers.Eflags&^flagsAll | f
}
