package starlark_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ungil/tm/starlark"
)

// unending are modules that never end by themselves.
var unending = modules{
	"loop":    "while True:\n    pass",
	"inner":   `load("loop", "x")`,
	"thread":  "def f():\n    while True:\n        pass\nthread.start(f)",
	"waits":   "event().wait(timeout = 1000000)",
	"hoards":  "x = []\nwhile True:\n    x = x[-9:] + [x]",
	"answer":  "x = 42",
	"counts":  "x = [i for i in range(1000)]",
	"fails":   "def f():\n    return 1 // 0\nf()",
	"through": `load("fails", "f")`,
}

func newUnending(m config) *starlark.Thread {
	world := starlark.NewWorld(starlark.Config{Model: m.model, Quantum: m.quantum, Source: unending.find})
	return world.NewThread("")
}

// TestModulesAreStopped: who stops or limits a thread stops and limits the modules that it loads.
func TestModulesAreStopped(t *testing.T) {
	for _, c := range configs {
		for _, module := range []string{"loop", "inner", "thread", "waits"} {
			thread := newUnending(c)
			time.AfterFunc(time.Millisecond, func() { thread.Cancel("enough") })
			_, err := starlark.ExecFile(thread, "t.star", "load(\""+module+"\", \"x\")", nil)
			if err == nil || !strings.Contains(err.Error(), "Starlark computation cancelled: enough") {
				t.Errorf("%v: %s: got %v", c, module, err)
			}
		}
		thread := newUnending(c)
		thread.SetMaxExecutionSteps(10_000)
		_, err := starlark.ExecFile(thread, "t.star", `load("loop", "x")`, nil)
		if n := thread.ExecutionSteps(); err == nil || !strings.HasSuffix(err.Error(), "too many steps") || n < 10_000 || n > 11_000 {
			t.Errorf("%v: %d steps, error %v", c, n, err)
		}
		thread = newUnending(c)
		thread.SetMaxAllocations(1 << 20)
		_, err = starlark.ExecFile(thread, "t.star", `load("hoards", "x")`, nil)
		if n := thread.Allocations(); err == nil || !strings.HasSuffix(err.Error(), "more than 1048576 bytes allocated") || n < 1<<20 || n > 16<<20 {
			t.Errorf("%v: %d bytes, error %v", c, n, err)
		}
	}
}

// TestStoppedLoadIsForgotten: a module that was stopped is loaded again.
func TestStoppedLoadIsForgotten(t *testing.T) {
	for _, c := range configs {
		thread := newUnending(c)
		thread.SetMaxExecutionSteps(500)
		if _, err := starlark.ExecFile(thread, "t.star", `load("counts", "x")`, nil); err == nil {
			t.Errorf("%v: a thread is not limited in a module", c)
		}
		other := thread.World().NewThread("")
		globals, err := starlark.ExecFile(other, "t.star", "load(\"counts\", \"x\")\nn = len(x)", nil)
		if err != nil || globals["n"].AsInt() != 1000 {
			t.Errorf("%v: got %v, %v", c, globals, err)
		}
	}
}

// TestCallbacksAreStopped: a built-in that calls back is stopped between two short calls.
func TestCallbacksAreStopped(t *testing.T) {
	for _, c := range configs {
		thread := newUnending(c)
		thread.SetMaxExecutionSteps(100_000)
		_, err := starlark.ExecFile(thread, "t.star", "sorted(range(1000000), key = lambda x: -x)", nil)
		const want = `Traceback (most recent call last):
  t.star:1:7: in <toplevel>
  <builtin>: in sorted
  t.star:1:40: in lambda
Error: Starlark computation cancelled: too many steps`
		if got := starlark.Traceback(err); got != want {
			t.Errorf("%v: %s", c, diff(want, got))
		}
	}
}

// TestGoLooksAfterCancel: what Go code asks of a value does not depend on whether the thread was stopped.
func TestGoLooksAfterCancel(t *testing.T) {
	for _, c := range configs {
		thread := newUnending(c)
		list, err := starlark.ToValue(thread, []int{1, 2})
		if err != nil {
			t.Fatal(err)
		}
		thread.Cancel("enough")
		x, err := starlark.Index(thread, list, starlark.MakeInt(1))
		if n, text := starlark.Len(thread, list), starlark.Repr(thread, list); n != 2 || text != "[1, 2]" || err != nil || x.AsInt() != 2 {
			t.Errorf("%v: length %d, text %q, element %v, %v", c, n, text, x, err)
		}
		var cancelled *starlark.CancelError
		if err := thread.Atomically(func() error { return nil }); !errors.As(err, &cancelled) {
			t.Errorf("%v: Atomically: %v", c, err)
		}
	}
}

// TestModulesTraceback: the error of a module tells where in the module it happened.
func TestModulesTraceback(t *testing.T) {
	const want = `Traceback (most recent call last):
  t.star:1:1: in <toplevel>
Error: cannot load through: cannot load fails: floored division by zero
In module through:
Traceback (most recent call last):
  through:1:1: in <toplevel>
Error: cannot load fails: floored division by zero
In module fails:
Traceback (most recent call last):
  fails:3:2: in <toplevel>
  fails:2:14: in f
Error: floored division by zero`
	for _, c := range configs {
		_, err := starlark.ExecFile(newUnending(c), "t.star", `load("through", "f")`, nil)
		if got := starlark.Traceback(err); got != want {
			t.Errorf("%v: %s", c, diff(want, got))
		}
	}
}
