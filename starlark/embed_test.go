package starlark_test

import (
	"errors"
	"fmt"
	"log"
	"strings"
	"sync"
	"testing"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark"
)

// Names for programs come in a namespace, settings in a struct; expressions are evaluated over the variables of a file.
func ExampleEval() {
	env := starlark.StringDict{
		"text": starlark.Module("text", starlark.StringDict{
			"shout": starlark.NewBuiltin("shout", func(_ *starlark.Thread, args []starlark.Value, kwargs []starlark.KV) (starlark.Value, error) {
				var s string
				times := uint8(1)
				if err := starlark.UnpackArgs("shout", args, kwargs, "s", &s, "times?", &times); err != nil {
					return starlark.None, err
				}
				return starlark.String(strings.ToUpper(s) + strings.Repeat("!", int(times))), nil
			}),
		}),
		"settings": starlark.Struct(starlark.StringDict{"name": starlark.String("world")}),
	}
	thread := starlark.NewWorld(starlark.Config{Model: runtime.Auto}).NewThread("main")
	globals, err := starlark.ExecFile(thread, "greet.star", `greeting = text.shout("hello " + settings.name)`, env)
	if err != nil {
		log.Fatal(starlark.Traceback(err))
	}
	v, err := starlark.Eval(thread, "expression", `greeting + "?"`, globals)
	fmt.Println(v, err)
	_, err = starlark.Eval(thread, "expression", `text.shout("a", times = 1000)`, env)
	fmt.Println(starlark.Traceback(err))
	// Output:
	// "HELLO WORLD!?" <nil>
	// Traceback (most recent call last):
	//   expression:1:11: in <toplevel>
	// Error in shout: shout: for parameter "times": 1000 out of range (want value in unsigned 8-bit range)
}

// TestProgramIsExecutedByManyThreads: one compiled program, at the same time, with names of each one's own.
func TestProgramIsExecutedByManyThreads(t *testing.T) {
	p, err := starlark.SourceProgram("p.star", "double = [n * 2]\nf = lambda: double[0]", func(name string) bool { return name == "n" })
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range models {
		world := starlark.NewWorld(starlark.Config{Model: m})
		var all sync.WaitGroup
		for i := range int64(4) {
			all.Go(func() {
				thread := world.NewThread("")
				for range 20 {
					globals, err := p.Init(thread, starlark.StringDict{"n": starlark.MakeInt(i)})
					if err != nil {
						t.Error(err)
						return
					}
					v, err := starlark.Call(thread, globals["f"], nil, nil)
					if n, ok := starlark.AsInt(v); err != nil || !ok || n != 2*i {
						t.Errorf("%v: got %v, %v, want %d", m, v, err, 2*i)
					}
				}
			})
		}
		all.Wait()
		for _, env := range []starlark.StringDict{nil, {"m": starlark.None}, {"n": starlark.Value{}}} {
			if _, err := p.Init(world.NewThread(""), env); err == nil || !strings.HasPrefix(err.Error(), "p.star: the predeclared name n has no value") {
				t.Errorf("%v: with %v: error %v", m, env, err)
			}
		}
	}
	if _, err := p.Run(starlark.Options{Model: runtime.GIL}); err == nil {
		t.Error("a program runs without a name that it needs")
	}
}

// TestZeroValue: the zero Value, which a map of variables gives for a name that is not there, is an error everywhere.
func TestZeroValue(t *testing.T) {
	var zero starlark.Value
	thread := starlark.NewWorld(starlark.Config{Model: runtime.STM}).NewThread("")
	list, err := starlark.ToValue(thread, []any{1})
	if err != nil {
		t.Fatal(err)
	}
	i := starlark.MakeInt(0)
	for name, f := range map[string]func() error{
		"Call":     func() error { _, err := starlark.Call(thread, zero, nil, nil); return err },
		"Call arg": func() error { _, err := starlark.Call(thread, list, []starlark.Value{zero}, nil); return err },
		"Index":    func() error { _, err := starlark.Index(thread, zero, i); return err },
		"SetIndex": func() error { return starlark.SetIndex(thread, list, i, zero) },
		"Attr":     func() error { _, err := starlark.Attr(thread, zero, "x"); return err },
		"Elements": func() error { _, err := starlark.Elements(thread, zero); return err },
		"Equal":    func() error { _, err := starlark.Equal(thread, list, zero); return err },
		"Freeze":   func() error { return starlark.Freeze(thread, zero) },
		"To":       func() error { _, err := starlark.ToValue(thread, []any{zero}); return err },
		"From":     func() error { _, err := starlark.FromValue(thread, zero); return err },
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), "zero Value") {
			t.Errorf("%s: error %v", name, err)
		}
	}
	starlark.Share(thread, zero)
	if n, text := starlark.Len(thread, zero), starlark.Repr(thread, zero); n != -1 || text != "<unset>" || fmt.Sprint(zero) != text {
		t.Errorf("length %d, text %q and %v", n, text, zero)
	}
	if _, ok := starlark.AsString(zero); ok {
		t.Error("the zero Value is a string")
	}
	if _, ok := starlark.AsFloat(zero); ok {
		t.Error("the zero Value is a number")
	}
}

// TestValuesForGo: what fmt prints of a value, and payloads.
func TestValuesForGo(t *testing.T) {
	thread := starlark.NewWorld(starlark.Config{Model: runtime.STM}).NewThread("")
	for expr, want := range map[string]string{
		"None": "None", "-3": "-3 int float", "1 << 70": "1180591620717411303424 float", "1.5": "1.5 float", `"é\n"`: `"é\n" string`, `b"x"`: `b"x"`, "[1]": "<list>", "len": "<builtin_function_or_method>", "1 << 500 << 500 << 500": "",
	} {
		v, err := starlark.Eval(thread, "e", expr, nil)
		if err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprint(v)
		if _, ok := starlark.AsInt(v); ok {
			got += " int"
		}
		if _, ok := starlark.AsFloat(v); ok {
			got += " float"
		}
		if _, ok := starlark.AsString(v); ok {
			got += " string"
		}
		if want != "" && got != want || want == "" && strings.Contains(got, "float") {
			t.Errorf("%s: got %s, want %s", expr, got, want)
		}
	}
	if _, err := starlark.Eval(thread, "e", "x = 1", nil); !starlark.IsCompileError(err) {
		t.Errorf("a statement is an expression: %v", err)
	}
}

// TestCallStack: a built-in sees who called it, through other built-ins too.
func TestCallStack(t *testing.T) {
	for _, m := range models {
		var stack []starlark.CallFrame
		env := starlark.StringDict{"where": starlark.NewBuiltin("where", func(thread *starlark.Thread, _ []starlark.Value, _ []starlark.KV) (starlark.Value, error) {
			stack = thread.CallStack()
			return starlark.None, errors.New("here")
		})}
		thread := starlark.NewWorld(starlark.Config{Model: m}).NewThread("")
		if _, err := starlark.ExecFile(thread, "t.star", "def f(x):\n    return where()\nsorted([1], key = f)", env); err == nil {
			t.Errorf("%v: no error", m)
		}
		if got := fmt.Sprint(stack); got != "[{<toplevel> t.star:3:7} {sorted <builtin>} {f t.star:2:17} {where <builtin>}]" {
			t.Errorf("%v: %s", m, got)
		}
		_, err := starlark.Call(thread, env["where"], nil, nil)
		if got := fmt.Sprint(stack) + " " + starlark.Traceback(err); got != "[{where <builtin>}] Error in where: here" {
			t.Errorf("%v: %s", m, got)
		}
	}
}
