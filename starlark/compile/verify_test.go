package compile

import "fmt"

// verify checks a program against the rules of the opcode table: indices are
// in range, only the three looping opcodes go backwards, every register that
// is read has been written on every path (a call forgets the registers from
// its base on), a variable that may be unset is checked before it is read, and
// iterations and atomic blocks are closed in the order in which they were
// opened, on every path.
func verify(p *Program) error {
	for i, f := range p.Funcs {
		v := verifier{p: p, f: f}
		if err := v.run(); err != nil {
			return fmt.Errorf("func %d %s: %w\n%s", i, f.Name, err, p.Disassemble())
		}
	}
	return nil
}

// What is known of a register; the smaller is known when paths meet.
const (
	rubbish = iota
	maybeUnset
	hasValue
)

type verifyState struct {
	regs []uint8
	open string // one letter for each open iteration (i) or atomic block (a)
}

type verifier struct {
	p     *Program
	f     *Func
	in    []*verifyState
	queue []int
	err   error
}

func (v *verifier) run() error {
	f := v.f
	params := len(f.Params)
	if f.HasArgs {
		params++
	}
	if f.HasKwargs {
		params++
	}
	if f.NumRegs < len(f.Locals) || params > len(f.Locals) {
		return fmt.Errorf("%d registers for %d locals, %d parameters", f.NumRegs, len(f.Locals), params)
	}
	entry := verifyState{regs: make([]uint8, f.NumRegs)}
	for i := range params {
		entry.regs[i] = hasValue
	}
	v.in = make([]*verifyState, len(f.Code))
	v.flow(0, entry)
	for len(v.queue) > 0 && v.err == nil {
		pc := v.queue[len(v.queue)-1]
		v.queue = v.queue[:len(v.queue)-1]
		if err := v.step(pc); err != nil {
			return fmt.Errorf("pc %d: %w", pc, err)
		}
	}
	for pc, s := range v.in {
		if s == nil && v.err == nil {
			return fmt.Errorf("pc %d cannot be reached", pc)
		}
	}
	return v.err
}

// flow says that s may hold before pc.
func (v *verifier) flow(pc int, s verifyState) {
	if pc < 0 || pc >= len(v.f.Code) {
		v.err = fmt.Errorf("control reaches pc %d of %d", pc, len(v.f.Code))
		return
	}
	old := v.in[pc]
	if old == nil {
		v.in[pc] = &verifyState{append([]uint8(nil), s.regs...), s.open}
		v.queue = append(v.queue, pc)
		return
	}
	if old.open != s.open {
		v.err = fmt.Errorf("pc %d is reached with %q and with %q open", pc, old.open, s.open)
	}
	changed := false
	for i := range old.regs {
		if s.regs[i] < old.regs[i] {
			old.regs[i], changed = s.regs[i], true
		}
	}
	if changed {
		v.queue = append(v.queue, pc)
	}
}

// step follows one instruction.
func (v *verifier) step(pc int) error {
	in := v.f.Code[pc]
	s := verifyState{append([]uint8(nil), v.in[pc].regs...), v.in[pc].open}
	info := opInfos[in.Op]
	if info.name == "" || in.Op == Invalid {
		return fmt.Errorf("invalid opcode %d", in.Op)
	}
	for _, x := range []struct {
		k kind
		v uint16
	}{{info.a, in.A}, {info.b, in.B}, {info.c, in.C}} {
		if err := v.inRange(x.k, int(x.v)); err != nil {
			return fmt.Errorf("%s: %w", v.p.instruction(v.f, in), err)
		}
	}
	if info.c == kindTarget {
		back := in.Op == JumpBack || in.Op == RangeNext || in.Op == IterNext
		if back != (int(in.C) <= pc) {
			return fmt.Errorf("%s jumps the wrong way", v.p.instruction(v.f, in))
		}
	}
	reads, writes := v.effects(in)
	for _, r := range reads {
		need := uint8(hasValue)
		if in.Op == CheckLocal {
			need = maybeUnset
		}
		if r >= len(s.regs) || s.regs[r] < need {
			return fmt.Errorf("%s reads register %d, which may have no value", v.p.instruction(v.f, in), r)
		}
	}
	target := s // what holds behind the jump, if it differs
	switch in.Op {
	case Call, CallUniversal, CallMethod, CallGeneral:
		for r := int(in.B); r < len(s.regs); r++ {
			s.regs[r] = rubbish
		}
	case RangeInit:
		s.regs[in.A+2] = hasValue
	case IterNext:
		target.regs = append([]uint8(nil), s.regs...)
		target.regs[in.B] = hasValue
	}
	for _, r := range writes {
		if r >= len(s.regs) {
			return fmt.Errorf("%s writes register %d of %d", v.p.instruction(v.f, in), r, len(s.regs))
		}
		s.regs[r] = hasValue
		if in.Op == Unset {
			s.regs[r] = maybeUnset
		}
	}
	if in.Op == RangeInit { // the variable is written only if there is a round
		target.regs = append([]uint8(nil), s.regs...)
		target.regs[in.B] = v.in[pc].regs[in.B]
	}
	return v.leaveStep(pc, in, info, s, target)
}

// leaveStep opens and closes what the instruction does and flows on.
func (v *verifier) leaveStep(pc int, in Instr, info opInfo, s, target verifyState) error {
	closing := func(what byte) error {
		if n := len(s.open); n == 0 || s.open[n-1] != what {
			return fmt.Errorf("%s with %q open", v.p.instruction(v.f, in), s.open)
		}
		s.open = s.open[:len(s.open)-1]
		return nil
	}
	var err error
	switch in.Op {
	case Return, ReturnNone:
		if s.open != "" {
			err = fmt.Errorf("return with %q open", s.open)
		}
		return err
	case IterInit:
		s.open += "i"
		v.flow(int(in.C), s)
		return nil
	case IterEnd, IterNext:
		err = closing('i')
	case AtomicBegin:
		if in.N != BlockAtomic { // else C is no jump
			v.flow(int(in.C), s)
		}
		s.open += "a"
		v.flow(pc+1, s)
		return nil
	case AtomicEnd:
		err = closing('a')
	case Jump, JumpBack:
		v.flow(int(in.C), s)
		return nil
	}
	if err != nil {
		return err
	}
	if info.c == kindTarget {
		if in.Op != RangeInit && in.Op != IterNext {
			target = s
		}
		v.flow(int(in.C), target)
	}
	v.flow(pc+1, s)
	return nil
}

// inRange checks the index in a field.
func (v *verifier) inRange(k kind, x int) error {
	n := 1 << 16
	switch k {
	case kindReg:
		n = v.f.NumRegs
	case kindConst:
		n = len(v.f.Constants)
	case kindName:
		n = len(v.p.Names)
	case kindGlobal:
		n = len(v.p.Globals)
	case kindPredeclared:
		n = len(v.p.Predeclared)
	case kindUniversal:
		n = len(v.p.Universals)
	case kindFunc:
		n = len(v.p.Funcs)
	case kindFree:
		n = len(v.f.Captures)
	case kindCall:
		n = len(v.f.Calls)
	case kindLoad:
		n = len(v.p.Loads)
	case kindTarget:
		n = len(v.f.Code) + 1
	}
	if x >= n {
		return fmt.Errorf("index %d of %d", x, n)
	}
	return nil
}

// effects returns the registers that an instruction reads and writes.
func (v *verifier) effects(in Instr) (reads, writes []int) {
	a, b, c := int(in.A), int(in.B), int(in.C)
	row := func(first, n int) {
		for i := range n {
			reads = append(reads, first+i)
		}
	}
	info := opInfos[in.Op]
	switch in.Op {
	case Unset:
		for i := range b {
			writes = append(writes, a+i)
		}
	case CheckLocal:
		return []int{a}, []int{a}
	case BoxCell, Return, IterEnd, JumpIfTrue, JumpIfFalse, JumpIsNone, JumpNotNone:
		reads = []int{a}
		if in.Op == BoxCell {
			writes = []int{a}
		}
	case StoreCell, Append:
		reads = []int{a, b}
	case SetGlobal:
		reads = []int{b}
	case SetIndex, DictUnique:
		reads = []int{a, b, c}
	case SetIndexInt, SetAttr:
		reads = []int{a, c}
	case RangeInit:
		row(a, 3)
		writes = []int{b}
	case RangeNext:
		row(a, 3)
		reads = append(reads, b) // something has been there in each round
		writes = []int{b}
	case IterInit:
		reads, writes = []int{b}, []int{a, a + 1}
	case IterNext:
		row(a, 2)
	case MakeTuple, MakeList:
		row(b, c)
		writes = []int{a}
	case Slice:
		row(c, 3)
		reads, writes = append(reads, b), []int{a}
	case Unpack, Load:
		if in.Op == Unpack {
			reads = []int{b}
		}
		for i := range c {
			writes = append(writes, a+i)
		}
	case MakeFunc:
		f := v.p.Funcs[b]
		row(c, f.NumDefaults)
		for _, cap := range f.Captures {
			if !cap.Free {
				reads = append(reads, int(cap.Index))
			}
		}
		writes = []int{a}
	case Call, CallMethod:
		row(b, int(in.N)+1)
		writes = []int{a}
	case CallUniversal:
		row(b+1, int(in.N))
		writes = []int{a}
	case CallGeneral:
		site := v.f.Calls[c]
		n := 1 + site.Positional + len(site.Names)
		if site.Args {
			n++
		}
		if site.Kwargs {
			n++
		}
		row(b, n)
		writes = []int{a}
	default:
		compare, _ := in.Compare()
		switch {
		case compare != Invalid:
			reads = []int{a}
		case info.a == kindReg:
			writes = []int{a}
		}
		if info.b == kindReg {
			reads = append(reads, b)
		}
		if info.c == kindReg {
			reads = append(reads, c)
		}
	}
	return reads, writes
}
