package starlark_test

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark"
)

// crosswise is a program whose threads use the same containers in opposite directions, with
// callbacks that change them meanwhile. Containers contain each other.
const crosswise = `
l1, l2 = [1, "a"], [2, "b"]  # the first elements stay, so that comparing ends there
d1, d2 = {"l": l1, "n": 1}, {"l": l2, "n": 2}
s1, s2 = set([1]), set([2])
l1.append(d2)
l2.append(d1)
variable = 0

def short(l, other):
    if len(l) > 12:
        for _ in atomic():
            first = l[0]
            l.clear()
            l.extend([first, "a", {"other": other}])
            if len(l) != 3:
                fail("another thread is inside atomic")

def step(i, l, m, d, e, s, z):
    global_round(i)
    l.extend(m)
    l += [i % 7]
    d.update(e)
    d |= {i % 5: [i]}
    d.pop(i % 5 + 1, None)
    s.update(z)
    s.discard(i % 9)
    s.add(i % 11)
    if l == m or [l, d] == [m, e] or not (l < m or m < l):
        fail("the first elements differ")
    sorted([l, m, [0], [3, l]])
    sorted([(x, y) for x in range(3) for y in s], key = lambda p: (len(l), len(m), change(l, p[0])), reverse = True)
    max([1, 2], key = lambda x: change(m, x))
    if i % 64 == 0:
        json.encode([d["n"], sorted([x for x in l if type(x) == "int"]), list(s), {"k": d["l"][:2]}])
        str(d["l"][:2])
    for x in l:
        for k in e:
            pass
    for _ in atomic():
        if len(list(l)) != len(l) or len(d.items()) != len(d):
            fail("not alone in atomic")
    short(l, m)

def change(l, x):
    l.append(x)
    short(l, [])
    return len(l)

def global_round(i):
    def set_variable():
        return i
    thread_rounds[thread.id() % 8] = set_variable()

thread_rounds = [0] * 8

def forth(n):
    for i in range(n):
        step(i, l1, l2, d1, d2, s1, s2)

def back(n):
    for i in range(n):
        step(i, l2, l1, d2, d1, s2, s1)

n = int(args[0])
threads = [thread.start(f, n) for f in [forth, back, forth, back]]
for t in threads:
    t.join()
print("done", len(l1) < 100, type(str(d1)), [r for r in thread_rounds if r == n - 1] == [n - 1] * 4)
`

// TestLocksCrosswisePrograms: circles of locks make a thread panic, so it is enough
// that the program ends.
func TestLocksCrosswisePrograms(t *testing.T) {
	rounds := "2000"
	if testing.Short() {
		rounds = "150"
	}
	for _, quantum := range []int{0, 1} {
		got := run(t, config{runtime.Locks, quantum}, "t.star", crosswise, rounds)
		if want := "done True string True\n"; got != want {
			t.Errorf("quantum %d: got %q, want %q", quantum, got, want)
		}
	}
}

// TestLocksAtomic: what an atomic block under Locks does is seen whole or not at all,
// also by code outside of blocks, and what it takes back is never seen. All that is
// read is even; odd numbers are undone.
func TestLocksAtomic(t *testing.T) {
	const rounds = 300
	main, globals := execNew(t, runtime.Locks, `
l, d, s, box = [0, 0], {"a": 0}, set([0]), [0]
def write(v):
    box[0] = v
    l[0] = v
    l.append(v)
    l.insert(0, v)
    l.pop(0)
    l.pop()
    d["a"] = v
    d.pop("b", None)
    d["b"] = [v]
    s.clear()
    s.add(v)
def read():
    for v in [l[0], d["a"], box[0]] + list(s) + d.get("b", [0]):
        if v % 2 == 1:
            fail("an undone value is seen", v)
    for _ in atomic():
        if [l[0], d["a"]] != [box[0], list(s)[0]]:
            fail("half a block is seen", l, d, s)
    if len(l) != 2 or list(d) not in (["a"], ["a", "b"]):
        fail("the order of keys, or a length", l, d)
`, nil)
	odd := errors.New("odd")
	call := func(thread *starlark.Thread, f string, args ...starlark.Value) {
		if _, err := starlark.Call(thread, globals[f], args, nil); err != nil {
			t.Error(starlark.Traceback(err))
		}
	}
	var all sync.WaitGroup
	for g := range 2 {
		all.Go(func() {
			thread := main.World().NewThread("writer")
			for i := range rounds {
				n := int64(2*i + g)
				err := thread.Atomically(func() error {
					call(thread, "write", starlark.MakeInt(n))
					if n%2 == 1 {
						return odd
					}
					return nil
				})
				if (err != nil) != (n%2 == 1) {
					t.Error(err)
				}
			}
		})
		all.Go(func() {
			thread := main.World().NewThread("reader")
			for range rounds {
				call(thread, "read")
			}
		})
	}
	all.Wait()
}

// TestLocksVariables: a variable that an atomic block has assigned is not read by
// others before the block has ended.
func TestLocksVariables(t *testing.T) {
	const src = `
n, m = 0, 0
rounds = int(args[0])
stop = []
def watch(get):
    while not stop:
        if get() % 2 == 1:
            fail("half a block is seen in a captured variable")
        a = n      # n is assigned after m, in one block, so m is never behind n
        b = m
        if b < a:
            fail("n is", a, "and m", b)
def captured():
    c = 0
    w = [thread.start(watch, lambda: c) for _ in range(2)]
    for i in range(rounds):
        for _ in atomic():
            c += 1
            c += 1
    return w
w = captured()
for i in range(rounds):
    for _ in atomic():
        n += 1
        n += 1
        m += 2
        if n % 2 == 1 or n != m:
            fail("changed by another thread", n, m)
stop.append(True)
[t.join() for t in w]
print(n, m)
`
	if got := run(t, config{runtime.Locks, 0}, "t.star", src, "3000"); got != "6000 6000\n" {
		t.Errorf("got %q", got)
	}
}

// TestLocksUndoneVariables: what a block has assigned before it fails is never seen.
func TestLocksUndoneVariables(t *testing.T) {
	main, globals := execNew(t, runtime.Locks, `
shared, stop = [lambda: 0], []
def fails():
    c = 0
    shared[0] = lambda: c
    for _ in atomic():
        c = 1
        for i in range(20):
            c += 2
        1 // 0
def watch():
    while not stop:
        get = shared[0]
        for i in range(10):
            if get() != 0:
                fail("an undone value is seen")
`, nil)
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			if _, err := starlark.Call(main.World().NewThread("watch"), globals["watch"], nil, nil); err != nil {
				t.Error(starlark.Traceback(err))
			}
		})
	}
	for range 1000 {
		if _, err := starlark.Call(main, globals["fails"], nil, nil); err == nil || err.Error() != "floored division by zero" {
			t.Error(err)
		}
	}
	stop, err := starlark.ToValue(main, 1)
	if err == nil {
		var add starlark.Value
		if add, err = starlark.Attr(main, globals["stop"], "append"); err == nil {
			_, err = starlark.Call(main, add, []starlark.Value{stop}, nil)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	all.Wait()
}

// TestLocksPanic: a built-in that panics gives back what its thread holds.
func TestLocksPanic(t *testing.T) {
	main, globals := execNew(t, runtime.Locks, "l = [1]\ndef f(g):\n    for _ in atomic():\n        l.append(2)\n        sorted(l, key = g)\n", nil)
	bad := starlark.NewBuiltin("bad", func(thread *starlark.Thread, _ []starlark.Value, _ []starlark.KV) (starlark.Value, error) {
		panic("a bug of the embedder")
	})
	func() {
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		starlark.Call(main, globals["f"], []starlark.Value{bad}, nil)
	}()
	other := main.World().NewThread("other")
	if got := starlark.Repr(other, globals["l"]); got != "[1]" {
		t.Errorf("the block was not undone: %s", got)
	}
	if err := starlark.SetIndex(main, globals["l"], starlark.MakeInt(0), starlark.MakeInt(3)); err != nil {
		t.Error(err)
	}
}

// TestLocksOutput: what a thread prints after it has seen another's change comes behind what
// that one printed before.
func TestLocksOutput(t *testing.T) {
	var out bytes.Buffer
	_, err := starlark.Run("t.star", []byte(`
turn = [0]
def play(me):
    for i in range(me, 200, 2):
        while turn[0] != i:
            pass
        print(i)
        turn[0] = i + 1
[t.join() for t in [thread.start(play, 0), thread.start(play, 1)]]
`), starlark.Options{Model: runtime.Locks, Quantum: 5, Output: &out})
	var want bytes.Buffer
	for i := range 200 {
		fmt.Fprintln(&want, i)
	}
	if err != nil || out.String() != want.String() {
		t.Errorf("%v: %q", err, out.String())
	}
}
