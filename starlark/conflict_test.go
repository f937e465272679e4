package starlark_test

import (
	"io"
	"testing"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark"
)

// independent are programs of four threads that share objects and have no reason to conflict.
var independent = map[string]string{
	"relaxed.counter": `
c = relaxed.counter()
def work(i):
    for j in range(2000):
        c.add()
        if c.value() < j:
            fail("lost")
`,
	"relaxed.dict": `
d = relaxed.dict()
def work(i):
    for j in range(1000):
        if len(d) < j:
            fail("lost")
        for _ in atomic():
            d[i, j] = j
`,
	"local": `
l = local()
def work(i):
    l.n = 0
    for j in range(2000):
        l.n += 1
    if l.n != 2000:
        fail("lost")
`,
	"cell": `
cells = [cell(0) for _ in range(4)]
def work(i):
    for j in range(2000):
        cells[i].value += 1
`,
	"event": `
e = event()
e.set()
def work(i):
    for j in range(2000):
        e.set()
        e.wait()
`,
	"queue": `
queues = [queue() for _ in range(2)]
for q in queues:
    for i in range(1000):
        q.put(i)
def work(i):  # one puts, one gets
    q = queues[i // 2]
    for j in range(1000):
        if i % 2:
            q.put(j)
        else:
            q.get()
`,
	"try_call": `
def bad():
    return {}[1]
def work(i):
    for j in range(500):
        try_call(bad)
        or_else(retry, lambda: j)
        atomic(len, "x")
`,
}

// TestIndependentWorkDoesNotConflict: under one attempt in a hundred is made in vain.
func TestIndependentWorkDoesNotConflict(t *testing.T) {
	for name, src := range independent {
		p, err := starlark.Compile(name, []byte(src+`
def begin(i, gate):
    gate.wait()
    work(i)
gate = barrier(4)
threads = [thread.start(begin, i, gate) for i in range(4)]
[t.join() for t in threads]
`))
		if err != nil {
			t.Fatal(err)
		}
		stats, err := p.Run(starlark.Options{Model: runtime.STM, Quantum: 50, Output: io.Discard})
		if err != nil {
			t.Error(starlark.Traceback(err))
		}
		if stats.Aborts*100 > stats.Commits {
			t.Errorf("%s: %d of %d transactions were made in vain", name, stats.Aborts, stats.Commits)
		}
		if stats.Commits < 100 {
			t.Errorf("%s: only %d commits", name, stats.Commits)
		}
	}
}
