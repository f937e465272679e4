package starlark_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.starlark.net/lib/json"
	"go.starlark.net/lib/math"
	"go.starlark.net/lib/time"
	reference "go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
	"go.starlark.net/syntax"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark"
)

// config is one way to run a program.
type config struct {
	model   runtime.Model
	quantum int
}

func (c config) String() string { return fmt.Sprintf("%v/quantum=%d", c.model, c.quantum) }

// configs are all ways that must give the same result.
var configs = []config{
	{runtime.GIL, 0}, {runtime.GIL, 1},
	{runtime.STM, 0}, {runtime.STM, 7}, {runtime.STM, 1},
	{runtime.Auto, 0}, {runtime.Locks, 0},
}

// threadConfigs are those for programs with threads.
var threadConfigs = []config{
	{runtime.GIL, 0}, {runtime.GIL, 1},
	{runtime.STM, 0}, {runtime.STM, 7}, {runtime.STM, 1},
	{runtime.Auto, 7}, {runtime.Locks, 1},
}

// run returns what a program prints, followed by its traceback if it fails.
func run(t *testing.T, c config, name, src string, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	_, err := starlark.Run(name, []byte(src), starlark.Options{Model: c.model, Quantum: c.quantum, Threads: 4, Args: args, Output: &out})
	if err != nil {
		out.WriteString(starlark.Traceback(err))
	}
	return out.String()
}

// referencePredeclared is what our programs have besides the universal names.
var referencePredeclared = reference.StringDict{
	"struct": reference.NewBuiltin("struct", starlarkstruct.Make), "json": json.Module, "math": math.Module, "time": time.Module,
}

// referencePanicked stands for what starlark-go prints if it panics, as set().difference() makes it.
const referencePanicked = "starlark-go panicked"

// runReference does the same with starlark-go.
func runReference(name, src string) string { return runReferenceFor(name, src, 1<<63) }

// runReferenceFor is runReference with a limit of steps.
func runReferenceFor(name, src string, steps uint64) (text string) {
	defer func() {
		if recover() != nil {
			text = referencePanicked
		}
	}()
	var out bytes.Buffer
	thread := &reference.Thread{Print: func(_ *reference.Thread, msg string) { out.WriteString(msg + "\n") }}
	thread.SetMaxExecutionSteps(steps)
	opts := &syntax.FileOptions{Set: true, While: true, TopLevelControl: true, GlobalReassign: true, Recursion: true}
	_, err := reference.ExecFileOptions(opts, thread, name, src, referencePredeclared)
	if e, ok := err.(*reference.EvalError); ok {
		out.WriteString(e.Backtrace())
	} else if err != nil {
		out.WriteString(err.Error())
	}
	return out.String()
}

// diff describes where two texts differ first.
func diff(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range w {
		if i >= len(g) || w[i] != g[i] {
			return fmt.Sprintf("line %d:\nwant %q\ngot  %q\nall of it:\n%s", i+1, w[i], strings.Join(g[min(i, len(g)):min(i+1, len(g))], ""), got)
		}
	}
	return fmt.Sprintf("line %d: want the end, got %q", len(w)+1, g[len(w)])
}

// readFile returns a file of testdata.
func readFile(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestSameAsReference runs plain Starlark files here and under starlark-go.
func TestSameAsReference(t *testing.T) {
	files, err := filepath.Glob("testdata/lang/*.star")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, file := range files {
		src := readFile(t, "lang/"+filepath.Base(file))
		want := runReference(file, src)
		if strings.Contains(want, "Error") {
			t.Fatalf("%s fails under starlark-go:\n%s", file, want)
		}
		for _, c := range configs {
			t.Run(filepath.Base(file)+"/"+c.String(), func(t *testing.T) {
				if got := run(t, c, file, src); got != want {
					t.Error(diff(want, got))
				}
			})
		}
	}
}

// TestErrorsSameAsReference compares message and traceback of the programs in
// testdata/errors.txt, all of which fail.
func TestErrorsSameAsReference(t *testing.T) {
	for i, src := range strings.Split(readFile(t, "errors.txt"), "\n---\n") {
		name := fmt.Sprintf("errors%d.star", i)
		want := runReference(name, src)
		if !strings.Contains(want, "Error") {
			t.Errorf("starlark-go runs it without error:\n%s", src)
		}
		for _, c := range configs {
			if got := run(t, c, name, src); got != want {
				t.Errorf("%v\n%s\n%s", c, src, diff(want, got))
				break
			}
		}
	}
}

// TestPrograms compares the eight benchmark programs without threads with starlark-go.
func TestPrograms(t *testing.T) {
	for _, p := range sequential() {
		src := fmt.Sprintf("args = [\"%s\"]\n%s", strings.Join(p.Small, "\", \""), p.Source())
		want := runReference(p.Name, src)
		if want != p.Output() {
			t.Fatalf("%s under starlark-go: %s", p.Name, diff(p.Output(), want))
		}
		for _, c := range configs {
			if got := run(t, c, p.Name, src); got != want {
				t.Errorf("%s, %v: %s", p.Name, c, diff(want, got))
			}
		}
	}
}
