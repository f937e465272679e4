package value

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Universals returns the constants and built-in functions that every program
// has, save those that call back into the machine.
func Universals() map[string]Value {
	u := map[string]Value{"None": None, "True": True, "False": False}
	for name, fn := range universe {
		u[name] = NewBuiltin(name, fn)
	}
	return u
}

// universe is filled by init, since some of its functions look at types.
var universe map[string]Func

func init() {
	universe = map[string]Func{
		"abs":       uniAbs,
		"all":       uniAll,
		"any":       uniAny,
		"bool":      uniBool,
		"bytes":     uniBytes,
		"chr":       uniChr,
		"dict":      uniDict,
		"dir":       uniDir,
		"enumerate": uniEnumerate,
		"fail":      uniFail,
		"float":     uniFloat,
		"getattr":   uniGetAttr,
		"hasattr":   uniHasAttr,
		"hash":      uniHash,
		"int":       uniInt,
		"len":       uniLen,
		"list":      uniList,
		"ord":       uniOrd,
		"range":     uniRange,
		"repr":      uniRepr,
		"reversed":  uniReversed,
		"set":       uniSet,
		"str":       uniStr,
		"tuple":     uniTuple,
		"type":      uniType,
		"zip":       uniZip,
	}
}

// exactlyOne checks for one positional argument, in the words of those
// built-ins that refuse names apart.
func exactlyOne(name string, args []Value, kwargs []KV, want string) error {
	if len(kwargs) > 0 {
		return fmt.Errorf("%s does not accept keyword arguments", name)
	}
	if len(args) != 1 {
		return fmt.Errorf("%s: got %d arguments, want %s", name, len(args), want)
	}
	return nil
}

func uniAbs(t *Thread, _ Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter()
	defer t.Leave()
	if err := Positional("abs", args, kwargs, 1, 1); err != nil {
		return Value{}, err
	}
	if args[0].IsFloat() {
		return Float(math.Abs(args[0].AsFloat())), nil
	}
	i, ok := args[0].AsBigInt()
	if !ok {
		return Value{}, fmt.Errorf("got %s, want int or float", args[0].TypeName())
	}
	if i.Sign() >= 0 {
		return args[0], nil
	}
	return Big(new(big.Int).Neg(i)), nil
}

func uniAll(t *Thread, _ Value, args []Value, kwargs []KV) (Value, error) {
	return quantified(t, "all", args, kwargs, false)
}

func uniAny(t *Thread, _ Value, args []Value, kwargs []KV) (Value, error) {
	return quantified(t, "any", args, kwargs, true)
}

// quantified looks for an element whose truth is decisive.
func quantified(t *Thread, name string, args []Value, kwargs []KV, decisive bool) (Value, error) {
	t.Enter(args...)
	defer t.Leave()
	if err := Positional(name, args, kwargs, 1, 1); err != nil {
		return Value{}, err
	}
	vs, err := IterableArg(t, name, args, 0)
	if err != nil {
		return Value{}, err
	}
	for _, v := range vs {
		if Truth(t, v) == decisive {
			return Bool(decisive), nil
		}
	}
	return Bool(!decisive), nil
}

func uniBool(t *Thread, _ Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter(args...)
	defer t.Leave()
	return Bool(Truth(t, optional(args, 0, False))), Positional("bool", args, kwargs, 0, 1)
}

func uniChr(t *Thread, _ Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter()
	defer t.Leave()
	if err := exactlyOne("chr", args, kwargs, "1"); err != nil {
		return Value{}, err
	}
	i, err := asIndex(args[0])
	switch {
	case err != nil:
		return Value{}, named("chr", err)
	case i < 0:
		return Value{}, fmt.Errorf("chr: Unicode code point %d out of range (<0)", i)
	case i > unicode.MaxRune:
		return Value{}, fmt.Errorf("chr: Unicode code point U+%X out of range (>0x10FFFF)", i)
	}
	return Str(string(rune(i))), nil
}

func uniDict(t *Thread, _ Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter(args...)
	defer t.Leave()
	if len(args) > 1 {
		return Value{}, fmt.Errorf("dict: got %d arguments, want at most 1", len(args))
	}
	d := NewDict(t, len(kwargs))
	return d.Value(), named("dict", updateDict(t, d, args, kwargs))
}

func uniDir(t *Thread, _ Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter(args...)
	defer t.Leave()
	if err := exactlyOne("dir", args, kwargs, "1"); err != nil {
		return Value{}, err
	}
	return NewList(t, Strings(AttrNames(t, args[0]))), nil
}

func uniEnumerate(t *Thread, _ Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter(args...)
	defer t.Leave()
	if err := Positional("enumerate", args, kwargs, 1, 2); err != nil {
		return Value{}, err
	}
	vs, err := IterableArg(t, "enumerate", args, 0)
	if err != nil {
		return Value{}, err
	}
	start, err := IntArg("enumerate", args, 1, 0)
	if err != nil {
		return Value{}, err
	}
	rows := newRows(len(vs), 2)
	pairs := make([]Value, len(vs))
	for i, v := range vs {
		row, pair := rows.next()
		row[0], row[1] = Int(int64(start+i)), v
		pairs[i] = pair
	}
	return NewList(t, pairs), nil
}

func uniFail(t *Thread, _ Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter(args...)
	defer t.Leave()
	sep := " "
	if err := UnpackArgs("fail", nil, kwargs, "sep?", &sep); err != nil {
		return Value{}, err
	}
	words := make([]string, len(args))
	for i, v := range args {
		words[i] = Text(t, v)
	}
	return Value{}, errors.New("fail: " + strings.Join(words, sep))
}

func uniGetAttr(t *Thread, _ Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter(args...)
	defer t.Leave()
	if err := Positional("getattr", args, kwargs, 2, 3); err != nil {
		return Value{}, err
	}
	name, err := StringArg("getattr", args, 1)
	if err != nil {
		return Value{}, err
	}
	v, err := Attr(t, args[0], name)
	if err != nil && len(args) == 3 {
		return args[2], nil
	}
	return v, named("getattr", err)
}

func uniHasAttr(t *Thread, _ Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter(args...)
	defer t.Leave()
	if err := Positional("hasattr", args, kwargs, 2, 2); err != nil {
		return Value{}, err
	}
	name, err := StringArg("hasattr", args, 1)
	if err != nil {
		return Value{}, err
	}
	_, err = Attr(t, args[0], name)
	return Bool(err == nil), nil
}

// uniHash is the same in every run: it adds up UTF-16 units as Java does.
func uniHash(t *Thread, _ Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter()
	defer t.Leave()
	if err := Positional("hash", args, kwargs, 1, 1); err != nil {
		return Value{}, err
	}
	if args[0].IsBytes() {
		return bytesHash(args[0].AsString()), nil
	}
	if !args[0].IsString() {
		return Value{}, fmt.Errorf("hash: got %s, want string or bytes", args[0].TypeName())
	}
	h := int32(0)
	for _, r := range args[0].AsString() {
		h = 31*h + r
	}
	return Int(int64(h)), nil
}

func uniLen(t *Thread, _ Value, args []Value, kwargs []KV) (Value, error) {
	if len(args) != 1 || len(kwargs) != 0 {
		return Value{}, Positional("len", args, kwargs, 1, 1)
	}
	if t.locking {
		t.Enter(args[0])
	}
	defer t.Leave()
	if r := RangeOf(args[0]); r != nil {
		return Int(r.n), nil // may be longer than an int
	}
	n, ok := Len(t, args[0])
	if !ok {
		return Value{}, fmt.Errorf("len: value of type %s has no len", args[0].TypeName())
	}
	return Int(int64(n)), nil
}

func uniOrd(t *Thread, _ Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter()
	defer t.Leave()
	if err := exactlyOne("ord", args, kwargs, "1"); err != nil {
		return Value{}, err
	}
	if args[0].IsBytes() {
		b := args[0].AsString()
		if len(b) != 1 {
			return Value{}, fmt.Errorf("ord: bytes has length %d, want 1", len(b))
		}
		return Int(int64(b[0])), nil
	}
	if !args[0].IsString() {
		return Value{}, fmt.Errorf("ord: got %s, want string or bytes", args[0].TypeName())
	}
	s := args[0].AsString()
	r, size := utf8.DecodeRuneInString(s)
	if size == 0 || size != len(s) {
		return Value{}, fmt.Errorf("ord: string encodes %d Unicode code points, want 1", utf8.RuneCountInString(s))
	}
	return Int(int64(r)), nil
}
