package vm

import (
	"testing"
	"unsafe"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark/compile"
	"github.com/ungil/tm/starlark/value"
)

// forgotten has functions that leave a list from made behind; held counts the places where the
// thread has it.
const forgotten = `
def loop():
    for i in range(1):
        for x in made():
            pass
    return held()

def left_loop():
    for i in range(1):
        for x in made():
            break
    return held()

def locals_of_a_call():
    for i in range(3):
        l = made()
    return len([l, (l, l)])

def long_loop(n):
    i = 0
    while i < n:
        i += 1

def call():
    locals_of_a_call()
    long_loop(200000)
    return held()

def body():
    for x in made():
        long_loop(200000)
    long_loop(200000)
    return held()

def waits():
    l = made()
    long_loop(200000)
    return len(l)

def callers():
    waits()
    long_loop(200000)
    return held()

def fails_in_loop():
    for x in made():
        fail("on purpose")

def stopped():
    try_call(fails_in_loop)
    long_loop(200000)
    return held()

def fails_in_callback():
    try_call(sorted, [1], key = lambda x: fails_in_loop())
    long_loop(200000)
    return held()

def inside():
    l = made()
    long_loop(200000)
    return held()
`

// TestForgetsWhatNoFrameUses: a loop that has ended keeps nothing alive, nor does a call that
// has returned, once the thread has run for a while.
func TestForgetsWhatNoFrameUses(t *testing.T) {
	for _, model := range []runtime.Model{runtime.GIL, runtime.STM} {
		for name, want := range map[string]int64{"loop": 0, "left_loop": 0, "call": 0, "body": 0, "callers": 0, "stopped": 0, "fails_in_callback": 0, "inside": 1} {
			held := heldAfter(t, model, forgotten+"result = "+name+"()\n")
			if want == 0 && held != 0 || want != 0 && held == 0 {
				t.Errorf("%s, %s: the list is held in %d places, want %d or none at all", model, name, held, want)
			}
		}
	}
}

// heldAfter runs a program and returns its variable result.
func heldAfter(t *testing.T, model runtime.Model, src string) int64 {
	t.Helper()
	var lists []unsafe.Pointer // alive, so that nothing else comes to their places
	env := map[string]value.Value{
		"made": value.NewBuiltin("made", func(vt *value.Thread, _ value.Value, _ []value.Value, _ []value.KV) (value.Value, error) {
			l := value.NewList(vt, []value.Value{value.Int(1), value.Int(2)})
			lists = append(lists, l.Pointer())
			return l, nil
		}),
		"held": value.NewBuiltin("held", func(vt *value.Thread, _ value.Value, _ []value.Value, _ []value.KV) (value.Value, error) {
			return value.Int(holds(threadOf(vt), lists)), nil
		}),
	}
	known := func(name string) bool { _, ok := env[name]; return ok || IsPredeclared(name) }
	p, err := compile.File("forget.star", []byte(src), known, IsUniversal)
	if err != nil {
		t.Fatal(err)
	}
	globals, _, err := New(Config{World: runtime.NewWorld(runtime.Config{Model: model})}).NewThread().Exec(p, env, nil)
	if err != nil {
		t.Fatal(Traceback(err))
	}
	return globals["result"].AsInt()
}

// holds counts the registers and marks of t, and of its checkpoint, that are one of lists.
func holds(t *Thread, lists []unsafe.Pointer) (n int64) {
	count := func(p unsafe.Pointer) {
		for _, l := range lists {
			if p == l {
				n++
			}
		}
	}
	for _, registers := range [][]value.Value{t.stack, t.saved.regs[:cap(t.saved.regs)]} {
		for _, v := range registers {
			count(v.Pointer())
		}
	}
	for _, marks := range [][]unsafe.Pointer{t.Marks[:cap(t.Marks)], t.saved.marks[:cap(t.saved.marks)]} {
		for _, p := range marks {
			count(p)
		}
	}
	return n
}
