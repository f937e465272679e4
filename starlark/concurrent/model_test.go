package concurrent_test

import (
	"bytes"
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark"
)

// A model is what the objects of one program should contain.
type model struct {
	queue     []int
	free      int
	held, set bool
	count     int
	entries   map[int]int
}

const capacity = 3

const prologue = `
q, s, l, e, n, d = queue(3), semaphore(2), lock(), event(), relaxed.counter(), relaxed.dict()
def state():
    return q.qsize(), q.empty(), q.full(), s.value(), l.locked(), e.is_set(), n.value(), sorted(d.items())
`

func (m *model) state() string {
	var items []string
	for k := range 3 {
		if v, ok := m.entries[k]; ok {
			items = append(items, fmt.Sprintf("(%d, %d)", k, v))
		}
	}
	b := func(x bool) string { return map[bool]string{true: "True", false: "False"}[x] }
	return fmt.Sprintf("(%d, %s, %s, %d, %s, %s, %d, [%s])", len(m.queue), b(len(m.queue) == 0), b(len(m.queue) == capacity), m.free, b(m.held), b(m.set), m.count,
		strings.Join(items, ", "))
}

func (m *model) clone() *model {
	c := *m
	c.queue = append([]int(nil), m.queue...)
	c.entries = map[int]int{}
	for k, v := range m.entries {
		c.entries[k] = v
	}
	return &c
}

// step does one operation on m and returns it as the language has it; ok is false if it would
// have to wait, or is an error.
func (m *model) step(r *rand.Rand) (call string, ok bool) {
	x := r.Intn(3)
	switch r.Intn(9) {
	case 0, 1:
		if ok = len(m.queue) < capacity; ok {
			m.queue = append(m.queue, x)
		}
		return fmt.Sprintf("q.put(%d)", x), ok
	case 2:
		if ok = len(m.queue) > 0; ok {
			m.queue = m.queue[1:]
		}
		return "q.get()", ok
	case 3:
		if ok = m.free > 0; ok {
			m.free--
		}
		return "s.acquire()", ok
	case 4:
		m.free += x + 1
		return fmt.Sprintf("s.release(%d)", x+1), true
	case 5:
		ok, m.held = !m.held, true
		return "l.acquire()", ok
	case 6:
		ok, m.held = m.held, false
		return "l.release()", ok
	case 7:
		m.set = x > 0
		return []string{"e.clear()", "e.set()", "e.set()"}[x], true
	}
	m.count += x
	m.entries[x] = m.count
	return fmt.Sprintf("[n.add(%d), d.update([(%d, n.value())])]", x, x), true
}

// program writes a program of groups of operations. Each group is an alternative: it happens as
// a whole, or, if one of its operations has to wait or the group fails, not at all.
func program(r *rand.Rand) (src, want string) {
	var b, w strings.Builder
	b.WriteString(prologue)
	m := &model{free: 2, entries: map[int]int{}}
	for g := range 12 {
		next, all := m.clone(), true
		fmt.Fprintf(&b, "def g%d():\n", g)
		for range 1 + r.Intn(4) {
			call, ok := next.step(r)
			fmt.Fprintf(&b, "    %s\n", call)
			if all = all && ok; !all {
				break
			}
		}
		if r.Intn(4) == 0 {
			b.WriteString("    fail(\"on purpose\")\n")
			all = false
		}
		fmt.Fprintf(&b, "or_else(lambda: atomic(try_call, g%d), lambda: None)\nprint(state())\n", g)
		if all {
			m = next
		}
		w.WriteString(m.state() + "\n")
	}
	return b.String(), w.String()
}

// TestAgainstModel compares the objects with what they should contain, after groups of operations
// of which many are undone.
func TestAgainstModel(t *testing.T) {
	for seed := range int64(150) {
		src, want := program(rand.New(rand.NewSource(seed)))
		for _, m := range []runtime.Model{runtime.GIL, runtime.STM} {
			for _, quantum := range []int{0, 1} {
				// On the main thread alone, and with the objects shared by a thread from the start.
				for _, shared := range []string{"", "thread.start(lambda: (q, s, l, e, n, d)).join()\n"} {
					var out bytes.Buffer
					_, err := starlark.Run("t.star", []byte(strings.Replace(src, "def g0", shared+"def g0", 1)), starlark.Options{Model: m, Quantum: quantum, Output: &out})
					if err != nil || out.String() != want {
						t.Fatalf("seed %d, %v, quantum %d: %v\n%s\ngot\n%swant\n%s", seed, m, quantum, err, src, &out, want)
					}
				}
			}
		}
	}
}
