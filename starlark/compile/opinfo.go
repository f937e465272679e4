package compile

// kind says what a field of an instruction is.
type kind uint8

const (
	kindNone        kind = iota
	kindReg              // register
	kindInt              // signed 16-bit constant
	kindConst            // index in Func.Constants
	kindName             // index in Program.Names
	kindGlobal           // index in Program.Globals
	kindPredeclared      // index in Program.Predeclared
	kindUniversal        // index in Program.Universals
	kindFunc             // index in Program.Funcs
	kindFree             // index of a captured cell
	kindCall             // index in Func.Calls
	kindLoad             // index in Program.Loads
	kindCount            // plain number
	kindTarget           // pc of another instruction; only field C
	kindWide             // B and C together: 32-bit constant
)

// opInfo describes the fields of an opcode. usesN: field N is a count.
type opInfo struct {
	name    string
	a, b, c kind
	usesN   bool
}

// Shapes that many opcodes share.
func regs1(name string) opInfo { return opInfo{name: name, a: kindReg} }
func regs2(name string) opInfo { return opInfo{name: name, a: kindReg, b: kindReg} }
func regs3(name string) opInfo { return opInfo{name: name, a: kindReg, b: kindReg, c: kindReg} }
func regsInt(name string) opInfo {
	return opInfo{name: name, a: kindReg, b: kindReg, c: kindInt}
}
func regsConst(name string) opInfo {
	return opInfo{name: name, a: kindReg, b: kindReg, c: kindConst}
}
func constReg(name string) opInfo {
	return opInfo{name: name, a: kindReg, b: kindConst, c: kindReg}
}
func regsCount(name string) opInfo {
	return opInfo{name: name, a: kindReg, b: kindReg, c: kindCount}
}
func jump1(name string) opInfo { return opInfo{name: name, a: kindReg, c: kindTarget} }
func jump2(name string, b kind) opInfo {
	return opInfo{name: name, a: kindReg, b: b, c: kindTarget}
}

var opInfos = [NumOps]opInfo{
	Invalid: {name: "Invalid"},

	Move:      regs2("Move"),
	LoadInt:   {name: "LoadInt", a: kindReg, b: kindWide},
	LoadConst: {name: "LoadConst", a: kindReg, b: kindConst},
	LoadNone:  regs1("LoadNone"),
	LoadTrue:  regs1("LoadTrue"),
	LoadFalse: regs1("LoadFalse"),

	Unset:          {name: "Unset", a: kindReg, b: kindCount},
	CheckLocal:     regs1("CheckLocal"),
	NewCell:        regs1("NewCell"),
	BoxCell:        regs1("BoxCell"),
	LoadCell:       regs2("LoadCell"),
	StoreCell:      regs2("StoreCell"),
	LoadFree:       {name: "LoadFree", a: kindReg, b: kindFree},
	GetGlobal:      {name: "GetGlobal", a: kindReg, b: kindGlobal},
	SetGlobal:      {name: "SetGlobal", a: kindGlobal, b: kindReg},
	GetPredeclared: {name: "GetPredeclared", a: kindReg, b: kindPredeclared},
	GetUniversal:   {name: "GetUniversal", a: kindReg, b: kindUniversal},

	Add:      regs3("Add"),
	Sub:      regs3("Sub"),
	Mul:      regs3("Mul"),
	Div:      regs3("Div"),
	FloorDiv: regs3("FloorDiv"),
	Mod:      regs3("Mod"),
	BitAnd:   regs3("BitAnd"),
	BitOr:    regs3("BitOr"),
	BitXor:   regs3("BitXor"),
	Shl:      regs3("Shl"),
	Shr:      regs3("Shr"),

	AddInt:      regsInt("AddInt"),
	SubInt:      regsInt("SubInt"),
	MulInt:      regsInt("MulInt"),
	FloorDivInt: regsInt("FloorDivInt"),
	ModInt:      regsInt("ModInt"),
	BitAndInt:   regsInt("BitAndInt"),
	ShlInt:      regsInt("ShlInt"),
	ShrInt:      regsInt("ShrInt"),

	AddConst: regsConst("AddConst"),
	SubConst: regsConst("SubConst"),
	MulConst: regsConst("MulConst"),
	DivConst: regsConst("DivConst"),

	ConstAdd: constReg("ConstAdd"),
	ConstSub: constReg("ConstSub"),
	ConstMul: constReg("ConstMul"),
	ConstDiv: constReg("ConstDiv"),
	ConstMod: constReg("ConstMod"),

	AddInPlace: regs3("AddInPlace"),
	OrInPlace:  regs3("OrInPlace"),

	Neg:    regs2("Neg"),
	Pos:    regs2("Pos"),
	Invert: regs2("Invert"),
	Not:    regs2("Not"),

	Eq:    regs3("Eq"),
	Ne:    regs3("Ne"),
	Lt:    regs3("Lt"),
	Le:    regs3("Le"),
	Gt:    regs3("Gt"),
	Ge:    regs3("Ge"),
	In:    regs3("In"),
	NotIn: regs3("NotIn"),

	Jump:        {name: "Jump", c: kindTarget},
	JumpBack:    {name: "JumpBack", c: kindTarget},
	JumpIfTrue:  jump1("JumpIfTrue"),
	JumpIfFalse: jump1("JumpIfFalse"),
	JumpIsNone:  jump1("JumpIsNone"),
	JumpNotNone: jump1("JumpNotNone"),

	JumpEq:    jump2("JumpEq", kindReg),
	JumpNe:    jump2("JumpNe", kindReg),
	JumpLt:    jump2("JumpLt", kindReg),
	JumpLe:    jump2("JumpLe", kindReg),
	JumpGt:    jump2("JumpGt", kindReg),
	JumpGe:    jump2("JumpGe", kindReg),
	JumpIn:    jump2("JumpIn", kindReg),
	JumpNotIn: jump2("JumpNotIn", kindReg),

	JumpEqInt: jump2("JumpEqInt", kindInt),
	JumpNeInt: jump2("JumpNeInt", kindInt),
	JumpLtInt: jump2("JumpLtInt", kindInt),
	JumpLeInt: jump2("JumpLeInt", kindInt),
	JumpGtInt: jump2("JumpGtInt", kindInt),
	JumpGeInt: jump2("JumpGeInt", kindInt),

	JumpEqConst: jump2("JumpEqConst", kindConst),
	JumpNeConst: jump2("JumpNeConst", kindConst),
	JumpLtConst: jump2("JumpLtConst", kindConst),
	JumpLeConst: jump2("JumpLeConst", kindConst),
	JumpGtConst: jump2("JumpGtConst", kindConst),
	JumpGeConst: jump2("JumpGeConst", kindConst),

	RangeInit: {name: "RangeInit", a: kindReg, b: kindReg, c: kindTarget, usesN: true},
	RangeNext: jump2("RangeNext", kindReg),
	IterInit:  jump2("IterInit", kindReg),
	IterNext:  jump2("IterNext", kindReg),
	IterEnd:   regs1("IterEnd"),

	Index:       regs3("Index"),
	IndexInt:    regsInt("IndexInt"),
	SetIndex:    regs3("SetIndex"),
	SetIndexInt: {name: "SetIndexInt", a: kindReg, b: kindInt, c: kindReg},
	Slice:       regs3("Slice"),
	Attr:        {name: "Attr", a: kindReg, b: kindReg, c: kindName},
	SetAttr:     {name: "SetAttr", a: kindReg, b: kindName, c: kindReg},
	MakeTuple:   regsCount("MakeTuple"),
	MakeList:    regsCount("MakeList"),
	MakeDict:    {name: "MakeDict", a: kindReg, b: kindCount},
	DictUnique:  regs3("DictUnique"),
	Append:      regs2("Append"),
	Unpack:      regsCount("Unpack"),

	MakeFunc:      {name: "MakeFunc", a: kindReg, b: kindFunc, c: kindReg},
	Call:          {name: "Call", a: kindReg, b: kindReg, usesN: true},
	CallUniversal: {name: "CallUniversal", a: kindReg, b: kindReg, c: kindUniversal, usesN: true},
	CallMethod:    {name: "CallMethod", a: kindReg, b: kindReg, c: kindName, usesN: true},
	CallGeneral:   {name: "CallGeneral", a: kindReg, b: kindReg, c: kindCall},
	Load:          {name: "Load", a: kindReg, b: kindLoad, c: kindCount},
	Return:        regs1("Return"),
	ReturnNone:    {name: "ReturnNone"},

	AtomicBegin: jump1("AtomicBegin"),
	AtomicEnd:   {name: "AtomicEnd"},
}

// String returns the opcode's name.
func (op Op) String() string {
	if op < NumOps {
		return opInfos[op].name
	}
	return "Invalid"
}
