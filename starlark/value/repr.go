package value

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"go.starlark.net/syntax"
)

// Text returns str(v): a string as it is, anything else as Repr gives it.
func Text(t *Thread, v Value) string {
	if v.IsString() {
		return v.AsString()
	}
	return Repr(t, v)
}

// Repr returns repr(v). What is nested too deeply, or would make the result too
// long, is written as "...", as is a value inside itself.
func Repr(t *Thread, v Value) string {
	switch v.Kind() {
	case KindInt:
		return strconv.FormatInt(v.AsInt(), 10)
	case KindString:
		return syntax.Quote(v.AsString(), false)
	}
	w := writer{t: t}
	w.value(v)
	return w.String()
}

// String is for Go's package fmt: what repr(v) gives for None, booleans, numbers, strings and bytes, and the
// name of the type for other values, into which only a thread may look: see Repr.
func (v Value) String() string {
	switch {
	case !v.IsSet():
		return "<unset>"
	case v.isScalar() || v.Kind() == KindBigInt || v.Kind() == KindString || v.Kind() == KindBytes:
		return Repr(nil, v)
	}
	return "<" + v.TypeName() + ">"
}

// A writer builds the representation of a value.
type writer struct {
	strings.Builder
	t    *Thread
	path []Value // the lists and dicts around the value being written
}

func (w *writer) value(v Value) {
	switch ty := v.Type(); ty.Kind {
	case KindNone:
		w.WriteString("None")
	case KindBool:
		if v.AsBool() {
			w.WriteString("True")
		} else {
			w.WriteString("False")
		}
	case KindInt:
		w.WriteString(strconv.FormatInt(v.AsInt(), 10))
	case KindBigInt:
		w.WriteString((*BigInt)(v.p).i.String())
	case KindFloat:
		w.WriteString(FormatFloat(v.AsFloat(), 'g'))
	case KindString:
		w.WriteString(syntax.Quote(v.AsString(), false))
	case KindBytes:
		w.WriteString(syntax.Quote(v.AsString(), true))
	case KindSet:
		w.WriteString("set([")
		w.t.depth++
		w.sequence(SetOf(v).Elems(w.t))
		w.t.depth--
		w.WriteString("])")
	case KindRange:
		w.rangeValue((*Range)(v.p))
	case KindTuple:
		w.tuple(v)
	case KindList, KindDict:
		w.container(v)
	case KindBuiltin:
		b := (*Builtin)(v.p)
		if b.Recv.IsSet() {
			fmt.Fprintf(w, "<built-in method %s of %s value>", b.Name, b.Recv.TypeName())
		} else {
			fmt.Fprintf(w, "<built-in function %s>", b.Name)
		}
	default:
		if ty.Repr != nil {
			w.WriteString(ty.Repr(w.t, v))
		} else {
			w.WriteString("<" + ty.Name + ">")
		}
	}
}

// tooMuch reports whether to write "..." instead of going on.
func (w *writer) tooMuch() bool { return w.t.depth >= maxDepth || w.Len() > maxBytes }

func (w *writer) sequence(vs []Value) {
	for i, v := range vs {
		if i > 0 {
			w.WriteString(", ")
		}
		if w.tooMuch() {
			w.WriteString("...")
			return
		}
		w.value(v)
	}
}

func (w *writer) tuple(v Value) {
	w.t.depth++
	elems := (*Tuple)(v.p).Elems()
	w.WriteByte('(')
	w.sequence(elems)
	if len(elems) == 1 {
		w.WriteByte(',')
	}
	w.WriteByte(')')
	w.t.depth--
}

func (w *writer) container(v Value) {
	opening, closing := byte('['), byte(']')
	if v.Kind() == KindDict {
		opening, closing = '{', '}'
	}
	w.WriteByte(opening)
	if w.inside(v) || w.tooMuch() {
		w.WriteString("...")
	} else {
		w.t.depth++
		w.path = append(w.path, v)
		if l := ListOf(v); l != nil {
			w.sequence(l.Snapshot(w.t))
		} else {
			w.entries(DictOf(v).items(w.t))
		}
		w.path = w.path[:len(w.path)-1]
		w.t.depth--
	}
	w.WriteByte(closing)
}

func (w *writer) entries(entries []entry) {
	for i, e := range entries {
		if i > 0 {
			w.WriteString(", ")
		}
		if w.tooMuch() {
			w.WriteString("...")
			return
		}
		w.value(e.key)
		w.WriteString(": ")
		w.value(e.value)
	}
}

// inside reports whether v is being written already.
func (w *writer) inside(v Value) bool {
	for _, p := range w.path {
		if p == v {
			return true
		}
	}
	return false
}

func (w *writer) rangeValue(r *Range) {
	switch {
	case r.step != 1:
		fmt.Fprintf(w, "range(%d, %d, %d)", r.start, r.stop, r.step)
	case r.start != 0:
		fmt.Fprintf(w, "range(%d, %d)", r.start, r.stop)
	default:
		fmt.Fprintf(w, "range(%d)", r.stop)
	}
}

// FormatFloat formats a float by one of the conversions e, f, g, E, F and G of
// the % operator; g is what str uses.
func FormatFloat(f float64, conversion byte) string {
	switch {
	case math.IsInf(f, 1):
		return "+inf"
	case math.IsInf(f, -1):
		return "-inf"
	case f != f:
		return "nan"
	}
	switch conversion {
	case 'g', 'G':
		s := strconv.FormatFloat(f, conversion, -1, 64)
		if !strings.ContainsAny(s, ".eE") {
			s += ".0" // so that it is seen to be a float
		}
		return s
	case 'F':
		conversion = 'f'
	}
	return strconv.FormatFloat(f, conversion, 6, 64)
}
