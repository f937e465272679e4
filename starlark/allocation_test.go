package starlark_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ungil/tm/starlark"
)

// allocators allocate for ever, each in another way.
var allocators = map[string]string{
	"list":          "l = []\nwhile True: l.append(1)",
	"published":     "l = []\ndef f():\n  while True: l.append(1)\nf()",
	"extend":        "l = [1]\nwhile True: l.extend(l)",
	"concatenation": "l = [1]\nwhile True: l = l + l",
	"tuple":         "l = (1,)\nwhile True: l = l + l",
	"literals":      "n = 1\nwhile True: x = (n, 2, 3)",
	"repetition":    "l = [1]\nwhile True: l = l * 3",
	"string":        "s = 'a'\nwhile True: s += s",
	"format":        "s = 'a'\nwhile True: s = '%s%s' % (s, s)",
	"join":          "s = 'a'\nwhile True: s = ''.join([s, s])",
	"replace":       "s = 'a'\nwhile True: s = s.replace('a', 'aa')",
	"bytes":         "s = b'a'\nwhile True: s = s * 2",
	"repr":          "l = ['x'] * 100\nwhile True: l = [str(l)]",
	"dict":          "d, i = {}, 0\nwhile True:\n  d[i] = i\n  i += 1",
	"new dicts":     "while True: d = {1: 2}",
	"set":           "d, i = set(), 0\nwhile True:\n  d.add(i)\n  i += 1",
	"integer":       "i = 1\nwhile True: i = i * (1 << 500)",
	"range":         "while True: list(range(100))",
	"comprehension": "while True: [x for x in range(100)]",
	"arguments":     "l = [1] * 100\ndef f(*args): pass\nwhile True: f(*l)",
	"rest":          "def f(*args): pass\nwhile True: f(1, 2, 3)",
	"keywords":      "d = {'a': 1}\ndef f(a): pass\nwhile True: f(**d)",
	"tuple slices":  "t = (1,) * 100\nwhile True: t[1:]",
	"string slices": "s = 'x' * 100\nwhile True: s[::2]",
	"fields":        "d = {'a': 1}\nwhile True: struct(**d)",
	"closures":      "while True: f = lambda: 1",
	"captured":      "def f():\n  while True: g(1)\ndef g(x): return lambda: x\nf()",
	"recursion":     "def f(x): return f(x + 1)\nf(0)",
	"at once":       "[0] * 10000000",
	"range at once": "list(range(10000000))",
	"in atomic":     "l = []\nfor _ in atomic():\n  while True: l.append(1)",
	"stopped":       "def f():\n  l = []\n  while True: l.append(1)\nwhile True: try_call(f)",
	"stopped once":  "def f():\n  [0] * 10000000\nwhile True: try_call(f)",
}

// TestAllocationLimit: each way to allocate is counted, and the error has a traceback.
func TestAllocationLimit(t *testing.T) {
	for _, m := range models {
		for name, src := range allocators {
			thread := starlark.NewWorld(starlark.Config{Model: m}).NewThread("")
			thread.SetMaxAllocations(1 << 20)
			defer thread.CancelAfter(time.Minute)() // for one that is not counted
			_, err := starlark.ExecFile(thread, "t.star", src, nil)
			if err == nil || !strings.Contains(err.Error(), "1048576 bytes") {
				t.Errorf("%v, %s: %v", m, name, err)
				continue
			}
			if trace := starlark.Traceback(err); !strings.Contains(trace, "t.star:") {
				t.Errorf("%v, %s: no traceback: %s", m, name, trace)
			}
			if n := thread.Allocations(); n > 1<<28 {
				t.Errorf("%v, %s: %d bytes before it was stopped", m, name, n)
			}
		}
	}
}

// TestAllocationsAreCountedNearly: by model and attempt they do not differ much from the truth.
func TestAllocationsAreCountedNearly(t *testing.T) {
	const src = "l = list(range(100000))\nd = {i: 1 for i in range(10000)}\ns = 'x' * 1000000\n"
	const least, most = 100000*16 + 10000*32 + 1000000, 2 * (100000*16 + 10000*64 + 1000000)
	for _, m := range models {
		for _, aborting := range []bool{false, true} {
			world := starlark.NewWorld(starlark.Config{Model: m, Quantum: 100})
			if aborting && m.String() == "stm" {
				world.AbortEach()
			}
			thread := world.NewThread("")
			if _, err := starlark.ExecFile(thread, "t.star", src, nil); err != nil {
				t.Fatal(err)
			}
			if n := thread.Allocations(); n < least || n > most {
				t.Errorf("%v, aborting %v: %d bytes, want %d to %d", m, aborting, n, least, most)
			}
		}
	}
}
