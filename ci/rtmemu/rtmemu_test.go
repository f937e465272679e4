//go:build linux && amd64

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The tests run the emulator on the program in example/, as its users do.
var tool, example string

func TestMain(m *testing.M) {
	os.Exit(testMain(m))
}

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "rtmemu")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	tool, example = filepath.Join(dir, "rtmemu"), filepath.Join(dir, "example")
	for path, source := range map[string]string{tool: ".", example: "./example"} {
		if out, err := exec.Command("go", "build", "-o", path, source).CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "go build %s: %v\n%s", source, err, out)
			return 1
		}
	}
	// Where ptrace is forbidden nothing can be tested, and the answer is the test.
	if out, err := exec.Command(tool, "-check").CombinedOutput(); err != nil {
		fmt.Printf("NOT TESTED: transactions cannot be emulated here: %s", out)
		if os.Getenv("RTMEMU_REQUIRED") != "" {
			return 1
		}
		return 0
	}
	return m.Run()
}

// A result is how a run of the example has ended.
type result struct {
	Record
	out    string
	stderr string
	exit   int
}

// emulated runs a part of the example. settings are NAME=VALUE for the
// environment, options for the emulator up to the part's name.
func emulated(t *testing.T, settings []string, args ...string) result {
	t.Helper()
	stats := filepath.Join(t.TempDir(), "stats")
	i := 0
	for i < len(args) && strings.HasPrefix(args[i], "-") {
		i += 2
	}
	command := append([]string{"-stats", stats}, args[:i]...)
	command = append(append(command, example), args[i:]...)
	cmd := exec.Command(tool, command...)
	cmd.Env = append(os.Environ(), settings...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// The program goes with the emulator. No test needs a second of processor
	// time, but the machine may have other things to do.
	hung := time.AfterFunc(2*time.Minute, func() { _ = cmd.Process.Kill() })
	err := cmd.Wait()
	if !hung.Stop() {
		t.Fatalf("%v has not ended after two minutes\n%s%s", args, out.String(), errs.String())
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	r := result{out: out.String(), stderr: errs.String(), exit: cmd.ProcessState.ExitCode()}
	line, err := os.ReadFile(stats)
	if err != nil {
		t.Fatalf("no statistics: %v\n%s%s", err, r.out, r.stderr)
	}
	if err := json.Unmarshal(line, &r.Record); err != nil {
		t.Fatal(err)
	}
	if r.Begun != r.Committed+r.Aborted {
		t.Errorf("%d transactions, but %d committed and %d aborted", r.Begun, r.Committed, r.Aborted)
	}
	return r
}

// want demands that the output is these lines.
func (r *result) want(t *testing.T, lines ...string) {
	t.Helper()
	if got, want := strings.TrimSpace(r.out), strings.Join(lines, "\n"); got != want {
		t.Errorf("output:\n%s\nwant:\n%s\n%s", got, want, r.stderr)
	}
}

func TestBasics(t *testing.T) {
	r := emulated(t, nil, "basics")
	r.want(t,
		"environment emulated",
		"add 0xffffffff", "word 1",
		"abort 0x5000001", "abort nested 0x7000021", "word 1",
		"nest 2: 0xffffffff", "nest 7: 0xffffffff", "nest 8: 0x20", "word 3",
		"xtest outside false", "test 0xffffffff", "xtest inside true",
		"system call 0x0", "unknown 0x0", "fault 0x0",
		"stack 0x1000001", "slot 1",
		"registers 0x3000001", "changed 0")
	if r.Committed != 4 || r.Causes[causeExplicit] != 4 || r.Causes[causeNesting] == 0 || r.Causes[causeFault] == 0 || r.Causes[causeInstruction] < 2 {
		t.Errorf("counts: %+v", r.Record)
	}
}

func TestStores(t *testing.T) {
	r := emulated(t, nil, "stores")
	lines := []string{"inside 0xffffffff", "same true new true", "aborted 0x9000001", "undone true"}
	if strings.Contains(r.out, "no AVX2") {
		r.want(t, append(lines, "no AVX2")...)
		return
	}
	r.want(t, append(lines, "vector 0x9000001", "undone true")...)
}

func TestCapacity(t *testing.T) {
	r := emulated(t, nil, "-lines", "20", "-readlines", "30", "-steps", "3000", "size")
	r.want(t,
		"write 10 lines: 0xffffffff", "read 10 lines: 0xffffffff",
		"write 50 lines: 0x8", "read 50 lines: 0x8",
		"50 words: 0xffffffff", "100 steps: 0xffffffff", "4000 steps: 0x8")
}

func TestAlways(t *testing.T) {
	r := emulated(t, nil, "-always", "explicit=3+nested", "sequence", "20")
	if want := strings.Repeat("0x3000021\n", 20); r.out != want {
		t.Errorf("output:\n%s", r.out)
	}
	if r.Committed != 0 || r.Causes[causeInjected] != 20 || r.Statuses["explicit=3+nested"] != 20 {
		t.Errorf("counts: %+v", r.Record)
	}
}

// calm keeps the runtime from sending signals to itself, so that the only
// aborts are those of the seed.
var calm = []string{"GODEBUG=asyncpreemptoff=1", "GOGC=off"}

func TestInjectedAbortsRepeat(t *testing.T) {
	for _, place := range []string{placeAny, placeBegin, placeEnd} {
		run := func(seed string) result {
			return emulated(t, calm, "-seed", seed, "-inject", "0.4", "-code", "conflict+retry,8,explicit=255,none", "-at", place, "sequence", "60")
		}
		first, second, other := run("7"), run("7"), run("8")
		if first.out != second.out {
			t.Errorf("-at %s: two runs with one seed:\n%s\n%s", place, first.out, second.out)
		}
		if first.out == other.out {
			t.Errorf("-at %s: two seeds, one result", place)
		}
		if first.Committed < 20 || first.Causes[causeInjected] < 10 {
			t.Errorf("-at %s: counts: %+v", place, first.Record)
		}
		for _, status := range []string{"0x6\n", "0x8\n", "0xff000001\n", "0x0\n"} {
			if !strings.Contains(first.out, status) {
				t.Errorf("-at %s: no abort with status %s", place, status)
			}
		}
	}
}

func TestEachTransactionIsInjected(t *testing.T) {
	r := emulated(t, nil, "-inject", "1", "-code", "conflict", "sequence", "20")
	if r.Committed != 0 || r.Causes[causeInjected]+r.Causes[causeSignal] != 20 {
		t.Errorf("counts: %+v", r.Record)
	}
}

// eager switches between threads at every second instruction.
var eager = []string{"-switch", "0.5", "-burst", "10"}

func TestConflicts(t *testing.T) {
	for _, c := range []struct {
		part, n, want string
		conflicts     uint64 // at least
	}{
		{"counter", "200", "counter 400", 10},
		{"transfer", "100", "total 4000 wrong 0 reads true", 10},
		{"plain", "200", "counter 400", 0},
		{"isolated", "200", "moved 200 wrong 0", 1},
	} {
		t.Run(c.part, func(t *testing.T) {
			// With one processor the runtime would run the goroutines in turn.
			r := emulated(t, []string{"GOMAXPROCS=3"}, append(eager, c.part, c.n)...)
			r.want(t, c.want)
			if r.Causes[causeConflict] < c.conflicts || r.StepsBeside == 0 {
				t.Errorf("fewer than %d conflicts: %+v", c.conflicts, r.Record)
			}
		})
	}
}

func TestCollectorAndSignals(t *testing.T) {
	r := emulated(t, []string{"GOGC=1", "GOMAXPROCS=3"}, "weather", "100")
	r.want(t, "counter 200")
}

func TestSignalsAreDelivered(t *testing.T) {
	r := emulated(t, []string{"GOMAXPROCS=3"}, "signals", "20")
	r.want(t, "caught 20 aborted true")
	if r.Causes[causeSignal] == 0 {
		t.Errorf("no signal has met a transaction: %+v", r.Record)
	}
}

func TestThreadsComeAndGo(t *testing.T) {
	r := emulated(t, []string{"GOMAXPROCS=4"}, "-switch", "0.3", "threads", "100")
	r.want(t, "counter 200")
}

func TestExitStatus(t *testing.T) {
	if r := emulated(t, nil, "exit", "3"); r.exit != 3 {
		t.Errorf("exit status %d", r.exit)
	}
	// XEND outside a transaction is a general protection fault.
	if r := emulated(t, nil, "end"); r.exit != 2 || !strings.Contains(r.stderr, "SIGSEGV") {
		t.Errorf("XEND outside: exit status %d\n%s", r.exit, r.stderr)
	}
	out, err := exec.Command(tool, "/no/such/program").CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitFailure {
		t.Errorf("a program that is not there: %v\n%s", err, out)
	}
}

// TestChildren: processes that the program starts are emulated too, each with a
// memory of its own.
func TestChildren(t *testing.T) {
	script := fmt.Sprintf("%[1]s counter 50 & %[1]s counter 50; wait $!; exec %[1]s counter 50", example)
	out, err := exec.Command(tool, "sh", "-c", script).CombinedOutput()
	if err != nil || strings.Count(string(out), "counter 100\n") != 3 {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestSignalsArePassedOn: go test ends a test that takes too long with SIGQUIT,
// to the process that it has started.
func TestSignalsArePassedOn(t *testing.T) {
	cmd := exec.Command(tool, "-q", "sh", "-c", "trap 'echo caught; exit 9' QUIT; echo ready; while :; do sleep 0.01; done")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 100)
	n, err := out.Read(buffer)
	if err != nil || string(buffer[:n]) != "ready\n" {
		t.Fatalf("%q %v", buffer[:n], err)
	}
	if err := cmd.Process.Signal(syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	n, _ = out.Read(buffer)
	_ = cmd.Wait()
	if got := string(buffer[:n]); got != "caught\n" || cmd.ProcessState.ExitCode() != 9 {
		t.Errorf("%q, exit status %d", got, cmd.ProcessState.ExitCode())
	}
}

func TestStatusesAreReadAndWritten(t *testing.T) {
	for text, want := range map[string]uint32{
		"6": 6, "0xff000001": 0xff000001, "none": 0, "retry+conflict": 6, "explicit=7": 0x07000001, "capacity": 8, "explicit=0+nested": 0x21, "0x100": 0x100,
	} {
		var s, again status
		if err := s.Set(text); err != nil || s.value != want {
			t.Errorf("%s is %#x, %v; want %#x", text, s.value, err, want)
		}
		if err := again.Set(s.String()); err != nil || again.value != want {
			t.Errorf("%s, written as %s, is %#x, %v", text, s.String(), again.value, err)
		}
	}
	for _, text := range []string{"", "conflicts", "explicit=256", "retry=1", "-1"} {
		if err := new(status).Set(text); err == nil {
			t.Errorf("%q passes for a status", text)
		}
	}
}
