package value

import (
	"fmt"
	"reflect"
	"strings"
)

// An Unpacker is a Go type that takes an argument by itself; see UnpackArgs.
type Unpacker interface {
	Unpack(v Value) error
}

// A Callable and an Iterable are values that UnpackArgs has found to be such.
type (
	Callable struct{ Value }
	Iterable struct{ Value }
)

// IsCallable reports whether v can be called.
func IsCallable(v Value) bool {
	k := v.Kind()
	return k == KindFunction || k == KindBuiltin || v.Type().Call != nil
}

// UnpackArgs distributes the arguments of the built-in called name over Go
// variables. pairs are names and pointers in turn. A name that ends in "?" is
// optional, as are all that follow; with "??", None counts as not given. The
// pointer may be to a Value, a Callable or Iterable, a string, bool, float64 or integer of Go,
// a List, Dict or Set pointer, or be an Unpacker.
func UnpackArgs(name string, args []Value, kwargs []KV, pairs ...any) error {
	params := make([]Param, len(pairs)/2)
	vs := make([]Value, len(params))
	for i := range params {
		full := pairs[2*i].(string)
		params[i] = Param{strings.TrimRight(full, "?"), &vs[i], strings.HasSuffix(full, "?") || i > 0 && params[i-1].Optional}
	}
	if len(args) > len(params) {
		return fmt.Errorf("%s: got %d arguments, want at most %d", name, len(args), len(params))
	}
	take := func(i int, v Value) error {
		if strings.HasSuffix(pairs[2*i].(string), "??") && v.IsNone() {
			return nil
		}
		return UnpackArg(v, pairs[2*i+1])
	}
	for i, v := range args {
		vs[i] = v
		if err := take(i, v); err != nil {
			return fmt.Errorf("%s: for parameter %s: %w", name, params[i].Name, err)
		}
	}
	for _, kv := range kwargs {
		i, err := keyword(name, kv.Name, params)
		if err != nil {
			return err
		}
		if vs[i].IsSet() {
			return fmt.Errorf("%s: got multiple values for keyword argument %q", name, kv.Name)
		}
		vs[i] = kv.Value
		if err := take(i, kv.Value); err != nil {
			return fmt.Errorf("%s: for parameter %q: %w", name, kv.Name, err) // so says starlark-go
		}
	}
	return missing(name, params, func(i int) bool { return vs[i].IsSet() })
}

// UnpackPositionalArgs is UnpackArgs for a built-in that takes no names: at
// least min arguments, at most one for each of vars.
func UnpackPositionalArgs(name string, args []Value, kwargs []KV, min int, vars ...any) error {
	if err := Positional(name, args, kwargs, min, len(vars)); err != nil {
		return err
	}
	for i, v := range args {
		if err := UnpackArg(v, vars[i]); err != nil {
			return fmt.Errorf("%s: for parameter %d: %w", name, i+1, err)
		}
	}
	return nil
}

// keyword returns the number of the parameter called arg.
func keyword(name, arg string, params []Param) (int, error) {
	for i := range params {
		if params[i].Name == arg {
			return i, nil
		}
	}
	var names []string // starlark-go looks at the first half only
	for i := 0; 2*i < len(params); i++ {
		names = append(names, params[i].Name)
	}
	hint := DidYouMean("", arg, names)
	return 0, fmt.Errorf("%s: unexpected keyword argument %q%s", name, arg, hint)
}

// missing is the error of the first parameter that must be given and was not.
func missing(name string, params []Param, given func(int) bool) error {
	for i, p := range params {
		if p.Optional {
			break
		}
		if !given(i) {
			return fmt.Errorf("%s: missing argument for %s", name, p.Name)
		}
	}
	return nil
}

// UnpackArg stores v where to points; see UnpackArgs.
func UnpackArg(v Value, to any) error {
	ok, want := true, ""
	switch to := to.(type) {
	case Unpacker:
		return to.Unpack(v)
	case *Value:
		*to = v
	case *Callable:
		if ok, want = IsCallable(v), "callable"; ok {
			to.Value = v
		}
	case *Iterable:
		if ok, want = IsIterable(v), "iterable"; ok {
			to.Value = v
		}
	default:
		return unpackData(v, to)
	}
	if !ok {
		return fmt.Errorf("got %s, want %s", v.TypeName(), want)
	}
	return nil
}

// unpackData is UnpackArg for Go's types and containers.
func unpackData(v Value, to any) error {
	ok, want := true, ""
	switch to := to.(type) {
	case *string:
		if ok, want = v.IsString(), "string"; ok {
			*to = v.AsString()
		}
	case *bool:
		if ok, want = v.IsBool(), "bool"; ok {
			*to = v.AsBool()
		}
	case *float64:
		if ok, want = v.IsFloat(), "float"; ok {
			*to = v.AsFloat()
		}
	case *int:
		i := v.AsInt()
		if !v.IsInt() || int64(int(i)) != i {
			return unpackInt(v, to)
		}
		*to = int(i)
	case *int64:
		if !v.IsInt() {
			return unpackInt(v, to)
		}
		*to = v.AsInt()
	case **List:
		if ok, want = ListOf(v) != nil, "list"; ok {
			*to = ListOf(v)
		}
	case **Dict:
		if ok, want = DictOf(v) != nil, "dict"; ok {
			*to = DictOf(v)
		}
	case **Set:
		if ok, want = SetOf(v) != nil, "set"; ok {
			*to = SetOf(v)
		}
	default:
		return unpackInt(v, to)
	}
	if !ok {
		return fmt.Errorf("got %s, want %s", v.TypeName(), want)
	}
	return nil
}

// unpackInt is UnpackArg for Go's integers.
func unpackInt(v Value, to any) error {
	p := reflect.ValueOf(to)
	if p.Kind() != reflect.Pointer || !p.Elem().CanInt() && !p.Elem().CanUint() {
		panic(fmt.Sprintf("value: UnpackArg cannot store into %T: see UnpackArgs", to))
	}
	i, ok := v.AsBigInt()
	if !ok {
		return fmt.Errorf("got %s, want int", v.TypeName())
	}
	x := p.Elem()
	switch {
	case x.CanInt():
		if !i.IsInt64() || x.OverflowInt(i.Int64()) {
			return fmt.Errorf("%s out of range (want value in signed %d-bit range)", i, x.Type().Bits())
		}
		x.SetInt(i.Int64())
	default:
		if !i.IsUint64() || x.OverflowUint(i.Uint64()) {
			return fmt.Errorf("%s out of range (want value in unsigned %d-bit range)", i, x.Type().Bits())
		}
		x.SetUint(i.Uint64())
	}
	return nil
}
