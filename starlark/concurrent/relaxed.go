package concurrent

import (
	"fmt"
	"slices"
	"unsafe"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark/value"
)

// Relaxed is the module relaxed. Its objects conflict less than others, and promise less
// about order: who reads a whole object sees a state that it had some time ago, not long.
var Relaxed = value.NewModule("relaxed", map[string]value.Value{
	"counter": value.NewBuiltin("counter", newCounter),
	"dict":    value.NewBuiltin("dict", newDict),
})

// counterParts is how many threads at once have a part of their own in the counter itself.
const counterParts = 16

// A Counter is a sum of parts. A thread changes the one that goes with its seat.
type Counter struct {
	object
	parts [counterParts]variable
	more  *value.Dict // the parts of all other seats, by seat
}

var counterType = value.Type{Name: "relaxed counter", Kind: value.KindOther, Hash: value.HashIdentity}

// A Dict is a dict whose length and entries are read without conflict.
type Dict struct {
	value.Object
	shared bool
	dict   *value.Dict
}

var dictType = value.Type{Name: "relaxed dict", Kind: value.KindOther}

func init() { // their functions refer to them
	counterType.Trace = func(v value.Value, visit func(value.Value)) {
		for _, part := range counterOf(v).parts {
			visit(part.Value())
		}
		visit(counterOf(v).more.Value())
	}
	counterType.Shared = func(v value.Value) *bool { return &counterOf(v).shared }
	counterType.Lock = func(v value.Value) *runtime.Lock { return &counterOf(v).lock }
	value.AddMethods(&counterType, map[string]value.Func{"add": counterAdd, "value": counterValue})

	dictType.Trace = func(v value.Value, visit func(value.Value)) { visit(dictOf(v).dict.Value()) }
	dictType.Shared = func(v value.Value) *bool { return &dictOf(v).shared }
	// The lock of the dict inside: with another one each access to that dict would be a step of its own.
	dictType.Lock = func(v value.Value) *runtime.Lock { return value.LockOf(dictOf(v).dict.Value()) }
	dictType.Get = func(t *value.Thread, v, key value.Value) (value.Value, error) {
		return value.Index(t, dictOf(v).dict.Value(), key)
	}
	dictType.Set = func(t *value.Thread, v, key, x value.Value) error {
		dictOf(v).mark(t)
		return dictOf(v).dict.Set(t, key, x)
	}
	dictType.Binary = dictBinary
	dictType.Len = func(t *value.Thread, v value.Value) (n int) {
		dictOf(v).detached(t, func() { n = dictOf(v).dict.Len(t) })
		return n
	}
	dictType.Truth = func(t *value.Thread, v value.Value) bool { return dictType.Len(t, v) > 0 }
	dictType.Iterate = func(t *value.Thread, v value.Value) (value.Value, error) {
		var keys []value.Value
		dictOf(v).detached(t, func() { keys = dictOf(v).dict.Keys(t) })
		return value.NewTuple(keys), nil
	}
	dictType.Repr = func(t *value.Thread, v value.Value) (text string) {
		dictOf(v).detached(t, func() { text = value.Repr(t, dictOf(v).dict.Value()) })
		return "relaxed.dict(" + text + ")"
	}
	value.AddMethods(&dictType, map[string]value.Func{
		"get": dictMethod("get", false, false), "pop": dictMethod("pop", true, false),
		"setdefault": dictMethod("setdefault", true, false), "update": dictMethod("update", true, false),
		"clear": dictMethod("clear", true, false), "keys": dictMethod("keys", false, true),
		"values": dictMethod("values", false, true), "items": dictMethod("items", false, true),
	})
}

func counterOf(v value.Value) *Counter { return (*Counter)(v.Pointer()) }
func dictOf(v value.Value) *Dict       { return (*Dict)(v.Pointer()) }

// newCounter is relaxed.counter().
func newCounter(t *value.Thread, _ value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter()
	defer t.Leave()
	c := &Counter{object: object{Object: value.Object{Type: &counterType}}, more: value.NewDict(t, 0)}
	for i := range c.parts {
		c.parts[i] = newVariable(t, value.Int(0))
	}
	return value.FromObject(&c.Object), noArgs("counter", args, kwargs)
}

// counterAdd is add(n = 1).
func counterAdd(t *value.Thread, recv value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter(recv)
	defer t.Leave()
	n := value.Int(1)
	if err := value.UnpackArgs("add", args, kwargs, "n?", &n); err != nil {
		return value.Value{}, err
	}
	if _, ok := n.AsBigInt(); !ok {
		return value.Value{}, fmt.Errorf("add: for parameter n: got %s, want int", n.TypeName())
	}
	c := counterOf(recv)
	if err := c.parts[0].mutable("add"); err != nil {
		return value.Value{}, err
	}
	sum, err := value.Binary(t, value.OpAdd, c.own(t), n)
	if err != nil {
		return value.Value{}, err
	}
	if seat := t.Seat(); seat < counterParts {
		c.parts[seat].Set(t, sum)
		return value.None, nil
	}
	return value.None, c.more.Set(t, value.Int(int64(t.Seat())), sum)
}

// own returns the part of the thread that asks.
func (c *Counter) own(t *value.Thread) value.Value {
	if seat := t.Seat(); seat < counterParts {
		return c.parts[seat].Get(t)
	}
	n, found, _ := c.more.Get(t, value.Int(int64(t.Seat()))) // an int can be hashed
	if !found {
		n = value.Int(0)
	}
	return n
}

// others returns the parts of all other threads.
func (c *Counter) others(t *value.Thread) (parts []value.Value) {
	for seat, part := range c.parts {
		if seat != t.Seat() {
			parts = append(parts, part.Get(t))
		}
	}
	for _, seat := range c.more.Keys(t) {
		if seat != value.Int(int64(t.Seat())) {
			part, _, _ := c.more.Get(t, seat)
			parts = append(parts, part)
		}
	}
	return parts
}

// counterValue is value(): all that has been added and committed, and what this thread has.
func counterValue(t *value.Thread, recv value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter(recv)
	defer t.Leave()
	if err := noArgs("value", args, kwargs); err != nil {
		return value.Value{}, err
	}
	c := counterOf(recv)
	sum, err := c.own(t), error(nil)
	t.Detached(func() {
		for _, part := range c.others(t) {
			if err == nil {
				sum, err = value.Binary(t, value.OpAdd, sum, part)
			}
		}
	})
	return sum, err
}

// newDict is relaxed.dict(...), with the arguments of dict.
func newDict(t *value.Thread, _ value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter(args...)
	defer t.Leave()
	d := &Dict{Object: value.Object{Type: &dictType}, dict: value.NewDict(t, 0)}
	_, err := inner(t, d, "update", args, kwargs)
	return value.FromObject(&d.Object), err
}

// inner calls a method of the dict inside.
func inner(t *value.Thread, d *Dict, name string, args []value.Value, kwargs []value.KV) (value.Value, error) {
	v := d.dict.Value()
	return v.Type().Methods[name].Fn(t, v, args, kwargs)
}

// dictMethod makes a method that does what the dict's does. writes: it changes the dict;
// whole: it reads all of it.
func dictMethod(name string, writes, whole bool) value.Func {
	return func(t *value.Thread, recv value.Value, args []value.Value, kwargs []value.KV) (v value.Value, err error) {
		t.Enter(recv)
		defer t.Leave()
		d := dictOf(recv)
		if writes {
			d.mark(t)
		}
		if whole {
			d.detached(t, func() { v, err = inner(t, d, name, args, kwargs) })
			return v, err
		}
		return inner(t, d, name, args, kwargs)
	}
}

// changedDicts are the relaxed dicts that an attempt of a thread's has changed.
type changedDicts struct {
	attempt uint64
	dicts   []*Dict
}

// changedKey is where a thread keeps its changedDicts.
var changedKey = unsafe.Pointer(new(changedDicts))

// mark notes that this attempt has changed the dict.
func (d *Dict) mark(t *value.Thread) {
	if d.marked(t) {
		return
	}
	c, _ := t.Private[changedKey].(*changedDicts)
	if c == nil {
		c = new(changedDicts)
		t.KeepPrivate(changedKey, c)
	}
	if c.attempt != t.Attempt() {
		clear(c.dicts)
		c.attempt, c.dicts = t.Attempt(), c.dicts[:0]
	}
	c.dicts = append(c.dicts, d)
}

// marked reports whether this attempt has changed the dict; under a global lock it makes
// no difference.
func (d *Dict) marked(t *value.Thread) bool {
	if !t.Transactional() {
		return true
	}
	c, _ := t.Private[changedKey].(*changedDicts)
	return c != nil && c.attempt == t.Attempt() && slices.Contains(c.dicts, d)
}

// detached reads without conflict; but if the transaction has changed the dict it reads
// like any other, or it would not see that.
func (d *Dict) detached(t *value.Thread, read func()) {
	if d.marked(t) {
		read()
	} else {
		t.Detached(read)
	}
}

// dictBinary is key in d.
func dictBinary(t *value.Thread, op value.Op, v, other value.Value, left bool) (value.Value, error) {
	if left || op != value.OpIn {
		return value.Value{}, nil
	}
	return value.Binary(t, op, other, dictOf(v).dict.Value())
}
