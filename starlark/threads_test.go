package starlark_test

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark"
	"github.com/ungil/tm/starlark/compile"
	"github.com/ungil/tm/starlark/vm"
)

// TestThreads runs files with threads whose output does not depend on the order
// in which they run. The first configuration's output is compared with the
// expectation beside the file, the others with it.
func TestThreads(t *testing.T) {
	files, err := filepath.Glob("testdata/threads/*.star")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		src := readFile(t, "threads/"+name)
		want := readFile(t, "threads/"+strings.TrimSuffix(name, ".star")+".out")
		for _, c := range threadConfigs {
			t.Run(name+"/"+c.String(), func(t *testing.T) {
				if got := run(t, c, file, src); got != want {
					t.Error(diff(want, got))
				}
			})
		}
	}
}

// everywhere runs src under all configurations and compares.
func everywhere(t *testing.T, src, want string) {
	t.Helper()
	for _, c := range threadConfigs {
		if got := run(t, c, "t.star", src); got != want {
			t.Errorf("%v: %s", c, diff(want, got))
		}
	}
}

const swap = `
def f(a, b):
    x = a.pop()
    b.append(x)

def in_atomic(a, b):
    for _ in atomic():
        f(a, b)

def after(gate, steps, g, a, b):
    gate.append(None)
    while len(gate) < 2:  # until both threads run
        pass
    for _ in range(steps):
        pass
    g(a, b)

def once(g, i):
    l1, l2, gate = ["one"], ["two"], []
    s = thread.start(after, gate, i % 8, g, l1, l2)
    t = thread.start(after, gate, i // 8 % 8, g, l2, l1)
    s.join()
    t.join()
    return l1, l2

def main():
    exchanged = 0
    for i in range(200):
        l1, l2 = once(FUNCTION, i)
        if l1 == ["two"]:
            exchanged += 1
        elif l1 != ["one"]:
            fail("lost", l1, l2)
    print(exchanged > 0)

main()
`

// TestSwapInAtomic: with each exchange in one atomic block, x comes back to where
// it was. (Without, the tops may be exchanged: TestSwapInterrupted.)
func TestSwapInAtomic(t *testing.T) {
	everywhere(t, strings.ReplaceAll(swap, "FUNCTION", "in_atomic"), "False\n")
}

// TestSwapInterrupted shows that a thread can be interrupted between the two calls of
// f. Once both run, the lock is handed to and fro at every switch point, so with
// all small leads of one thread over the other it happens for certain.
func TestSwapInterrupted(t *testing.T) {
	got := run(t, config{runtime.GIL, 1}, "swap.star", strings.ReplaceAll(swap, "FUNCTION", "f"))
	if got != "True\n" {
		t.Errorf("got %q", got)
	}
}

func TestErrorUndoesAtomic(t *testing.T) {
	everywhere(t, `
state = [1, 2]
d = {"k": 0}
local = []
def f():
    mine = [7]
    for _ in atomic():
        print("never seen")
        state.append(3)
        d["k"] += 1
        d["new"] = state
        for _ in atomic():
            state[0] = 100
            state.pop()
        mine.append(8)
        1 // 0

t = thread.start(f)
def watch():
    for i in range(50):
        if state != [1, 2] or d != {"k": 0}:
            fail("seen", state, d)
    return "ok"

w = thread.start(watch)
print(w.result())
def report():
    print(state, d)
thread.start(report).join()
t.join()
`, `ok
[1, 2] {"k": 0}
Traceback (most recent call last):
  t.star:30:7: in <toplevel>
Error in join: thread 1 failed: floored division by zero
In thread 1:
Traceback (most recent call last):
  t.star:16:11: in f
Error: floored division by zero`)
}

// TestRelaxedCounterOfManyThreads: more threads at once than the counter has parts for.
func TestRelaxedCounterOfManyThreads(t *testing.T) {
	everywhere(t, `
n, all_run = relaxed.counter(), barrier(20)
def f():
    n.add(2)
    all_run.wait()
    n.add(-1)
    n.add(1 << 70)
for h in [thread.start(f) for _ in range(20)]:
    h.join()
print(n.value() == 20 * (1 + (1 << 70)))
`, "True\n")
}

func TestJoinRefused(t *testing.T) {
	for src, want := range map[string]string{
		"gate = [0]\ndef wait():\n    while gate[0] == 0:\n        pass\nt = thread.start(wait)\nfor _ in atomic():\n    t.join()\n":      "inside atomic",
		"gate = [0]\ndef wait():\n    while gate[0] == 0:\n        pass\nt = thread.start(wait)\nsorted([1], key=lambda x: t.result())\n": "calls back",
		"h = []\ndef f():\n    while len(h) == 0:\n        pass\n    h[0].join()\nh.append(thread.start(f))\nh[0].join()\n":               "never end",
	} {
		for _, c := range threadConfigs {
			if got := run(t, c, "t.star", src); !strings.Contains(got, want) {
				t.Errorf("%v: want an error with %q, got:\n%s", c, want, got)
			}
		}
	}
}

// TestJoinInAtomic: joining a thread that has ended already is allowed there.
func TestJoinInAtomic(t *testing.T) {
	everywhere(t, `
def f():
    return 5
t = thread.start(f)
t.join()
for _ in atomic():
    print(t.result())
`, "5\n")
}

func TestUnaskedErrorIsReported(t *testing.T) {
	everywhere(t, `
def f():
    [][1]
thread.start(f)
print("main ends")
`, `main ends
Error: thread 1 failed: index 1 out of range: empty list
In thread 1:
Traceback (most recent call last):
  t.star:3:7: in f
Error: index 1 out of range: empty list`)
}

// TestMainFails: the other threads are stopped, even one that would run for ever.
func TestMainFails(t *testing.T) {
	everywhere(t, `
def forever():
    while True:
        pass
def waits(t):
    t.join()
t = thread.start(forever)
thread.start(waits, t)
1 // 0
`, `Traceback (most recent call last):
  t.star:9:3: in <toplevel>
Error: floored division by zero`)
}

// manyVariables is a function that has n variables and calls itself for ever.
func manyVariables(n int) string {
	var b strings.Builder
	b.WriteString("def f(n):\n")
	for i := range n {
		fmt.Fprintf(&b, "    v%d = n\n", i)
	}
	b.WriteString("    return f(n + 1)\nf(0)")
	return b.String()
}

func TestLimits(t *testing.T) {
	for src, want := range map[string]string{
		"def f(n):\n    return f(n + 1) + 1\nf(0)":                         "stack overflow",
		manyVariables(3000):                                                "too many variables",
		"def f(n):\n    return sorted([n], key=f)\nf(0)":                   "stack overflow",
		"def f(n):\n    return max([n, n], key=f)\nf(0)":                   "stack overflow",
		"x = \"a\" * 1000000000000":                                        "a",
		"x = [0] * 1000000000000":                                          "a",
		"x = 1 << 100000000000":                                            "out of range",
		"l = []\nfor i in range(100000):\n    l = [l]\nprint(len(str(l)))": "",
		"l = list(range(1000000000000))":                                   "range",
	} {
		for _, c := range configs {
			if c.quantum != 0 || c.model != runtime.GIL && c.model != runtime.STM { // the others do the same with one thread
				continue
			}
			var out bytes.Buffer
			_, err := starlark.Run("t.star", []byte(src), starlark.Options{Model: c.model, Output: &out})
			var e *starlark.EvalError
			if want != "" && (!errors.As(err, &e) || !strings.Contains(e.Error(), want)) {
				t.Errorf("%v: %s\nwant an error with %q, got %v", c, src, want, err)
			}
		}
	}
}

func TestFiles(t *testing.T) {
	everywhere(t, `
print(file.list("testdata/lang")[:2], file.is_dir("testdata"), file.is_dir("nothing"), file.is_dir("threads_test.go"))
print(len(file.read("testdata/lang/hash_functions.star").split("\n")), file.is_dir(file.goroot() + "/src"))
def f():
    file.read("testdata/no such file")
f()
`, `["bytes_sets.star", "containers.star"] True False False
4 True
Traceback (most recent call last):
  t.star:6:2: in <toplevel>
  t.star:5:14: in f
Error in read: file.read: cannot read "testdata/no such file": no such file or directory`)
}

func TestFileOfWrongKind(t *testing.T) {
	for src, want := range map[string]string{
		`file.read("testdata")`:          "is a directory",
		`file.read("/dev/null")`:         "not a regular file",
		`file.list("nothing")`:           "no such file",
		`file.list("starlark.go")`:       "not a directory",
		`file.read(1)`:                   "want a path",
		`file.read()`:                    "want 1",
		`thread.start()`:                 "missing argument",
		`thread.start(5)`:                "want callable",
		`atomic()`:                       "atomic missing 1 argument",
		`thread.nothing()`:               "has no .nothing",
		`thread.start(print).join(1, 2)`: "want at most 1",
		`thread.start(print).join("1")`:  "want a number of seconds",
		`thread.start(print).join(-1)`:   "not negative",
		`thread.start(print).cancel(1)`:  "want 0",
	} {
		if got := run(t, configs[0], "t.star", src); !strings.Contains(got, want) {
			t.Errorf("%s: want an error with %q, got:\n%s", src, want, got)
		}
	}
}

func TestArgs(t *testing.T) {
	for _, c := range configs {
		got := run(t, c, "t.star", "args.append(\"c\")\nprint(args, thread.count)\nprint(thread.start(lambda: args).result())", "a", "b")
		if want := "[\"a\", \"b\", \"c\"] 4\n[\"a\", \"b\", \"c\"]\n"; got != want {
			t.Errorf("%v: got %q, want %q", c, got, want)
		}
	}
}

func TestCompileErrors(t *testing.T) {
	for _, src := range []string{"x = = 1", "def f(:\n", "print(undefined_name)", "for x in []:\n    load(\"x\", \"y\")", "\x01"} {
		_, err := starlark.Run("bad.star", []byte(src), starlark.Options{Model: runtime.GIL})
		if !starlark.IsCompileError(err) || !strings.HasPrefix(err.Error(), "bad.star:") {
			t.Errorf("%q: got %v", src, err)
		}
	}
	_, err := starlark.Run("bad.star", []byte("1 // 0"), starlark.Options{Model: runtime.GIL})
	if err == nil || starlark.IsCompileError(err) {
		t.Errorf("an error of the run is taken for one of the source: %v", err)
	}
}

// brokenWriter fails.
type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestOutputError(t *testing.T) {
	for _, c := range configs {
		_, err := starlark.Run("t.star", []byte("print(1)"), starlark.Options{Model: c.model, Quantum: c.quantum, Output: brokenWriter{}})
		if err == nil || !strings.Contains(err.Error(), "disk full") {
			t.Errorf("%v: got %v", c, err)
		}
	}
}

// TestExampleSwap runs the example, whose first line depends on luck under STM.
func TestExampleSwap(t *testing.T) {
	const file = "../examples/swap.star"
	src := readFile(t, "../../examples/swap.star")
	for _, c := range configs {
		got := run(t, c, file, src, "60")
		if !strings.HasSuffix(got, "atomic: 0 of 60\n") {
			t.Errorf("%v: exchanged in spite of atomic: %q", c, got)
		}
		if c.model == runtime.GIL && c.quantum == 1 && strings.Contains(got, "plain:  0 of") {
			t.Errorf("%v: never interrupted between pop and append: %q", c, got)
		}
	}
}

// Atomic blocks that follow each other share transactions as long as these commit; one of
// its own each has a block when transactions fail, and when the quantum was chosen.
func TestBatchesOfAtomicBlocks(t *testing.T) {
	const blocks = 2000
	src := fmt.Sprintf(`
box = [0]
def f():
    for i in range(%d):
        for _ in atomic():
            for j in range(20):
                box[0] += 1
thread.start(f).join()
print(box)
`, blocks)
	commits := func(quantum int, abort bool) uint64 {
		t.Helper()
		p, err := compile.File("t.star", []byte(src), vm.IsPredeclared, vm.IsUniversal)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		world := runtime.NewWorld(runtime.Config{Model: runtime.STM, Quantum: quantum, Output: &out})
		m := vm.New(vm.Config{World: world, Threads: 1})
		if abort {
			m.SetGuest(vm.AbortEach)
		}
		if err := m.Run(p); err != nil || out.String() != fmt.Sprintf("[%d]\n", 20*blocks) {
			t.Fatal(out.String(), err)
		}
		return world.Stats().Commits
	}
	if n := commits(0, false); n > blocks/2 {
		t.Errorf("%d blocks in %d transactions", blocks, n)
	}
	if n := commits(0, true); n < blocks {
		t.Errorf("every transaction failed once: %d blocks in %d transactions", blocks, n)
	}
	if n := commits(1<<20, false); n < blocks {
		t.Errorf("the quantum was chosen: %d blocks in %d transactions", blocks, n)
	}
}
