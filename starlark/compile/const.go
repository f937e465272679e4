package compile

import (
	"math"
	"math/big"

	"go.starlark.net/resolve"
	"go.starlark.net/syntax"
)

func unparen(e syntax.Expr) syntax.Expr {
	for {
		p, ok := e.(*syntax.ParenExpr)
		if !ok {
			return e
		}
		e = p.X
	}
}

// constOf returns the value of a number or string literal, perhaps negated.
func constOf(e syntax.Expr) (Constant, bool) {
	switch e := unparen(e).(type) {
	case *syntax.Literal:
		if e.Token == syntax.BYTES {
			return Bytes(e.Value.(string)), true
		}
		switch v := e.Value.(type) {
		case int64, float64, string, *big.Int:
			return v, true
		}
	case *syntax.UnaryExpr:
		if e.Op == syntax.MINUS {
			if v, ok := constOf(e.X); ok {
				return negate(v)
			}
		}
	}
	return nil, false
}

// maxConstTuple is how deep tuples nest in one constant. An expression is looked at anew
// at each level, so that without a limit the time would grow with the square of the depth.
const maxConstTuple = 4

// constTuple returns the value of a tuple that has elements, all of which are known from
// its text. Making it once saves the program an object each time. Tuples in it are nested
// less than depth levels deep.
func constTuple(e *syntax.TupleExpr, depth int) (tup Tuple, ok bool) {
	if depth == 0 {
		return nil, false
	}
	for _, x := range e.List {
		v, ok := constElement(x, depth-1)
		if !ok {
			return nil, false
		}
		tup = append(tup, v)
	}
	return tup, len(tup) > 0
}

// constElement returns the value of an element of a Tuple.
func constElement(e syntax.Expr, depth int) (Constant, bool) {
	switch universal(e) {
	case "None":
		return nil, true
	case "True":
		return true, true
	case "False":
		return false, true
	}
	if tup, ok := unparen(e).(*syntax.TupleExpr); ok {
		return constTuple(tup, depth)
	}
	return constOf(e)
}

// negate returns -v for a number.
func negate(v Constant) (Constant, bool) {
	switch v := v.(type) {
	case int64:
		if v == math.MinInt64 {
			return new(big.Int).Neg(big.NewInt(v)), true
		}
		return -v, true
	case float64:
		return -v, true
	case *big.Int:
		if n := new(big.Int).Neg(v); n.IsInt64() {
			return n.Int64(), true
		} else {
			return n, true
		}
	}
	return nil, false
}

// smallInt returns the value of an int literal that fits a signed operand.
func smallInt(e syntax.Expr) (uint16, bool) {
	v, _ := constOf(e)
	i, ok := v.(int64)
	if !ok || i < math.MinInt16 || i > math.MaxInt16 {
		return 0, false
	}
	return uint16(int16(i)), true
}

// universal returns the name of a universal that e is a use of, or "".
func universal(e syntax.Expr) string {
	if id, ok := unparen(e).(*syntax.Ident); ok && scope(id) == resolve.Universal {
		return id.Name
	}
	return ""
}

func binding(id *syntax.Ident) *resolve.Binding { return id.Binding.(*resolve.Binding) }

func scope(id *syntax.Ident) resolve.Scope { return binding(id).Scope }

// truth returns the truth of an expression that is known from its text.
func truth(e syntax.Expr) (value, known bool) {
	switch universal(e) {
	case "True":
		return true, true
	case "False", "None":
		return false, true
	}
	switch v, _ := constOf(e); v := v.(type) {
	case int64:
		return v != 0, true
	case string:
		return v != "", true
	case Bytes:
		return v != "", true
	}
	return false, false
}
