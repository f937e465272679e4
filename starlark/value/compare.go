package value

import (
	"cmp"
	"fmt"
	"math"
	"math/big"
	"strings"
)

// An Op is an operator.
type Op uint8

const (
	OpAdd Op = iota + 1
	OpSub
	OpMul
	OpDiv
	OpFloorDiv
	OpMod
	OpAnd
	OpOr
	OpXor
	OpShl
	OpShr
	OpIn
	OpNotIn
	OpEq
	OpNe
	OpLt
	OpLe
	OpGt
	OpGe
	OpInvert
	OpNot
)

var opNames = [...]string{
	OpAdd: "+", OpSub: "-", OpMul: "*", OpDiv: "/", OpFloorDiv: "//", OpMod: "%",
	OpAnd: "&", OpOr: "|", OpXor: "^", OpShl: "<<", OpShr: ">>", OpIn: "in", OpNotIn: "not in",
	OpEq: "==", OpNe: "!=", OpLt: "<", OpLe: "<=", OpGt: ">", OpGe: ">=", OpInvert: "~", OpNot: "not",
}

// String returns the operator as a program writes it.
func (op Op) String() string { return opNames[op] }

// Equal reports whether x == y. The error says that they are nested too deeply.
func Equal(t *Thread, x, y Value) (bool, error) {
	if x == y && x.Kind() <= KindString {
		return true, nil
	}
	if x.IsString() && y.IsString() {
		return x.AsString() == y.AsString(), nil
	}
	return compare(t, OpEq, x, y)
}

// Compare applies one of the six comparison operators.
func Compare(t *Thread, op Op, x, y Value) (bool, error) {
	if t.locking {
		return compareLocked(t, op, x, y)
	}
	return compare(t, op, x, y)
}

func compareLocked(t *Thread, op Op, x, y Value) (bool, error) {
	t.Enter(x, y)
	defer t.Leave()
	return compare(t, op, x, y)
}

func compare(t *Thread, op Op, x, y Value) (bool, error) {
	if BothInts(x, y) {
		return op.Holds(cmp.Compare(x.AsInt(), y.AsInt())), nil
	}
	kx, ky := x.Kind(), y.Kind()
	if isNumber(kx) && isNumber(ky) {
		return op.Holds(compareNumbers(x, y)), nil
	}
	if x.Type() != y.Type() {
		return byIdentity(op, x, y)
	}
	switch kx {
	case KindString, KindBytes:
		return op.Holds(strings.Compare(x.AsString(), y.AsString())), nil
	case KindBool:
		return op.Holds(cmp.Compare(x.bits, y.bits)), nil
	case KindTuple:
		return compareSequences(t, op, (*Tuple)(x.p).Elems(), (*Tuple)(y.p).Elems())
	case KindList:
		return compareSequences(t, op, (*List)(x.p).Snapshot(t), (*List)(y.p).Snapshot(t))
	}
	if op != OpEq && op != OpNe {
		return orderOther(t, op, x, y)
	}
	same, err := sameKind(t, x, y)
	return same == (op == OpEq), err
}

// orderOther applies < <= > >= to two values of one type that is no sequence.
func orderOther(t *Thread, op Op, x, y Value) (bool, error) {
	if a := SetOf(x); a != nil {
		return compareSets(t, op, a, SetOf(y))
	}
	if f := x.Type().Order; f != nil {
		return f(t, op, x, y)
	}
	return byIdentity(op, x, y)
}

// byIdentity compares values that have no order and no contents to compare.
func byIdentity(op Op, x, y Value) (bool, error) {
	switch op {
	case OpEq:
		return x == y, nil
	case OpNe:
		return x != y, nil
	}
	return false, fmt.Errorf("%s %s %s not implemented", x.TypeName(), op, y.TypeName())
}

// sameKind reports whether two values of one unordered type are equal.
func sameKind(t *Thread, x, y Value) (bool, error) {
	if x == y && x.Kind() != KindDict { // of a dict inside itself the comparison never ends
		return true, nil
	}
	switch x.Kind() {
	case KindDict:
		return equalDicts(t, (*Dict)(x.p), (*Dict)(y.p))
	case KindSet:
		return equalSets(t, (*Set)(x.p), (*Set)(y.p)), nil
	case KindRange:
		return equalRanges((*Range)(x.p), (*Range)(y.p)), nil
	}
	if f := x.Type().Equal; f != nil {
		return f(t, x, y)
	}
	return false, nil
}

// Holds interprets a three-way comparison, c being its sign.
func (op Op) Holds(c int) bool {
	switch op {
	case OpEq:
		return c == 0
	case OpNe:
		return c != 0
	case OpLt:
		return c < 0
	case OpLe:
		return c <= 0
	case OpGt:
		return c > 0
	}
	return c >= 0
}

func isNumber(k Kind) bool { return k == KindInt || k == KindFloat || k == KindBigInt }

// compareNumbers orders integers and floats exactly. NaN equals itself and is
// above everything.
func compareNumbers(x, y Value) int {
	switch {
	case x.IsFloat() && y.IsFloat():
		return compareFloats(x.AsFloat(), y.AsFloat())
	case x.IsFloat():
		return -compareIntFloat(y, x.AsFloat())
	case y.IsFloat():
		return compareIntFloat(x, y.AsFloat())
	}
	a, _ := x.AsBigInt()
	b, _ := y.AsBigInt()
	return a.Cmp(b)
}

func compareFloats(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	case a == b:
		return 0
	case a == a:
		return -1 // b is NaN
	case b == b:
		return 1
	}
	return 0
}

func compareIntFloat(i Value, f float64) int {
	switch {
	case f != f || f > math.MaxFloat64:
		return -1
	case f < -math.MaxFloat64:
		return 1
	}
	const exact = 1 << 53
	if i.IsInt() && -exact <= i.AsInt() && i.AsInt() <= exact {
		return compareFloats(float64(i.AsInt()), f)
	}
	b, _ := i.AsBigInt()
	return new(big.Float).SetInt(b).Cmp(big.NewFloat(f))
}

// enter counts a level of recursion; every success needs a leave.
func (t *Thread) enter(what string) error {
	if t.depth >= maxDepth {
		return fmt.Errorf("%s exceeded maximum recursion depth", what)
	}
	t.depth++
	return nil
}

func (t *Thread) leave() { t.depth-- }

func compareSequences(t *Thread, op Op, x, y []Value) (bool, error) {
	if op == OpEq && len(x) != len(y) {
		return false, nil
	}
	if op == OpNe && len(x) != len(y) {
		return true, nil
	}
	if err := t.enter("comparison"); err != nil {
		return false, err
	}
	defer t.leave()
	for i := range min(len(x), len(y)) {
		same, err := Equal(t, x[i], y[i])
		if err != nil {
			return false, err
		}
		if same {
			continue
		}
		if op == OpEq || op == OpNe {
			return op == OpNe, nil
		}
		return compare(t, op, x[i], y[i])
	}
	return op.Holds(cmp.Compare(len(x), len(y))), nil
}

func equalDicts(t *Thread, x, y *Dict) (bool, error) {
	if x.Len(t) != y.Len(t) {
		return false, nil
	}
	if err := t.enter("comparison"); err != nil {
		return false, err
	}
	defer t.leave()
	for _, e := range x.items(t) {
		v, found, err := y.Get(t, e.key)
		if err != nil || !found {
			return false, err
		}
		if same, err := Equal(t, e.value, v); err != nil || !same {
			return false, err
		}
	}
	return true, nil
}

// equalSets ignores errors: what is in a set can be hashed.
func equalSets(t *Thread, x, y *Set) bool {
	if x.Len(t) != y.Len(t) {
		return false
	}
	for _, v := range x.Elems(t) {
		if found, _ := y.Has(t, v); !found {
			return false
		}
	}
	return true
}

func equalRanges(x, y *Range) bool {
	if x.n != y.n || x.n == 0 {
		return x.n == y.n
	}
	return x.start == y.start && (x.n == 1 || x.step == y.step)
}
