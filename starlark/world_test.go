package starlark_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark"
)

var models = []runtime.Model{runtime.GIL, runtime.STM, runtime.Auto, runtime.Locks}

// execNew executes a file in a new world.
func execNew(t *testing.T, m runtime.Model, src string, env starlark.StringDict) (*starlark.Thread, starlark.StringDict) {
	t.Helper()
	thread := starlark.NewWorld(starlark.Config{Model: m}).NewThread("test")
	globals, err := starlark.ExecFile(thread, "t.star", src, env)
	if err != nil {
		t.Fatal(starlark.Traceback(err))
	}
	return thread, globals
}

// TestGoroutinesShareOneHeap: goroutines with threads of their own change the same
// objects, through Starlark functions and from Go.
func TestGoroutinesShareOneHeap(t *testing.T) {
	for _, m := range models {
		main, globals := execNew(t, m, `
counts = {}
log = []
def count(name, n):
    for i in range(n):
        for _ in atomic():
            counts[name] = counts.get(name, 0) + 1
            counts["all"] = counts.get("all", 0) + 1
    log.append(name)
    return counts["all"] >= counts[name]
`, nil)
		const goroutines, rounds = 4, 200
		var all sync.WaitGroup
		for g := range goroutines {
			all.Go(func() {
				thread := main.World().NewThread(fmt.Sprint("g", g))
				name := starlark.String(fmt.Sprint(g % 2))
				v, err := starlark.Call(thread, globals["count"], []starlark.Value{name, starlark.MakeInt(rounds)}, nil)
				if err != nil || v != starlark.True {
					t.Errorf("%v: count returned %v, %v", m, v, err)
				}
				for range rounds {
					err := thread.Atomically(func() error {
						old, err := starlark.Index(thread, globals["counts"], starlark.String("all"))
						if err != nil {
							return err
						}
						return starlark.SetIndex(thread, globals["counts"], starlark.String("all"), starlark.MakeInt(old.AsInt()+1))
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		got, err := starlark.FromValue(main, globals["counts"])
		want := map[string]any{"0": int64(2 * rounds), "1": int64(2 * rounds), "all": int64(2 * goroutines * rounds)}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%v: got %v, %v; want %v", m, got, err, want)
		}
		if n := starlark.Len(main, globals["log"]); n != goroutines {
			t.Errorf("%v: %d entries in the log", m, n)
		}
	}
}

// TestAtomicallyUndoes: an error takes back what the function did.
func TestAtomicallyUndoes(t *testing.T) {
	for _, m := range models {
		thread, globals := execNew(t, m, "l = [1]", nil)
		failure := errors.New("no")
		err := thread.Atomically(func() error {
			if err := starlark.SetIndex(thread, globals["l"], starlark.MakeInt(0), starlark.MakeInt(2)); err != nil {
				return err
			}
			return failure
		})
		if !errors.Is(err, failure) || starlark.Repr(thread, globals["l"]) != "[1]" {
			t.Errorf("%v: %v, %s", m, err, starlark.Repr(thread, globals["l"]))
		}
	}
}

func TestGoValues(t *testing.T) {
	huge, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	for _, m := range models {
		thread := starlark.NewWorld(starlark.Config{Model: m}).NewThread("")
		in := map[string]any{
			"none": nil, "yes": true, "int": -7, "uint": uint64(1 << 63), "huge": huge, "float": 1.5, "text": "é", "bytes": []byte{255},
			"list": []any{1, "x", []int{2}}, "map": map[int]string{1: "a"}, "value": starlark.String("v"), "array": [2]bool{true, false},
		}
		v, err := starlark.ToValue(thread, in)
		if err != nil {
			t.Fatal(err)
		}
		want := `{"array": [True, False], "bytes": b"\xff", "float": 1.5, "huge": 123456789012345678901234567890, "int": -7, ` +
			`"list": [1, "x", [2]], "map": {1: "a"}, "none": None, "text": "é", "uint": 9223372036854775808, "value": "v", "yes": True}`
		if got := starlark.Repr(thread, v); got != want {
			t.Errorf("%v: got  %s\nwant %s", m, got, want)
		}
		back, err := starlark.FromValue(thread, v)
		out := map[string]any{
			"none": nil, "yes": true, "int": int64(-7), "uint": new(big.Int).SetUint64(1 << 63), "huge": huge, "float": 1.5, "text": "é", "bytes": []byte{255},
			"list": []any{int64(1), "x", []any{int64(2)}}, "map": map[any]any{int64(1): "a"}, "value": "v", "array": []any{true, false},
		}
		if err != nil || !reflect.DeepEqual(back, out) {
			t.Errorf("%v: back in Go: %v, %v", m, back, err)
		}
		for _, bad := range []any{make(chan int), struct{}{}, []any{func() {}}} {
			if v, err := starlark.ToValue(thread, bad); err == nil {
				t.Errorf("%T became %s", bad, starlark.Repr(thread, v))
			}
		}
		_, globals := execNew(t, m, "l = []\nl.append(l)\ndef f(): pass\ns = struct(a = 1, b = (2, set([3])))", nil)
		for _, name := range []string{"l", "f"} {
			if x, err := starlark.FromValue(thread, globals[name]); err == nil {
				t.Errorf("%s became %v", name, x)
			}
		}
	}
}

// TestBuiltin calls Go from Starlark and Starlark from there.
func TestBuiltin(t *testing.T) {
	apply := starlark.NewBuiltin("apply", func(thread *starlark.Thread, args []starlark.Value, kwargs []starlark.KV) (starlark.Value, error) {
		var f starlark.Callable
		var x starlark.Value
		times := 1
		if err := starlark.UnpackArgs("apply", args, kwargs, "f", &f, "x", &x, "times?", &times); err != nil {
			return starlark.None, err
		}
		for range times {
			var err error
			if x, err = starlark.Call(thread, f.Value, []starlark.Value{x}, nil); err != nil {
				return starlark.None, err
			}
		}
		return x, nil
	})
	for _, m := range models {
		env := starlark.StringDict{"apply": apply}
		thread, globals := execNew(t, m, "x = apply(lambda n: n * 2, 1, times = 5)\ndef f(n): return apply(lambda n: 1 // n, n)", env)
		if globals["x"] != starlark.MakeInt(32) {
			t.Errorf("%v: x is %s", m, starlark.Repr(thread, globals["x"]))
		}
		for _, c := range []struct{ src, want string }{
			{"apply(5, 1)", "Traceback (most recent call last):\n  t.star:1:6: in <toplevel>\nError in apply: apply: for parameter f: got int, want callable"},
			{"apply(len, x = 1, times = 0, tmes = 3)", "Traceback (most recent call last):\n  t.star:1:6: in <toplevel>\nError in apply: apply: unexpected keyword argument \"tmes\""},
			{"apply(lambda n: 1 // n, 0)", "Traceback (most recent call last):\n  t.star:1:6: in <toplevel>\n  <builtin>: in apply\n  t.star:1:19: in lambda\nError: floored division by zero"},
		} {
			_, err := starlark.ExecFile(thread, "t.star", c.src, env)
			if got := starlark.Traceback(err); got != c.want {
				t.Errorf("%v: %s: %s", m, c.src, diff(c.want, got))
			}
		}
		_, err := starlark.Call(thread, globals["f"], []starlark.Value{starlark.MakeInt(0)}, nil)
		if err == nil || err.Error() != "floored division by zero" {
			t.Errorf("%v: got %v", m, err)
		}
	}
}

// TestPrintAndLoad uses the thread's own functions; Load executes a file with the same
// thread, as it may with starlark-go.
func TestPrintAndLoad(t *testing.T) {
	for _, m := range models {
		var out bytes.Buffer
		thread := starlark.NewWorld(starlark.Config{Model: m, Output: &out}).NewThread("main")
		var lines []string
		thread.Print = func(thread *starlark.Thread, msg string) { lines = append(lines, thread.Name+": "+msg) }
		thread.Load = func(thread *starlark.Thread, module string) (starlark.StringDict, error) {
			return starlark.ExecFile(thread, module, "print(\"in\", NAME)\nl = [NAME]", starlark.StringDict{"NAME": starlark.String(module)})
		}
		globals, err := starlark.ExecFile(thread, "main.star", "load(\"m\", \"l\")\nprint(l)\nthread.start(print, 1).join()\nk = l", nil)
		if err != nil {
			t.Fatal(starlark.Traceback(err))
		}
		if got := strings.Join(lines, "|"); got != `main: in m|main: ["m"]` || out.String() != "1\n" || starlark.Repr(thread, globals["k"]) != `["m"]` {
			t.Errorf("%v: printed %q and %q, k is %s", m, got, out.String(), starlark.Repr(thread, globals["k"]))
		}
	}
}

// TestLimitsOfThreads stops endless programs in every way.
func TestLimitsOfThreads(t *testing.T) {
	const forever = "def forever():\n    while True:\n        pass\n"
	for _, m := range models {
		for _, src := range []string{"forever()", "sorted([1], key = lambda x: forever())", "for _ in atomic():\n    forever()", "thread.start(forever).join()"} {
			thread := starlark.NewWorld(starlark.Config{Model: m}).NewThread("")
			time.AfterFunc(time.Millisecond, func() { thread.Cancel("enough") })
			_, err := starlark.ExecFile(thread, "t.star", forever+src, nil)
			var failed *starlark.EvalError
			if !errors.As(err, &failed) || err.Error() != "Starlark computation cancelled: enough" {
				t.Errorf("%v: %s: got %v", m, src, err)
			}
			thread.World().Cancel()
			if err := thread.World().Wait(); err != nil {
				t.Errorf("%v: %s: Wait returned %v", m, src, err)
			}
			if _, err := starlark.ExecFile(thread, "t.star", "1", nil); err == nil {
				t.Errorf("%v: a cancelled thread runs", m)
			}
			thread.Uncancel()
			if _, err := starlark.ExecFile(thread, "t.star", "1", nil); err != nil {
				t.Errorf("%v: after Uncancel: %v", m, err)
			}
		}
		thread := starlark.NewWorld(starlark.Config{Model: m}).NewThread("")
		thread.SetMaxExecutionSteps(10_000)
		_, err := starlark.ExecFile(thread, "t.star", forever+"forever()", nil)
		if n := thread.ExecutionSteps(); err == nil || err.Error() != "Starlark computation cancelled: too many steps" || n < 10_000 || n > 10_100 {
			t.Errorf("%v: %d steps, error %v", m, n, err)
		}
		thread = starlark.NewWorld(starlark.Config{Model: m}).NewThread("")
		thread.CancelAfter(time.Millisecond)
		if _, err := starlark.ExecFile(thread, "t.star", forever+"forever()", nil); err == nil || !strings.Contains(err.Error(), "time limit of 1ms exceeded") {
			t.Errorf("%v: got %v", m, err)
		}
	}
}

// TestStepsAreExact: what the runtime has to do for a model is no step of the program.
func TestStepsAreExact(t *testing.T) {
	// Enough objects for transactions that end early because their undo log is long.
	const src = `
def f():
    boxes = [[0] for _ in range(6000)]
    for _ in range(20):
        for b in boxes:
            b[0] += 1
f()
`
	var steps []uint64
	for _, m := range models {
		thread := starlark.NewWorld(starlark.Config{Model: m}).NewThread("")
		if _, err := starlark.ExecFile(thread, "t.star", src, nil); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, thread.ExecutionSteps())
	}
	if steps[0] != steps[1] {
		t.Errorf("steps under %v: %d", models, steps)
	}
}

// TestThreadAfterPanic: a thread whose built-in has panicked is good for another program.
func TestThreadAfterPanic(t *testing.T) {
	for _, m := range models {
		thread := starlark.NewWorld(starlark.Config{Model: m, Quantum: 10}).NewThread("")
		env := starlark.StringDict{"boom": starlark.NewBuiltin("boom", func(*starlark.Thread, []starlark.Value, []starlark.KV) (starlark.Value, error) {
			panic("boom")
		})}
		func() {
			defer func() {
				if e := recover(); e != "boom" {
					t.Errorf("%v: panic %v", m, e)
				}
			}()
			_, err := starlark.ExecFile(thread, "t.star", "for _ in atomic():\n    for x in [1]:\n        sorted([1], key = lambda x: boom())", env)
			t.Errorf("%v: error %v, want a panic", m, err)
		}()
		globals, err := starlark.ExecFile(thread, "t.star", `
def f():
    n = 0
    for i in range(100):
        n += i
    return n
n = [f() for _ in range(10)][-1]
thread.start(f).join()
`, nil)
		if err != nil || starlark.Repr(thread, globals["n"]) != "4950" {
			t.Errorf("%v: afterwards: %v, error %v", m, globals, err)
		}
	}
}
