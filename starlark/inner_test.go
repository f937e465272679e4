package starlark_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark"
)

// loadsWith makes a thread whose load statements execute one file with the thread itself.
func loadsWith(m runtime.Model, src string, env starlark.StringDict) *starlark.Thread {
	thread := starlark.NewWorld(starlark.Config{Model: m, Quantum: 1}).NewThread("main")
	thread.Load = func(thread *starlark.Thread, module string) (starlark.StringDict, error) {
		return starlark.ExecFile(thread, module, src, env)
	}
	return thread
}

// TestBuiltinsOfLoadedFiles: what a built-in does for a file that Load executes with its own
// thread is part of that file's transactions, and is undone with them.
func TestBuiltinsOfLoadedFiles(t *testing.T) {
	add := func(thread *starlark.Thread, list starlark.Value) error {
		old, err := starlark.Index(thread, list, starlark.MakeInt(0))
		if err != nil {
			return err
		}
		return starlark.SetIndex(thread, list, starlark.MakeInt(0), starlark.MakeInt(old.AsInt()+1))
	}
	effects := 0
	env := starlark.StringDict{
		"add": starlark.NewBuiltin("add", func(thread *starlark.Thread, args []starlark.Value, _ []starlark.KV) (starlark.Value, error) {
			return starlark.None, add(thread, args[0])
		}),
		"step": starlark.NewBuiltin("step", func(thread *starlark.Thread, args []starlark.Value, _ []starlark.KV) (starlark.Value, error) {
			return starlark.None, thread.Atomically(func() error { return errors.Join(add(thread, args[0]), add(thread, args[0])) })
		}),
		"call": starlark.NewBuiltin("call", func(thread *starlark.Thread, args []starlark.Value, _ []starlark.KV) (starlark.Value, error) {
			return starlark.Call(thread, args[0], nil, nil)
		}),
		"effect": starlark.NewBuiltin("effect", func(thread *starlark.Thread, _ []starlark.Value, _ []starlark.KV) (starlark.Value, error) {
			thread.Defer(func() { effects++ })
			return starlark.None, nil
		}),
		"final": starlark.NewIrreversible("final", func(*starlark.Thread, []starlark.Value, []starlark.KV) (starlark.Value, error) {
			return starlark.None, nil
		}),
	}
	const src = `
l = [0]
def fails():
    for _ in atomic():
        l[0] = 5
        add(l)
        step(l)
        effect()
        fail("no")
try_call(fails)
add(l)
step(l)
n = call(lambda: l[0])
effect()
final()
`
	for _, m := range models {
		thread := loadsWith(m, src, env)
		effects = 0
		globals, err := starlark.ExecFile(thread, "main.star", "load(\"m\", \"n\", \"l\")\nresult = (n, l)", nil)
		require.NoError(t, err, m)
		require.Equal(t, "(3, [3])", starlark.Repr(thread, globals["result"]), m)
		require.Equal(t, 1, effects, m)
	}
}

// TestLoadUsesValues: a Load function works on values with the thread that loads.
func TestLoadUsesValues(t *testing.T) {
	for _, m := range models {
		thread, globals := execNew(t, m, "l = [1, 2]", nil)
		thread.Load = func(thread *starlark.Thread, _ string) (starlark.StringDict, error) {
			err := starlark.SetIndex(thread, globals["l"], starlark.MakeInt(0), starlark.MakeInt(3))
			return starlark.StringDict{"l": globals["l"]}, err
		}
		globals, err := starlark.ExecFile(thread, "main.star", "load(\"m\", \"l\")\nk = l", nil)
		require.NoError(t, err, m)
		require.Equal(t, "[3, 2]", starlark.Repr(thread, globals["k"]), m)
	}
}

// TestThreadAfterPanicOfLoad: a thread whose Load has panicked is good for another program.
func TestThreadAfterPanicOfLoad(t *testing.T) {
	for _, m := range models {
		thread := loadsWith(m, "boom()", starlark.StringDict{
			"boom": starlark.NewBuiltin("boom", func(*starlark.Thread, []starlark.Value, []starlark.KV) (starlark.Value, error) { panic("boom") }),
		})
		require.PanicsWithValue(t, "boom", func() { _, _ = starlark.ExecFile(thread, "t.star", "load(\"m\", \"x\")", nil) }, m)
		globals, err := starlark.ExecFile(thread, "t.star", "n = thread.id()", nil)
		require.NoError(t, err, m)
		require.Equal(t, starlark.MakeInt(0), globals["n"], "%v: another thread does its work", m)
	}
}

// TestLimitsOfLoadedFiles: what a thread loads counts, be it by its own Load or a Source.
func TestLimitsOfLoadedFiles(t *testing.T) {
	const table = "l = [0] * 100000\n" // 1.6 MB
	const load = "load(\"a\", a = \"l\")\nload(\"b\", b = \"l\")\nload(\"c\", c = \"l\")\n"
	for _, m := range models {
		source := starlark.NewWorld(starlark.Config{Model: m, Source: modules{"a": table, "b": table, "c": table}.find}).NewThread("")
		for _, thread := range []*starlark.Thread{loadsWith(m, table, nil), source} {
			thread.SetMaxAllocations(4 << 20)
			_, err := starlark.ExecFile(thread, "main.star", load, nil)
			require.ErrorContains(t, err, "more than 4194304 bytes allocated", m)
		}
		endless := starlark.NewWorld(starlark.Config{Model: m, Source: modules{"a": "while True: pass"}.find}).NewThread("")
		for _, thread := range []*starlark.Thread{loadsWith(m, "while True: pass", nil), endless} {
			thread.SetMaxExecutionSteps(1000)
			_, err := starlark.ExecFile(thread, "main.star", load, nil)
			require.ErrorContains(t, err, "too many steps", m)
		}
	}
}

// cancelling is an output that cancels the thread when something is written.
type cancelling struct{ thread *starlark.Thread }

func (c *cancelling) Write(p []byte) (int, error) {
	c.thread.Cancel("enough")
	return len(p), nil
}

// TestCancelWhileLoading: cancelling a thread ends the module that it loads, with the threads of
// that; another thread may load the module again.
func TestCancelWhileLoading(t *testing.T) {
	for _, m := range models {
		for _, src := range []string{
			"def f():\n    print()\n    while True: pass\nthread.start(f).join()",
			"thread.start(print)\nqueue().get(timeout = 1e6)",
		} {
			var out cancelling
			source := modules{"m": src}
			world := starlark.NewWorld(starlark.Config{Model: m, Source: source.find, Output: &out})
			out.thread = world.NewThread("")
			_, err := starlark.ExecFile(out.thread, "t.star", "load(\"m\", \"x\")", nil)
			require.ErrorContains(t, err, "Starlark computation cancelled: enough", "%v: %s", m, src)
			source["m"] = "x = 1"
			globals, err := starlark.ExecFile(world.NewThread(""), "t.star", "load(\"m\", \"x\")\ny = x", nil)
			require.NoError(t, err, "%v: %s", m, src)
			require.Equal(t, starlark.MakeInt(1), globals["y"])
		}
	}
}
