package compile

import (
	"math"
	"math/big"

	"go.starlark.net/resolve"
	"go.starlark.net/syntax"
)

// A funcCompiler emits the code of one function.
type funcCompiler struct {
	*compiler
	f         *Func
	start     syntax.Position // of the function, for errors without a better place
	numLocals int
	top       int // the next free temporary
	constants map[constKey]uint16
	loops     []loop

	// assigned holds the locals that have a value on every path to here. dead
	// says that there is no such path; then nothing is emitted.
	assigned regSet
	dead     bool
	placedAt int    // the pc of the last label placed
	checked  regSet // locals that some CheckLocal reads
	lastLine int32
	lastCol  int32
	tooLong  bool // an error has been reported; once is enough
	tooWide  bool
}

func newFuncCompiler(c *compiler, f *Func, locals []*resolve.Binding, numParams int, start syntax.Position) *funcCompiler {
	fc := &funcCompiler{
		compiler:  c,
		f:         f,
		start:     start,
		numLocals: len(locals),
		constants: map[constKey]uint16{},
		assigned:  newRegSet(len(locals)),
		checked:   newRegSet(len(locals)),
	}
	for i, b := range locals {
		f.Locals = append(f.Locals, b.First.Name)
		if i < numParams {
			fc.assigned.add(i)
		}
	}
	fc.alloc(len(locals))
	for i, b := range locals {
		if b.Scope != resolve.Cell {
			continue
		}
		if i < numParams {
			fc.emit(start, Instr{Op: BoxCell, A: uint16(i)})
		} else {
			fc.emit(start, Instr{Op: NewCell, A: uint16(i)})
		}
	}
	return fc
}

// finish completes the function once its last statement is compiled.
func (fc *funcCompiler) finish() {
	fc.emit(fc.start, Instr{Op: ReturnNone})
	if prologue := fc.unsets(); len(prologue) > 0 {
		fc.prepend(prologue)
	}
	if n := len(fc.f.Code); n > limit && !fc.tooLong {
		fc.errorf(fc.start, "function %s is too long: %d instructions, the limit is %d", fc.f.Name, n, limit)
	}
	fc.f.Simple = fc.f.NumPositional == len(fc.f.Params) && !fc.f.HasArgs && !fc.f.HasKwargs
}

// unsets returns instructions that clear the locals which a CheckLocal reads.
func (fc *funcCompiler) unsets() []Instr {
	var code []Instr
	for i := 0; i < fc.numLocals; i++ {
		if !fc.checked.has(i) {
			continue
		}
		if n := len(code); n > 0 && int(code[n-1].A+code[n-1].B) == i {
			code[n-1].B++
		} else {
			code = append(code, Instr{Op: Unset, A: uint16(i), B: 1})
		}
	}
	return code
}

// prepend puts code in front of the function and moves the rest.
func (fc *funcCompiler) prepend(code []Instr) {
	n := len(code)
	for i := range fc.f.Code {
		if in := &fc.f.Code[i]; opInfos[in.Op].c == kindTarget {
			in.C += uint16(n)
		}
	}
	for i := range fc.f.Positions {
		fc.f.Positions[i].PC += uint32(n)
	}
	for i := range fc.f.Dots {
		fc.f.Dots[i].PC += uint32(n)
	}
	fc.f.Code = append(code, fc.f.Code...)
}

// emit appends an instruction and returns its pc.
func (fc *funcCompiler) emit(pos syntax.Position, in Instr) int {
	pc := len(fc.f.Code)
	if fc.dead || fc.tooLong {
		return pc
	}
	if pc >= limit {
		fc.errorf(pos, "function %s is too long: more than %d instructions", fc.f.Name, limit)
		fc.tooLong = true
		return pc
	}
	if pos.Line != fc.lastLine || pos.Col != fc.lastCol {
		fc.f.Positions = append(fc.f.Positions, Position{PC: uint32(pc), Line: pos.Line, Col: pos.Col})
		fc.lastLine, fc.lastCol = pos.Line, pos.Col
	}
	fc.f.Code = append(fc.f.Code, in)
	return pc
}

// alloc reserves n temporaries in a row and returns the first.
func (fc *funcCompiler) alloc(n int) uint16 {
	r := fc.top
	if r+n > limit {
		if !fc.tooWide {
			fc.errorf(fc.start, "function %s needs more than %d registers for its variables and temporary values", fc.f.Name, limit)
			fc.tooWide = true
		}
		return 0
	}
	fc.top += n
	fc.f.NumRegs = max(fc.f.NumRegs, fc.top)
	return uint16(r)
}

// release gives back the temporaries from top on.
func (fc *funcCompiler) release(top int) { fc.top = top }

func (fc *funcCompiler) isLocal(r uint16) bool { return int(r) < fc.numLocals }

// A label is a place that forward jumps lead to.
type label struct {
	refs     []int
	assigned regSet // at every jump so far
}

// branch emits a jump to l; in.C is filled in later.
func (fc *funcCompiler) branch(pos syntax.Position, in Instr, l *label) {
	if fc.dead || fc.tooLong {
		return
	}
	pc := fc.emit(pos, in)
	if len(l.refs) == 0 {
		l.assigned = fc.assigned.clone()
	} else {
		l.assigned.intersect(fc.assigned)
	}
	l.refs = append(l.refs, pc)
}

func (fc *funcCompiler) jump(pos syntax.Position, l *label) {
	fc.branch(pos, Instr{Op: Jump}, l)
	fc.dead = true
}

func (fc *funcCompiler) jumpBack(pos syntax.Position, pc int) {
	fc.emit(pos, Instr{Op: JumpBack, C: uint16(pc)})
	fc.dead = true
}

// place puts the label here.
func (fc *funcCompiler) place(l *label) {
	if len(l.refs) == 0 {
		return
	}
	fc.dropJump(l)
	if fc.dead {
		fc.assigned, fc.dead = l.assigned.clone(), false
	} else {
		fc.assigned.intersect(l.assigned)
	}
	for _, pc := range l.refs {
		if pc < len(fc.f.Code) {
			fc.f.Code[pc].C = uint16(len(fc.f.Code))
		}
	}
	fc.placedAt = len(fc.f.Code)
}

// dropJump takes back a jump to l that is the last instruction, if no other
// label is placed behind it.
func (fc *funcCompiler) dropJump(l *label) {
	last, n := len(fc.f.Code)-1, len(l.refs)-1
	if l.refs[n] != last || fc.f.Code[last].Op != Jump || fc.placedAt > last {
		return
	}
	fc.f.Code = fc.f.Code[:last]
	l.refs = l.refs[:n]
}

// constKey identifies a constant; floats go by their bits, since 0.0 == -0.0.
type constKey struct {
	kind byte
	bits uint64
	text string
}

func (fc *funcCompiler) constant(pos syntax.Position, v Constant) uint16 {
	var key constKey
	switch v := v.(type) {
	case int64:
		key = constKey{kind: 'i', bits: uint64(v)}
	case float64:
		key = constKey{kind: 'f', bits: math.Float64bits(v)}
	case string:
		key = constKey{kind: 's', text: v}
	case Bytes:
		key = constKey{kind: 'y', text: string(v)}
	case *big.Int:
		key = constKey{kind: 'b', text: v.String()}
	case Tuple:
		key = constKey{kind: 't', text: constantText(v)} // tells all constants apart
	}
	if i, ok := fc.constants[key]; ok {
		return i
	}
	n := len(fc.f.Constants)
	if n >= limit {
		if n == limit {
			fc.errorf(pos, "function %s has too many constants: the limit is %d", fc.f.Name, limit)
			fc.f.Constants = append(fc.f.Constants, v)
		}
		return 0
	}
	fc.constants[key] = uint16(n)
	fc.f.Constants = append(fc.f.Constants, v)
	return uint16(n)
}

// regSet is a set of registers.
type regSet []uint64

func newRegSet(n int) regSet { return make(regSet, (n+63)/64) }

func (s regSet) add(i int)      { s[i/64] |= 1 << (i % 64) }
func (s regSet) has(i int) bool { return s[i/64]>>(i%64)&1 != 0 }
func (s regSet) clone() regSet  { return append(regSet(nil), s...) }
func (s regSet) intersect(o regSet) {
	for i := range s {
		s[i] &= o[i]
	}
}
