package vm

import (
	_ "embed" // builtins.star
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/ungil/tm/starlark/compile"
	"github.com/ungil/tm/starlark/concurrent"
	"github.com/ungil/tm/starlark/value"
)

//go:embed builtins.star
var builtinSource []byte

// intrinsics are the names that builtins.star has besides the universal ones.
var intrinsics map[string]value.Value

func init() { // they refer to it
	intrinsics = map[string]value.Value{
		"__try__": value.None, "__alternative__": value.None, "atomic": value.None, // heads of blocks
		"__start__":             value.NewBuiltin("start", threadStart),
		"__count__":             value.NewBuiltin("count", builtinCount),
		"__error__":             value.NewBuiltin("error", builtinError),
		"__tuple__":             value.NewBuiltin("tuple", builtinTuple),
		"__in_atomic__":         value.NewBuiltin("in_atomic", builtinInAtomic),
		"__raise__":             value.NewBuiltin("raise", builtinRaise),
		"__first__":             value.NewBuiltin("first", builtinFirst),
		"__transaction_queue__": value.NewBuiltin("transaction_queue", newTransactionQueue),
		"check":                 value.NewBuiltin("check", builtinCheck),
		"cell":                  concurrent.NewCell,
		"queue":                 concurrent.NewQueue,
	}
}

// builtinModule returns the module of builtins.star, which all worlds share: its functions
// reach nothing that changes.
var builtinModule = sync.OnceValue(func() *module {
	known := func(name string) bool { _, ok := intrinsics[name]; return ok }
	p, err := compile.Builtins(builtinFile, builtinSource, known, IsUniversal)
	if err != nil {
		panic("vm: builtins.star: " + err.Error())
	}
	mod := bindModule(p, nil)
	mod.builtins = true
	for i, name := range p.Predeclared {
		mod.predeclared[i] = intrinsics[name]
	}
	globals := make([]value.Value, len(p.Globals))
	mod.globals = value.FixedGlobals(globals)
	for _, proto := range mod.protos {
		for i, name := range p.Globals {
			if name == proto.Name { // no two functions of the file have one name
				globals[i] = newBuiltinFunction(proto)
			}
		}
	}
	return mod
})

// newBuiltinFunction makes a function of a def; all defaults are None.
func newBuiltinFunction(p *proto) value.Value {
	defaults := make([]value.Value, p.NumDefaults)
	for i := range defaults {
		defaults[i] = value.None
	}
	f := newFunction(p, defaults, nil)
	f.shared = true // from the start, so that no thread has to mark it
	return f.value()
}

// builtinFunction returns the function that programs know as name.
func builtinFunction(name string) value.Value {
	mod := builtinModule()
	for i, global := range mod.program.Globals {
		if global == name+"_" {
			return mod.globals.Fast(i)
		}
	}
	panic("vm: builtins.star has no " + name)
}

// builtinName returns the name that programs know.
func builtinName(name string) string { return strings.TrimSuffix(name, "_") }

// isHelper reports whether programs know nothing of the function.
func (p *proto) isHelper() bool { return p.module.builtins && !strings.HasSuffix(p.Name, "_") }

var parallelModule = sync.OnceValue(func() value.Value {
	members := map[string]value.Value{}
	for _, name := range []string{"map", "for_each", "reduce"} {
		members[name] = builtinFunction(name)
	}
	return value.NewModule("parallel", members)
})

// transactionQueueType is the type of what transaction_queue_ returns: its methods are closures.
var transactionQueueType = value.NewMembersType("transaction queue")

func newTransactionQueue(t *value.Thread, _ value.Value, _ []value.Value, methods []value.KV) (value.Value, error) {
	t.Enter()
	defer t.Leave()
	members := map[string]value.Value{}
	for _, m := range methods {
		members[m.Name] = m.Value
	}
	return value.NewMembers(transactionQueueType, members), nil
}

// builtinCount is count(name, threads): in how many threads the function called name is to work.
func builtinCount(t *value.Thread, _ value.Value, args []value.Value, _ []value.KV) (value.Value, error) {
	t.Enter()
	defer t.Leave()
	name, threads := args[0].AsString(), args[1]
	if threads.IsNone() {
		return value.Int(int64(max(threadOf(t).machine.config.Threads, 1))), nil
	}
	var n int
	err := value.UnpackArg(threads, &n)
	if err == nil && n < 1 {
		err = fmt.Errorf("got %d, want at least 1", n)
	}
	if err != nil {
		return value.Value{}, callerError{fmt.Errorf("%s: for parameter threads: %w", name, err)}
	}
	return threads, nil
}

// builtinError is error(text): what its caller fails with.
func builtinError(t *value.Thread, _ value.Value, args []value.Value, _ []value.KV) (value.Value, error) {
	t.Enter()
	defer t.Leave()
	return value.Value{}, callerError{errors.New(args[0].AsString())}
}

// builtinInAtomic tells whether the thread cannot wait for threads that it starts.
func builtinInAtomic(t *value.Thread, _ value.Value, _ []value.Value, _ []value.KV) (value.Value, error) {
	t.Enter()
	defer t.Leave()
	return value.Bool(t.InAtomic() || threadOf(t).start.body != nil), nil
}

// builtinRaise fails with the error of a call in another thread, as if that call had been made here.
func builtinRaise(t *value.Thread, _ value.Value, args []value.Value, _ []value.KV) (value.Value, error) {
	t.Enter()
	defer t.Leave()
	e := *errorOf(args[0]).err
	e.Calls = append(threadOf(t).calls(), e.Calls...)
	return value.Value{}, &e
}

// builtinTuple is tuple(name, xs): the elements of an argument of the function called name.
func builtinTuple(t *value.Thread, _ value.Value, args []value.Value, _ []value.KV) (value.Value, error) {
	t.Enter(args[1])
	defer t.Leave()
	if value.TupleOf(args[1]) != nil {
		return args[1], nil
	}
	elems, err := value.Iterate(t, args[1])
	if err != nil {
		return value.Value{}, callerError{fmt.Errorf("%s: for parameter xs: got %s, want iterable", args[0].AsString(), args[1].TypeName())}
	}
	return value.NewTuple(elems), nil
}

// builtinFirst is the key by which parts are sorted.
func builtinFirst(t *value.Thread, _ value.Value, args []value.Value, _ []value.KV) (value.Value, error) {
	t.Enter()
	defer t.Leave()
	return value.TupleOf(args[0]).Elems()[0], nil
}
