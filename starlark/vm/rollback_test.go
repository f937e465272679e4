package vm

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark/compile"
)

// runProgram runs a program and returns output and traceback. If aborting, each
// transaction is aborted once.
func runProgram(t *testing.T, file, src string, c runtime.Config, aborting bool) string {
	t.Helper()
	p, err := compile.File(file, []byte(src), IsPredeclared, IsUniversal)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	c.Output = &out
	world := runtime.NewWorld(c)
	m := New(Config{World: world, Threads: 3})
	if aborting {
		m.SetGuest(AbortEach)
	}
	if err := m.Run(p); err != nil {
		out.WriteString(Traceback(err))
	}
	if s := world.Stats(); aborting && s.Aborts < s.Commits {
		t.Errorf("%d commits but only %d aborts: the test tests nothing", s.Commits, s.Aborts)
	}
	return out.String()
}

// TestEveryTransactionAbortedOnce runs programs with every transaction done twice.
func TestEveryTransactionAbortedOnce(t *testing.T) {
	var files []string
	for _, pattern := range []string{"../testdata/lang/*.star", "../testdata/threads/*.star"} {
		more, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, more...)
	}
	if len(files) < 8 {
		t.Fatal("only these files:", files)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want := runProgram(t, file, string(src), runtime.Config{Model: runtime.GIL}, false)
		for _, quantum := range []int{1, 7, 100, 0} {
			got := runProgram(t, file, string(src), runtime.Config{Model: runtime.STM, Quantum: quantum}, true)
			if got != want {
				t.Errorf("%s, quantum %d:\nwant\n%s\ngot\n%s", file, quantum, want, got)
			}
		}
	}
}

// TestAbortedErrors does the same with programs that fail.
func TestAbortedErrors(t *testing.T) {
	data, err := os.ReadFile("../testdata/errors.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, src := range strings.Split(string(data), "\n---\n") {
		want := runProgram(t, "e.star", src, runtime.Config{Model: runtime.GIL}, false)
		for _, quantum := range []int{1, 0} {
			got := runProgram(t, "e.star", src, runtime.Config{Model: runtime.STM, Quantum: quantum}, true)
			if got != want {
				t.Errorf("%s\nquantum %d:\nwant\n%s\ngot\n%s", src, quantum, want, got)
			}
		}
	}
}

// TestAbortedSelfJoin: what the machine has found out between two transactions is
// there in each attempt of the second.
func TestAbortedSelfJoin(t *testing.T) {
	const src = `
handles = []
def f():
    while not handles:
        pass
    handles[0].join()

handles.append(thread.start(f))
handles[0].join()
`
	want := runProgram(t, "j.star", src, runtime.Config{Model: runtime.GIL}, false)
	if !strings.Contains(want, "would never end") {
		t.Errorf("got %q, want an error", want)
	}
	if got := runProgram(t, "j.star", src, runtime.Config{Model: runtime.STM, Quantum: 1}, true); got != want {
		t.Errorf("want\n%s\ngot\n%s", want, got)
	}
}
