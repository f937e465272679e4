package starlark_test

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark"
	"github.com/ungil/tm/starlark/vm"
)

// Programs whose threads have nothing to do with each other must not make each other's
// transactions fail. Each defines work(me, i), which threads call with their number, 0 to thread.count - 1,
// and 0, 1, 2, ... The sore points of earlier systems are among them: work inside
// one container, what the interpreter itself might share, output, the clock, files.
var independent = []struct{ name, src string }{
	{"values of distinct keys", `
d = {k: 0 for k in range(thread.count)}
def work(me, i): d[me] += i`},
	{"values of distinct keys, many", `
d = {k: 0 for k in range(1000)}
def work(me, i): d[(i * thread.count + me) % 1000] = i`},
	{"inserts of distinct keys", `
d = {}
def work(me, i): d[i * thread.count + me] = i`},
	{"inserts of distinct strings and tuples", `
d = {"a": 1}
def work(me, i):
    d["%d/%d" % (me, i)] = i
    d[me, i] = i`},
	{"inserts and removals of distinct keys", `
d = {}
def work(me, i):
    d[me, i] = i
    d.pop((me, i - 5), None)
    d.setdefault((me, "n"), i)`},
	{"keys that are asked for and not there", `
d = {}
def work(me, i): d[me, i] = d.get(("none", i % 10), 0) + (1 if i in d else 2)`},
	{"elements of sets", `
s = set(range(thread.count))
def work(me, i):
    s.add(i % 100 * thread.count + me)
    s.discard((i + 50) % 100 * thread.count + me)
    return me in s`},
	{"distinct elements of a list", `
l = [0] * thread.count
def work(me, i): l[me] += i`},
	{"distinct elements of a long list", `
l = [0] * 1000 * thread.count
def work(me, i): l[me * 1000 + i % 1000] = i`},
	{"a list that nobody changes, beside one that is", `
l, m = list(range(200)), [0] * thread.count
def work(me, i):
    n = 0
    for x in l[i % 100:i % 100 + 20]:
        n += x
    m[me] = n + len(l)`},
	{"scratch lists that live long", `
scratch = [[0] * 50 for _ in range(thread.count)]
def work(me, i):
    l = scratch[me]
    for k in range(10): l[k] = 0
    l.append(i)
    l.pop(0)
    l.sort() if False else l.insert(3, l.pop())`},
	{"scratch objects of the thread's own", `
def work(me, i):
    l, d = [0] * 20, {}
    for k in range(10):
        l[k] = k
        d[k] = l
    l.clear()
    d.clear()`},
	{"what is there is stored again", `
state, flags, s = {"running": True}, [True, False], set(["seen"])
def work(me, i):
    state["running"] = True
    flags[0] = True
    s.add("seen")
    state.setdefault("running", False)`},
	{"allocating", `
def work(me, i): return [(i, [me, i]), {"a": [i]}, set([i]), struct(a = i, b = me), "%d" % i, [x for x in range(5)]]`},
	{"calling", `
p = struct(f = lambda x: x + 1)
def g(x, *args, y = 3, **kwargs): return x + y
def f(x): return g(x) + g(x, 1, 2, y = 4, z = 5) + p.f(x)
def work(me, i): return f(i) + len("abc") + max(i, 3) + int(math.floor(i / 3)) + hash("x")`},
	{"calling back", `
l = [3, 1, 2]
def work(me, i): return sorted(l, key = lambda x: x * i % 5) + [max(l, key = lambda x: -x)]`},
	{"creating closures", `
def counter(n):
    def add(m): return n + m
    return add
def work(me, i):
    f = counter(i)
    return f(1) + (lambda x = f: x(2))()`},
	{"changing what closures captured", `
def make(me):
    n = [0]
    def f(i):
        n[0] += i
        return n
    return f
fs = [make(me) for me in range(thread.count)]
def work(me, i): return fs[me](i)`},
	{"reading globals and constants", `
a, b, c = 1, "b", (1, 2, [3])
def work(me, i): return (a + i, b + "x", c[2][0], 12.5 * 3, (1, 2, 3), ["x"], b.upper(), "%s-%r" % (b, c))`},
	{"methods of strings and attributes", `
s = struct(a = 1, b = struct(c = "text"))
def work(me, i): return s.a + len(s.b.c.replace("t", "T").split("e")) + len(dir(s)) + (1 if hasattr(s, "b") else 0)`},
	{"printing", `
def work(me, i): print(me, i)`},
	{"the clock", `
def work(me, i): return time.now()`},
	{"files", `
def work(me, i): return file.is_dir("testdata") and (i % 20 or file.read("testdata/errors.txt"))`},
	{"json", `
def work(me, i): return json.decode(json.encode({"a": [i, me, {"b": "c"}]}))["a"][0]`},
	{"relaxed counting", `
n, d = relaxed.counter(), relaxed.dict()
def work(me, i):
    n.add(1)
    d[me, i % 10] = len(d) + (n.value() if i % 10 == 0 else 0)`},
	{"a lock, a queue, an event and a cell of the thread's own", `
own = [(lock(), queue(), event(), cell(0)) for _ in range(thread.count)]
def work(me, i):
    l, q, e, c = own[me]
    for _ in atomic():
        l.acquire()
        q.put(i)
        c.value += q.get()
        e.set()
        l.release()`},
	{"starting threads", `
def work(me, i): return i % 20 or thread.start(lambda: i).result()`},
	{"asking whether another thread has ended", `
h = thread.start(lambda: 1)
def work(me, i): return h.done()`},
}

// dependent are programs that must conflict, or nothing is measured.
var dependent = []struct{ name, src string }{
	{"one element", `
l = [0]
def work(me, i): l[0] += 1`},
	{"appending to one list", `
l = []
def work(me, i): l.append(me)`},
	{"the length of a dict to which others add", `
d = {}
def work(me, i): d[i * thread.count + me] = len(d)`},
}

const independentMain = `
def many(me):
    for i in range(FIRST, END):
        work(me, i)
threads = [thread.start(many, me) for me in range(thread.count)]
for t in threads:
    t.join()
`

// An overlapper is a guest that makes transactions overlap on any machine, however busy: each
// waits before it commits until those of all other threads have also run to their ends. So of any two
// that conflict one fails.
type overlapper struct {
	runtime.Guest
	meeting *meeting
	counted bool // in meeting.active
}

// A meeting is where the overlappers of a world meet.
type meeting struct {
	mu       sync.Mutex
	active   int           // threads that will come, or are here
	expected int           // of those, the ones that have no guest yet
	here     int           // threads that wait
	opened   chan struct{} // closed when they may go on; nil if nobody is here
}

// expect says how many threads are about to begin: nobody is to run on alone until they do.
func (m *meeting) expect(threads int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.active += threads
	m.expected += threads
}

// guest makes the guest of a thread that begins. The main thread has none: the others wait for it
// to start them.
func (m *meeting) guest(t *vm.Thread) runtime.Guest {
	if t.Embedder.(*starlark.Thread).Name == "main" {
		return t
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	g := &overlapper{Guest: t, meeting: m, counted: m.expected > 0}
	m.expected = max(m.expected-1, 0)
	return g
}

// count notes whether the thread of g will come.
func (m *meeting) count(g *overlapper, comes bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if comes && !g.counted {
		m.active++
	} else if !comes && g.counted {
		m.active--
	}
	g.counted = comes
	m.open()
}

// open lets all go on that wait, if nobody else will come. It is called with mu held.
func (m *meeting) open() {
	if m.here > 0 && m.here == m.active {
		close(m.opened)
		m.here, m.opened = 0, nil
	}
}

// meet waits until all are here.
func (m *meeting) meet() {
	m.mu.Lock()
	if m.here == 0 {
		m.opened = make(chan struct{})
	}
	m.here++
	opened := m.opened
	m.open()
	m.mu.Unlock()
	<-opened
}

// Checkpoint implements runtime.Guest.
func (g *overlapper) Checkpoint() {
	g.Guest.Checkpoint()
	g.meeting.count(g, true)
}

// Resume implements runtime.Guest.
func (g *overlapper) Resume(t *runtime.Thread) runtime.Status {
	s := g.Guest.Resume(t)
	if s != runtime.Yield { // the thread waits, or ends
		g.meeting.count(g, false)
		return s
	}
	g.meeting.meet()
	return s
}

// conflicts runs a program of independent or dependent and returns how often its threads'
// transactions committed and aborted.
func conflicts(t *testing.T, src string, threads, quantum, rounds int) (commits, aborts uint64) {
	t.Helper()
	w := starlark.NewWorld(starlark.Config{Model: runtime.STM, Quantum: quantum, Threads: threads, Output: new(bytes.Buffer)})
	meeting := new(meeting)
	w.SetGuest(meeting.guest)
	main := w.NewThread("main")
	run := func(text string, env starlark.StringDict) (starlark.StringDict, runtime.Stats) {
		globals, err := starlark.ExecFile(main, "c.star", strings.TrimPrefix(text, "\n"), env)
		if err != nil {
			t.Fatal(starlark.Traceback(err))
		}
		return globals, w.Stats()
	}
	env, _ := run(src, nil)
	threadsOf := func(first, end int) runtime.Stats {
		meeting.expect(threads)
		_, s := run(strings.NewReplacer("FIRST", fmt.Sprint(first), "END", fmt.Sprint(end)).Replace(independentMain), starlark.StringDict{"work": env["work"]})
		return s
	}
	// The first time also makes what the first change near an element or key makes (docs/language.md).
	before := threadsOf(0, 250)
	after := threadsOf(250, 250+rounds) // other keys
	return after.Commits - before.Commits, after.Aborts - before.Aborts
}

// TestNoNeedlessConflicts: under 1 % of aborts for each commit.
func TestNoNeedlessConflicts(t *testing.T) {
	ways := []struct{ threads, quantum, rounds int }{{4, 1, 300}, {4, 40, 1000}, {20, 40, 200}}
	if testing.Short() {
		ways = ways[:1:1]
		ways[0].rounds = 50
	}
	for _, c := range independent {
		for _, way := range ways {
			commits, aborts := conflicts(t, c.src, way.threads, way.quantum, way.rounds)
			share := float64(aborts) / float64(commits)
			t.Logf("%2d threads, quantum %2d: %6d commits, %4d aborts, %5.2f %%: %s", way.threads, way.quantum, commits, aborts, 100*share, c.name)
			if share >= 0.01 {
				t.Errorf("%s: %v: %d commits and %d aborts, %.2f %%: these threads have nothing to do with each other", c.name, way, commits, aborts, 100*share)
			}
		}
	}
}

// TestRealConflicts: what conflicts is measured.
func TestRealConflicts(t *testing.T) {
	for _, c := range dependent {
		commits, aborts := conflicts(t, c.src, 4, 40, 1000)
		share := float64(aborts) / float64(commits)
		t.Logf("%6d commits, %4d aborts, %5.2f %%: %s", commits, aborts, 100*share, c.name)
		if share < 0.1 {
			t.Errorf("%s: %d commits and only %d aborts", c.name, commits, aborts)
		}
	}
}
