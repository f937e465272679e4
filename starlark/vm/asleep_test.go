package vm

import (
	goruntime "runtime"
	"testing"
	"time"

	"github.com/ungil/tm/orec"
	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark/compile"
	"github.com/ungil/tm/starlark/value"
)

// rollAtOnce makes every moment at which all sleep a roll call.
func rollAtOnce(t *testing.T) {
	old := rollDelay
	rollDelay = 0
	t.Cleanup(func() { rollDelay = old })
}

// pingPong has threads that wake each other in turn: all are asleep all the time, or have
// been woken and do not know it yet.
const pingPong = `
ping, pong, box = queue(1), queue(), cell()

def echo(n):
    for _ in range(n):
        pong.put(ping.get() + 1)

def watch(n):
    for i in range(n):
        for _ in atomic():
            check(box.value == i)
            box.value = -i - 1

def main(n):
    threads = [thread.start(echo, n), thread.start(watch, n)]
    x = 0
    for i in range(n):
        ping.put(x)
        x = pong.get()
        for _ in atomic():
            box.value = i
        for _ in atomic():
            check(box.value == -i - 1)
    [t.join() for t in threads]
    print(x)

main(ROUNDS)
`

// TestNoFalseDeadlock: a thread that was woken and has not run yet is not asleep.
func TestNoFalseDeadlock(t *testing.T) {
	rollAtOnce(t)
	for _, c := range []runtime.Config{
		{Model: runtime.GIL}, {Model: runtime.GIL, Quantum: 1}, {Model: runtime.STM}, {Model: runtime.STM, Quantum: 1},
	} {
		for _, aborting := range []bool{false, c.Model == runtime.STM} {
			got := runProgram(t, "p.star", "ROUNDS = 200\n"+pingPong, c, aborting)
			if got != "200\n" {
				t.Errorf("%v, quantum %d: %s", c.Model, c.Quantum, got)
			}
		}
	}
}

// deadlocks are programs of which every thread waits in the end, and what they print.
var deadlocks = []struct{ name, src, want string }{
	{"alone", "q = queue()\nq.get()\n", `Traceback (most recent call last):
  d.star:2:6: in <toplevel>
Error in get: get: deadlock: all threads wait, and nobody is left to wake one:
  thread 0: get at d.star:2:6`},
	{"crosswise", `
a, b, ready = lock(), lock(), barrier(2)
def f(x, y):
    x.acquire()
    ready.wait()
    y.acquire()
t = thread.start(f, a, b)
f(b, a)
`, `Traceback (most recent call last):
  d.star:8:2: in <toplevel>
  d.star:6:14: in f
Error in acquire: acquire: deadlock: all threads wait, and nobody is left to wake one:
  thread 0: acquire at d.star:6:14
  thread 1: acquire at d.star:6:14`},
	{"in blocks", `
flag = [0]
def f():
    for _ in atomic():
        sorted([1], key = lambda x: check(flag[0] == 1))
t = thread.start(f)
for _ in atomic():
    or_else(retry, lambda: check(flag[0] == 2))
`, `Traceback (most recent call last):
  d.star:8:12: in <toplevel>
  <builtin>: in or_else
  d.star:8:33: in lambda
Error in check: check: deadlock: all threads wait, and nobody is left to wake one:
  thread 0: check at d.star:8:33
  thread 1: check at d.star:5:42`},
	{"a join", `
q = queue()
thread.start(lambda: q.get()).join()
`, `Traceback (most recent call last):
  d.star:3:35: in <toplevel>
Error in join: join: deadlock: all threads wait, and nobody is left to wake one:
  thread 0: join at d.star:3:35
  thread 1: get at d.star:3:27`},
	{"main has ended", `
q = queue()
thread.start(lambda: q.get())
print("end")
`, `end
Error: thread 1 failed: get: deadlock: all threads wait, and nobody is left to wake one:
  thread 1: get at d.star:3:27
In thread 1:
Traceback (most recent call last):
  d.star:3:27: in lambda
Error in get: get: deadlock: all threads wait, and nobody is left to wake one:
  thread 1: get at d.star:3:27`},
	{"stopped", `
q = queue()
ok, err = try_call(q.get)
print(err.message.split(":")[1])
q.put(1)
print(q.get())
`, " deadlock\n1\n"},
	{"no timeout", `
q = queue()
def f():
    return event().wait(0.05)
t = thread.start(f)
for _ in atomic():
    check(t.done())
print(t.result())
`, "False\n"},
}

// TestDeadlock: the program ends, and the error says where each thread waits.
func TestDeadlock(t *testing.T) {
	for _, delay := range []time.Duration{0, rollDelay} {
		old := rollDelay
		rollDelay = delay
		for _, d := range deadlocks {
			for _, c := range []runtime.Config{
				{Model: runtime.GIL}, {Model: runtime.GIL, Quantum: 1}, {Model: runtime.STM}, {Model: runtime.STM, Quantum: 1},
			} {
				for _, aborting := range []bool{false, c.Model == runtime.STM} {
					if got := runProgram(t, "d.star", d.src, c, aborting); got != d.want {
						t.Errorf("%s, %v, quantum %d, aborting %v: got\n%s\nwant\n%s", d.name, c.Model, c.Quantum, aborting, got, d.want)
					}
				}
			}
		}
		rollDelay = old
	}
}

// TestForgetsRefusedJoin: a thread that was about to join another in an attempt that has failed, and
// waits for something else in the next one, is not taken for one that waits for that thread.
func TestForgetsRefusedJoin(t *testing.T) {
	const src = `
q, handles = queue(), []

def f():
    while joining() == 0:
        pass
    if fails():
        handles[1].join()
    return q.get()

def g():
    handles[0].join()

handles.append(thread.start(f))
handles.append(thread.start(g))
while not handles[0].done() and asleep() < 2:
    pass
q.put("got")
result = handles[0].result()
`
	attempts := 0
	var read, written orec.Slot
	builtin := func(name string, f func(m *Machine) value.Value) value.Value {
		return value.NewBuiltin(name, func(vt *value.Thread, _ value.Value, _ []value.Value, _ []value.KV) (value.Value, error) {
			m := threadOf(vt).machine
			m.mu.Lock()
			defer m.mu.Unlock()
			return f(m), nil
		})
	}
	env := map[string]value.Value{
		"asleep": builtin("asleep", func(m *Machine) value.Value { return value.Int(int64(len(m.asleep))) }),
		"joining": builtin("joining", func(m *Machine) value.Value {
			n := 0
			for _, s := range m.asleep {
				if s.joins != nil {
					n++
				}
			}
			return value.Int(int64(n))
		}),
		"fails": value.NewBuiltin("fails", func(vt *value.Thread, _ value.Value, _ []value.Value, _ []value.KV) (value.Value, error) {
			if attempts++; attempts > 1 {
				return value.False, nil
			}
			vt.Tx().Read(&read)
			for !overwrite(&read) {
				goruntime.Gosched() // see AbortEach
			}
			vt.Tx().Write(&written, new(orec.Version))
			return value.True, nil
		}),
	}
	known := func(name string) bool { _, ok := env[name]; return ok || IsPredeclared(name) }
	p, err := compile.File("join.star", []byte(src), known, IsUniversal)
	if err != nil {
		t.Fatal(err)
	}
	m := New(Config{World: runtime.NewWorld(runtime.Config{Model: runtime.STM, Quantum: 1000})})
	globals, _, err := m.NewThread().Exec(p, env, nil)
	if err != nil {
		t.Fatal(Traceback(err))
	}
	if got := globals["result"]; attempts < 2 || !got.IsString() || got.AsString() != "got" {
		t.Errorf("got %v after %d attempts", got, attempts)
	}
	if err := m.Wait(); err != nil {
		t.Error(err)
	}
}
