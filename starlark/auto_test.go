package starlark_test

import (
	"bytes"
	"fmt"
	goruntime "runtime"
	"sync"
	"testing"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark"
)

// TestAutoAlone: a program with one thread stays without transactions, and blocks
// that fail are undone all the same.
func TestAutoAlone(t *testing.T) {
	const src = `
state, names = [1], {"a": 1}
def counter():
    n = 0
    def up():
        n_ = [n]
        state.append(len(state))
        return n_
    return up
def fails():
    for _ in atomic():
        state.append("x")
        names["b"] = 2
        for _ in atomic():
            names.pop("a")
        1 // 0
up = counter()
for i in range(100000):
    state[0] += 1
up()
print(state, names)
fails()
`
	var out bytes.Buffer
	stats := runAuto(t, 0, src, &out, "floored division by zero")
	if stats.Alone == 0 || stats.Alone != stats.Commits || stats.Aborts != 0 {
		t.Errorf("transactions without a second thread: %+v", stats)
	}
	if got, want := out.String(), "[100001, 1] {\"a\": 1}\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// runAuto runs a program under Auto. fails is the error it must end with, or empty.
func runAuto(t *testing.T, quantum int, src string, out *bytes.Buffer, fails string) runtime.Stats {
	t.Helper()
	p, err := starlark.Compile("t.star", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	stats, err := p.Run(starlark.Options{Model: runtime.Auto, Quantum: quantum, Threads: 4, Output: out})
	if got := fmt.Sprint(err); err != nil && got != fails || err == nil && fails != "" {
		t.Fatalf("error %q, want %q", starlark.Traceback(err), fails)
	}
	return stats
}

// autoPrograms start threads in places where much is in flight. Everything that
// the threads share has been changed before, so all of it has to be converted.
var autoPrograms = map[string]string{
	"in a loop": `
d, l, total = {}, [0], 0
threads = []
for i in range(2000):
    d[i % 7] = d.get(i % 7, 0) + 1
    l[0] += 1
    total += 1
    if i in (500, 900):
        threads.append(thread.start(work, 300))
[t.join() for t in threads]
print(d["n"], l[0], len(l), sum_of(d) - d["n"])
`,
	"in an atomic block": `
d, l = {}, [0]
def begin():
    for _ in atomic():
        d["block"] = [1]
        l[0] += 1
        ts = [thread.start(work, 300) for _ in range(2)]
        d["block"].append(l[0])
        l[0] += 1999
        d[0] = 2000
    return ts
[t.join() for t in begin()]
print(d["n"], l[0], len(l), sum_of(d) - d["n"] - sum(d.pop("block")) + 2)
`,
	"from a callback": `
d, l, threads = {0: 0}, [0], []
def key(i):
    d[0] += 1
    l[0] += 1
    if i in (500, 900):
        threads.append(thread.start(work, 300))
    return -i
order = sorted(range(2000), key = key)
[t.join() for t in threads]
print(d["n"], l[0], len(l), sum_of(d) - d["n"])
`,
	"from a closure with variables": `
d, l = {0: 0}, [0]
def make():
    n = [0]
    for i in range(2000):
        k = i
        def f(m):
            n[0] += k - k + 1
            work(m)
        d[0] += 1
        l[0] += 1
        if i == 1000:
            ts = [thread.start(f, 300) for _ in range(2)]
    return n, ts
n, ts = make()
[t.join() for t in ts]
print(d["n"], l[0], len(l), sum_of(d) - d["n"] + n[0] - 2)
`,
}

const autoCommon = `
def work(n):
    for i in range(n):
        for _ in atomic():
            d["n"] = d.get("n", 0) + 1
        l.append(i)
def sum(xs):
    s = 0
    for x in xs:
        s += x
    return s
def sum_of(d):
    return sum([v for v in d.values() if type(v) == "int"])
`

// TestAutoBecomesTransactional starts threads at all kinds of places.
func TestAutoBecomesTransactional(t *testing.T) {
	for name, src := range autoPrograms {
		for _, quantum := range []int{0, 1, 7} {
			t.Run(fmt.Sprintf("%s/quantum=%d", name, quantum), func(t *testing.T) {
				var out bytes.Buffer
				stats := runAuto(t, quantum, autoCommon+src, &out, "")
				if got, want := out.String(), "600 2000 601 2000\n"; got != want {
					t.Errorf("got %q, want %q", got, want)
				}
				if stats.Alone == 0 || stats.Alone == stats.Commits {
					t.Errorf("%d of %d quanta without transactions: the test tests nothing", stats.Alone, stats.Commits)
				}
			})
		}
	}
}

// TestAutoConvertsWhatGoHolds gets values from a world with one thread at a time, in
// every way there is, and drops what they belong to. Then two goroutines run at
// once; what Go kept must be as good for both as if the world had been
// transactional from the start.
func TestAutoConvertsWhatGoHolds(t *testing.T) {
	world := starlark.NewWorld(starlark.Config{Model: runtime.Auto, Output: new(bytes.Buffer)})
	kept, share := valuesInGo(t, world)
	goruntime.GC() // modules and containers that nobody has any more are gone
	thread := world.NewThread("second")
	globals, err := starlark.ExecFile(thread, "meet.star", `
met = []
def meet(xs, n):
    met.append(0)
    while len(met) < 2:  # both goroutines run now
        pass
    for i in range(n):
        for x in xs:
            for _ in atomic():
                add(x, 1)
def add(x, n):
    if type(x) == "list":
        x[0] += n
    elif type(x) == "dict":
        x["n"] += n
    elif type(x) == "tuple":
        add(x[0], n)
    elif type(x) == "struct":
        add(x.l, n)
    else:
        x(n)
`, nil)
	if err != nil {
		t.Fatal(starlark.Traceback(err))
	}
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			own := world.NewThread("own")
			xs, err := starlark.ToValue(own, kept)
			if err == nil {
				_, err = starlark.Call(own, globals["meet"], []starlark.Value{xs, starlark.MakeInt(50)}, nil)
			}
			if err != nil {
				t.Error(starlark.Traceback(err))
			}
		})
	}
	all.Wait()
	for i, v := range kept {
		got := starlark.Repr(thread, v)
		if v.TypeName() == "function" {
			n, err := starlark.Call(thread, v, []starlark.Value{starlark.MakeInt(0)}, nil)
			got = fmt.Sprintf("%s %v", starlark.Repr(thread, n), err)
		}
		if want := share[i]; got != want {
			t.Errorf("value %d: got %s, want %s", i, got, want)
		}
	}
	if s := world.Stats(); s.Alone == 0 || s.Alone == s.Commits {
		t.Errorf("%d of %d quanta without transactions", s.Alone, s.Commits)
	}
}

// valuesInGo returns values, and what each looks like when 100 was added to it.
func valuesInGo(t *testing.T, world *starlark.World) (kept []starlark.Value, after []string) {
	t.Helper()
	thread := world.NewThread("first")
	var leaked starlark.Value
	leak := starlark.NewBuiltin("leak", func(thread *starlark.Thread, args []starlark.Value, _ []starlark.KV) (starlark.Value, error) {
		leaked = args[0]
		starlark.Share(thread, leaked)
		return starlark.None, nil
	})
	globals, err := starlark.ExecFile(thread, "first.star", `
l = [0]
def made():
    return {"n": 0}
def nested():
    return [[0]]
def pair():
    return ([0], 1)
def record():
    return struct(l = [0])
def counter():
    n = [0]
    def up(by):
        n[0] += by
        return n[0]
    return up
leak([0])
`, starlark.StringDict{"leak": leak})
	must := func(v starlark.Value, err error) starlark.Value {
		t.Helper()
		if err != nil {
			t.Fatal(starlark.Traceback(err))
		}
		return v
	}
	must(starlark.None, err)
	call := func(name string) starlark.Value { return must(starlark.Call(thread, globals[name], nil, nil)) }
	elems, err := starlark.Elements(thread, call("nested"))
	must(starlark.None, err)
	field := must(starlark.Attr(thread, call("record"), "l"))
	made := must(starlark.ToValue(thread, []int{0}))
	element := must(starlark.Index(thread, call("nested"), starlark.MakeInt(0)))
	kept = []starlark.Value{globals["l"], call("made"), elems[0], call("pair"), call("record"), call("counter"), leaked, field, made, element}
	after = []string{"[100]", `{"n": 100}`, "[100]", "([100], 1)", "struct(l = [100])", "100 <nil>", "[100]", "[100]", "[100]", "[100]"}
	return kept, after
}

// TestAutoGoroutines has goroutines come and go: world by world the second one enters at
// another place of what the first one does.
func TestAutoGoroutines(t *testing.T) {
	for round := range 14 {
		main, globals := execNew(t, runtime.Auto, autoCommon+"d, l = {}, []\n", nil)
		var all sync.WaitGroup
		for g := range 3 {
			all.Go(func() {
				thread := main.World().NewThread(fmt.Sprint(g))
				for range 20 {
					if _, err := starlark.Call(thread, globals["work"], []starlark.Value{starlark.MakeInt(int64(round % 7))}, nil); err != nil {
						t.Error(starlark.Traceback(err))
					}
				}
			})
		}
		all.Wait()
		n := starlark.Len(main, globals["l"])
		d := starlark.Repr(main, globals["d"])
		want := fmt.Sprintf("{\"n\": %d}", n)
		if n == 0 {
			want = "{}"
		}
		if n != 60*(round%7) || d != want {
			t.Errorf("round %d: %d in the list, dict %s", round, n, d)
		}
	}
}
