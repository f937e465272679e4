package starlark_test

import "testing"

// TestObjectsOfModulesAreFrozen: what a module leaves behind is shared by all worlds, so
// it cannot be used to wait for or tell somebody something; it may be looked at.
func TestObjectsOfModulesAreFrozen(t *testing.T) {
	m := modules{"m": `
q, c, l, s, e, b, n, d = queue(), cell(1), lock(), semaphore(2), event(), barrier(2), relaxed.counter(), relaxed.dict(a = 1)
q.put("x")
n.add(5)
is_set = event()
is_set.set()
work = transaction_queue()
mine = local()
mine.x = 1
`}
	const program = `
load("m", "q", "c", "l", "s", "e", "b", "n", "d", "is_set", "work", "mine")
def set(c): c.value = 2
for f in [q.get, lambda: q.put(1), lambda: c.set(2), lambda: set(c), l.acquire, s.acquire, s.release, e.set, e.clear, e.wait, b.wait, b.abort, n.add,
          lambda: work.add(len, ""), lambda: d.update(b = 1), d.clear]:
    ok, err = try_call(f)
    if ok or "frozen" not in err.message:
        fail(f, ok, err)
print(q.qsize(), c.value, l.locked(), s.value(), e.is_set(), b.n_waiting(), n.value(), d, len(d), d["a"], is_set.wait())
print(hasattr(mine, "x"))
mine.x = 2
print(mine.x, thread.start(hasattr, mine, "x").result())
`
	const want = `1 1 False 2 False 0 5 relaxed.dict({"a": 1}) 1 1 True
False
2 False
`
	for _, c := range configs {
		if got := runLoading(c, m, program); got != want {
			t.Errorf("%v: %s", c, diff(want, got))
		}
	}
}
