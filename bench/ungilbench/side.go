package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"

	"github.com/ungil/tm/bench/programs"
	"github.com/ungil/tm/internal/resident"
	"github.com/ungil/tm/runtime"
)

const (
	shim           = "examples/python.py"
	referenceChild = "run-starlark-go" // first argument of the process that does so
	parallel       = 2                 // threads of the sides with several
)

// Names of sides.
const (
	sidePython    = "CPython"
	sideReference = "starlark-go"
)

// figures are what one run took: of the program alone, without start and compiling.
type figures struct {
	wall, cpu float64 // seconds; cpu of all threads, the collector's included
	peak      float64 // MB, of the process
}

// A side is one way to run programs.
type side struct {
	name       string
	threads    int  // thread.count
	sequential bool // it has no threads
	run        func(p programs.Program, args []string) (f figures, output string, err error)
}

// with is the name of a model's side with so many threads.
func with(model string, threads int) string {
	if threads == 1 {
		return model
	}
	return fmt.Sprintf("%s, %d threads", model, threads)
}

// allSides returns the sides that there are on this machine and in this build.
func (r *runner) allSides(python string) (sides []side) {
	var err error
	if r.python, err = pythonVersion(python); err != nil {
		r.python = err.Error() + "; left out"
	} else {
		sides = append(sides, side{sidePython, 1, false, func(p programs.Program, args []string) (figures, string, error) {
			return r.runPython(python, p, args)
		}})
	}
	add := func(model string, threads int) {
		if _, err := runtime.ParseModel(model); err != nil {
			return // not in this build
		}
		sides = append(sides, side{with(model, threads), threads, false, func(p programs.Program, args []string) (figures, string, error) {
			return r.runUngil(model, threads, p, args)
		}})
	}
	add("gil", 1)
	add("stm", 1)
	add("auto", 1)
	add("stm", parallel)
	add("auto", parallel)
	return append(sides, side{sideReference, 1, true, runReferenceProcess})
}

// pythonVersion returns what the interpreter says of its version.
func pythonVersion(python string) (string, error) {
	const script = "import sys; print(sys.implementation.name, sys.version.split()[0]); sys.exit(sys.version_info < (3, 9))"
	out, err := exec.Command(python, "-c", script).Output()
	if err == nil {
		return python + ", " + strings.TrimSpace(string(out)), nil
	}
	var status *exec.ExitError
	if errors.As(err, &status) {
		return "", fmt.Errorf("%s is not CPython of version 3.9 or later: %s", python, strings.TrimSpace(string(out)))
	}
	return "", err
}

// execute runs a process and returns what it wrote.
func execute(name string, args ...string) (cmd *exec.Cmd, output, errs string, err error) {
	cmd = exec.Command(name, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err = cmd.Run(); err != nil {
		err = fmt.Errorf("%w\n%s", err, stderr.String())
	}
	return cmd, stdout.String(), stderr.String(), err
}

func (r *runner) runPython(python string, p programs.Program, args []string) (figures, string, error) {
	_, output, errs, err := execute(python, append([]string{shim, "--threads=1", "--report", r.file(p)}, args...)...)
	if err != nil {
		return figures{}, "", err
	}
	var report struct{ Seconds, CPU, Peak float64 }
	if err := json.Unmarshal([]byte(errs), &report); err != nil {
		return figures{}, "", fmt.Errorf("%s reports %q: %w", shim, errs, err)
	}
	return figures{report.Seconds, report.CPU, report.Peak / 1e6}, output, nil
}

// What ungil run --stats prints.
var (
	times  = regexp.MustCompile(`([\d.]+) s wall, ([\d.]+) s cpu`)
	memory = regexp.MustCompile(`([\d.]+) MB of memory`)
)

func (r *runner) runUngil(model string, threads int, p programs.Program, args []string) (figures, string, error) {
	command := []string{"run", "--stats", "--model=" + model, "--threads=" + strconv.Itoa(threads), r.file(p)}
	_, output, errs, err := execute(r.ungil, append(command, args...)...)
	if err != nil {
		return figures{}, "", err
	}
	seconds := times.FindStringSubmatch(errs)
	if seconds == nil {
		return figures{}, "", fmt.Errorf("ungil run --stats printed no times:\n%s", errs)
	}
	f := figures{wall: number(seconds[1]), cpu: number(seconds[2])}
	if peak := memory.FindStringSubmatch(errs); peak != nil {
		f.peak = number(peak[1])
	}
	return f, output, nil
}

func number(s string) float64 {
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0 // a regular expression has found it: only digits and dots
	}
	return x
}

// runReferenceProcess runs starlark-go in a process of its own. Its processor time is that
// of the whole process, some milliseconds of start included.
func runReferenceProcess(p programs.Program, args []string) (figures, string, error) {
	self, err := os.Executable()
	if err != nil {
		return figures{}, "", err
	}
	cmd, output, errs, err := execute(self, append([]string{referenceChild, p.Name}, args...)...)
	if err != nil {
		return figures{}, "", err
	}
	var f figures
	if _, err := fmt.Sscan(errs, &f.wall, &f.peak); err != nil {
		return figures{}, "", fmt.Errorf("the process with starlark-go reports %q: %w", errs, err)
	}
	f.cpu = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	return f, output, nil
}

// runReference is what that process does.
func runReference(name string, args []string) int {
	for _, p := range programs.All() {
		if p.Name != name {
			continue
		}
		d, err := programs.RunReference(p.Name, p.Source(), args, os.Stdout)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		fmt.Fprintln(os.Stderr, d.Seconds(), float64(resident.Peak())/1e6)
		return 0
	}
	fmt.Fprintf(os.Stderr, "there is no program %q\n", name)
	return 2
}
