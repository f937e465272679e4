package vm

import (
	"fmt"
	"unsafe"

	"github.com/ungil/tm/starlark/compile"
	"github.com/ungil/tm/starlark/value"
)

// callSlow runs any call instruction but a Call of a Starlark function with
// positional parameters only. Either the callee's frame is the running one
// afterwards, or the result of a built-in is in its register; registers may
// have moved. name is the built-in that failed, if one did.
func (t *Thread) callSlow(in *compile.Instr, r *registers) (name string, err error) {
	f := &t.frames[t.top]
	b := int(in.B)
	switch in.Op {
	case compile.Call:
		return t.callValue(in, r[b], t.args(f.base, b, int(in.N)), nil)
	case compile.CallUniversal:
		return t.callValue(in, f.fn.proto.module.universals[in.C], t.args(f.base, b, int(in.N)), nil)
	case compile.CallMethod:
		return t.callMethod(in, r[b], int(in.C), t.args(f.base, b, int(in.N)), nil)
	case compile.Load:
		return "", t.load(in, r)
	default:
		return t.callGeneral(in, r)
	}
}

// args returns the n arguments above register b of the frame at base.
func (t *Thread) args(base, b, n int) []value.Value {
	first := base + b + 1
	return t.stack[first : first+n : first+n]
}

// callValue calls fn for the call instruction in.
func (t *Thread) callValue(in *compile.Instr, fn value.Value, args []value.Value, kwargs []value.KV) (string, error) {
	if isFunction(fn) {
		base := t.frames[t.top].base + int(in.B) + 1
		return "", t.enter(functionOf(fn), base, args, kwargs, false)
	}
	b := value.BuiltinOf(fn)
	if b == nil {
		if call := fn.Type().Call; call != nil {
			return t.callBuiltin(in, &value.Method{Name: fn.TypeName(), Fn: call}, fn, args, kwargs)
		}
		return "", fmt.Errorf("invalid call of non-function (%s)", fn.TypeName())
	}
	return t.callBuiltin(in, b.Method, b.Recv, args, kwargs)
}

// enter makes a frame for fn with its parameters set. Arguments that do not fit
// are an error in the callee, as in starlark-go.
func (t *Thread) enter(fn *Function, base int, args []value.Value, kwargs []value.KV, entry bool) error {
	if err := t.push(fn, base, entry); err != nil {
		return err
	}
	if err := t.bind(fn, base, args, kwargs); err != nil {
		return t.fail(err, 0, "")
	}
	return nil
}

// callMethod calls attribute Names[name] of recv.
func (t *Thread) callMethod(in *compile.Instr, recv value.Value, name int, args []value.Value, kwargs []value.KV) (string, error) {
	m := t.frames[t.top].fn.proto.module
	if method := recv.Type().Select(m.selectors[name]); method != nil {
		return t.callBuiltin(in, method, recv, args, kwargs)
	}
	fn, err := value.Attr(&t.Thread, recv, m.program.Names[name])
	if err != nil {
		return "", attrError{err}
	}
	return t.callValue(in, fn, args, kwargs)
}

// callBuiltin calls a built-in and puts its result into R[A].
func (t *Thread) callBuiltin(in *compile.Instr, m *value.Method, recv value.Value, args []value.Value, kwargs []value.KV) (string, error) {
	t.builtin = m.Name
	v, err := m.Fn(&t.Thread, recv, args, kwargs)
	if err != nil {
		return m.Name, err
	}
	if !recv.IsSet() || recv.IsString() || recv.IsBytes() { // else it may be what a container has
		t.ChargeResult(v)
	}
	f := &t.frames[t.top]
	t.stack[f.base+int(in.A)] = v
	return "", nil
}

// callGeneral runs CallGeneral. Arguments that an iterable supplies, and all
// keyword arguments, are gathered outside of the registers.
func (t *Thread) callGeneral(in *compile.Instr, r *registers) (string, error) {
	f := &t.frames[t.top]
	c := &f.fn.proto.Calls[in.C]
	names := f.fn.proto.module.program.Names
	args := t.args(f.base, int(in.B), c.Positional)
	next := int(in.B) + 1 + c.Positional
	kwargs := make([]value.KV, len(c.Names))
	for i, n := range c.Names {
		kwargs[i] = value.KV{Name: names[n], Value: r[next]}
		next++
	}
	if c.Args {
		more, err := t.elements(r[next])
		if err != nil {
			return "", fmt.Errorf("argument after * must be iterable, not %s", r[next].TypeName())
		}
		args = append(args, more...) // cap(args) == len(args): a copy
		t.Charge(len(args) * valueSize)
		next++
	}
	if c.Kwargs {
		var err error
		if kwargs, err = t.addKwargs(kwargs, r[next]); err != nil {
			return "", err
		}
	}
	if c.Method >= 0 {
		return t.callMethod(in, r[in.B], c.Method, args, kwargs)
	}
	return t.callValue(in, r[in.B], args, kwargs)
}

// addKwargs adds the entries of a **kwargs dict.
func (t *Thread) addKwargs(kwargs []value.KV, v value.Value) ([]value.KV, error) {
	d := value.DictOf(v)
	if d == nil {
		return nil, fmt.Errorf("argument after ** must be a mapping, not %s", v.TypeName())
	}
	for _, e := range d.Items(&t.Thread) {
		if !e.Key.IsString() {
			return nil, fmt.Errorf("keywords must be strings, not %s", e.Key.TypeName())
		}
		kwargs = append(kwargs, value.KV{Name: e.Key.AsString(), Value: e.Value})
	}
	t.Charge(len(kwargs) * int(unsafe.Sizeof(value.KV{})))
	return kwargs, nil
}

// Call calls fn from Go and returns its result. It is for built-ins that call
// back: while it runs, no transaction ends.
func (t *Thread) Call(fn value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	if !isFunction(fn) {
		t.nested++
		defer func() { t.nested-- }()
		return t.callGo(fn, args, kwargs)
	}
	if t.goCalls >= maxGoCalls {
		return value.Value{}, fmt.Errorf("%s: built-ins that call back are nested %d deep", stackOverflow, maxGoCalls)
	}
	name := t.builtin
	t.goNames = append(t.goNames, name)
	t.goCalls++
	t.EnterAtomic()
	held := t.LetGo()
	v, err := t.callFromGo(functionOf(fn), args, kwargs)
	t.TakeBack(held)
	t.LeaveAtomic()
	t.goCalls--
	t.goNames = t.goNames[:len(t.goNames)-1]
	t.builtin = name
	return v, err
}

func (t *Thread) callFromGo(fn *Function, args []value.Value, kwargs []value.KV) (value.Value, error) {
	top, marks, blocks := t.top, len(t.Marks), len(t.blocks)
	err := t.enter(fn, t.free(), args, kwargs, true)
	if err == nil {
		_, err = t.run()
	}
	if err != nil {
		t.unwind(top, marks, blocks)
		return value.Value{}, err
	}
	return t.result, nil
}

// unwind leaves all frames above top, with the iterations and blocks
// they opened. What the blocks did is undone.
func (t *Thread) unwind(top, marks, blocks int) {
	t.dropBlocks(blocks)
	t.endMarks(marks)
	t.top = top
}

// callGo calls what is no Starlark function.
func (t *Thread) callGo(fn value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	if b := value.BuiltinOf(fn); b != nil {
		return b.Call(&t.Thread, args, kwargs)
	}
	if call := fn.Type().Call; call != nil {
		return call(&t.Thread, fn, args, kwargs)
	}
	return value.Value{}, fmt.Errorf("invalid call of non-function (%s)", fn.TypeName())
}
