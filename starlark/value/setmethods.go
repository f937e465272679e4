package value

import (
	"errors"
	"fmt"
)

func init() {
	AddMethods(&setType, map[string]Func{
		"add":                  setAdd,
		"clear":                setClear,
		"difference":           setCombine("difference", (*Set).difference),
		"discard":              setDiscard,
		"intersection":         setCombine("intersection", (*Set).intersection),
		"issubset":             setCombine("issubset", (*Set).isSubset),
		"issuperset":           setCombine("issuperset", (*Set).isSuperset),
		"pop":                  setPop,
		"remove":               setRemove,
		"symmetric_difference": setCombine("symmetric_difference", (*Set).symmetricDifference),
		"union":                setUnion,
		"update":               setUpdate,
	})
}

func uniSet(t *Thread, _ Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter(args...)
	defer t.Leave()
	if err := Positional("set", args, kwargs, 0, 1); err != nil {
		return Value{}, err
	}
	var elems []Value
	if len(args) == 1 {
		var err error
		if elems, err = IterableArg(t, "set", args, 0); err != nil {
			return Value{}, err
		}
	}
	s, err := setOf(t, elems)
	if err != nil {
		return Value{}, named("set", err)
	}
	return s.Value(), nil
}

// setCombine makes a method of an operation on a set and one iterable.
func setCombine(name string, f func(*Set, *Thread, []Value) (Value, error)) Func {
	return func(t *Thread, recv Value, args []Value, kwargs []KV) (Value, error) {
		t.Enter(append(args[:len(args):len(args)], recv)...)
		defer t.Leave()
		fewest := 1
		if len(args) > 1 {
			fewest = 0 // so that the error says "at most 1", as starlark-go's does, which panics if there is none
		}
		if err := Positional(name, args, kwargs, fewest, 1); err != nil {
			return Value{}, err
		}
		elems, err := IterableArg(t, name, args, 0)
		if err != nil {
			return Value{}, err
		}
		v, err := f(SetOf(recv), t, elems)
		return v, named(name, err)
	}
}

func setAdd(t *Thread, recv Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter(recv)
	defer t.Leave()
	if err := Positional("add", args, kwargs, 1, 1); err != nil {
		return Value{}, err
	}
	return None, named("add", SetOf(recv).Add(t, args[0]))
}

func setClear(t *Thread, recv Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter(recv)
	defer t.Leave()
	if err := Positional("clear", args, kwargs, 0, 0); err != nil {
		return Value{}, err
	}
	s := SetOf(recv)
	if s.Len(t) == 0 {
		return None, nil // also if it is frozen or being iterated
	}
	return None, named("clear", s.d.clear(t))
}

func setDiscard(t *Thread, recv Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter(recv)
	defer t.Leave()
	if err := Positional("discard", args, kwargs, 1, 1); err != nil {
		return Value{}, err
	}
	_, err := SetOf(recv).Remove(t, args[0])
	return None, named("discard", err)
}

func setPop(t *Thread, recv Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter(recv)
	defer t.Leave()
	if err := Positional("pop", args, kwargs, 0, 0); err != nil {
		return Value{}, err
	}
	s := SetOf(recv)
	first, ok := s.d.first(t)
	if !ok {
		return Value{}, errors.New("pop: empty set")
	}
	_, err := s.Remove(t, first.key)
	return first.key, named("pop", err)
}

func setRemove(t *Thread, recv Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter(recv)
	defer t.Leave()
	if err := Positional("remove", args, kwargs, 1, 1); err != nil {
		return Value{}, err
	}
	found, err := SetOf(recv).Remove(t, args[0])
	if err == nil && !found {
		err = errors.New("missing key")
	}
	return None, named("remove", err)
}

func setUnion(t *Thread, recv Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter(append(args[:len(args):len(args)], recv)...)
	defer t.Leave()
	s := SetOf(recv).clone(t)
	return s.Value(), named("union", updateSet(t, s, args, kwargs))
}

func setUpdate(t *Thread, recv Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter(append(args[:len(args):len(args)], recv)...)
	defer t.Leave()
	return None, named("update", updateSet(t, SetOf(recv), args, kwargs))
}

// updateSet adds the elements of all args.
func updateSet(t *Thread, s *Set, args []Value, kwargs []KV) error {
	if len(kwargs) > 0 {
		return errors.New("does not accept keyword arguments")
	}
	for i, arg := range args {
		if !IsIterable(arg) {
			return fmt.Errorf("argument #%d is not iterable: %s", i+1, arg.TypeName())
		}
		elems, err := Iterate(t, arg)
		if err == nil {
			t.Mark(arg) // s.update(s) is an error
			err = s.addAll(t, elems)
			t.Unmark()
		}
		if err != nil {
			return err
		}
	}
	return nil
}
