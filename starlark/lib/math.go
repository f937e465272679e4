package lib

import (
	"errors"
	"fmt"
	"math"

	"github.com/ungil/tm/starlark/value"
)

// Math is the module math.
var Math = module("math", false, mathFuncs(), map[string]value.Value{"e": value.Float(math.E), "pi": value.Float(math.Pi)})

func mathFuncs() map[string]value.Func {
	funcs := map[string]value.Func{
		"ceil": toInteger("ceil", math.Ceil), "floor": toInteger("floor", math.Floor), "log": mathLog,
	}
	for name, f := range map[string]func(float64) float64{
		"fabs": math.Abs, "round": math.Round, "exp": math.Exp, "sqrt": math.Sqrt,
		"acos": math.Acos, "asin": math.Asin, "atan": math.Atan, "cos": math.Cos, "sin": math.Sin, "tan": math.Tan,
		"acosh": math.Acosh, "asinh": math.Asinh, "atanh": math.Atanh, "cosh": math.Cosh, "sinh": math.Sinh, "tanh": math.Tanh,
		"gamma":   math.Gamma,
		"degrees": func(x float64) float64 { return 360 * x / (2 * math.Pi) },
		"radians": func(x float64) float64 { return 2 * math.Pi * x / 360 },
	} {
		funcs[name] = unary(name, f)
	}
	for name, f := range map[string]func(x, y float64) float64{
		"atan2": math.Atan2, "copysign": math.Copysign, "hypot": math.Hypot, "mod": math.Mod, "pow": math.Pow, "remainder": math.Remainder,
	} {
		funcs[name] = binary(name, f)
	}
	return funcs
}

// A real is an argument that may be an int or a float. An int too large for a
// float is infinite.
type real float64

// Unpack implements value.Unpacker.
func (r *real) Unpack(v value.Value) error {
	f, ok := value.AsReal(v)
	if !ok {
		return fmt.Errorf("got %s, want float or int", v.TypeName())
	}
	*r = real(f)
	return nil
}

func unary(name string, f func(float64) float64) value.Func {
	return func(t *value.Thread, _ value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
		t.Enter()
		defer t.Leave()
		var x real
		if err := value.UnpackPositionalArgs(name, args, kwargs, 1, &x); err != nil {
			return value.Value{}, err
		}
		return value.Float(f(float64(x))), nil
	}
}

func binary(name string, f func(x, y float64) float64) value.Func {
	return func(t *value.Thread, _ value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
		t.Enter()
		defer t.Leave()
		var x, y real
		if err := value.UnpackPositionalArgs(name, args, kwargs, 2, &x, &y); err != nil {
			return value.Value{}, err
		}
		return value.Float(f(float64(x), float64(y))), nil
	}
}

func toInteger(name string, round func(float64) float64) value.Func {
	return func(t *value.Thread, _ value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
		t.Enter()
		defer t.Leave()
		var x value.Value
		if err := value.UnpackPositionalArgs(name, args, kwargs, 1, &x); err != nil {
			return value.Value{}, err
		}
		if x.IsFloat() {
			return value.ToInt(value.Float(round(x.AsFloat())))
		}
		if _, ok := value.AsReal(x); !ok {
			return value.Value{}, fmt.Errorf("got %s, want float or int", x.TypeName())
		}
		return x, nil
	}
}

func mathLog(t *value.Thread, _ value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter()
	defer t.Leave()
	x, base := real(0), real(math.E)
	if err := value.UnpackPositionalArgs("log", args, kwargs, 1, &x, &base); err != nil {
		return value.Value{}, err
	}
	if base == 1 {
		return value.Value{}, errors.New("division by zero")
	}
	return value.Float(math.Log(float64(x)) / math.Log(float64(base))), nil
}
