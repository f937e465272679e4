package starlark_test

import (
	"fmt"
	goruntime "runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark"
)

const waiters = `
q, l, e, n = queue(), lock(), event(), [0]
l.acquire()
def get(): q.get()
def acquire(): l.acquire()
def wait(): e.wait(100000)
def in_atomic():
    for _ in atomic():
        n[0] += 1
        check(n[0] == 2)
def in_or_else(): or_else(q.get, l.acquire)
def join(): thread.start(get).join()
def in_callback(): atomic(sorted, [1], key = lambda x: q.get())
def stubborn():
    while True:
        try_call(q.get)
`

var waiterNames = []string{"get", "acquire", "wait", "in_atomic", "in_or_else", "join", "in_callback", "stubborn"}

// TestCancelWhileWaiting: whatever a thread waits for, a cancellation ends it, whether it comes
// before or after the thread has fallen asleep.
func TestCancelWhileWaiting(t *testing.T) {
	for _, m := range models {
		for _, asleep := range []bool{true, false} {
			for _, name := range waiterNames {
				thread, globals := execNew(t, m, waiters, nil)
				before := thread.World().Stats().Waits
				go func() {
					for asleep && thread.World().Stats().Waits == before {
						goruntime.Gosched()
					}
					thread.Cancel("enough")
				}()
				_, err := starlark.Call(thread, globals[name], nil, nil)
				if err == nil || !strings.Contains(err.Error(), "cancelled: enough") {
					t.Errorf("%v, %s, asleep %v: %v", m, name, asleep, err)
				}
				thread.World().Cancel() // the thread that join has started
				if err := thread.World().Wait(); err != nil {
					t.Errorf("%v, %s: %v", m, name, err)
				}
			}
		}
	}
}

func TestTimeLimitWhileWaiting(t *testing.T) {
	for _, m := range models {
		thread, globals := execNew(t, m, waiters, nil)
		stop := thread.CancelAfter(time.Millisecond)
		_, err := starlark.Call(thread, globals["in_atomic"], nil, nil)
		stop()
		if err == nil || !strings.Contains(err.Error(), "time limit") {
			t.Errorf("%v: %v", m, err)
		}
	}
}

// TestEmbeddersMayCome: in a world of an embedder's it is no deadlock that all wait.
func TestEmbeddersMayCome(t *testing.T) {
	for _, m := range models {
		thread, globals := execNew(t, m, "q = queue()\ndef get():\n    return q.get(), q.get()\ndef put(x):\n    q.put(x)\n", nil)
		world := thread.World()
		var all sync.WaitGroup
		all.Go(func() {
			v, err := starlark.Call(thread, globals["get"], nil, nil)
			if err != nil || starlark.Repr(thread, v) != `("a", "b")` {
				t.Errorf("%v: %v", m, err)
			}
		})
		for world.Stats().Waits == 0 {
			goruntime.Gosched()
		}
		for _, x := range []string{"a", "b"} {
			if _, err := starlark.Call(world.NewThread(x), globals["put"], []starlark.Value{starlark.String(x)}, nil); err != nil {
				t.Error(err)
			}
		}
		all.Wait()
	}
}

// TestAtomicallyWaits: a Go function that is a transaction waits as a whole.
func TestAtomicallyWaits(t *testing.T) {
	for _, m := range models {
		thread, globals := execNew(t, m, "q, l = queue(), []\ndef get():\n    l.append(1)\n    return q.get()\ndef put(x):\n    if l:\n        fail('seen')\n    q.put(x)\n", nil)
		world := thread.World()
		done := make(chan error, 1)
		var got string
		go func() {
			done <- thread.Atomically(func() error {
				a, err := starlark.Call(thread, globals["get"], nil, nil)
				if err != nil {
					return err
				}
				b, err := starlark.Call(thread, globals["get"], nil, nil)
				if err == nil {
					got = starlark.Repr(thread, a) + starlark.Repr(thread, b)
				}
				return err
			})
		}()
		other := world.NewThread("other")
		for i := range int64(2) {
			if _, err := starlark.Call(other, globals["put"], []starlark.Value{starlark.MakeInt(i)}, nil); err != nil {
				t.Error(err)
			}
		}
		if err := <-done; err != nil || got != "01" {
			t.Errorf("%v: got %s, %v", m, got, err)
		}
	}
}

// TestBuiltinIsCalledFirst: a built-in that waits may be the first call of a thread.
func TestBuiltinIsCalledFirst(t *testing.T) {
	for _, m := range models {
		thread, globals := execNew(t, m, "q = queue()\nget, put = q.get, q.put\nb = barrier(2)\nwait = b.wait\n", nil)
		done := make(chan string, 2)
		for _, name := range []string{"get", "wait"} {
			go func() {
				u := thread.World().NewThread(name)
				v, err := starlark.Call(u, globals[name], nil, nil)
				if err != nil {
					t.Error(err)
				}
				done <- starlark.Repr(u, v)
			}()
		}
		if _, err := starlark.Call(thread, globals["put"], []starlark.Value{starlark.String("x")}, nil); err != nil {
			t.Error(err)
		}
		if _, err := starlark.Call(thread, globals["wait"], nil, nil); err != nil {
			t.Error(err)
		}
		<-done
		<-done
	}
}

func TestWaitRefused(t *testing.T) {
	for src, want := range map[string]string{
		"sorted([1], key = lambda x: q.get())":                           "get has to wait, and a function that a built-in calls back cannot",
		"sorted([q], key = lambda x: atomic(x.get))":                     "get has to wait, and",
		"max([1, 2], key = lambda x: or_else(q.get, q.get))":             "get has to wait, and",
		"print(max([1, 2], key = lambda x: or_else(q.get, lambda: -x)))": "1\n",
		"sorted([1], key = lambda x: barrier(2).wait())":                 "others could not see it",
		"sorted([1], key = lambda x: retry())":                           "only inside atomic",
		"atomic(thread.start(q.get).join)":                               "inside atomic waiting for it would never end",
	} {
		for _, c := range configs {
			if got := run(t, c, "t.star", "q = queue()\n"+src+"\n"); !strings.Contains(got, want) {
				t.Errorf("%v: %s: want %q, got:\n%s", c, src, want, got)
			}
		}
	}
}

// TestMainFailsWhileOthersWait: they are stopped, and are no errors.
func TestMainFailsWhileOthersWait(t *testing.T) {
	for _, name := range waiterNames {
		everywhere(t, waiters+fmt.Sprintf("thread.start(%s)\nfail('main')\n", name), fmt.Sprintf(`Traceback (most recent call last):
  t.star:%d:5: in <toplevel>
Error in fail: fail: main`, strings.Count(waiters, "\n")+2))
	}
}

// TestDeepRecursionIsStopped: running out of stack is an error that try_call stops.
func TestDeepRecursionIsStopped(t *testing.T) {
	for _, m := range []config{{runtime.GIL, 0}, {runtime.STM, 0}} {
		got := run(t, m, "t.star", `
def forever(n):
    return forever(n + 1)
for f in [try_call, lambda f, x: atomic(try_call, f, x)]:
    ok, err = f(forever, 0)
    print(ok, "stack overflow" in err.message)
`)
		if got != "False True\nFalse True\n" {
			t.Errorf("%v: %s", m, got)
		}
	}
}

// TestLongBlocksAreUndone: an atomic block of any size is undone as a whole, by an error or to wait.
func TestLongBlocksAreUndone(t *testing.T) {
	everywhere(t, `
N = 20000
l, d, gate = [0] * 100, {}, [0]

def long():
    for i in range(N):
        l.append(i)
        l[i % 100] += 1
        d[i % 1000] = i

def fails():
    long()
    fail("at the end")

def waits():
    long()
    check(gate[0] == 1)
    return len(l)

print(atomic(try_call, fails)[0], len(l), l[0], len(d))
t = thread.start(atomic, waits)

def look():
    for _ in atomic():
        if len(l) != 100 or d:
            fail("seen")
        gate[0] = 1

thread.start(look).join()
print(t.result(), len(d), l[0])
`, "False 100 0 0\n20100 1000 200\n")
}

// TestWaitingCostsNothing: who waits for a thread or for an object is not woken, under a
// global lock either, by what others do meanwhile.
func TestWaitingCostsNothing(t *testing.T) {
	for _, c := range configs {
		p, err := starlark.Compile("t.star", []byte(`
q, e, l = queue(), event(), lock()
l.acquire()
others = [thread.start(f) for f in [q.get, e.wait, l.acquire]]

def work(n):
    x = [0]
    for i in range(n):
        x[0] += len(str(i))
    return x[0]

print(thread.start(work, 20000).result())
q.put(1)
e.set()
l.release()
[t.join() for t in others]
`))
		if err != nil {
			t.Fatal(err)
		}
		stats, err := p.Run(starlark.Options{Model: c.model, Quantum: c.quantum, Threads: 2, Output: new(strings.Builder)})
		if err != nil {
			t.Error(starlark.Traceback(err))
		}
		if stats.Waits > 25 { // each of some ten waits, and a roll call or two
			t.Errorf("%v: threads have fallen asleep %d times", c, stats.Waits)
		}
	}
}
