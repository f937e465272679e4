package vm

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ungil/tm/starlark/value"
)

// universe is the built-ins that need no call back, which package value has,
// and those that do.
var universe = func() map[string]value.Value {
	u := value.Universals()
	for name, fn := range map[string]value.Func{
		"print": builtinPrint, "sorted": builtinSorted,
		"min": func(t *value.Thread, _ value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
			return extreme(t, "min", value.OpLt, args, kwargs)
		},
		"max": func(t *value.Thread, _ value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
			return extreme(t, "max", value.OpGt, args, kwargs)
		},
	} {
		u[name] = value.NewBuiltin(name, fn)
	}
	return u
}()

// builtinPrint is print(*args, sep=" "). The output appears when the transaction
// commits.
func builtinPrint(t *value.Thread, _ value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter(args...)
	text, err := joinText(t, "print", args, kwargs)
	t.Leave() // before the output, which may take its time
	if err != nil {
		return value.Value{}, err
	}
	if print := threadOf(t).machine.config.Print; print != nil {
		print(threadOf(t), text)
		return value.None, nil
	}
	t.Write([]byte(text + "\n")) // never fails, see World.OutputError
	return value.None, nil
}

// joinText makes one string of args with the keyword argument sep between them.
func joinText(t *value.Thread, name string, args []value.Value, kwargs []value.KV) (string, error) {
	sep := " "
	if err := value.UnpackArgs(name, nil, kwargs, "sep?", &sep); err != nil {
		return "", err
	}
	var b strings.Builder
	for i, v := range args {
		if i > 0 {
			b.WriteString(sep)
		}
		if v.IsBytes() {
			b.WriteString(v.AsString())
		} else {
			b.WriteString(value.Text(t, v))
		}
	}
	return b.String(), nil
}

// builtinSorted is sorted(iterable, key=None, reverse=False).
func builtinSorted(t *value.Thread, _ value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	var iterable value.Iterable
	var key value.Callable
	reverse := false
	err := value.UnpackArgs("sorted", args, kwargs, "iterable", &iterable, "key?", &key, "reverse?", &reverse)
	if err != nil {
		return value.Value{}, err
	}
	elems, err := copied(t, "sorted", iterable.Value)
	if err != nil {
		return value.Value{}, err
	}
	keys, err := callKey(t, key, elems)
	if err != nil {
		return value.Value{}, err
	}
	s := sorter{t: t, keys: keys, reverse: reverse}
	order := s.sort(len(elems))
	if s.err != nil {
		return value.Value{}, s.err
	}
	sorted := make([]value.Value, len(elems))
	for i, j := range order {
		sorted[i] = elems[j]
	}
	return value.NewList(t, sorted), nil
}

// copied returns a copy of the elements of an argument: a key function may change it.
func copied(t *value.Thread, name string, v value.Value) ([]value.Value, error) {
	t.Enter(v)
	defer t.Leave()
	elems, err := value.Iterate(t, v)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return slices.Clone(elems), nil
}

// callKey calls the function key, if there is one, on each of elems. The built-in
// holds nothing.
func callKey(t *value.Thread, key value.Callable, elems []value.Value) ([]value.Value, error) {
	if !key.IsSet() {
		return elems, nil
	}
	keys := make([]value.Value, len(elems))
	for i := range elems {
		k, err := threadOf(t).Call(key.Value, elems[i:i+1:i+1], nil)
		if err != nil {
			return nil, err
		}
		keys[i] = k
	}
	return keys, nil
}

// extreme is min or max: the first element whose key no other one's goes before.
func extreme(t *value.Thread, name string, before value.Op, args []value.Value, kwargs []value.KV) (value.Value, error) {
	var key value.Callable
	if len(args) == 0 {
		return value.Value{}, fmt.Errorf("%s requires at least one positional argument", name)
	}
	if err := value.UnpackArgs(name, nil, kwargs, "key?", &key); err != nil {
		return value.Value{}, err
	}
	elems := slices.Clone(args) // a key function may move the registers
	if len(args) == 1 {
		var err error
		if elems, err = copied(t, name, args[0]); err != nil {
			return value.Value{}, err
		}
	}
	if len(elems) == 0 {
		return value.Value{}, fmt.Errorf("%s: argument is an empty sequence", name)
	}
	keys, err := callKey(t, key, elems)
	if err != nil {
		return value.Value{}, err
	}
	best := 0
	for i := 1; i < len(keys); i++ {
		less, err := value.Compare(t, before, keys[i], keys[best])
		if err != nil {
			return value.Value{}, fmt.Errorf("%s: %w", name, err)
		}
		if less {
			best = i
		}
	}
	return elems[best], nil
}

// A sorter is a stable merge sort. The comparison may fail, which package sort
// has no way to say.
type sorter struct {
	t       *value.Thread
	keys    []value.Value
	reverse bool
	err     error // the first
}

// sort returns the order of the n keys.
func (s *sorter) sort(n int) []int {
	order, buffer := make([]int, n), make([]int, n)
	for i := range order {
		order[i] = i
	}
	for width := 1; width < n; width *= 2 {
		for lo := 0; lo < n; lo += 2 * width {
			mid, hi := min(lo+width, n), min(lo+2*width, n)
			s.merge(buffer[lo:hi], order[lo:mid], order[mid:hi])
			if s.err != nil {
				return nil
			}
		}
		order, buffer = buffer, order
	}
	return order
}

// merge merges the sorted x and y into dst; of equal keys x's come first.
func (s *sorter) merge(dst, x, y []int) {
	for i := range dst {
		if len(x) == 0 || len(y) > 0 && s.before(y[0], x[0]) {
			dst[i], y = y[0], y[1:]
		} else {
			dst[i], x = x[0], x[1:]
		}
		if s.err != nil {
			return
		}
	}
}

// before reports whether key i must come before key j.
func (s *sorter) before(i, j int) bool {
	if s.reverse {
		i, j = j, i
	}
	ok, err := value.Compare(s.t, value.OpLt, s.keys[i], s.keys[j])
	if err != nil && s.err == nil {
		s.err = err
	}
	return ok
}
