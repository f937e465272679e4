package compile

import (
	"go.starlark.net/resolve"
	"go.starlark.net/syntax"
)

// loopKind says what has to be done to leave a loop.
type loopKind uint8

const (
	whileLoop  loopKind = iota
	rangeLoop           // state in registers only: nothing to close
	iterLoop            // IterEnd
	atomicLoop          // AtomicEnd; a block, whatever its kind
)

// A loop is an enclosing loop statement, or atomic block.
type loop struct {
	kind  loopKind
	next  *label // where continue goes, except in a while
	exit  *label
	head  int    // pc of a while's condition
	state uint16 // iterLoop: the registers of the iteration
}

// loopBody compiles the body of a loop.
type loopBody func()

// leave closes the loops from the innermost to the given depth.
func (fc *funcCompiler) leave(pos syntax.Position, depth int) {
	for i := len(fc.loops) - 1; i >= depth; i-- {
		switch l := fc.loops[i]; l.kind {
		case iterLoop:
			fc.emit(pos, Instr{Op: IterEnd, A: l.state})
		case atomicLoop:
			fc.emit(pos, Instr{Op: AtomicEnd})
		}
	}
}

func (fc *funcCompiler) branchStmt(s *syntax.BranchStmt) {
	if s.Token == syntax.PASS {
		return
	}
	depth := len(fc.loops) - 1
	l := fc.loops[depth]
	switch {
	case l.kind == atomicLoop:
		fc.jump(s.TokenPos, l.next) // the block ends either way
	case s.Token == syntax.BREAK:
		fc.leave(s.TokenPos, depth)
		fc.jump(s.TokenPos, l.exit)
	case l.kind == whileLoop:
		fc.jumpBack(s.TokenPos, l.head)
	default:
		fc.jump(s.TokenPos, l.next)
	}
}

// branchLabel returns where the block leads if it is a break or continue that
// is nothing but a forward jump, and nil otherwise.
func (fc *funcCompiler) branchLabel(block []syntax.Stmt) *label {
	if len(block) != 1 {
		return nil
	}
	s, ok := block[0].(*syntax.BranchStmt)
	if !ok || s.Token == syntax.PASS {
		return nil
	}
	l := fc.loops[len(fc.loops)-1]
	switch {
	case l.kind == atomicLoop:
		return l.next
	case s.Token == syntax.CONTINUE:
		return l.next // nil for a while
	case l.kind != iterLoop:
		return l.exit
	}
	return nil
}

func (fc *funcCompiler) inLoop(l loop, body loopBody) {
	fc.loops = append(fc.loops, l)
	body()
	fc.loops = fc.loops[:len(fc.loops)-1]
}

func (fc *funcCompiler) whileStmt(s *syntax.WhileStmt) {
	var exit label
	head := len(fc.f.Code)
	fc.cond(s.Cond, false, &exit)
	fc.inLoop(loop{kind: whileLoop, exit: &exit, head: head}, func() { fc.stmts(s.Body) })
	fc.jumpBack(s.While, head)
	fc.place(&exit)
}

func (fc *funcCompiler) forStmt(s *syntax.ForStmt) {
	if kind, ok := fc.blockKind(s.X); ok {
		fc.block(s, kind)
		return
	}
	fc.forLoop(s.For, s.Vars, s.X, func(l loop) {
		fc.inLoop(l, func() { fc.stmts(s.Body) })
	})
}

// forLoop compiles a loop over x, of a statement or a comprehension.
func (fc *funcCompiler) forLoop(pos syntax.Position, vars, x syntax.Expr, body func(loop)) {
	if call := rangeCall(x); call != nil {
		fc.rangeLoop(pos, vars, call, body)
		return
	}
	state := fc.alloc(2)
	r := fc.operandOr(x, state)
	variable := fc.loopVariable(vars)
	var next, exit label
	fc.branch(pos, Instr{Op: IterInit, A: state, B: r}, &next)
	start := len(fc.f.Code)
	fc.bindVariable(pos, vars, variable)
	body(loop{kind: iterLoop, next: &next, exit: &exit, state: state})
	fc.place(&next)
	fc.emit(pos, Instr{Op: IterNext, A: state, B: variable, C: uint16(start)})
	fc.place(&exit)
}

func (fc *funcCompiler) rangeLoop(pos syntax.Position, vars syntax.Expr, call *syntax.CallExpr, body func(loop)) {
	args := call.Args
	state := fc.alloc(3)
	switch len(args) {
	case 1:
		fc.load(call.Lparen, int64(0), state)
		fc.into(args[0], state+1)
	default:
		fc.into(args[0], state)
		fc.into(args[1], state+1)
	}
	if len(args) == 3 {
		fc.into(args[2], state+2)
	} else {
		fc.load(call.Lparen, int64(1), state+2)
	}
	variable := fc.loopVariable(vars)
	var next, exit label
	fc.branch(call.Lparen, Instr{Op: RangeInit, A: state, B: variable, N: uint8(len(args))}, &exit)
	start := len(fc.f.Code)
	fc.bindVariable(pos, vars, variable)
	body(loop{kind: rangeLoop, next: &next, exit: &exit})
	fc.place(&next)
	fc.emit(pos, Instr{Op: RangeNext, A: state, B: variable, C: uint16(start)})
	fc.place(&exit)
}

// rangeCall returns the call if x calls the universal range in a way that the
// fused loop can do, and nil otherwise.
func rangeCall(x syntax.Expr) *syntax.CallExpr {
	call, ok := unparen(x).(*syntax.CallExpr)
	if !ok || universal(call.Fn) != "range" || len(call.Args) < 1 || len(call.Args) > 3 {
		return nil
	}
	if a := sortArguments(call.Args); !a.plain() {
		return nil
	}
	return call
}

// loopVariable returns the register that the loop instruction writes: the
// variable itself if it is a local, or a temporary.
func (fc *funcCompiler) loopVariable(vars syntax.Expr) uint16 {
	if r, ok := fc.localTarget(vars); ok {
		return r
	}
	return fc.alloc(1)
}

// bindVariable assigns what the loop instruction wrote to the loop's targets.
func (fc *funcCompiler) bindVariable(pos syntax.Position, vars syntax.Expr, variable uint16) {
	if fc.isLocal(variable) {
		fc.setAssigned(variable)
		return
	}
	fc.assignRegister(pos, vars, variable)
}

// comprehension evaluates a comprehension; its variables are locals of the
// enclosing function.
func (fc *funcCompiler) comprehension(e *syntax.Comprehension, d uint16) {
	t := fc.temp(d)
	if e.Curly {
		fc.emit(e.Lbrack, Instr{Op: MakeDict, A: t})
	} else {
		fc.emit(e.Lbrack, Instr{Op: MakeList, A: t})
	}
	fc.clauses(e, e.Clauses, t, nil)
	fc.moveTo(e.Lbrack, d, t)
}

// clauses compiles the clauses that are left; next is where the innermost
// loop goes on.
func (fc *funcCompiler) clauses(e *syntax.Comprehension, left []syntax.Node, t uint16, next *label) {
	top := fc.top
	defer func() { fc.release(top) }()
	if len(left) == 0 {
		fc.element(e, t)
		return
	}
	switch clause := left[0].(type) {
	case *syntax.IfClause:
		fc.cond(clause.Cond, false, next)
		fc.clauses(e, left[1:], t, next)
	case *syntax.ForClause:
		fc.forLoop(clause.For, clause.Vars, clause.X, func(l loop) {
			fc.clauses(e, left[1:], t, l.next)
		})
	}
}

// element adds one element to the comprehension's result R[t].
func (fc *funcCompiler) element(e *syntax.Comprehension, t uint16) {
	if !e.Curly {
		fc.emit(e.Lbrack, Instr{Op: Append, A: t, B: fc.operand(e.Body)})
		return
	}
	entry := e.Body.(*syntax.DictEntry) // the parser knows no other
	k := fc.operand(entry.Key)
	v := fc.operand(entry.Value)
	fc.emit(entry.Colon, Instr{Op: SetIndex, A: t, B: k, C: v})
}

// blockKinds are the names whose call without arguments, as the iterable of a for, makes its
// body a block. Programs have the first one only.
var blockKinds = map[string]uint8{"atomic": BlockAtomic, "__try__": BlockTry, "__alternative__": BlockAlternative}

// blockKind returns the kind of block that x is the head of; ok is false if it is none.
func (fc *funcCompiler) blockKind(x syntax.Expr) (kind uint8, ok bool) {
	call, ok := unparen(x).(*syntax.CallExpr)
	if !ok || len(call.Args) > 0 {
		return 0, false
	}
	id, ok := unparen(call.Fn).(*syntax.Ident)
	if !ok {
		return 0, false
	}
	kind, ok = blockKinds[id.Name]
	s := scope(id)
	return kind, ok && (s == resolve.Predeclared || s == resolve.Universal) && (kind == BlockAtomic || fc.builtins)
}

// block compiles `for x in atomic():` and its like.
func (fc *funcCompiler) block(s *syntax.ForStmt, kind uint8) {
	if _, ok := unparen(s.Vars).(*syntax.Ident); !ok {
		fc.errorf(syntax.Start(s.Vars), "the variable of an atomic block must be a single name")
		return
	}
	variable := fc.loopVariable(s.Vars)
	begin := Instr{Op: AtomicBegin, A: variable, N: kind}
	var end, after label
	pc := len(fc.f.Code)
	if kind == BlockAtomic {
		fc.emit(s.For, begin)
	} else {
		fc.branch(s.For, begin, &after) // the machine goes there
	}
	emitted := pc < len(fc.f.Code)
	fc.bindVariable(s.For, s.Vars, variable)
	fc.inLoop(loop{kind: atomicLoop, next: &end}, func() { fc.stmts(s.Body) })
	fc.place(&end)
	fc.emit(s.For, Instr{Op: AtomicEnd})
	if emitted {
		fc.f.Code[pc].C = uint16(len(fc.f.Code))
	}
	fc.place(&after)
}
