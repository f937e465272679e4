package value

import (
	"fmt"
	"hash/fnv"
	"strings"
	"unicode/utf8"
)

// Bytes makes a value of type bytes. It is a String object with another type.
func Bytes(s string) Value {
	o := &String{Object: Object{&bytesType}, s: s}
	return FromObject(&o.Object)
}

var bytesElemsType = Type{
	Name: "bytes.elems", Kind: KindOther,
	Repr: viewRepr,
	Hash: noHash, Equal: viewEqual,
	At: func(_ *Thread, v Value, i int64) (Value, bool) {
		s := viewOf(v).of.AsString()
		if i >= int64(len(s)) {
			return Value{}, false
		}
		return Int(int64(s[i])), true
	},
}

func init() {
	AddMethods(&bytesType, map[string]Func{"elems": newView("elems", &bytesElemsType, false)})
}

// validUTF8 replaces every byte that is not part of a code point by U+FFFD.
func validUTF8(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		b.WriteRune(r)
	}
	return b.String()
}

func uniBytes(t *Thread, _ Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter(args...)
	defer t.Leave()
	if err := exactlyOne("bytes", args, kwargs, "exactly 1"); err != nil {
		return Value{}, err
	}
	x := args[0]
	switch {
	case x.IsBytes():
		return x, nil
	case x.IsString():
		return Bytes(validUTF8(x.AsString())), nil
	case !IsIterable(x):
		return Value{}, fmt.Errorf("bytes: got %s, want string, bytes, or iterable of ints", x.TypeName())
	}
	vs, err := Iterate(t, x)
	if err != nil {
		return Value{}, named("bytes", err)
	}
	b := make([]byte, len(vs))
	for i, v := range vs {
		n, err := asByte(t, v)
		if err != nil {
			return Value{}, fmt.Errorf("bytes: at index %d, %w", i, err)
		}
		b[i] = n
	}
	return Bytes(string(b)), nil
}

// asByte returns an int from 0 to 255.
func asByte(t *Thread, v Value) (byte, error) {
	if !isInteger(v) {
		return 0, fmt.Errorf("got %s, want int", v.TypeName())
	}
	if !v.IsInt() || v.AsInt() < 0 || v.AsInt() > 255 {
		return 0, fmt.Errorf("%s out of range (want value in unsigned 8-bit range)", Repr(t, v))
	}
	return byte(v.AsInt()), nil
}

// bytesContain implements x in y for y of type bytes.
func bytesContain(t *Thread, x, y Value) (bool, error) {
	switch {
	case x.IsBytes():
		return strings.Contains(y.AsString(), x.AsString()), nil
	case isInteger(x):
		b, err := asByte(t, x)
		if err != nil {
			return false, fmt.Errorf("int in bytes: %w", err)
		}
		return strings.IndexByte(y.AsString(), b) >= 0, nil
	}
	return false, fmt.Errorf("'in bytes' requires bytes or int as left operand, not %s", x.TypeName())
}

// bytesHash is what hash(x) returns for bytes: 32 bits of FNV-1a.
func bytesHash(s string) Value {
	h := fnv.New32a()
	h.Write([]byte(s)) // never fails
	return Int(int64(h.Sum32()))
}
