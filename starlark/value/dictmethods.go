package value

import (
	"errors"
	"fmt"
)

func init() {
	AddMethods(&dictType, map[string]Func{
		"clear":      dictClear,
		"get":        dictGet,
		"items":      dictItems,
		"keys":       dictKeys,
		"pop":        dictPop,
		"popitem":    dictPopItem,
		"setdefault": dictSetDefault,
		"update":     dictUpdate,
		"values":     dictValues,
	})
}

func dictClear(t *Thread, recv Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter(recv)
	defer t.Leave()
	if err := Positional("clear", args, kwargs, 0, 0); err != nil {
		return Value{}, err
	}
	return None, DictOf(recv).clear(t)
}

// optional returns argument i, or missing if there are not so many.
func optional(args []Value, i int, missing Value) Value {
	if i < len(args) {
		return args[i]
	}
	return missing
}

func dictGet(t *Thread, recv Value, args []Value, kwargs []KV) (Value, error) {
	if err := Positional("get", args, kwargs, 1, 2); err != nil {
		return Value{}, err
	}
	if t.locking {
		t.Enter(recv)
	}
	v, found, err := DictOf(recv).Get(t, args[0])
	t.Leave()
	if err != nil || found {
		return v, named("get", err)
	}
	return optional(args, 1, None), nil
}

func dictItems(t *Thread, recv Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter(recv)
	defer t.Leave()
	if err := Positional("items", args, kwargs, 0, 0); err != nil {
		return Value{}, err
	}
	items := DictOf(recv).items(t)
	pairs := make([]Value, len(items))
	rows := newRows(len(items), 2)
	for i, e := range items {
		row, v := rows.next()
		row[0], row[1] = e.key, e.value
		pairs[i] = v
	}
	return NewList(t, pairs), nil
}

func dictKeys(t *Thread, recv Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter(recv)
	defer t.Leave()
	if err := Positional("keys", args, kwargs, 0, 0); err != nil {
		return Value{}, err
	}
	return NewList(t, DictOf(recv).Keys(t)), nil
}

func dictPop(t *Thread, recv Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter(recv)
	defer t.Leave()
	if err := Positional("pop", args, kwargs, 1, 2); err != nil {
		return Value{}, err
	}
	v, found, err := DictOf(recv).Delete(t, args[0])
	switch {
	case err != nil || found:
		return v, named("pop", err)
	case len(args) == 2:
		return args[1], nil
	}
	return Value{}, errMissingKey
}

func dictPopItem(t *Thread, recv Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter(recv)
	defer t.Leave()
	if err := Positional("popitem", args, kwargs, 0, 0); err != nil {
		return Value{}, err
	}
	d := DictOf(recv)
	first, ok := d.first(t)
	if !ok {
		return Value{}, errors.New("popitem: empty dict")
	}
	if _, _, err := d.Delete(t, first.key); err != nil {
		return Value{}, named("popitem", err)
	}
	return NewPair(first.key, first.value), nil
}

func dictSetDefault(t *Thread, recv Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter(recv)
	defer t.Leave()
	if err := Positional("setdefault", args, kwargs, 1, 2); err != nil {
		return Value{}, err
	}
	d := DictOf(recv)
	v, found, err := d.Get(t, args[0])
	if err != nil || found {
		return v, named("setdefault", err)
	}
	v = optional(args, 1, None)
	return v, named("setdefault", d.Set(t, args[0], v))
}

func dictUpdate(t *Thread, recv Value, args []Value, kwargs []KV) (Value, error) {
	if len(args) > 1 {
		return Value{}, fmt.Errorf("update: got %d arguments, want at most 1", len(args))
	}
	t.Enter(recv, optional(args, 0, None))
	defer t.Leave()
	return None, named("update", updateDict(t, DictOf(recv), args, kwargs))
}

func dictValues(t *Thread, recv Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter(recv)
	defer t.Leave()
	if err := Positional("values", args, kwargs, 0, 0); err != nil {
		return Value{}, err
	}
	items := DictOf(recv).items(t)
	vs := make([]Value, len(items))
	for i := range items {
		vs[i] = items[i].value
	}
	return NewList(t, vs), nil
}

// updateDict adds the entries of args[0], a dict or pairs, and of kwargs.
func updateDict(t *Thread, d *Dict, args []Value, kwargs []KV) error {
	if len(args) == 1 {
		if err := updateFrom(t, d, args[0]); err != nil {
			return err
		}
	}
	for i, kv := range kwargs {
		if err := d.Set(t, Str(kv.Name), kv.Value); err != nil {
			return err
		}
		for _, earlier := range kwargs[:i] {
			if earlier.Name == kv.Name {
				return fmt.Errorf("duplicate keyword arg: %q", kv.Name)
			}
		}
	}
	return nil
}

func updateFrom(t *Thread, d *Dict, from Value) error {
	if src := DictOf(from); src != nil {
		for _, e := range src.items(t) {
			if err := d.Set(t, e.key, e.value); err != nil {
				return err
			}
		}
		return nil
	}
	if !IsIterable(from) {
		return fmt.Errorf("got %s, want iterable", from.TypeName())
	}
	pairs, err := Iterate(t, from)
	if err != nil {
		return err
	}
	for i, pair := range pairs {
		if !IsIterable(pair) {
			return fmt.Errorf("dictionary update sequence element #%d is not iterable (%s)", i, pair.TypeName())
		}
		kv, err := Iterate(t, pair)
		if err != nil {
			return err
		}
		if len(kv) != 2 {
			return fmt.Errorf("dictionary update sequence element #%d has length %d, want 2", i, len(kv))
		}
		if err := d.Set(t, kv[0], kv[1]); err != nil {
			return err
		}
	}
	return nil
}

// rows makes many tuples of one length with one allocation; they live as
// long as any of them does.
type rows struct {
	free []Value
	size int // of a tuple, its header included
}

func newRows(n, width int) rows {
	return rows{make([]Value, n*(1+width)), 1 + width}
}

// next returns a tuple and its elements, to be filled in at once.
func (r *rows) next() ([]Value, Value) {
	tup, elems := tupleIn(r.free[:r.size:r.size])
	r.free = r.free[r.size:]
	return elems, FromObject(&tup.Object)
}
