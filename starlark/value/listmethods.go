package value

import "errors"

func init() {
	AddMethods(&listType, map[string]Func{
		"append": listAppend,
		"clear":  listClear,
		"extend": listExtend,
		"index":  listIndex,
		"insert": listInsert,
		"pop":    listPop,
		"remove": listRemove,
	})
}

func listAppend(t *Thread, recv Value, args []Value, kwargs []KV) (Value, error) {
	if len(args) != 1 || len(kwargs) != 0 {
		return Value{}, Positional("append", args, kwargs, 1, 1)
	}
	if t.locking {
		t.Enter(recv)
	}
	err := ListOf(recv).Append(t, args[0])
	t.Leave()
	return None, named("append", err)
}

func listClear(t *Thread, recv Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter(recv)
	defer t.Leave()
	if err := Positional("clear", args, kwargs, 0, 0); err != nil {
		return Value{}, err
	}
	return None, named("clear", ListOf(recv).clear(t))
}

func listExtend(t *Thread, recv Value, args []Value, kwargs []KV) (Value, error) {
	if err := Positional("extend", args, kwargs, 1, 1); err != nil {
		return Value{}, err
	}
	t.Enter(recv, args[0])
	defer t.Leave()
	vs, err := IterableArg(t, "extend", args, 0)
	if err != nil {
		return Value{}, err
	}
	return None, named("extend", ListOf(recv).Extend(t, vs))
}

func listIndex(t *Thread, recv Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter(recv)
	defer t.Leave()
	if err := Positional("index", args, kwargs, 1, 3); err != nil {
		return Value{}, err
	}
	vs := ListOf(recv).Snapshot(t)
	start, end, err := spanArgs("index", args, 1, len(vs))
	if err != nil {
		return Value{}, err
	}
	i, err := indexOf(t, vs[start:end], args[0])
	if err != nil {
		return Value{}, named("index", err)
	}
	if i < 0 {
		return Value{}, errors.New("index: value not in list")
	}
	return Int(int64(start + i)), nil
}

func listInsert(t *Thread, recv Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter(recv)
	defer t.Leave()
	if err := Positional("insert", args, kwargs, 2, 2); err != nil {
		return Value{}, err
	}
	i, err := IntArg("insert", args, 0, 0)
	if err != nil {
		return Value{}, err
	}
	l := ListOf(recv)
	n := l.Len(t)
	if i < 0 {
		i += n
	}
	return None, named("insert", l.insert(t, max(0, min(i, n)), args[1]))
}

func listPop(t *Thread, recv Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter(recv)
	defer t.Leave()
	if err := Positional("pop", args, kwargs, 0, 1); err != nil {
		return Value{}, err
	}
	i, err := IntArg("pop", args, 0, -1)
	if err != nil {
		return Value{}, err
	}
	l := ListOf(recv)
	n := l.Len(t)
	if len(args) == 0 {
		i = n - 1
	}
	at, err := inRange(recv, int64(i), int64(n))
	if err != nil {
		return Value{}, named("pop", err)
	}
	v, err := l.removeAt(t, int(at), n, "pop from")
	return v, named("pop", err)
}

func listRemove(t *Thread, recv Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter(recv)
	defer t.Leave()
	if err := Positional("remove", args, kwargs, 1, 1); err != nil {
		return Value{}, err
	}
	l := ListOf(recv)
	if err := l.mutable(t, "remove from"); err != nil {
		return Value{}, named("remove", err)
	}
	for {
		vs := l.Snapshot(t)
		i, err := indexOf(t, vs, args[0])
		if err != nil {
			return Value{}, named("remove", err)
		}
		if i < 0 {
			return Value{}, errors.New("remove: element not found")
		}
		if v, ok := l.at(t, i); !ok || v != vs[i] {
			continue // under Locks: the list has changed while elements were compared
		}
		_, err = l.removeAt(t, i, l.Len(t), "remove from")
		return None, named("remove", err)
	}
}
