package compile

import (
	"fmt"

	"go.starlark.net/resolve"
	"go.starlark.net/syntax"
)

func (fc *funcCompiler) stmts(list []syntax.Stmt) {
	for _, s := range list {
		top := fc.top
		fc.stmt(s)
		fc.release(top)
	}
}

func (fc *funcCompiler) stmt(s syntax.Stmt) {
	switch s := s.(type) {
	case *syntax.ExprStmt:
		if _, isConst := constOf(s.X); !isConst { // a doc string is not worth loading
			fc.operand(s.X)
		}
	case *syntax.AssignStmt:
		if s.Op == syntax.EQ {
			fc.assign(s)
		} else {
			fc.augment(s)
		}
	case *syntax.DefStmt:
		fc.assignValue(s.Def, s.Name, func(d uint16) { fc.function(s.Function.(*resolve.Function), d) })
	case *syntax.IfStmt:
		fc.ifStmt(s)
	case *syntax.ForStmt:
		fc.forStmt(s)
	case *syntax.WhileStmt:
		fc.whileStmt(s)
	case *syntax.BranchStmt:
		fc.branchStmt(s)
	case *syntax.ReturnStmt:
		fc.returnStmt(s)
	case *syntax.LoadStmt:
		fc.loadStmt(s)
	default:
		fc.errorf(syntax.Start(s), "statement is not supported: %s", fmt.Sprintf("%T", s))
	}
}

// loadStmt compiles load("module", "a", b = "c").
func (fc *funcCompiler) loadStmt(s *syntax.LoadStmt) {
	site := LoadSite{Module: s.ModuleName()}
	for _, from := range s.From {
		site.Names = append(site.Names, from.Name)
	}
	n := len(fc.prog.Loads)
	if n >= limit {
		fc.errorf(s.Load, "too many load statements: the limit is %d", limit)
		return
	}
	fc.prog.Loads = append(fc.prog.Loads, site)
	base := fc.alloc(len(s.To))
	fc.emit(s.Load, Instr{Op: Load, A: base, B: uint16(n), C: uint16(len(s.To))})
	for i, to := range s.To {
		fc.assignIdent(to, base+uint16(i))
	}
}

func (fc *funcCompiler) ifStmt(s *syntax.IfStmt) {
	if l := fc.branchLabel(s.True); l != nil {
		fc.cond(s.Cond, true, l) // `if x: break` needs no jump of its own
		fc.stmts(s.False)
		return
	}
	var no, end label
	fc.cond(s.Cond, false, &no)
	fc.stmts(s.True)
	if len(s.False) > 0 {
		fc.jump(s.If, &end)
	}
	fc.place(&no)
	fc.stmts(s.False)
	fc.place(&end)
}

func (fc *funcCompiler) returnStmt(s *syntax.ReturnStmt) {
	pos := s.Return
	if s.Result == nil || universal(s.Result) == "None" {
		fc.leave(pos, 0)
		fc.emit(pos, Instr{Op: ReturnNone})
	} else {
		if !pos.IsValid() {
			pos = syntax.Start(s.Result) // the body of a lambda
		}
		r := fc.operand(s.Result)
		fc.leave(pos, 0)
		fc.emit(pos, Instr{Op: Return, A: r})
	}
	fc.dead = true
}

// assign compiles lhs = rhs.
func (fc *funcCompiler) assign(s *syntax.AssignStmt) {
	if left, right := elements(s.LHS), elements(s.RHS); left != nil && len(left) == len(right) {
		fc.assignParallel(s.OpPos, left, right)
		return
	}
	fc.assignValue(s.OpPos, s.LHS, func(d uint16) { fc.into(s.RHS, d) }, s.RHS)
}

// elements returns the elements of a tuple or list expression, or nil.
func elements(e syntax.Expr) []syntax.Expr {
	switch e := unparen(e).(type) {
	case *syntax.TupleExpr:
		return e.List
	case *syntax.ListExpr:
		return e.List
	}
	return nil
}

// assignValue assigns to lhs the value that eval leaves in a register. rhs, if
// given, is its expression: a local needs not be evaluated elsewhere first.
func (fc *funcCompiler) assignValue(pos syntax.Position, lhs syntax.Expr, eval func(d uint16), rhs ...syntax.Expr) {
	if r, ok := fc.localTarget(lhs); ok {
		eval(r)
		fc.setAssigned(r)
		return
	}
	if len(rhs) > 0 {
		fc.assignRegister(pos, lhs, fc.operand(rhs[0]))
		return
	}
	t := fc.alloc(1)
	eval(t)
	fc.assignRegister(pos, lhs, t)
}

// localTarget returns the register of a target that is a local.
func (fc *funcCompiler) localTarget(e syntax.Expr) (uint16, bool) {
	id, ok := unparen(e).(*syntax.Ident)
	if !ok || scope(id) != resolve.Local {
		return 0, false
	}
	return uint16(binding(id).Index), true
}

func (fc *funcCompiler) setAssigned(r uint16) {
	if !fc.dead {
		fc.assigned.add(int(r))
	}
}

// assignRegister assigns R[r] to a target.
func (fc *funcCompiler) assignRegister(pos syntax.Position, lhs syntax.Expr, r uint16) {
	top := fc.top
	defer func() { fc.release(top) }()
	switch lhs := unparen(lhs).(type) {
	case *syntax.Ident:
		fc.assignIdent(lhs, r)
	case *syntax.IndexExpr:
		x := fc.operand(lhs.X)
		if i, ok := smallInt(lhs.Y); ok {
			fc.emit(lhs.Lbrack, Instr{Op: SetIndexInt, A: x, B: i, C: r})
			return
		}
		fc.emit(lhs.Lbrack, Instr{Op: SetIndex, A: x, B: fc.operand(lhs.Y), C: r})
	case *syntax.DotExpr:
		x := fc.operand(lhs.X)
		fc.emit(lhs.Dot, Instr{Op: SetAttr, A: x, B: fc.name(lhs.Name.Name, lhs.NamePos), C: r})
	case *syntax.TupleExpr:
		fc.unpack(pos, lhs.List, r)
	case *syntax.ListExpr:
		fc.unpack(pos, lhs.List, r)
	default:
		fc.errorf(syntax.Start(lhs), "cannot assign to this expression")
	}
}

func (fc *funcCompiler) assignIdent(id *syntax.Ident, r uint16) {
	b := binding(id)
	switch b.Scope {
	case resolve.Local:
		fc.moveTo(id.NamePos, uint16(b.Index), r)
		fc.setAssigned(uint16(b.Index))
	case resolve.Cell:
		fc.emit(id.NamePos, Instr{Op: StoreCell, A: uint16(b.Index), B: r})
	case resolve.Global:
		fc.emit(id.NamePos, Instr{Op: SetGlobal, A: uint16(b.Index), B: r})
	default:
		fc.errorf(id.NamePos, "cannot assign to %s %s", b.Scope, id.Name)
	}
}

// unpack assigns the elements of R[r] to targets. Locals whose registers are in
// a row, such as the variables of a loop, are written by Unpack itself.
func (fc *funcCompiler) unpack(pos syntax.Position, targets []syntax.Expr, r uint16) {
	if first, ok := fc.consecutive(targets); ok {
		fc.emit(pos, Instr{Op: Unpack, A: first, B: r, C: uint16(len(targets))})
		for i := range targets {
			fc.setAssigned(first + uint16(i))
		}
		return
	}
	var base uint16
	if len(targets) > 0 {
		base = fc.alloc(len(targets))
	}
	fc.emit(pos, Instr{Op: Unpack, A: base, B: r, C: uint16(len(targets))})
	for i, t := range targets {
		fc.assignRegister(pos, t, base+uint16(i))
	}
}

// consecutive reports whether the targets are locals with registers in a row.
func (fc *funcCompiler) consecutive(targets []syntax.Expr) (first uint16, ok bool) {
	for i, t := range targets {
		r, isLocal := fc.localTarget(t)
		if i == 0 {
			first = r
		}
		if !isLocal || int(r) != int(first)+i {
			return 0, false
		}
	}
	return first, len(targets) > 0
}

// assignParallel compiles `a, b = x, y` without making a tuple.
func (fc *funcCompiler) assignParallel(pos syntax.Position, left, right []syntax.Expr) {
	targets := map[uint16]bool{} // locals that are assigned
	distinct := fc.collectTargets(left, targets)
	last := len(left) - 1
	values := make([]uint16, len(left))
	for i, e := range right {
		if r, ok := fc.localOperand(e); ok && !targets[r] {
			values[i] = r
			continue
		}
		// The last value may go straight to its variable: the others are read
		// already, and no target's own expression can see the difference.
		if i == last && distinct {
			r, _ := fc.localTarget(left[i])
			fc.into(e, r)
			values[i] = r
			continue
		}
		values[i] = fc.alloc(1)
		fc.into(e, values[i])
	}
	for i, t := range left {
		fc.assignRegister(pos, t, values[i])
	}
}

// collectTargets enters the locals among targets, also nested ones, and
// reports whether the targets are different locals and nothing else.
func (fc *funcCompiler) collectTargets(targets []syntax.Expr, locals map[uint16]bool) bool {
	distinct := true
	for _, t := range targets {
		if r, ok := fc.localTarget(t); ok {
			distinct = distinct && !locals[r]
			locals[r] = true
			continue
		}
		distinct = false
		fc.collectTargets(elements(t), locals)
	}
	return distinct
}

// augment compiles lhs op= rhs; what lhs consists of is evaluated once.
func (fc *funcCompiler) augment(s *syntax.AssignStmt) {
	switch lhs := unparen(s.LHS).(type) {
	case *syntax.Ident:
		if r, ok := fc.localOperand(lhs); ok {
			fc.augmented(s.OpPos, s.Op, r, r, s.RHS)
			return
		}
		t := fc.alloc(1)
		fc.ident(lhs, t)
		fc.augmented(s.OpPos, s.Op, t, t, s.RHS)
		fc.assignIdent(lhs, t)
	case *syntax.IndexExpr:
		x := fc.operand(lhs.X)
		if i, ok := smallInt(lhs.Y); ok {
			t := fc.alloc(1)
			fc.emit(lhs.Lbrack, Instr{Op: IndexInt, A: t, B: x, C: i})
			fc.augmented(s.OpPos, s.Op, t, t, s.RHS)
			fc.emit(lhs.Lbrack, Instr{Op: SetIndexInt, A: x, B: i, C: t})
			return
		}
		i := fc.operand(lhs.Y)
		t := fc.alloc(1)
		fc.emit(lhs.Lbrack, Instr{Op: Index, A: t, B: x, C: i})
		fc.augmented(s.OpPos, s.Op, t, t, s.RHS)
		fc.emit(lhs.Lbrack, Instr{Op: SetIndex, A: x, B: i, C: t})
	case *syntax.DotExpr:
		x := fc.operand(lhs.X)
		name := fc.name(lhs.Name.Name, lhs.NamePos)
		t := fc.alloc(1)
		fc.emit(lhs.Dot, Instr{Op: Attr, A: t, B: x, C: name})
		fc.augmented(s.OpPos, s.Op, t, t, s.RHS)
		fc.emit(lhs.Dot, Instr{Op: SetAttr, A: x, B: name, C: t})
	default:
		fc.errorf(syntax.Start(lhs), "cannot assign to this expression")
	}
}
