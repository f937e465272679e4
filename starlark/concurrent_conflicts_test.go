package starlark_test

import (
	"strings"
	"testing"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark"
)

// overlaps are two steps each of which the first begins before and ends after the second, and
// whether it must run again for it.
var overlaps = []struct {
	setup, a, b string
	conflict    bool
}{
	{"l = [0, 0]", "l[0] += 1", "l[0] += 1", true},
	{"l = [0, 0]", "l[0] += 1", "l[1] += 1", true}, // the first writes near each other
	{"l = [0, 0]\nl[0] = 1", "l[0] += 1", "l[1] += 1", false},
	{"c = cell(0)", "c.value += 1", "c.set(1)", true},
	{"c, d = cell(0), cell(0)", "c.value += 1", "d.set(1)", false},
	{"q = queue()\nq.put(1)\nq.put(2)", "q.get()", "q.put(3)", false},
	{"q = queue()\nq.put(1)\nq.put(2)", "q.put(3)", "q.get()", false},
	{"q = queue()\nq.put(1)", "q.get()", "q.put(3)", true},
	{"q = queue()\nq.put(1)\nq.put(2)", "q.put(3)", "q.put(3)", true},
	{"q = queue()\nq.put(1)\nq.put(2)", "q.get()", "q.get()", true},
	{"q = queue(9)\nq.put(1)\nq.put(2)", "q.put(3)", "q.get()", true},
	{"q = queue()\nq.put(1)\nq.put(2)", "q.qsize()", "q.put(1)", true},
	{"l, m = lock(), lock()", "l.acquire()", "m.acquire()", false},
	{"l = lock()", "l.locked()", "l.acquire()", true},
	{"s = semaphore(5)", "s.acquire()", "s.acquire()", true},
	{"e = event()\ne.set()", "e.wait()", "e.set()", false},
	{"e = event()\ne.set()", "e.set()", "e.set()", false},
	{"e = event()\ne.set()", "e.is_set()", "e.clear()", true},
	{"b = barrier(2)", "b.n_waiting()", "b.abort()", false},
	{"b = barrier(2)", "b.broken()", "b.abort()", true},
	{"l = local()\nl.x = 1", "l.x = [2]", "l.x = [3]", false},
	{"c = relaxed.counter()", "c.add()", "c.add()", false},
	{"c = relaxed.counter()", "c.add() or c.value()", "c.add()", false},
	{"d = relaxed.dict()", "len(d) or d.keys() or [k for k in d]", "d.setdefault(1, 2)", false},
	{"d = relaxed.dict()", "d.setdefault(3, 4)", "d.setdefault(1, 2)", false},
	{"d = relaxed.dict()", "d.setdefault(3, 4) and len(d)", "d.setdefault(1, 2)", true},
	{"d = relaxed.dict()", "d.get(1)", "d.setdefault(1, 2)", true},
	{"d = relaxed.dict([(1, 0)])", "d.keys() and d.get(1)", "d.update([(1, 2)])", true}, // what keys has seen does not count
	{"d = relaxed.dict([(1, 0)])", "d.get(1) + len(d.keys())", "d.update([(1, 2)])", true},
	{"d = relaxed.dict([(1, 0), (2, 0)])", "d.keys() and d.update([(1, 1)])", "d.update([(2, 2)])", true}, // the first writes near each other
	{"c, d = relaxed.counter(), relaxed.dict([(1, 0)])", "[c.value(), d.get(1)]", "d.update([(1, 2)])", true},
	{"d = dict()", "len(d)", "d.setdefault(1, 2)", true},
	{"n = [0]", "file.is_dir('/') and time.now()", "file.is_dir('/') and time.now()", false},
}

// TestWhatConflicts holds what docs/language.md says of conflicts.
func TestWhatConflicts(t *testing.T) {
	for _, o := range overlaps {
		body := func(s string) string { return strings.ReplaceAll("\n"+s+"\n", "\n", "\n    ") }
		first, globals := execNew(t, runtime.STM, o.setup+"\nmark = [0]\ndef first_step():"+body(o.a+"\nmark[0] += 1")+"\ndef second_step():"+body(o.b), nil)
		second, attempts := first.World().NewThread("second"), 0
		err := first.Atomically(func() error {
			if _, err := starlark.Call(first, globals["first_step"], nil, nil); err != nil {
				return err
			}
			if attempts++; attempts > 1 {
				return nil
			}
			done := make(chan error)
			go func() {
				_, err := starlark.Call(second, globals["second_step"], nil, nil)
				done <- err
			}()
			return <-done
		})
		if err != nil {
			t.Errorf("%s; %s; %s: %v", o.setup, o.a, o.b, err)
		}
		if conflict := attempts > 1; conflict != o.conflict {
			t.Errorf("%q: %q during %q: conflict %v, want %v", o.setup, o.b, o.a, conflict, o.conflict)
		}
	}
}
