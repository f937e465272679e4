package value

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

func uniFloat(t *Thread, _ Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter()
	defer t.Leave()
	if len(kwargs) > 0 {
		return Value{}, errors.New("float does not accept keyword arguments")
	}
	if len(args) == 0 {
		return Float(0), nil
	}
	if len(args) != 1 {
		return Value{}, fmt.Errorf("float got %d arguments, wants 1", len(args))
	}
	switch x := args[0]; {
	case x.IsBool():
		return Float(float64(x.bits)), nil
	case x.IsString():
		return parseFloat(x.AsString())
	case isNumber(x.Kind()):
		f, err := number(x)
		return Float(f), err
	default:
		return Value{}, fmt.Errorf("float got %s, want number or string", x.TypeName())
	}
}

func parseFloat(s string) (Value, error) {
	if s == "" {
		return Value{}, errors.New("float: empty string")
	}
	switch word := strings.ToLower(s); strings.TrimLeft(word, "+-") {
	case "inf", "infinity", "nan":
		if f, err := strconv.ParseFloat(strings.Trim(word, "+-"), 64); err == nil && len(word)-len(strings.TrimLeft(word, "+-")) <= 1 {
			if word[0] == '-' && !math.IsNaN(f) {
				f = -f
			}
			return Float(f), nil
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	if math.IsInf(f, 0) {
		return Value{}, errors.New("floating-point number too large")
	}
	if err != nil {
		return Value{}, fmt.Errorf("invalid float literal: %s", s)
	}
	return Float(f), nil
}

func uniInt(t *Thread, _ Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter()
	defer t.Leave()
	x, base := Int(0), Value{}
	if len(args) == 1 && len(kwargs) == 0 {
		x = args[0]
	} else if err := BindParams("int", args, kwargs, Param{"x", &x, false}, Param{"base", &base, true}); err != nil {
		return Value{}, err
	}
	switch {
	case x.IsString():
		return intOfString(x.AsString(), base)
	case base.IsSet():
		return Value{}, errors.New("int: can't convert non-string with explicit base")
	case x.IsBool():
		return Int(int64(x.bits)), nil
	}
	i, err := ToInt(x)
	return i, named("int", err)
}

func intOfString(s string, base Value) (Value, error) {
	b := 10
	if base.IsSet() {
		if !base.IsInt() {
			return Value{}, fmt.Errorf("int: for base, got %s, want int", base.TypeName())
		}
		n := base.AsInt()
		if n != 0 && (n < 2 || n > 36) {
			return Value{}, errors.New("int: base must be an integer >= 2 && <= 36")
		}
		b = int(n)
	}
	if b == 10 && len(s) < 19 {
		// The usual case needs no big integer. Atoi accepts what we accept.
		if i, err := strconv.Atoi(s); err == nil {
			return Int(int64(i)), nil
		}
	}
	if i, ok := parseInt(s, b); ok {
		return Big(i), nil
	}
	return Value{}, fmt.Errorf("int: invalid literal with base %d: %s", b, s)
}

// elements returns a copy of the elements of the only, optional argument.
func elements(t *Thread, name string, args []Value, kwargs []KV) ([]Value, error) {
	if err := Positional(name, args, kwargs, 0, 1); err != nil || len(args) == 0 {
		return nil, err
	}
	vs, err := IterableArg(t, name, args, 0)
	if k := args[0].Kind(); k == KindRange || k == KindDict {
		return vs, err // made for us
	}
	return slices.Clone(vs), err
}

func uniList(t *Thread, _ Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter(args...)
	defer t.Leave()
	vs, err := elements(t, "list", args, kwargs)
	return NewList(t, vs), err
}

func uniTuple(t *Thread, _ Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter(args...)
	defer t.Leave()
	if len(args) == 1 && len(kwargs) == 0 && TupleOf(args[0]) != nil {
		return args[0], nil
	}
	vs, err := elements(t, "tuple", args, kwargs)
	return NewTuple(vs), err
}

func uniReversed(t *Thread, _ Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter(args...)
	defer t.Leave()
	if err := Positional("reversed", args, kwargs, 1, 1); err != nil {
		return Value{}, err
	}
	vs, err := elements(t, "reversed", args, kwargs)
	slices.Reverse(vs)
	return NewList(t, vs), err
}

func uniRange(t *Thread, _ Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter()
	defer t.Leave()
	if err := Positional("range", args, kwargs, 1, 3); err != nil {
		return Value{}, err
	}
	var n [3]int
	for i := range n {
		var err error
		if n[i], err = IntArg("range", args, i, 1); err != nil {
			return Value{}, err
		}
	}
	if len(args) == 1 {
		n[0], n[1] = 0, n[0]
	}
	if n[2] == 0 {
		return Value{}, errors.New("range: step argument must not be zero")
	}
	return NewRange(int64(n[0]), int64(n[1]), int64(n[2])), nil
}

func uniRepr(t *Thread, _ Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter(args...)
	defer t.Leave()
	if err := Positional("repr", args, kwargs, 1, 1); err != nil {
		return Value{}, err
	}
	return Str(Repr(t, args[0])), nil
}

func uniStr(t *Thread, _ Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter(args...)
	defer t.Leave()
	if err := exactlyOne("str", args, kwargs, "exactly 1"); err != nil {
		return Value{}, err
	}
	switch {
	case args[0].IsString():
		return args[0], nil
	case args[0].IsInt():
		return intString(args[0].AsInt()), nil
	case args[0].IsBytes():
		return Str(validUTF8(args[0].AsString())), nil
	}
	return Str(Repr(t, args[0])), nil
}

func uniType(t *Thread, _ Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter()
	defer t.Leave()
	if err := exactlyOne("type", args, kwargs, "exactly 1"); err != nil {
		return Value{}, err
	}
	return Str(args[0].TypeName()), nil
}

func uniZip(t *Thread, _ Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter(args...)
	defer t.Leave()
	if len(kwargs) > 0 {
		return Value{}, errors.New("zip does not accept keyword arguments")
	}
	columns := make([][]Value, len(args))
	n := 0
	for i, x := range args {
		vs, err := Iterate(t, x)
		if err != nil {
			return Value{}, fmt.Errorf("zip: argument #%d is not iterable: %s", i+1, x.TypeName())
		}
		columns[i] = vs
		if i == 0 || len(vs) < n {
			n = len(vs)
		}
	}
	tuples := make([]Value, n)
	rows := newRows(n, len(args))
	for i := range tuples {
		row, v := rows.next()
		for j := range columns {
			row[j] = columns[j][i]
		}
		tuples[i] = v
	}
	return NewList(t, tuples), nil
}
