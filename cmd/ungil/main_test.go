package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	goruntime "runtime"
	"strings"
	"testing"
)

// binary is the command, built once.
var binary string

func TestMain(m *testing.M) {
	os.Exit(testMain(m))
}

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "ungil")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "ungil")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// ungil runs the command.
func ungil(t *testing.T, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command(binary, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// script writes a program and returns its file's name.
func script(t *testing.T, source string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "program.star")
	if err := os.WriteFile(name, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestRun(t *testing.T) {
	name := script(t, "print(args, thread.count)\n")
	for _, model := range []string{"stm", "gil", "auto", "locks"} {
		out, errs, status := ungil(t, "run", "--model", model, "--threads=3", name, "--model", "x", "-y")
		if want := `["--model", "x", "-y"] 3` + "\n"; status != 0 || out != want || errs != "" {
			t.Errorf("%s: status %d, output %q, errors %q; want output %q", model, status, out, errs, want)
		}
	}
}

func TestStats(t *testing.T) {
	name := script(t, "def f():\n    for i in range(10000): pass\nt = thread.start(f)\nt.join()\n")
	_, errs, status := ungil(t, "run", "--stats", name)
	wants := []string{"model auto, 2 threads ran", "commits", " aborts", "wasted", "and more", "the shortest quantum was ", " places #", " instructions, the longest "}
	if goruntime.GOOS == "linux" {
		wants = append(wants, " MB of memory at most")
	}
	for _, want := range wants {
		if status != 0 || !strings.Contains(errs, want) {
			t.Errorf("auto: status %d, %q is missing in:\n%s", status, want, errs)
		}
	}
	for model, want := range map[string]string{"gil": "turns of the lock, ", "auto": "turns of the lock while there was one thread", "locks": "quanta, "} {
		_, errs, _ = ungil(t, "run", "--stats", "--model="+model, name)
		if !strings.Contains(errs, want) {
			t.Errorf("%s:\n%s", model, errs)
		}
	}
	_, errs, _ = ungil(t, "run", "--stats", "--model=gil", name)
	if !strings.Contains(errs, "a quantum is 65536 instructions\n") {
		t.Errorf("gil:\n%s", errs)
	}
	_, errs, _ = ungil(t, "run", "--stats", "--quantum=70", name)
	if !strings.Contains(errs, "a quantum is 70 instructions\n") {
		t.Errorf("fixed quantum:\n%s", errs)
	}
}

// What is wrong with the command line or the file is one line and status 2.
func TestBadInput(t *testing.T) {
	good := script(t, "print(1)\n")
	dir := t.TempDir()
	cases := []struct {
		name string
		args []string
		want string // in the line
	}{
		{"missing file", []string{"run", filepath.Join(dir, "none.star")}, "none.star: no such file"},
		{"directory", []string{"run", dir}, "is a directory"},
		{"binary file", []string{"run", binary}, "not text"},
		{"zero byte", []string{"run", script(t, "x = 1\x00\n")}, "not text"},
		{"syntax error", []string{"run", script(t, "x = = 1\n")}, "program.star:1:5"},
		{"undefined name", []string{"run", script(t, "\nprnt(1)\n")}, "program.star:2:1: undefined: prnt"},
		{"several errors", []string{"run", script(t, "a1()\nb1()\nc1()\n")}, "(and 2 more lines)"},
		{"misplaced load", []string{"run", script(t, "for x in []:\n    load('a.star', 'b')\n")}, "program.star:2:5"},
		{"check: no file", []string{"check"}, "needs the file"},
		{"check: missing file", []string{"check", "none.star"}, "none.star: no such file"},
		{"repl: argument", []string{"repl", "file"}, "unknown command"},
		{"repl: model", []string{"repl", "--model=jit"}, `"jit"`},
		{"no file", []string{"run"}, "needs the file"},
		{"unknown option", []string{"run", "--modle=gil", good}, "--modle"},
		{"bad model", []string{"run", "--model=jit", good}, `"jit"`},
		{"bad number", []string{"run", "--threads=two", good}, "two"},
		{"no threads", []string{"run", "--threads=0", good}, "--threads 0"},
		{"too many threads", []string{"run", "--threads=1000000", good}, "--threads 1000000"},
		{"negative quantum", []string{"run", "--quantum=-1", good}, "--quantum -1"},
		{"unknown command", []string{"walk", good}, "walk"},
		{"compare: missing file", []string{"compare", "none.star"}, "none.star"},
		{"compare: no file", []string{"compare"}, "needs the file"},
		{"compare: rounds", []string{"compare", "--rounds=0", good}, "--rounds 0"},
		{"compare: model", []string{"compare", "--model=stm", good}, "--model"},
		{"compare: models", []string{"compare", "--models=gil,jit", good}, `"jit"`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			out, errs, status := ungil(t, c.args...)
			if status != 2 || out != "" {
				t.Errorf("status %d, output %q; want 2 and none", status, out)
			}
			if !strings.HasPrefix(errs, "ungil: ") || strings.Count(errs, "\n") != 1 || strings.Contains(errs, "strconv") || !strings.Contains(errs, c.want) {
				t.Errorf("not one line with %q:\n%s", c.want, errs)
			}
		})
	}
}

// A program that fails shows its traceback after its output, and status 1.
func TestProgramFails(t *testing.T) {
	name := script(t, "def f(x):\n    return 1 // x\nprint('before')\nf(0)\n")
	for _, model := range []string{"stm", "gil", "auto", "locks"} {
		out, errs, status := ungil(t, "run", "--model", model, name)
		if status != 1 || out != "before\n" {
			t.Errorf("%s: status %d, output %q", model, status, out)
		}
		for _, want := range []string{"Traceback", "program.star:2", "program.star:4", "division by zero"} {
			if !strings.Contains(errs, want) {
				t.Errorf("%s: %q is missing in:\n%s", model, want, errs)
			}
		}
		if strings.Contains(errs, "goroutine") {
			t.Errorf("%s: a Go stack:\n%s", model, errs)
		}
	}
	_, errs, status := ungil(t, "compare", name)
	if status != 1 || !strings.Contains(errs, "under gil with 1 threads") || !strings.Contains(errs, "division by zero") {
		t.Errorf("compare: status %d\n%s", status, errs)
	}
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{{}, {"--help"}, {"run", "--help"}, {"compare", "--help"}} {
		out, errs, status := ungil(t, args...)
		if status != 0 || !strings.Contains(out, "Usage:") || errs != "" {
			t.Errorf("%v: status %d, output %q, errors %q", args, status, out, errs)
		}
	}
}

func TestCompare(t *testing.T) {
	name := script(t, `
def f(n):
    x = 0
    for i in range(n):
        x += i
    return x
ts = [thread.start(f, 20000) for _ in range(thread.count)]
print([t.result() for t in ts][0])
`)
	out, errs, status := ungil(t, "compare", "--rounds=1", "--threads=3", name, "an argument")
	if status != 0 || errs != "" { // not a terminal: no progress
		t.Fatalf("status %d, errors %q", status, errs)
	}
	for _, want := range []string{
		`an argument`, `(?m)^gil +1 .* 1\.00x .* same +#+$`, `(?m)^gil +3 `, `(?m)^stm +1 `, `(?m)^stm +2 `, `(?m)^stm +3 .*same +#+$`, `(?m)^locks +3 `, `(?m)^auto +3 `,
		`calibration: 3 spinning goroutines do \d+\.\d\d times`,
	} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("%s is not in:\n%s", want, out)
		}
	}
}

func TestCompareJSON(t *testing.T) {
	name := script(t, "print(thread.count)\n")
	out, _, status := ungil(t, "compare", "--rounds=2", "--json", name)
	var c comparison
	if err := json.Unmarshal([]byte(out), &c); err != nil || status != 0 {
		t.Fatalf("status %d, %v in:\n%s", status, err, out)
	}
	if len(c.Rows) != 8 || c.Rounds != 2 || c.File != name || c.Calibration <= 0 {
		t.Errorf("%+v", c)
	}
	for i, want := range []struct {
		model   string
		threads int
		same    bool
	}{{"gil", 1, true}, {"gil", 2, false}, {"locks", 1, true}, {"locks", 2, false}, {"auto", 1, true}, {"auto", 2, false},
		{"stm", 1, true}, {"stm", 2, false}} {
		r := c.Rows[i]
		if r.Model != want.model || r.Threads != want.threads || r.SameOutput != want.same || r.Commits == 0 || r.WallSeconds <= 0 {
			t.Errorf("row %d is %+v, want %+v", i, r, want)
		}
	}
	if c.Reason == "" {
		t.Error("no reason though one thread only ran, and output differs")
	}
}
