package starlark_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ungil/tm/starlark"
)

// modules is a Source of texts.
type modules map[string]string

func (m modules) find(_, module string) (string, []byte, error) {
	src, ok := m[module]
	if !ok {
		return "", nil, errors.New("no such module")
	}
	return module, []byte(src), nil
}

func runLoading(c config, m modules, src string) string {
	var out bytes.Buffer
	_, err := starlark.Run("main.star", []byte(src), starlark.Options{
		Model: c.model, Quantum: c.quantum, Threads: 2, Args: []string{"x"}, Output: &out, Source: m.find,
	})
	if err != nil {
		out.WriteString(starlark.Traceback(err))
	}
	return out.String()
}

var someModules = modules{
	"base": `
print("base is executed")
table = {"a": [1, 2]}
names = set(["x"])
def add(x):
    table["a"].append(x)
def lookup(k):
    return table[k], args
def counter():
    n = [0]
    def next():
        n[0] += 1
        return n[0]
    return next
next = counter()
def work():
    return len(table["a"])
result = thread.start(work).result()
`,
	"middle": "load(\"base\", \"add\", t = \"table\")\nshared = (t, add)\n_hidden = 1\n",
	"one":    "load(\"two\", \"x\")\ny = 1",
	"two":    "load(\"one\", \"y\")\nx = 1",
	"fails":  "1 // 0",
	"syntax": "x = = 1",
}

func TestLoad(t *testing.T) {
	for src, want := range map[string]string{
		// Each module is executed once, and frozen.
		`
load("base", "table", "lookup", "counter", "result", grow = "add")
load("middle", "shared")
print(table, lookup("a"), result, shared[0] == table)
n = counter()
print(n(), n())
def reads():
    for i in range(20):
        lookup("a")
    return lookup("a")[0]
print([t.result() for t in [thread.start(reads) for _ in range(3)]])
grow(3)
`: `base is executed
{"a": [1, 2]} ([1, 2], ["x"]) 2 True
1 2
[[1, 2], [1, 2], [1, 2]]
Traceback (most recent call last):
  main.star:12:5: in <toplevel>
  base:6:22: in add
Error in append: append: cannot append to frozen list`,
		"load(\"base\", \"next\")\nnext()": `base is executed
Traceback (most recent call last):
  main.star:2:5: in <toplevel>
  base:12:10: in next
Error: cannot assign to element of frozen list`,
		"load(\"base\", \"names\")\nnames.add(1)": `base is executed
Traceback (most recent call last):
  main.star:2:10: in <toplevel>
Error in add: add: cannot insert into frozen hash table`,
		"load(\"none\", \"x\")":   "Traceback (most recent call last):\n  main.star:1:1: in <toplevel>\nError: cannot load none: no such module",
		"load(\"fails\", \"x\")":  "Traceback (most recent call last):\n  main.star:1:1: in <toplevel>\nError: cannot load fails: floored division by zero\nIn module fails:\nTraceback (most recent call last):\n  fails:1:3: in <toplevel>\nError: floored division by zero",
		"load(\"syntax\", \"x\")": "Traceback (most recent call last):\n  main.star:1:1: in <toplevel>\nError: cannot load syntax: syntax:1:5: got '=', want primary expression",
		"load(\"middle\", \"shard\")": `base is executed
Traceback (most recent call last):
  main.star:1:1: in <toplevel>
Error: load: name shard not found in module middle (did you mean shared?)`,
		"load(\"one\", \"y\")": "Traceback (most recent call last):\n  main.star:1:1: in <toplevel>\n" +
			"Error: cannot load one: cannot load two: cannot load one: cycle of modules: one loads two loads one\n" +
			"In module one:\nTraceback (most recent call last):\n  one:1:1: in <toplevel>\nError: cannot load two: cannot load one: cycle of modules: one loads two loads one\n" +
			"In module two:\nTraceback (most recent call last):\n  two:1:1: in <toplevel>\nError: cannot load one: cycle of modules: one loads two loads one",
	} {
		for _, c := range configs {
			if got := runLoading(c, someModules, src); got != want {
				t.Errorf("%v\n%s\n%s", c, src, diff(want, got))
			}
		}
	}
}

// TestLoadMany: what one load statement found is still there when a transaction
// with several of them is repeated.
func TestLoadMany(t *testing.T) {
	m := modules{}
	var src strings.Builder
	for i := range 20 {
		m[fmt.Sprint(i)] = fmt.Sprintf("x%d = %d", i, i)
		fmt.Fprintf(&src, "load(%q, \"x%d\")\n", fmt.Sprint(i), i)
	}
	src.WriteString("print(x0, x19)\n")
	for _, c := range configs {
		if got := runLoading(c, m, src.String()); got != "0 19\n" {
			t.Errorf("%v: got %q", c, got)
		}
	}
}
