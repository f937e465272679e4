//go:build linux && amd64

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
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
	timely := killInTime(t, cmd)
	err := cmd.Wait()
	if !timely() {
		t.Fatalf("%v has not ended\n%s%s", args, out.String(), errs.String())
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

// killInTime kills an emulator, and the program with it, shortly before go test's time is over, so
// that what it has printed is shown. No test needs a second of processor time, but each step is two
// switches between processes, and a busy machine has been seen to take a minute for a few thousand.
// timely ends that, and reports whether it was in time.
func killInTime(t *testing.T, cmd *exec.Cmd) (timely func() bool) {
	deadline, limited := t.Deadline()
	if !limited {
		return func() bool { return true }
	}
	return time.AfterFunc(time.Until(deadline)-10*time.Second, func() { _ = cmd.Process.Kill() }).Stop
}

// want demands that the output is these lines.
func (r *result) want(t *testing.T, lines ...string) {
	t.Helper()
	if got, want := strings.TrimSpace(r.out), strings.Join(lines, "\n"); got != want {
		t.Errorf("output:\n%s\nwant:\n%s\n%s", got, want, r.stderr)
	}
}

// modes runs a test with each way to execute instructions.
func modes(t *testing.T, test func(t *testing.T, mode string)) {
	for _, mode := range []string{executeFast, executeStep, executeBoth} {
		t.Run(mode, func(t *testing.T) { test(t, mode) })
	}
}

func TestBasics(t *testing.T) { modes(t, testBasics) }

func testBasics(t *testing.T, mode string) {
	// Calm, because the causes are counted: one that a signal is faster than is missing.
	r := emulated(t, calm, "-execute", mode, "basics")
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

func TestStores(t *testing.T) { modes(t, testStores) }

func testStores(t *testing.T, mode string) {
	r := emulated(t, nil, "-execute", mode, "stores")
	lines := []string{"inside 0xffffffff", "same true new true", "aborted 0x9000001", "undone true"}
	if strings.Contains(r.out, "no AVX2") {
		r.want(t, append(lines, "no AVX2")...)
		return
	}
	r.want(t, append(lines, "vector 0x9000001", "undone true")...)
}

func TestCapacity(t *testing.T) {
	r := emulated(t, nil, "-lines", "20", "-readlines", "40", "-steps", "3000", "size")
	r.want(t,
		"write 10 lines: 0xffffffff", "write 30 lines: 0x8",
		"read 30 lines: 0xffffffff", "read 60 lines: 0x8",
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

func TestPlaceOfInjection(t *testing.T) {
	// The transactions of this part have one instruction before XEND.
	for place, steps := range map[string]uint64{placeBegin: 0, placeEnd: 20} {
		r := emulated(t, calm, "-inject", "1", "-at", place, "sequence", "20")
		if r.Steps != steps || r.Causes[causeInjected] != 20 {
			t.Errorf("-at %s: %+v", place, r.Record)
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

func TestConflicts(t *testing.T) { modes(t, testConflicts) }

func testConflicts(t *testing.T, mode string) {
	for _, c := range []struct {
		part, n, want string
		conflicts     uint64 // at least
	}{
		{"counter", "1000", "counter 2000", 10},
		{"transfer", "100", "total 4000 wrong 0 reads true", 10},
		{"plain", "200", "counter 200", 10},
		{"isolated", "200", "moved 200 wrong 0", 1},
	} {
		t.Run(c.part, func(t *testing.T) {
			// With one processor the runtime would run the goroutines in turn.
			r := emulated(t, []string{"GOMAXPROCS=3"}, append(eager, "-execute", mode, c.part, c.n)...)
			r.want(t, c.want)
			if r.Causes[causeConflict] < c.conflicts || r.StepsBeside == 0 {
				t.Errorf("fewer than %d conflicts: %+v", c.conflicts, r.Record)
			}
			// None of these transactions can fault. A signal of an earlier trap can be
			// taken for one.
			if r.Causes[causeFault] != 0 || r.Causes[causeInstruction] != 0 {
				t.Errorf("aborts without a cause: %+v", r.Record)
			}
			r.wantMode(t, mode)
		})
	}
}

// TestFlightsEnd: transactions that overlap again and again do not keep other
// threads from their system calls.
func TestFlightsEnd(t *testing.T) {
	r := emulated(t, []string{"GOMAXPROCS=4"}, "-switch", "0.9", "-burst", "300", "transfer", "200")
	r.want(t, "total 4000 wrong 0 reads true")
	const most = 1200 // a thousand, and what was begun before
	if steps := r.Steps + r.StepsBeside; steps > r.Flights*most {
		t.Errorf("%d steps in %d flights", steps, r.Flights)
	}
}

// wantMode demands that instructions were executed the way they should be.
func (r *result) wantMode(t *testing.T, mode string) {
	t.Helper()
	steps := r.Steps + r.StepsBeside
	ok := false
	switch mode {
	case executeFast:
		ok = r.Predicted > steps/2 && r.Compared == 0
	case executeStep:
		ok = r.Predicted == 0 && r.Compared == 0
	case executeBoth:
		ok = r.Predicted == 0 && r.Compared > steps/2
	}
	if !ok {
		t.Errorf("-execute %s: of %d steps, %d predicted and %d compared", mode, steps, r.Predicted, r.Compared)
	}
}

// TestPredictions lets the processor check the emulator's own execution on
// whatever Go's runtime and the collector execute beside transactions.
func TestPredictions(t *testing.T) {
	r := emulated(t, []string{"GOGC=1", "GOMAXPROCS=4"}, "-execute", "both", "-switch", "0.5", "-burst", "300", "weather", "50")
	r.want(t, "counter 100")
	r.wantMode(t, executeBoth)
	if r.Compared < 5000 {
		t.Errorf("only %d instructions compared", r.Compared)
	}
}

func TestCollectorAndSignals(t *testing.T) {
	r := emulated(t, []string{"GOGC=1", "GOMAXPROCS=3"}, "weather", "100")
	r.want(t, "counter 200")
}

// TestSignalsAreDelivered sends signals from outside, one after the other, until
// one has met a transaction. A thread of the program could send none while a
// transaction is in flight.
func TestSignalsAreDelivered(t *testing.T) {
	// Only a step notices a signal.
	cmd := exec.Command(tool, "-execute", "step", example, "signals")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var summary bytes.Buffer
	cmd.Stderr = &summary
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timely := killInTime(t, cmd)
	defer timely()
	lines := bufio.NewScanner(out)
	lines.Scan()
	id, err := strconv.Atoi(lines.Text())
	if err != nil {
		t.Fatal(err)
	}
	last := ""
	for pause := time.Duration(0); last != "aborted"; pause += time.Millisecond {
		// The pause is no part of the test: it makes it likelier that the program is in
		// a transaction again, and not yet behind the signal before.
		time.Sleep(pause)
		if err := syscall.Tgkill(id, id, syscall.SIGUSR1); err != nil {
			t.Fatal(err)
		}
		if !lines.Scan() {
			break
		}
		last = lines.Text()
	}
	if err := cmd.Wait(); err != nil || last != "aborted" || !strings.Contains(summary.String(), "(signal ") {
		t.Errorf("the last signal: %q, %v\n%s", last, err, summary.String())
	}
}

func TestThreadsComeAndGo(t *testing.T) {
	r := emulated(t, []string{"GOMAXPROCS=4"}, "-switch", "0.3", "threads", "500")
	r.want(t, "counter 1000")
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
