package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark"
)

func typed(text string, args ...string) (out, errs string, status int) {
	var o, e bytes.Buffer
	status = executeWith(append([]string{"repl"}, args...), strings.NewReader(text), &o, &e)
	return o.String(), e.String(), status
}

// A session goes on after every kind of error, and ends with its input.
func TestRepl(t *testing.T) {
	dir := t.TempDir()
	module := filepath.Join(dir, "m.star")
	if err := os.WriteFile(module, []byte("print('loaded')\ndef twice(x):\n    return 2 * x\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	const session = `
x = 1
def f(y):
    x = 2
    return x + y

f(x)
"é" + 'a'
None
[1, 2][5]
y = = 2
nobody
x += 41
x
l = [x]
l.append(l)
l
load("MODULE", "twice")
twice(21)
def g():
    return twice(x)

[t.result() for t in [thread.start(g)]]
fail("on purpose")
for i in range(2):
    print(i)

def h(): return h()

h()
"end"`
	for _, model := range []string{"stm", "gil"} {
		out, errs, status := typed(strings.ReplaceAll(session, "MODULE", module), "--model", model)
		want := "3\n\"éa\"\n42\n[42, [...]]\nloaded\n42\n[84]\n0\n1\n\"end\"\n"
		if status != 0 || out != want {
			t.Errorf("%s: status %d, output\n%s\nwant\n%s\nerrors\n%s", model, status, out, want, errs)
		}
		for _, want := range []string{"index 5 out of range", "<stdin>:1:5: got '='", "undefined: nobody", "fail: on purpose", "stack overflow", "more calls"} {
			if !strings.Contains(errs, want) {
				t.Errorf("%s: %q is missing in the errors:\n%s", model, want, errs)
			}
		}
	}
}

// TestReplPrompts: a person is asked for each line, those that go on with a statement
// otherwise, and gets a new line at the end of the input.
func TestReplPrompts(t *testing.T) {
	var out, errs bytes.Buffer
	world := starlark.NewWorld(starlark.Config{Model: runtime.STM, Output: &out})
	r := &repl{thread: world.NewThread("repl"), in: bufio.NewReader(strings.NewReader("1 + 1\ndef f():\n    return 3\n\nf()\n)\nx = 5")), out: &out, errs: &errs, prompts: true}
	if err := r.run(); err != nil {
		t.Error(err)
	}
	if got, want := out.String(), ">>> 2\n>>> ... ... >>> 3\n>>> >>> >>> \n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if !strings.Contains(errs.String(), "<stdin>:1:1") {
		t.Errorf("errors %q", &errs)
	}
	if isTerminal(strings.NewReader("")) {
		t.Error("a string is taken for a person")
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "f"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if isTerminal(file) {
		t.Error("a file is taken for a person")
	}
}

func TestCheck(t *testing.T) {
	good := script(t, "load('x.star', 'y')\nprint(y)\n")
	if out, errs, status := ungil(t, "check", good); status != 0 || out+errs != "" {
		t.Errorf("status %d, output %q", status, out+errs)
	}
	bad := script(t, "a1()\nb1()\nfail('not run')\n")
	out, errs, status := ungil(t, "check", bad, good, script(t, "x = (\n"))
	lines := strings.Split(strings.TrimSuffix(errs, "\n"), "\n")
	if status != 2 || out != "" || len(lines) != 3 {
		t.Fatalf("status %d, output %q, errors\n%s", status, out, errs)
	}
	for i, want := range []string{"program.star:1:1: undefined: a1", "program.star:2:1: undefined: b1", "program.star:2:1: "} {
		if !strings.Contains(lines[i], want) {
			t.Errorf("line %q, want %q in it", lines[i], want)
		}
	}
}

// impatient is a person who cancels the thread before each line is typed.
type impatient struct {
	thread *starlark.Thread
	lines  []string
}

func (p *impatient) Read(b []byte) (int, error) {
	p.thread.Cancel("interrupted")
	if len(p.lines) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.lines[0])
	p.lines = p.lines[1:]
	return n, nil
}

// TestReplInterruptedPrompt: ctrl-C at the prompt does not stop the statement that is typed next.
func TestReplInterruptedPrompt(t *testing.T) {
	var out, errs bytes.Buffer
	person := &impatient{lines: []string{"1 + 1\n", "if True:\n", "    3\n", "\n", "2 + 2\n"}}
	person.thread = starlark.NewWorld(starlark.Config{Model: runtime.Auto, Output: &out}).NewThread("repl")
	if err := (&repl{thread: person.thread, in: bufio.NewReader(person), out: &out, errs: &errs}).run(); err != nil {
		t.Error(err)
	}
	if out.String() != "2\n4\n" || errs.Len() > 0 {
		t.Errorf("output %q, errors %q", &out, &errs)
	}
}
