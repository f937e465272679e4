package starlark_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ungil/tm/starlark"
	"github.com/ungil/tm/starlark/value"
)

// heapText describes all that variables reach, read in one transaction. Two heaps have the same text
// if they have the same values at the same places and in the same order, and the same
// objects are reached in several ways.
func heapText(thread *starlark.Thread, globals starlark.StringDict) string {
	var w heapWriter
	err := thread.Atomically(func() error {
		w = heapWriter{thread: &thread.VM().Thread, numbers: map[value.Value]int{}}
		for _, name := range slices.Sorted(maps.Keys(globals)) {
			w.text.WriteString(name + " = ")
			w.write(globals[name])
			w.text.WriteString("\n")
		}
		return nil
	})
	if err != nil {
		return err.Error()
	}
	return w.text.String()
}

type heapWriter struct {
	thread  *value.Thread
	text    strings.Builder
	numbers map[value.Value]int // of the objects met so far
}

func (w *heapWriter) write(v value.Value) {
	if !v.IsSet() {
		w.text.WriteString("unset")
		return
	}
	switch v.Kind() {
	case value.KindTuple: // two equal ones cannot be told apart
		w.all(v, "(", ")")
	case value.KindList, value.KindDict, value.KindSet, value.KindCell, value.KindFunction, value.KindOther:
		if n, found := w.numbers[v]; found {
			fmt.Fprintf(&w.text, "#%d", n)
			return
		}
		w.numbers[v] = len(w.numbers)
		fmt.Fprintf(&w.text, "#%d:", w.numbers[v])
		w.object(v)
	case value.KindBuiltin:
		fmt.Fprintf(&w.text, "%s of ", value.Repr(w.thread, v))
		w.write(value.BuiltinOf(v).Recv)
	default:
		fmt.Fprintf(&w.text, "%s %s", v.TypeName(), value.Repr(w.thread, v))
	}
}

// object writes what an object holds.
func (w *heapWriter) object(v value.Value) {
	switch v.Kind() {
	case value.KindList:
		w.all(v, "[", "]")
	case value.KindSet:
		w.all(v, "set(", ")")
	case value.KindCell:
		w.write(value.CellOf(v).Get(w.thread))
	case value.KindDict:
		w.text.WriteString("{")
		for _, k := range value.DictOf(v).Keys(w.thread) {
			w.write(k)
			w.text.WriteString(": ")
			x, _, err := value.DictOf(v).Get(w.thread, k)
			w.write(x)
			w.error(err)
			w.text.WriteString(", ")
		}
		w.text.WriteString("}")
	default:
		w.text.WriteString(value.Repr(w.thread, v) + "(")
		if trace := v.Type().Trace; trace != nil {
			trace(v, func(x value.Value) {
				w.write(x)
				w.text.WriteString(", ")
			})
		}
		w.text.WriteString(")")
	}
}

func (w *heapWriter) all(v value.Value, open, shut string) {
	elems, err := value.Iterate(w.thread, v)
	w.error(err)
	w.text.WriteString(open)
	for _, e := range elems {
		w.write(e)
		w.text.WriteString(", ")
	}
	w.text.WriteString(shut)
	if n, ok := value.Len(w.thread, v); !ok || n != len(elems) {
		fmt.Fprintf(&w.text, "whose length is %d", n)
	}
}

func (w *heapWriter) error(err error) {
	if err != nil {
		w.text.WriteString(" error " + err.Error())
	}
}
