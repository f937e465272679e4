//go:build unix

package main

import (
	"bufio"
	"bytes"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark"
)

// interrupter presses ctrl-C each time it is written "running".
type interrupter struct {
	mu  sync.Mutex
	out bytes.Buffer
	t   *testing.T
}

func (w *interrupter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if bytes.Contains(p, []byte("running")) {
		if err := syscall.Kill(syscall.Getpid(), syscall.SIGINT); err != nil {
			w.t.Error(err)
		}
	}
	return w.out.Write(p)
}

// TestReplInterrupt: ctrl-C stops a statement that runs or waits, and not the session.
func TestReplInterrupt(t *testing.T) {
	const session = `x = 1
def forever():
    print("running")
    while True:
        pass

forever()
x + 1
print("running"); queue().get()
def waits():
    print("running")
    for _ in atomic():
        check(x == 2)

waits()
x + 2
`
	for _, m := range []runtime.Model{runtime.GIL, runtime.STM} {
		out := &interrupter{t: t}
		var errs bytes.Buffer
		world := starlark.NewWorld(starlark.Config{Model: m, Output: out})
		if err := (&repl{thread: world.NewThread("repl"), in: bufio.NewReader(strings.NewReader(session)), out: out, errs: &errs}).run(); err != nil {
			t.Error(err)
		}
		if got, want := out.out.String(), "running\n2\nrunning\nrunning\n3\n"; got != want {
			t.Errorf("%v: output %q, want %q, errors\n%s", m, got, want, &errs)
		}
		if n := strings.Count(errs.String(), "cancelled: interrupted"); n != 3 || !strings.Contains(errs.String(), "in forever") {
			t.Errorf("%v: errors\n%s", m, &errs)
		}
	}
}
