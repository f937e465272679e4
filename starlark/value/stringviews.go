package value

import (
	"fmt"
	"unicode/utf8"
)

// A view is what elems, codepoints and their relatives return: a string, or
// bytes, to be iterated in some way. It is immutable and reaches a leaf only.
type view struct {
	Object
	of   Value
	name string // the method that made it, if one type serves two
	ords bool   // elements are numbers
}

func viewOf(v Value) *view { return (*view)(v.p) }

// newView makes a method that returns a view of type ty.
func newView(name string, ty *Type, ords bool) Func {
	return func(t *Thread, recv Value, args []Value, kwargs []KV) (Value, error) {
		t.Enter(recv)
		defer t.Leave()
		if err := Positional(name, args, kwargs, 0, 0); err != nil {
			return Value{}, err
		}
		w := &view{Object: Object{ty}, of: recv, name: name, ords: ords}
		return FromObject(&w.Object), nil
	}
}

func viewRepr(t *Thread, v Value) string {
	return Repr(t, viewOf(v).of) + "." + viewOf(v).name + "()"
}

// noHash is for types that are not hashable, in the words of starlark-go's.
func noHash(_ *Thread, v Value) (uint64, error) {
	return 0, fmt.Errorf("unhashable: %s", v.TypeName())
}

// Views are compared by contents and way: two of them are one value. That is
// how starlark-go compares them too.
func viewEqual(_ *Thread, x, y Value) (bool, error) {
	a, b := viewOf(x), viewOf(y)
	return a.ords == b.ords && a.of.AsString() == b.of.AsString(), nil
}

// stringElemsType is the elements (bytes) of a string: a sequence.
var stringElemsType = Type{
	Name: "string.elems", Kind: KindOther, Repr: viewRepr, Hash: noHash, Equal: viewEqual,
	Len: func(_ *Thread, v Value) int { return len(viewOf(v).of.AsString()) },
	At: func(_ *Thread, v Value, i int64) (Value, bool) {
		w := viewOf(v)
		s := w.of.AsString()
		if i >= int64(len(s)) {
			return Value{}, false
		}
		if w.ords {
			return Int(int64(s[i])), true
		}
		return byteString(s[i]), true
	},
}

// stringCodepointsType is the code points of a string: iterable only.
var stringCodepointsType = Type{
	Name: "string.codepoints", Kind: KindOther, Repr: viewRepr, Hash: noHash, Equal: viewEqual,
	Iterate: func(_ *Thread, v Value) (Value, error) {
		w := viewOf(v)
		s := w.of.AsString()
		vs := make([]Value, 0, utf8.RuneCountInString(s))
		for _, r := range s {
			if w.ords {
				vs = append(vs, Int(int64(r)))
			} else {
				vs = append(vs, Str(string(r)))
			}
		}
		return NewTuple(vs), nil
	},
}
