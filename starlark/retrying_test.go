package starlark_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark"
)

// retryCases are an object, a condition for which a block waits, and a change of the object that
// makes it true. Every kind of object that threads can share, and every way to change it, is among them.
var retryCases = []struct{ object, condition, change string }{
	{"[]", "len(x) == 1", "x.append(1)"},
	{"[0]", "x[0] == 1", "x[0] = 1"},
	{"[0]", "x[-1] == 2", "x.extend([1, 2])"},
	{"[0]", "1 in x", "x.insert(0, 1)"},
	{"[0]", "not x", "x.pop()"},
	{"[0]", "x == []", "x.remove(0)"},
	{"[0]", "[y for y in x] == []", "x.clear()"},
	{"[0]", "x > [0]", "x += [1]"},
	{"[0]", "str(x) == '[1]'", "set_first(x)"},
	{"[[0]]", "json.encode(x) == '[[0,1]]'", "x[0].append(1)"},
	{"{}", "'a' in x", "x['a'] = 1"},
	{"{'a': 0}", "x['a'] == 1", "x['a'] += 1"},
	{"{}", "x.get('a')", "x.update(a = 1)"},
	{"{}", "len(x) == 1", "x.setdefault('a', 1)"},
	{"{'a': 0}", "not x", "x.pop('a')"},
	{"{'a': 0}", "x.keys() == []", "x.popitem()"},
	{"{'a': 0}", "[k for k in x] == []", "x.clear()"},
	{"{}", "x.items() == [('a', 1)]", "x |= {'a': 1}"},
	{"set()", "1 in x", "x.add(1)"},
	{"set([1])", "len(x) == 0", "x.discard(1)"},
	{"set([1])", "not x", "x.remove(1)"},
	{"set([1])", "x == set()", "x.pop()"},
	{"set([1])", "list(x) == []", "x.clear()"},
	{"set()", "sorted(x) == [1, 2]", "x.update([2, 1])"},
	{"set()", "x.union([2]) == set([1, 2])", "x.update(set([1]))"},
	{"cell(0)", "x.value == 1", "x.value = 1"},
	{"cell(0)", "x.get() == 1", "x.set(1)"},
	{"queue()", "not x.empty()", "x.put(1)"},
	{"queue()", "x.get() == 1", "x.put(1)"},
	{"filled(queue(1), 0)", "x.put(1) == None", "x.get()"},
	{"filled(queue(), 0)", "x.qsize() == 0", "x.get()"},
	{"taken(lock())", "x.acquire()", "x.release()"},
	{"lock()", "x.locked()", "x.acquire()"},
	{"semaphore(0)", "x.acquire()", "x.release()"},
	{"semaphore(1)", "x.value() == 0", "x.acquire()"},
	{"event()", "x.wait()", "x.set()"},
	{"happened(event())", "not x.is_set()", "x.clear()"},
	{"barrier(2)", "x.broken()", "x.abort()"},
	{"relaxed.dict()", "x.get('a') == 1", "x['a'] = 1"},
	{"started()", "x[1].done()", "x[0].set()"},
	{"[0]", "or_else(lambda: check(x[0] == 1) or True, lambda: check(len(x) == 2) or True)", "x.append(1)"},
}

const retryPrologue = `
def set_first(x): x[0] = 1
def filled(q, v): q.put(v); return q
def taken(l): l.acquire(); return l
def happened(e): e.set(); return e
def started():
    e = event()
    return e, thread.start(e.wait)
def wait_for(condition):
    for _ in atomic():
        check(condition())

threads, changes = [], []
def begin(condition, change):
    threads.append(thread.start(wait_for, condition))
    changes.append(change)

def end(i):
    while not threads[i].done():
        alive(i)

def change_all():
    for i in range(len(changes)):
        for h in threads[i:]:
            if h.done():
                fail("thread", i, "has not waited")
        changes[i]()
        end(i)
`

// retryEpilogue waits until all threads sleep, and then makes the changes, at last those of variables.
const retryEpilogue = `
variable = 0
def finish(waiting):
    captured = 0
    threads.append(thread.start(wait_for, lambda: captured == 1))
    threads.append(thread.start(wait_for, lambda: variable == 1))
    while waits() < waiting:
        alive(waits())
    change_all()
    captured = 1
    end(-2)

finish(%d)
variable = 1
end(-1)
`

// retryWaits is how often the program waits at least: there are the two variables, and the thread of started.
var retryWaits = len(retryCases) + 3

func retryProgram() string {
	var b strings.Builder
	b.WriteString(retryPrologue)
	for i, c := range retryCases {
		fmt.Fprintf(&b, "\ndef case%d():\n    x = %s\n    def change(x = x):\n        %s\n    begin(lambda: %s, change)\n\ncase%d()\n", i, c.object, c.change, c.condition, i)
	}
	fmt.Fprintf(&b, retryEpilogue, retryWaits)
	return b.String()
}

// TestRetryWakes: a block that waits is woken by whatever changes what it has looked at. Under
// Locks, as under STM, it is woken by nothing else.
func TestRetryWakes(t *testing.T) {
	for _, c := range threadConfigs {
		step, since := int64(0), time.Now()
		world := starlark.NewWorld(starlark.Config{Model: c.model, Quantum: c.quantum})
		_, err := starlark.ExecFile(world.NewThread("main"), "t.star", retryProgram(), starlark.StringDict{
			"waits": starlark.NewBuiltin("waits", func(*starlark.Thread, []starlark.Value, []starlark.KV) (starlark.Value, error) {
				return starlark.MakeInt(int64(world.Stats().Waits)), nil
			}),
			"alive": starlark.NewBuiltin("alive", func(_ *starlark.Thread, args []starlark.Value, _ []starlark.KV) (starlark.Value, error) {
				if now := args[0].AsInt(); now != step {
					step, since = now, time.Now()
				} else if time.Since(since) > time.Minute { // only if it is broken: no step takes long
					return starlark.Value{}, fmt.Errorf("not woken: %d", step)
				}
				return starlark.None, nil
			}),
		})
		if err != nil {
			t.Errorf("%v: %v", c, starlark.Traceback(err))
			world.Cancel()
		}
		if err := world.Wait(); err != nil {
			t.Errorf("%v: %v", c, err)
		}
		if n := world.Stats().Waits; c.model == runtime.Locks && n != uint64(retryWaits) {
			t.Errorf("%v: %d waits, want %d, one for each thread", c, n, retryWaits)
		}
	}
}

// TestRetryOfGo is the same for a block that is Go code.
func TestRetryOfGo(t *testing.T) {
	main, globals := execNew(t, runtime.Locks, `
q, other = queue(), []
def get():
    return q.get()
def put(x):
    q.put(x)
def change():
    other.append(1)
`, nil)
	call := func(name string, args ...starlark.Value) {
		if _, err := starlark.Call(main, globals[name], args, nil); err != nil {
			t.Error(starlark.Traceback(err))
		}
	}
	got := make(chan error)
	var v starlark.Value
	go func() {
		waiter := main.World().NewThread("waiter")
		got <- waiter.Atomically(func() (err error) {
			v, err = starlark.Call(waiter, globals["get"], nil, nil)
			return err
		})
	}()
	for main.World().Stats().Waits == 0 {
		call("change")
	}
	for range 100 {
		call("change")
	}
	call("put", starlark.MakeInt(7))
	if err := <-got; err != nil || v.AsInt() != 7 {
		t.Errorf("got %v, error %v", v, err)
	}
	if n := main.World().Stats().Waits; n != 1 {
		t.Errorf("%d waits, want 1", n)
	}
}
