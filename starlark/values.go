package starlark

import (
	"fmt"
	"math/big"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/ungil/tm/starlark/lib"
	"github.com/ungil/tm/starlark/value"
)

// Immutable values can be made and looked at without a thread: see also the
// methods of Value.

// String makes a string.
func String(s string) Value { return value.Str(s) }

// Bytes makes a value of type bytes.
func Bytes(s string) Value { return value.Bytes(s) }

// MakeInt makes an int.
func MakeInt(i int64) Value { return value.Int(i) }

// MakeBigInt makes an int of any size.
func MakeBigInt(i *big.Int) Value { return value.Big(new(big.Int).Set(i)) }

// Float makes a float.
func Float(f float64) Value { return value.Float(f) }

// Bool makes a bool.
func Bool(b bool) Value { return value.Bool(b) }

// Tuple makes a tuple. It panics if an element is the zero Value.
func Tuple(elems ...Value) Value {
	if err := areSet(elems...); err != nil {
		panic("starlark: Tuple: " + err.Error())
	}
	return value.NewTuple(elems)
}

// do runs f, which is one operation on some values, in a transaction, and shares the value it returns with all
// threads unless that stays inside a running transaction.
func (t *Thread) do(f func(th *value.Thread) (Value, error), operands ...Value) (v Value, err error) {
	if err := areSet(operands...); err != nil {
		return Value{}, err
	}
	if acting := t.vm.Acting(); acting.Busy() {
		return f(&acting.Thread)
	}
	err = t.vm.Step(func(th *value.Thread) error {
		var err error
		v, err = f(th)
		if v.IsSet() {
			value.Publish(th, v)
		}
		return err
	})
	return v, err
}

// Share lets other goroutines reach v. It is needed only for a value that a
// built-in got or made, and keeps somewhere else than in Starlark's own values.
func Share(thread *Thread, v Value) {
	_ = thread.vm.Step(func(th *value.Thread) error {
		value.Publish(th, v)
		return nil
	})
}

// Freeze makes v and all it reaches immutable. Nobody else may be using any of it.
func Freeze(thread *Thread, v Value) error {
	_, err := thread.do(func(th *value.Thread) (Value, error) {
		value.Freeze(th, v)
		return Value{}, nil
	}, v)
	return err
}

// Len returns the length of v, -1 if it has none.
func Len(thread *Thread, v Value) (n int) {
	n = -1
	_, _ = thread.do(func(th *value.Thread) (Value, error) {
		var ok bool
		if n, ok = value.Len(th, v); !ok {
			n = -1
		}
		return Value{}, nil
	}, v)
	return n
}

// Index returns v[i].
func Index(thread *Thread, v, i Value) (Value, error) {
	return thread.do(func(th *value.Thread) (Value, error) { return value.Index(th, v, i) }, v, i)
}

// SetIndex does v[i] = x.
func SetIndex(thread *Thread, v, i, x Value) error {
	_, err := thread.do(func(th *value.Thread) (Value, error) { return Value{}, value.SetIndex(th, v, i, x) }, v, i, x)
	return err
}

// Attr returns v.name: a field, or a method to Call.
func Attr(thread *Thread, v Value, name string) (Value, error) {
	return thread.do(func(th *value.Thread) (Value, error) { return value.Attr(th, v, name) }, v)
}

// Elements returns the elements of an iterable, the keys of a dict.
func Elements(thread *Thread, v Value) (elems []Value, err error) {
	_, err = thread.do(func(th *value.Thread) (Value, error) {
		vs, err := value.Iterate(th, v)
		elems = slices.Clone(vs)
		return value.NewTuple(elems), err // so that all of them are shared
	}, v)
	return elems, err
}

// Equal reports whether x == y.
func Equal(thread *Thread, x, y Value) (same bool, err error) {
	_, err = thread.do(func(th *value.Thread) (Value, error) {
		same, err = value.Equal(th, x, y)
		return Value{}, err
	}, x, y)
	return same, err
}

// Repr returns repr(v), and "<unset>" for the zero Value.
func Repr(thread *Thread, v Value) (text string) {
	if !v.IsSet() {
		return v.String()
	}
	_, _ = thread.do(func(th *value.Thread) (Value, error) {
		text = value.Repr(th, v)
		return Value{}, nil
	})
	return text
}

// ToValue converts a Go value: nil, booleans, numbers, strings, []byte (to bytes),
// *big.Int, slices and arrays (to lists), maps (to dicts, in order of the keys'
// text) and Values.
func ToValue(thread *Thread, x any) (Value, error) {
	return thread.do(func(th *value.Thread) (Value, error) { return toValue(th, reflect.ValueOf(x), 0) })
}

const maxGoNesting = 1000

func toValue(th *value.Thread, x reflect.Value, depth int) (Value, error) {
	if depth > maxGoNesting {
		return Value{}, fmt.Errorf("the Go value is nested more than %d deep, or contains itself", maxGoNesting)
	}
	if !x.IsValid() {
		return None, nil
	}
	switch v := x.Interface().(type) {
	case Value:
		return v, areSet(v)
	case *big.Int:
		if v == nil {
			return None, nil
		}
		return MakeBigInt(v), nil
	case []byte:
		return Bytes(string(v)), nil
	}
	switch x.Kind() {
	case reflect.Bool:
		return Bool(x.Bool()), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return MakeInt(x.Int()), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return value.Big(new(big.Int).SetUint64(x.Uint())), nil
	case reflect.Float32, reflect.Float64:
		return Float(x.Float()), nil
	case reflect.String:
		return String(x.String()), nil
	case reflect.Interface, reflect.Pointer:
		return toValue(th, x.Elem(), depth+1)
	case reflect.Slice, reflect.Array:
		elems := make([]Value, x.Len())
		for i := range elems {
			var err error
			if elems[i], err = toValue(th, x.Index(i), depth+1); err != nil {
				return Value{}, err
			}
		}
		return value.NewList(th, elems), nil
	case reflect.Map:
		return toDict(th, x, depth)
	}
	return Value{}, fmt.Errorf("cannot convert Go type %v to a Starlark value", x.Type())
}

func toDict(th *value.Thread, x reflect.Value, depth int) (Value, error) {
	type entry struct {
		text       string // of the key
		key, value reflect.Value
	}
	var entries []entry
	for i := x.MapRange(); i.Next(); { // a look-up would not find a key that is not equal to itself
		entries = append(entries, entry{fmt.Sprint(i.Key()), i.Key(), i.Value()})
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.text, b.text) })
	d := value.NewDict(th, len(entries))
	for _, e := range entries {
		key, err := toValue(th, e.key, depth+1)
		if err != nil {
			return Value{}, err
		}
		v, err := toValue(th, e.value, depth+1)
		if err == nil {
			err = d.Set(th, key, v)
		}
		if err != nil {
			return Value{}, err
		}
	}
	return d.Value(), nil
}

// FromValue converts to Go: nil, bool, int64 or *big.Int, float64, string, []byte,
// []any for lists, tuples and sets, map[string]any for structs and dicts whose keys are
// strings, map[any]any for other dicts. The whole is read in one transaction.
func FromValue(thread *Thread, v Value) (x any, err error) {
	_, err = thread.do(func(th *value.Thread) (Value, error) {
		x, err = fromValue(th, v, 0)
		return Value{}, err
	}, v)
	return x, err
}

func fromValue(th *value.Thread, v Value, depth int) (any, error) {
	if depth > maxGoNesting {
		return nil, fmt.Errorf("the value is nested more than %d deep, or contains itself", maxGoNesting)
	}
	switch v.Kind() {
	case value.KindNone:
		return nil, nil
	case value.KindBool:
		return v.AsBool(), nil
	case value.KindInt:
		return v.AsInt(), nil
	case value.KindBigInt:
		i, _ := v.AsBigInt()
		return new(big.Int).Set(i), nil
	case value.KindFloat:
		return v.AsFloat(), nil
	case value.KindString:
		return v.AsString(), nil
	case value.KindBytes:
		return []byte(v.AsString()), nil
	case value.KindDict:
		return fromDict(th, value.DictOf(v), depth)
	}
	if fields, ok := lib.StructFields(v); ok {
		m := make(map[string]any, len(fields))
		for _, kv := range fields {
			var err error
			if m[kv.Name], err = fromValue(th, kv.Value, depth+1); err != nil {
				return nil, err
			}
		}
		return m, nil
	}
	if !value.IsIterable(v) {
		return nil, fmt.Errorf("cannot convert %s to Go", v.TypeName())
	}
	elems, err := value.Iterate(th, v)
	if err != nil {
		return nil, err
	}
	all := make([]any, len(elems))
	for i, e := range elems {
		if all[i], err = fromValue(th, e, depth+1); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func fromDict(th *value.Thread, d *value.Dict, depth int) (any, error) {
	byName, byKey := map[string]any{}, map[any]any{}
	for _, item := range d.Items(th) {
		x, err := fromValue(th, item.Value, depth+1)
		if err != nil {
			return nil, err
		}
		key, err := fromValue(th, item.Key, depth+1)
		if err != nil {
			return nil, err
		}
		if s, ok := key.(string); ok {
			byName[s] = x
		}
		if key != nil && !reflect.TypeOf(key).Comparable() {
			return nil, fmt.Errorf("cannot convert a dict with a key of type %s to Go", item.Key.TypeName())
		}
		byKey[key] = x
	}
	if len(byName) == len(byKey) {
		return byName, nil
	}
	return byKey, nil
}

// sourceOf returns the text of ExecFile's argument src.
func sourceOf(filename string, src any) ([]byte, error) {
	switch src := src.(type) {
	case string:
		return []byte(src), nil
	case []byte:
		return src, nil
	case nil:
		return os.ReadFile(filename)
	}
	return nil, fmt.Errorf("source of type %T: want string, []byte or nil", src)
}
