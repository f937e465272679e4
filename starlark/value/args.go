package value

import (
	"errors"
	"fmt"
)

// Positional checks that a built-in called name got between min and max
// positional arguments and no others.
func Positional(name string, args []Value, kwargs []KV, min, max int) error {
	if len(kwargs) == 0 && min <= len(args) && len(args) <= max {
		return nil
	}
	if len(kwargs) > 0 {
		return fmt.Errorf("%s: unexpected keyword arguments", name)
	}
	want, bound := "", min
	if len(args) < min && min < max {
		want = "at least "
	} else if len(args) > max {
		bound = max
		if min < max {
			want = "at most "
		}
	}
	return fmt.Errorf("%s: got %d arguments, want %s%d", name, len(args), want, bound)
}

// A Param is a parameter of a built-in that may be given by position or name.
type Param struct {
	Name     string
	To       *Value // where the argument goes
	Optional bool   // else it is an error that there is none
}

// BindParams distributes arguments over parameters.
func BindParams(name string, args []Value, kwargs []KV, params ...Param) error {
	if len(args) > len(params) {
		return fmt.Errorf("%s: got %d arguments, want at most %d", name, len(args), len(params))
	}
	given := make([]bool, len(params))
	for i, v := range args {
		*params[i].To, given[i] = v, true
	}
	for _, kv := range kwargs {
		i, err := keyword(name, kv.Name, params)
		if err != nil {
			return err
		}
		if given[i] {
			return fmt.Errorf("%s: got multiple values for keyword argument %q", name, kv.Name)
		}
		*params[i].To, given[i] = kv.Value, true
	}
	return missing(name, params, func(i int) bool { return given[i] })
}

// wrongType is the error of an argument of the wrong type.
func wrongType(name string, i int, v Value, want string) error {
	return fmt.Errorf("%s: for parameter %d: got %s, want %s", name, i+1, v.TypeName(), want)
}

// StringArg returns positional argument i, which must be a string.
func StringArg(name string, args []Value, i int) (string, error) {
	if !args[i].IsString() {
		return "", wrongType(name, i, args[i], "string")
	}
	return args[i].AsString(), nil
}

// IntArg returns positional argument i, which must be an int, or missing if
// there are not so many.
func IntArg(name string, args []Value, i int, missing int) (int, error) {
	if i >= len(args) {
		return missing, nil
	}
	var n int
	if err := UnpackArg(args[i], &n); err != nil {
		return 0, fmt.Errorf("%s: for parameter %d: %w", name, i+1, err)
	}
	return n, nil
}

// IterableArg returns the elements of positional argument i; see Iterate.
func IterableArg(t *Thread, name string, args []Value, i int) ([]Value, error) {
	vs, err := Iterate(t, args[i])
	if err != nil && !IsIterable(args[i]) {
		return nil, wrongType(name, i, args[i], "iterable")
	}
	return vs, err
}

// IsIterable reports whether Iterate has elements for v.
func IsIterable(v Value) bool {
	switch v.Kind() {
	case KindList, KindTuple, KindDict, KindSet, KindRange:
		return true
	}
	return v.Type().Iterate != nil || v.Type().At != nil
}

// spanArgs returns the part of n elements that optional arguments i and i+1 name.
func spanArgs(name string, args []Value, i, n int) (start, end int, err error) {
	lo, hi := None, None
	if i < len(args) {
		lo = args[i]
	}
	if i+1 < len(args) {
		hi = args[i+1]
	}
	c, err := bounds(lo, hi, None, int64(n))
	if err != nil {
		return 0, 0, fmt.Errorf("%s: %w", name, err)
	}
	return int(c.start), int(c.end), nil
}

// named puts a built-in's name before an error.
func named(name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", name, err)
}

var errMissingKey = errors.New("pop: missing key")
