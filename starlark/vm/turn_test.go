package vm

import (
	"io"
	goruntime "runtime"
	"strings"
	"testing"
	"time"

	"github.com/ungil/tm"
	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark/compile"
	"github.com/ungil/tm/starlark/value"
)

// TestTurnIsCancelled: a thread that waits until it may do something irreversible, while another
// transaction of the process is irrevocable, fails when it is cancelled.
func TestTurnIsCancelled(t *testing.T) {
	for _, test := range []struct {
		name, src string
		cancel    func(m *Machine, waiting *Thread)
		want      string // the error; "": nobody cancels, and the other transaction ends
	}{
		{"thread", "send()", func(_ *Machine, waiting *Thread) { waiting.Control().Cancel("enough") }, "cancelled: enough"},
		{"block", "for _ in atomic():\n    send()", func(_ *Machine, waiting *Thread) { waiting.Control().Cancel("enough") }, "cancelled: enough"},
		{"handle", "thread.start(send).join()", func(_ *Machine, waiting *Thread) { waiting.Control().Cancel("enough") }, "cancelled: enough"},
		{"machine", "thread.start(send).join()", func(m *Machine, _ *Thread) { m.Cancel() }, "the world was cancelled"},
		{"not stopped by try_call", "try_call(send)", func(_ *Machine, waiting *Thread) { waiting.Control().Cancel("enough") }, "cancelled: enough"},
		{"nobody", "send()\nsend()", nil, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			holder := tm.Begin()
			holder.Irrevocable()
			defer func() {
				if test.want != "" {
					holder.Abort()
				}
			}()
			m := New(Config{World: runtime.NewWorld(runtime.Config{Model: runtime.STM, Output: io.Discard})})
			sent := 0
			send := value.NewBuiltin("send", func(t *value.Thread, _ value.Value, _ []value.Value, _ []value.KV) (value.Value, error) {
				if err := threadOf(t).Irreversible(); err != nil {
					return value.Value{}, err
				}
				sent++
				return value.None, nil
			})
			p, err := compile.File("t.star", []byte(test.src), func(name string) bool { return name == "send" || IsPredeclared(name) }, IsUniversal)
			if err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() {
				_, _, err := m.NewThread().Exec(p, map[string]value.Value{"send": send}, nil)
				ended <- err
			}()
			if waiting := m.waitsForTurn(); test.want != "" {
				test.cancel(m, waiting)
			} else {
				holder.Abort()
			}
			select {
			case err := <-ended:
				if test.want == "" && (err != nil || sent != 2) || test.want != "" && (sent != 0 || err == nil || !strings.Contains(err.Error(), test.want)) {
					t.Errorf("error %v, want %q; sent %d times", err, test.want, sent)
				}
			case <-time.After(time.Minute): // only if it is broken
				t.Error("still waits")
			}
			if len(m.turns) != 0 {
				t.Errorf("%d threads are said to wait", len(m.turns))
			}
		})
	}
}

// TestTurnOfCancelled: a thread that was cancelled before it is on the list of those that wait
// to be irrevocable does not wait.
func TestTurnOfCancelled(t *testing.T) {
	for name, cancel := range map[string]func(t *Thread){
		"thread":  func(t *Thread) { t.Control().Cancel("enough") },
		"machine": func(t *Thread) { t.machine.Cancel() },
	} {
		m := New(Config{World: runtime.NewWorld(runtime.Config{Model: runtime.STM})})
		th := m.NewThread()
		th.handle = &Handle{control: th.control}
		cancel(th)
		select {
		case <-m.untilCancelled(th):
		default:
			t.Errorf("%s: it would wait", name)
		}
		if m.goesOn(th); len(m.turns) != 0 {
			t.Errorf("%s: %d threads are said to wait", name, len(m.turns))
		}
	}
}

// waitsForTurn waits until a thread waits to be irrevocable: it looks at nothing else any more.
func (m *Machine) waitsForTurn() *Thread {
	for {
		m.mu.Lock()
		for t := range m.turns {
			m.mu.Unlock()
			return t
		}
		m.mu.Unlock()
		goruntime.Gosched()
	}
}
