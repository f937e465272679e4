package starlark_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark"
)

// The executable tests of go.starlark.net are read from the module, wherever
// the go command keeps it.

// outOfScope are the files of that suite that are not run.
var outOfScope = map[string]string{
	"proto.star": "the module proto (protocol buffers) is not part of the language",
}

// skippedChunks are parts of files, by file and first line.
var skippedChunks = map[string]string{
	"assign.star:342": "expects that a global cannot be assigned twice",
	"assign.star:331": "option loadbindsglobally, which is deprecated",
	"assign.star:337": "option loadbindsglobally, which is deprecated",
	"assign.star:351": "option loadbindsglobally, which is deprecated",
}

// differences are complaints that are expected, by file, and why.
var differences = map[string][]struct{ pattern, reason string }{
	"function.star": {{`called recursively`, "functions may be recursive"}},
}

// expected reports whether a complaint is one of the differences.
func expected(file, complaint string, found map[string]bool) bool {
	for _, d := range differences[file] {
		if regexp.MustCompile(d.pattern).MatchString(complaint) {
			found[d.pattern] = true
			return true
		}
	}
	return false
}

// A suiteMode is one way to run a file.
type suiteMode struct {
	name   string
	config starlark.Config
	abort  bool
	copies int
}

var suiteModes = []suiteMode{
	{"plain", starlark.Config{Model: runtime.GIL}, false, 1},
	{"break everywhere", starlark.Config{Model: runtime.STM, Quantum: 1}, false, 1},
	{"each aborted", starlark.Config{Model: runtime.STM}, true, 1},
	{"eight at once", starlark.Config{Model: runtime.STM}, false, 8},
	{"auto", starlark.Config{Model: runtime.Auto}, false, 1},
	{"auto, eight", starlark.Config{Model: runtime.Auto}, false, 8},
	{"locks", starlark.Config{Model: runtime.Locks}, false, 1},
	{"locks, eight", starlark.Config{Model: runtime.Locks, Quantum: 64}, false, 8},
}

var listModule = sync.OnceValues(exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "go.starlark.net").Output)

// moduleDir returns the directory of go.starlark.net.
func moduleDir(t testing.TB) string {
	t.Helper()
	out, err := listModule()
	dir := strings.TrimSpace(string(out))
	if err != nil || dir == "" {
		t.Fatalf("go list -m go.starlark.net: %v %s", err, out)
	}
	return dir
}

// A chunk is a program of a file: what stands between lines "---".
type chunk struct {
	file string // base name
	line int    // of its first line
	src  string // with empty lines before it, so that lines are those of the file
	want map[int]*regexp.Regexp
}

func readChunks(t *testing.T, file string) []chunk {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var chunks []chunk
	line := 1
	for _, text := range strings.Split(string(data), "\n---\n") {
		c := chunk{filepath.Base(file), line, strings.Repeat("\n", line-1) + text, map[int]*regexp.Regexp{}}
		for _, l := range strings.Split(text, "\n") {
			if _, pattern, ok := strings.Cut(l, "###"); ok {
				pattern, err := strconv.Unquote(strings.TrimSpace(pattern))
				if err != nil {
					t.Fatalf("%s:%d: %v", file, line, err)
				}
				c.want[line] = regexp.MustCompile(pattern)
			}
			line++
		}
		line++
		chunks = append(chunks, c)
	}
	return chunks
}

// A reporter gathers what the programs of one world complain about.
type reporter struct {
	mu     sync.Mutex
	errors []string
	checks int // calls of the assert module
}

func (r *reporter) add(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

// run executes a chunk on a thread of its own.
func (c *chunk) run(w *starlark.World, assert starlark.StringDict, r *reporter) {
	thread := w.NewThread(c.file)
	thread.SetLocal("reporter", r)
	thread.Load = func(_ *starlark.Thread, module string) (starlark.StringDict, error) {
		return suiteModule(assert, module)
	}
	_, err := starlark.ExecFile(thread, c.file, c.src, suitePredeclared)
	var failed *starlark.EvalError
	if err != nil && !errors.As(err, &failed) {
		r.add("%s:%d: %v", c.file, c.line, err)
		return
	}
	expected := 0
	if failed != nil {
		line := 0
		for _, call := range failed.Calls {
			if call.Pos.File == c.file {
				line = int(call.Pos.Line)
			}
		}
		if re := c.want[line]; re == nil {
			r.add("%s", failed.Backtrace())
		} else if !re.MatchString(failed.Error()) {
			r.add("%s:%d: error %q does not match %v", c.file, line, failed.Error(), re)
		} else {
			expected = 1
		}
	}
	if len(c.want) != expected {
		r.add("%s:%d: %d errors expected, got %v", c.file, c.line, len(c.want), err)
	}
}

// runFile runs all chunks of a file in one world and returns what went wrong.
func runFile(t *testing.T, m suiteMode, chunks []chunk) *reporter {
	r := new(reporter)
	config := m.config
	config.Output = new(bytes.Buffer)
	w := starlark.NewWorld(config)
	assert := assertModule(t)
	if m.abort {
		w.AbortEach()
	}
	for i := range chunks {
		c := &chunks[i]
		if skippedChunks[fmt.Sprintf("%s:%d", c.file, c.line)] != "" {
			continue
		}
		var all sync.WaitGroup
		for range m.copies {
			all.Go(func() { c.run(w, assert, r) })
		}
		all.Wait()
	}
	if s := w.Stats(); m.abort && s.Aborts < s.Commits {
		t.Errorf("%s: %d commits but only %d aborts: the mode tests nothing", m.name, s.Commits, s.Aborts)
	}
	return r
}

// TestSuite runs the suite of go.starlark.net in every mode and prints a table:
// how many checks of its assert module were made, or how many failed. With -short,
// as under the race detector, only many threads at once are of interest.
func TestSuite(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(moduleDir(t), "starlark", "testdata", "*.star"))
	if err != nil || len(files) < 20 {
		t.Fatalf("only %d files, error %v", len(files), err)
	}
	var table strings.Builder
	out := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprint(out, "file\tchunks")
	for _, m := range suiteModes {
		fmt.Fprint(out, "\t"+m.name)
	}
	for _, file := range files {
		name := filepath.Base(file)
		if reason := outOfScope[name]; reason != "" {
			fmt.Fprintf(out, "\n%s\t-\tnot run: %s", name, reason)
			continue
		}
		chunks := readChunks(t, file)
		fmt.Fprintf(out, "\n%s\t%d", name, len(chunks))
		for _, m := range suiteModes {
			if testing.Short() && m.copies == 1 {
				fmt.Fprint(out, "\t-")
				continue
			}
			r := runFile(t, m, chunks)
			found := map[string]bool{}
			r.errors = slices.DeleteFunc(r.errors, func(e string) bool { return expected(name, e, found) })
			if len(found) != len(differences[name]) {
				t.Errorf("%s, %s: differences that are expected are gone: %v", name, m.name, differences[name])
			}
			if len(r.errors) == 0 {
				fmt.Fprintf(out, "\t%d ok", r.checks)
				continue
			}
			fmt.Fprintf(out, "\t%d FAILED", len(r.errors))
			t.Errorf("%s, %s:\n%s", name, m.name, strings.Join(r.errors[:min(len(r.errors), 5)], "\n"))
		}
	}
	out.Flush()
	t.Logf("\n%s", table.String())
}
