package vm

import (
	goruntime "runtime"
	"strings"
	"testing"
	"unsafe"
	"weak"

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
    long_loop(40000)
    return held()

def body():
    for x in made():
        long_loop(40000)
    long_loop(40000)
    return held()

def waits():
    l = made()
    long_loop(40000)
    return len(l)

def callers():
    waits()
    long_loop(40000)
    return held()

def inside():
    l = made()
    long_loop(40000)
    return held()

def fails():
    for x in made():
        for y in made():
            fail()

def caught():
    try_call(fails)
    long_loop(40000)
    return held()

def caught_in_block():
    try_call(atomic, fails)
    long_loop(40000)
    return held()

def called_back():
    try_call(sorted, [1], key = lambda x: fails())
    long_loop(40000)
    return held()
`

// TestForgetsWhatNoFrameUses: a loop that has ended keeps nothing alive, nor does a call that
// has returned, once the thread has run for a while.
func TestForgetsWhatNoFrameUses(t *testing.T) {
	for _, model := range []runtime.Model{runtime.GIL, runtime.STM} {
		for name, want := range map[string]int64{"loop": 0, "left_loop": 0, "call": 0, "body": 0, "callers": 0, "inside": 1, "caught": 0, "caught_in_block": 0, "called_back": 0} {
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

// read has programs each of which makes a list that can be reached by one of their variables only, and is not
// any more: kept counts those that are still there. The variables are assigned twice, as a slot keeps the
// value before the last.
var read = map[string]string{
	"a dict that did not have a key": `
def make():
    return {1: made()}
def touch():
    return x.get(2)
x = make()
touch()
`,
	"an element that was written": `
def make():
    return [0]
def touch():
    x[0] = made()
def look():
    return len(x[0])
x = make()
touch()
look()
`,
	"a variable that another thread has read": `
def touch():
    return len(x)
def other():
    touch()
    ready.set()
    first.wait()
    awake.set()
    second.wait()
    long_loop(40000)
    return kept()
ready, first, awake, second = event(), event(), event(), event()
x = made()
t = thread.start(other)
ready.wait()
x = 1
long_loop(100)
x = 2
first.set()
awake.wait()  # its snapshots do not need the list any more
x = 3
long_loop(100)
x = 4
long_loop(40000)
second.set()
x = t.result()
`,
}

// TestForgetsWhatItHasRead: what a thread remembers of the variables and objects that its transactions have
// read keeps nothing alive for long.
func TestForgetsWhatItHasRead(t *testing.T) {
	for name, src := range read {
		var lists []weak.Pointer[value.Object]
		env := map[string]value.Value{
			"made": value.NewBuiltin("made", func(vt *value.Thread, _ value.Value, _ []value.Value, _ []value.KV) (value.Value, error) {
				l := value.NewList(vt, []value.Value{value.Int(1), value.Int(2)})
				lists = append(lists, weak.Make((*value.Object)(l.Pointer())))
				return l, nil
			}),
			"kept": value.NewBuiltin("kept", func(*value.Thread, value.Value, []value.Value, []value.KV) (value.Value, error) {
				goruntime.GC()
				n := int64(0)
				for _, l := range lists {
					if l.Value() != nil {
						n++
					}
				}
				return value.Int(n), nil
			}),
		}
		known := func(name string) bool { _, ok := env[name]; return ok || IsPredeclared(name) }
		src = "def long_loop(n):\n    i = 0\n    while i < n:\n        i += 1\n" + src
		if !strings.Contains(src, "thread.start") {
			src += "x = 1\nlong_loop(100)\nx = 2\nlong_loop(40000)\nx = kept()\n"
		}
		p, err := compile.File("forget.star", []byte(src), known, IsUniversal)
		if err != nil {
			t.Fatal(err)
		}
		m := New(Config{World: runtime.NewWorld(runtime.Config{Model: runtime.STM, Quantum: 100})})
		globals, _, err := m.NewThread().Exec(p, env, nil)
		if err != nil {
			t.Fatal(Traceback(err))
		}
		if n := globals["x"].AsInt(); n != 0 || len(lists) == 0 {
			t.Errorf("%s: %d of %d lists are kept", name, n, len(lists))
		}
	}
}
