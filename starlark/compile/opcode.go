package compile

// Op is the operation of an instruction. Opcodes are dense, so that the
// machine's dispatch is one jump table.
type Op uint8

// Instr is one instruction of fixed width, eight bytes. A, B and C are
// registers, indices into tables, jump targets or signed constants, as the
// opcode says; N is a count.
type Instr struct {
	Op      Op
	N       uint8
	A, B, C uint16
}

// IntB returns field B of an instruction whose B is a signed constant.
func (i Instr) IntB() int64 { return int64(int16(i.B)) }

// IntC returns field C of an instruction whose C is a signed constant.
func (i Instr) IntC() int64 { return int64(int16(i.C)) }

// IntBC returns the constant of a LoadInt: B is its low half, C the high one.
func (i Instr) IntBC() int64 { return int64(int32(uint32(i.B) | uint32(i.C)<<16)) }

// The opcodes. Notation:
//
//	R[x]    register x of the running frame
//	K[x]    Func.Constants[x] of the running function
//	int(C)  field C as a signed 16-bit number (Instr.IntC), int(B) likewise
//	goto C  the next instruction is Code[C]; without it, the following one
//	Names, Globals, Predeclared, Universals, Funcs: tables of the Program
//
// # Order and errors
//
// Every instruction reads all its operands before it writes its result, so a
// result may name the register of an operand. An instruction that fails must
// have changed no register.
//
// # Jumps and the instruction budget
//
// Only JumpBack, RangeNext and IterNext go backwards (C <= pc); every other
// jump is forward. A machine that counts instructions does it there
// (pc - C + 1 is the length of the round) and at calls.
//
// # Registers and register windows
//
// The registers of a frame are its locals (parameters in order, then *args,
// then **kwargs, then other variables), then temporaries. Temporaries are a
// stack: at a call with base B every register above the last argument is
// dead, and every register from B on is dead once the call has returned,
// save its result. So the frame of the callee may begin at the caller's
// register B+1, with the positional arguments already in place as the
// callee's registers 0, 1, ...:
//
//	caller:  | locals | temporaries | R[B]: function | R[B+1] .. R[B+N]: arguments |
//	callee:                                          | R[0] .. R[N-1] | other locals | temporaries |
//
// R[B] stays as it is while the callee runs (it keeps the function alive).
// The callee needs Func.NumRegs registers. Its registers from N on hold
// rubbish when it starts: the machine sets the missing parameters, *args and
// **kwargs; the compiler never reads another local that may be unset without
// a CheckLocal, and emits an Unset for each such local at the function's
// start. The result goes to the caller's R[A]. For a built-in function the
// arguments are the slice R[B+1 : B+1+N].
//
// # Iteration marks and atomic blocks
//
// IterInit opens an iteration, IterEnd closes the innermost open one, and
// IterNext closes it when nothing is left. The compiler closes what a break or
// return leaves. When an error unwinds a frame, the machine closes those which
// the frame opened (it remembers, per frame, how many were open at its start).
// AtomicBegin and AtomicEnd pair in the same way, and both nest properly with
// each other. RangeInit and RangeNext open nothing: all their state is in
// registers.
//
// # Comparing jumps
//
// JumpLt, JumpLe, JumpGt, JumpGe and their Int and Const forms: with N == 0,
// jump if the comparison of that name holds. With N == 1 the source has the
// opposite comparison and the jump is taken if that one does not hold: JumpLt
// with N == 1 is "jump if not R[A] >= R[B]". Between totally ordered values
// both are the same, so a fast path for numbers need not look at N. A slow
// path must (sets are not totally ordered, and an error names the operator of
// the source): it asks Instr.Compare for the operator and the wanted outcome.
const (
	// Invalid is not an instruction: a zero Instr is never executed.
	Invalid Op = iota

	// ---- registers and constants ----

	Move      // A B      R[A] = R[B]
	LoadInt   // A (B,C)  R[A] = the 32-bit number Instr.IntBC
	LoadConst // A B      R[A] = K[B]
	LoadNone  // A        R[A] = None
	LoadTrue  // A        R[A] = True
	LoadFalse // A        R[A] = False

	// ---- variables ----

	Unset          // A B      R[A], ..., R[A+B-1] = unset (the machine's mark for "no value")
	CheckLocal     // A        error if R[A] is unset: local variable Func.Locals[A] referenced before assignment
	NewCell        // A        R[A] = a new cell without a value
	BoxCell        // A        R[A] = a new cell that holds R[A] (a captured parameter)
	LoadCell       // A B      R[A] = value of the cell in R[B]; error if it has none: local variable Func.Locals[B] ...
	StoreCell      // A B      value of the cell in R[A] = R[B]
	LoadFree       // A B      R[A] = value of captured cell B of the running closure; error if it has none: Func.FreeVars[B]
	GetGlobal      // A B      R[A] = Globals[B]; error if it has no value: global variable ... referenced before assignment
	SetGlobal      // A B      Globals[A] = R[B]
	GetPredeclared // A B      R[A] = Predeclared[B]
	GetUniversal   // A B      R[A] = Universals[B]

	// ---- arithmetic: register, register ----
	// Error position is the operator's.

	Add      // A B C    R[A] = R[B] + R[C]
	Sub      // A B C    R[A] = R[B] - R[C]
	Mul      // A B C    R[A] = R[B] * R[C]
	Div      // A B C    R[A] = R[B] / R[C]
	FloorDiv // A B C    R[A] = R[B] // R[C]
	Mod      // A B C    R[A] = R[B] % R[C]
	BitAnd   // A B C    R[A] = R[B] & R[C]
	BitOr    // A B C    R[A] = R[B] | R[C]
	BitXor   // A B C    R[A] = R[B] ^ R[C]
	Shl      // A B C    R[A] = R[B] << R[C]
	Shr      // A B C    R[A] = R[B] >> R[C]

	// ---- arithmetic: register, small int ----

	AddInt      // A B C    R[A] = R[B] + int(C)
	SubInt      // A B C    R[A] = R[B] - int(C)
	MulInt      // A B C    R[A] = R[B] * int(C)
	FloorDivInt // A B C    R[A] = R[B] // int(C)
	ModInt      // A B C    R[A] = R[B] % int(C)
	BitAndInt   // A B C    R[A] = R[B] & int(C)
	ShlInt      // A B C    R[A] = R[B] << int(C)
	ShrInt      // A B C    R[A] = R[B] >> int(C)

	// ---- arithmetic: register, constant ----

	AddConst // A B C    R[A] = R[B] + K[C]
	SubConst // A B C    R[A] = R[B] - K[C]
	MulConst // A B C    R[A] = R[B] * K[C]
	DivConst // A B C    R[A] = R[B] / K[C]

	// ---- arithmetic: constant, register ----

	ConstAdd // A B C    R[A] = K[B] + R[C]
	ConstSub // A B C    R[A] = K[B] - R[C]
	ConstMul // A B C    R[A] = K[B] * R[C]
	ConstDiv // A B C    R[A] = K[B] / R[C]
	ConstMod // A B C    R[A] = K[B] % R[C] (string formatting, mostly)

	// ---- augmented assignment whose result aliases its left operand ----

	AddInPlace // A B C    x += y: a list R[B] is extended in place by an iterable R[C] and R[A] = R[B]; otherwise as Add
	OrInPlace  // A B C    x |= y: a dict R[B] is updated in place by a dict R[C] and R[A] = R[B]; otherwise as BitOr

	// ---- unary ----

	Neg    // A B      R[A] = -R[B]
	Pos    // A B      R[A] = +R[B]
	Invert // A B      R[A] = ~R[B]
	Not    // A B      R[A] = not R[B]

	// ---- comparison to a value ----

	Eq    // A B C    R[A] = R[B] == R[C]
	Ne    // A B C    R[A] = R[B] != R[C]
	Lt    // A B C    R[A] = R[B] < R[C]
	Le    // A B C    R[A] = R[B] <= R[C]
	Gt    // A B C    R[A] = R[B] > R[C]
	Ge    // A B C    R[A] = R[B] >= R[C]
	In    // A B C    R[A] = R[B] in R[C]
	NotIn // A B C    R[A] = R[B] not in R[C]

	// ---- jumps ----

	Jump        // C        goto C (forward)
	JumpBack    // C        goto C (backward; the machine counts here)
	JumpIfTrue  // A C      if R[A] is true: goto C
	JumpIfFalse // A C      if R[A] is false: goto C
	JumpIsNone  // A C      if R[A] is None: goto C (source: x == None)
	JumpNotNone // A C      if R[A] is not None: goto C

	JumpEq    // A B C    if R[A] == R[B]: goto C
	JumpNe    // A B C    if R[A] != R[B]: goto C
	JumpLt    // A B C N  if R[A] < R[B]: goto C (N: see "Comparing jumps")
	JumpLe    // A B C N  if R[A] <= R[B]: goto C
	JumpGt    // A B C N  if R[A] > R[B]: goto C
	JumpGe    // A B C N  if R[A] >= R[B]: goto C
	JumpIn    // A B C    if R[A] in R[B]: goto C
	JumpNotIn // A B C    if R[A] not in R[B]: goto C

	JumpEqInt // A B C    if R[A] == int(B): goto C
	JumpNeInt // A B C    if R[A] != int(B): goto C
	JumpLtInt // A B C N  if R[A] < int(B): goto C
	JumpLeInt // A B C N  if R[A] <= int(B): goto C
	JumpGtInt // A B C N  if R[A] > int(B): goto C
	JumpGeInt // A B C N  if R[A] >= int(B): goto C

	JumpEqConst // A B C    if R[A] == K[B]: goto C
	JumpNeConst // A B C    if R[A] != K[B]: goto C
	JumpLtConst // A B C N  if R[A] < K[B]: goto C
	JumpLeConst // A B C N  if R[A] <= K[B]: goto C
	JumpGtConst // A B C N  if R[A] > K[B]: goto C
	JumpGeConst // A B C N  if R[A] >= K[B]: goto C

	// ---- loops ----

	// RangeInit starts a loop over the universal range(...), which the compiler
	// has recognised: nothing else can be bound to that name.
	//
	//	A B C N  before: R[A], R[A+1], R[A+2] = start, stop, step as the source
	//	         gave N (1 to 3) of them, the others being 0 and 1 already;
	//	         they must be ints that fit 64 bits and step must not be 0, or
	//	         the error is that of range().
	//	         Empty range: goto C.
	//	         Otherwise: R[A] = start, R[A+1] = number of further rounds
	//	         (as unsigned 64-bit), R[A+2] = step, R[B] = start.
	RangeInit
	// RangeNext goes on with the loop.
	//
	//	A B C    if R[A+1] == 0: fall through.
	//	         Otherwise R[A+1]--, R[A] += R[A+2], R[B] = R[A], goto C (backward).
	//	         No addition can overflow. R[B] is the loop variable, which the
	//	         body may have assigned to; R[A..A+2] are touched by nobody else.
	RangeNext
	// IterInit starts a loop over any iterable.
	//
	//	A B C    error if R[B] is not iterable (position: the for).
	//	         R[A], R[A+1] = the iteration's state, in whatever form the
	//	         machine wants (an iterable and an index), the mark is set, goto C
	//	         (forward, to the IterNext).
	IterInit
	// IterNext goes on with the loop.
	//
	//	A B C    if an element is left: R[B] = it, R[A], R[A+1] advance, goto C
	//	         (backward). Otherwise do as IterEnd does and fall through.
	IterNext
	// IterEnd closes the iteration whose state is in R[A], R[A+1]; it is the
	// innermost open one.
	IterEnd // A

	// ---- containers ----

	Index       // A B C    R[A] = R[B][R[C]]
	IndexInt    // A B C    R[A] = R[B][int(C)]
	SetIndex    // A B C    R[A][R[B]] = R[C]
	SetIndexInt // A B C    R[A][int(B)] = R[C]
	Slice       // A B C    R[A] = R[B][R[C]:R[C+1]:R[C+2]]; what is left out is None
	Attr        // A B C    R[A] = R[B].Names[C]
	SetAttr     // A B C    R[A].Names[B] = R[C]
	MakeTuple   // A B C    R[A] = tuple of R[B], ..., R[B+C-1]
	MakeList    // A B C    R[A] = new list of R[B], ..., R[B+C-1]
	MakeDict    // A B      R[A] = new dict; B entries are expected
	DictUnique  // A B C    R[A][R[B]] = R[C] in the dict literal R[A]; error if the key is there: duplicate key
	Append      // A B      append R[B] to the list R[A] of a comprehension (nobody else has it)
	Unpack      // A B C    R[A], ..., R[A+C-1] = the C elements of the iterable R[B]; error if they are fewer or more

	// ---- functions and calls ----

	// MakeFunc makes a closure.
	//
	//	A B C    R[A] = closure of f = Funcs[B]. R[C], ..., R[C+f.NumDefaults-1]
	//	         are the default values; f.Captures says which cells it takes from
	//	         this frame's registers and this closure's captured cells.
	MakeFunc
	// Call calls with positional arguments; see "register windows".
	//
	//	A B N    R[A] = R[B](R[B+1], ..., R[B+N])
	Call
	// CallUniversal is Call of Universals[C]; R[B] is free for the machine to use.
	//
	//	A B C N  R[A] = Universals[C](R[B+1], ..., R[B+N])
	CallUniversal
	// CallMethod calls an attribute without making a bound method.
	//
	//	A B C N  R[A] = R[B].Names[C](R[B+1], ..., R[B+N])
	//	         If the attribute is not a method of a built-in type but a value
	//	         (a function in a module), put it into R[B] and do as Call.
	//	         An attribute that is missing is found missing after the arguments
	//	         are evaluated.
	CallMethod
	// CallGeneral calls with keyword arguments, *args or **kwargs.
	//
	//	A B C    c = Func.Calls[C]; R[B] is the function, or the receiver if
	//	         c.Method >= 0. From R[B+1] on: c.Positional positional arguments,
	//	         one value for each of c.Names, the iterable of *args if c.Args,
	//	         the dict of **kwargs if c.Kwargs.
	CallGeneral
	// Load loads a module; l = Loads[B]. It may have to wait for it.
	//
	//	A B C    R[A], ..., R[A+C-1] = the globals l.Names of module l.Module
	Load
	Return     // A        return R[A]
	ReturnNone //          return None

	// ---- atomic blocks ----

	// AtomicBegin begins a block, such as `for x in atomic():`.
	//
	//	A C N    R[A] = None (the loop variable); Code[C] is the first instruction
	//	         after the block. N is the kind of block. An error that leaves it
	//	         undoes it, or, if the kind stops errors, makes it end: R[A] = the
	//	         error, goto C.
	AtomicBegin
	// AtomicEnd ends the innermost block: its effects stay.
	AtomicEnd

	// NumOps is the number of opcodes.
	NumOps
)

// The kinds of blocks.
const (
	// BlockAtomic is one transaction.
	BlockAtomic = iota
	// BlockTry stops errors.
	BlockTry
	// BlockAlternative stops a retry: what it did is undone, R[A] = True.
	BlockAlternative
)

// Compare returns the comparison that the source of a comparing jump has, as
// one of the value opcodes Eq to NotIn, and the outcome for which it jumps. For
// other instructions it returns Invalid.
func (i Instr) Compare() (op Op, want bool) {
	switch {
	case i.Op >= JumpEq && i.Op <= JumpNotIn:
		op = Eq + (i.Op - JumpEq)
	case i.Op >= JumpEqInt && i.Op <= JumpGeInt:
		op = Eq + (i.Op - JumpEqInt)
	case i.Op >= JumpEqConst && i.Op <= JumpGeConst:
		op = Eq + (i.Op - JumpEqConst)
	default:
		return Invalid, true
	}
	if i.N == 0 {
		return op, true
	}
	return opposite(op), false
}

// opposite returns the comparison that holds when op does not, for totally
// ordered operands.
func opposite(op Op) Op {
	switch op {
	case Eq:
		return Ne
	case Ne:
		return Eq
	case Lt:
		return Ge
	case Le:
		return Gt
	case Gt:
		return Le
	case Ge:
		return Lt
	case In:
		return NotIn
	default:
		return In
	}
}
