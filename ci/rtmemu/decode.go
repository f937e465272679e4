//go:build linux && amd64

package main

import (
	"encoding/binary"
	"strings"
	"syscall"

	"golang.org/x/arch/x86/x86asm"
)

type kind uint8

const (
	plain  kind = iota // its memory operands are known
	opaque             // not in a transaction, and not beside one
	xbegin
	xend
	xabort
	xtest
)

// An instruction is what the emulator has to know of one.
type instruction struct {
	kind     kind
	length   uint64
	operands []operand
	vector   bool   // may change vector or floating-point registers
	target   uint64 // xbegin: where an abort goes
	code     uint8  // xabort

	rule  rule // nil if it can only be stepped
	inst  *x86asm.Inst
	named operand // the one with a name, if it has a rule and one
}

// An operand is one place in memory that an instruction accesses.
type operand struct {
	segment, base, index x86asm.Reg
	scale                uint64
	disp                 uint64
	size                 uint64
	write                bool
}

// An access is an operand with its address.
type access struct {
	address, size uint64
	write         bool
}

// stringSizes gives the width of the string instructions.
var stringSizes = map[x86asm.Op]uint64{
	x86asm.MOVSB: 1, x86asm.MOVSW: 2, x86asm.MOVSD: 4, x86asm.MOVSQ: 8,
	x86asm.STOSB: 1, x86asm.STOSW: 2, x86asm.STOSD: 4, x86asm.STOSQ: 8,
	x86asm.LODSB: 1, x86asm.LODSW: 2, x86asm.LODSD: 4, x86asm.LODSQ: 8,
	x86asm.CMPSB: 1, x86asm.CMPSW: 2, x86asm.CMPSD: 4, x86asm.CMPSQ: 8,
	x86asm.SCASB: 1, x86asm.SCASW: 2, x86asm.SCASD: 4, x86asm.SCASQ: 8,
}

const (
	xbeginLength = 6
	xendLength   = 3
	xtestLength  = 3
	xabortLength = 3
)

// decode reads the instruction at the start of code, which is at address pc. An
// instruction of which it does not know all accesses is opaque.
func decode(code []byte, pc uint64) instruction {
	switch {
	case len(code) >= xbeginLength && code[0] == 0xc7 && code[1] == 0xf8:
		offset := int32(binary.LittleEndian.Uint32(code[2:]))
		return instruction{kind: xbegin, length: xbeginLength, target: pc + xbeginLength + uint64(int64(offset))}
	case len(code) >= xendLength && code[0] == 0x0f && code[1] == 0x01 && code[2] == 0xd5:
		return instruction{kind: xend, length: xendLength}
	case len(code) >= xtestLength && code[0] == 0x0f && code[1] == 0x01 && code[2] == 0xd6:
		return instruction{kind: xtest, length: xtestLength}
	case len(code) >= xabortLength && code[0] == 0xc6 && code[1] == 0xf8:
		return instruction{kind: xabort, length: xabortLength, code: code[2]}
	}
	in, err := x86asm.Decode(code, 64)
	// The decoder returns some instructions that it does not know, such as ENDBR64,
	// without an operation instead of with an error.
	if err != nil || in.Op == 0 || refused(&in) {
		return instruction{kind: opaque}
	}
	operands, ok := operandsOf(&in, code, pc)
	if !ok {
		return instruction{kind: opaque}
	}
	i := instruction{kind: plain, length: uint64(in.Len), operands: operands, vector: touchesVectors(&in)}
	i.rule, i.named = ruleOf(&in, code, pc)
	if i.rule != nil {
		i.inst = &in
	}
	return i
}

// ruleOf returns the rule for in, nil if there is none, and its named operand.
func ruleOf(in *x86asm.Inst, code []byte, pc uint64) (r rule, named operand) {
	r = rules[in.Op]
	for i, a := range in.Args {
		if m, isMem := a.(x86asm.Mem); isMem && r != nil {
			o, ok := placeOf(in, i, m, code, pc)
			if !ok {
				return nil, o
			}
			named = o
		}
	}
	return r, named
}

// refused reports whether in is one that a transaction does not survive on a
// processor, or one whose accesses are not modelled here.
func refused(in *x86asm.Inst) bool {
	switch in.Op {
	case x86asm.SYSCALL, x86asm.SYSENTER, x86asm.SYSEXIT, x86asm.SYSRET, x86asm.INT, x86asm.INTO, x86asm.ICEBP,
		x86asm.IN, x86asm.INSB, x86asm.INSW, x86asm.INSD, x86asm.OUT, x86asm.OUTSB, x86asm.OUTSW, x86asm.OUTSD,
		x86asm.CPUID, x86asm.PAUSE, x86asm.HLT, x86asm.UD0, x86asm.UD1, x86asm.UD2, x86asm.CLFLUSH, x86asm.MONITOR, x86asm.MWAIT,
		x86asm.PUSHF, x86asm.PUSHFD, x86asm.PUSHFQ, x86asm.POPF, x86asm.POPFD, x86asm.POPFQ,
		x86asm.IRET, x86asm.IRETD, x86asm.IRETQ, x86asm.LCALL, x86asm.LJMP, x86asm.LRET,
		x86asm.ENTER, x86asm.XLATB, x86asm.MASKMOVQ, x86asm.MASKMOVDQU:
		return true
	}
	name := in.Op.String()
	for _, prefix := range []string{"FX", "FNSAVE", "FRSTOR", "FNSTENV", "FLDENV", "XSAVE", "XRSTOR", "VP", "VGATHER", "VSCATTER", "VMASKMOV"} {
		if strings.HasPrefix(name, prefix) && hasMemory(in) && !strings.HasPrefix(name, "FXCH") {
			return true
		}
	}
	for _, a := range in.Args {
		if r, ok := a.(x86asm.Reg); ok && r >= x86asm.ES { // segment, control and debug registers
			return true
		}
	}
	return false
}

func hasMemory(in *x86asm.Inst) bool {
	for _, a := range in.Args {
		if _, ok := a.(x86asm.Mem); ok {
			return true
		}
	}
	return false
}

// touchesVectors reports whether in may change the state that XSAVE saves.
func touchesVectors(in *x86asm.Inst) bool {
	for _, a := range in.Args {
		if r, ok := a.(x86asm.Reg); ok && r >= x86asm.F0 && r < x86asm.ES {
			return true
		}
	}
	name := in.Op.String()
	return name[0] == 'F' || name[0] == 'V' || in.Op == x86asm.EMMS || in.Op == x86asm.LDMXCSR
}

// operandsOf returns the places in memory that in accesses. ok is false if they
// are not all known. A repeated string instruction traps after each repetition,
// so its operands are those of one.
func operandsOf(in *x86asm.Inst, code []byte, pc uint64) (operands []operand, ok bool) {
	stack := operand{base: x86asm.RSP, size: 8}
	switch in.Op {
	case x86asm.LEA, x86asm.NOP, x86asm.PREFETCHNTA, x86asm.PREFETCHT0, x86asm.PREFETCHT1, x86asm.PREFETCHT2, x86asm.PREFETCHW:
		return nil, true
	case x86asm.BT, x86asm.BTS, x86asm.BTR, x86asm.BTC:
		if _, named := in.Args[1].(x86asm.Reg); named && hasMemory(in) {
			return nil, false // the bit may be far from the operand
		}
	case x86asm.PUSH, x86asm.CALL:
		stack.disp, stack.write = ^uint64(7), true // 8 bytes below
		operands = append(operands, stack)
	case x86asm.POP, x86asm.RET:
		if hasMemory(in) {
			return nil, false // the address is computed after the stack pointer has moved
		}
		operands = append(operands, stack)
	case x86asm.LEAVE:
		stack.base = x86asm.RBP
		operands = append(operands, stack)
	}
	for i, a := range in.Args {
		if m, isMem := a.(x86asm.Mem); isMem {
			o, ok := memoryOperand(in, i, m, code, pc)
			if !ok {
				return nil, false
			}
			operands = append(operands, o)
		}
	}
	return operands, true
}

// memoryOperand returns argument i of in, which is m.
func memoryOperand(in *x86asm.Inst, i int, m x86asm.Mem, code []byte, pc uint64) (o operand, ok bool) {
	o, ok = placeOf(in, i, m, code, pc)
	if o.size = stringSizes[in.Op]; o.size != 0 || !ok {
		return o, ok
	}
	if in.MemBytes == 0 {
		return o, false
	}
	// Never less than the truth: the decoder says 1 for CRC32 of a quadword. A
	// larger operand costs nothing but a false conflict with the next line.
	o.size = uint64(max(in.MemBytes, in.DataSize/8))
	if in.Op.String()[0] == 'V' {
		o.size = 64
	}
	return o, true
}

// placeOf returns argument i of in, which is m, without its size.
func placeOf(in *x86asm.Inst, i int, m x86asm.Mem, code []byte, pc uint64) (o operand, ok bool) {
	for _, r := range []x86asm.Reg{m.Base, m.Index} {
		if r != 0 && r != x86asm.RIP && (r < x86asm.RAX || r > x86asm.R15) {
			return o, false // 32-bit addressing, or an index that is a vector
		}
	}
	o = operand{segment: m.Segment, base: m.Base, index: m.Index, scale: uint64(m.Scale), write: writes(in, i)}
	// The decoder returns a displacement of 32 bits with FS without its sign. Only
	// a MOV between the accumulator and an absolute address has one of 64.
	o.disp = uint64(int64(int32(m.Disp)))
	if m.Base == 0 && m.Index == 0 && in.Len >= 9 && code[in.Len-9]&^3 == 0xa0 {
		o.disp = uint64(m.Disp)
	}
	if m.Base == x86asm.RIP {
		o.base, o.disp = 0, o.disp+pc+uint64(in.Len)
	}
	return o, true
}

// writes reports whether in may write its argument i, a memory operand. In
// doubt it may: an undo entry for what was not written does no harm.
func writes(in *x86asm.Inst, i int) bool {
	switch in.Op {
	case x86asm.XCHG, x86asm.XADD:
		return true
	case x86asm.CMP, x86asm.TEST, x86asm.BT, x86asm.PUSH, x86asm.CALL, x86asm.JMP,
		x86asm.MUL, x86asm.DIV, x86asm.IDIV, x86asm.LDMXCSR,
		x86asm.CMPSB, x86asm.CMPSW, x86asm.CMPSD, x86asm.CMPSQ, x86asm.SCASB, x86asm.SCASW, x86asm.SCASD, x86asm.SCASQ:
		return false
	case x86asm.IMUL:
		return false // into a register in all its forms
	}
	return i == 0
}

// at returns the accesses of in by a thread with these registers, in buffer.
func (in *instruction) at(r *syscall.PtraceRegs, buffer []access) []access {
	buffer = buffer[:0]
	for i := range in.operands {
		o := &in.operands[i]
		buffer = append(buffer, access{o.at(r), o.size, o.write})
	}
	return buffer
}

// at returns the address of o.
func (o *operand) at(r *syscall.PtraceRegs) uint64 {
	a := o.disp + register(r, o.base) + register(r, o.index)*o.scale
	switch o.segment {
	case x86asm.FS:
		a += r.Fs_base
	case x86asm.GS:
		a += r.Gs_base
	}
	return a
}

// register returns the value of a general register of 64 bits, 0 for none.
func register(r *syscall.PtraceRegs, name x86asm.Reg) uint64 {
	if name < x86asm.RAX || name > x86asm.R15 {
		return 0
	}
	return *slot(r, int(name-x86asm.RAX))
}
