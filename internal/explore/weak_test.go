//go:build tmexplore

package explore

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/ungil/tm/internal/word"
)

// litmus is a small program of which is asked what its threads may see: all
// results that a memory model allows, and no others.
type litmus struct {
	name    string
	threads func(x, y *word.Uint64, p, q *word.Pointer[int], see func(thread int, what uint64)) []func()
	// want gives, for each model, the results: what each thread saw, in order.
	strong, tso, weak []string
}

// numbers and seen let plain loads, which are of pointers, see numbers.
var numbers [4]int

func seen(bits uintptr) uint64 {
	for i := range numbers {
		if bits == pointerBits(&numbers[i]) {
			return uint64(i)
		}
	}
	return 0
}

// pointerBits is p as a plain load gives it.
func pointerBits(p *int) uintptr {
	var w word.Pointer[int]
	word.InitPointer(&w, p)
	return word.LoadPlain(&w)
}

var litmusTests = []litmus{
	{
		// Store buffering: plain stores, then a load of the other's word.
		name: "store buffering",
		threads: func(x, y *word.Uint64, _, _ *word.Pointer[int], see func(int, uint64)) []func() {
			return []func(){
				func() { word.StoreUint64(x, 1); see(0, y.Load()) },
				func() { word.StoreUint64(y, 1); see(1, x.Load()) },
			}
		},
		strong: []string{"0 1", "1 0", "1 1"},
		tso:    []string{"0 0", "0 1", "1 0", "1 1"},
		weak:   []string{"0 0", "0 1", "1 0", "1 1"},
	}, {
		name: "store buffering, atomic stores",
		threads: func(x, y *word.Uint64, _, _ *word.Pointer[int], see func(int, uint64)) []func() {
			return []func(){
				func() { x.Store(1); see(0, y.Load()) },
				func() { y.Store(1); see(1, x.Load()) },
			}
		},
		strong: []string{"0 1", "1 0", "1 1"},
		tso:    []string{"0 1", "1 0", "1 1"},
		weak:   []string{"0 1", "1 0", "1 1"},
	}, {
		name: "store buffering, a read-modify-write between",
		threads: func(x, y *word.Uint64, _, _ *word.Pointer[int], see func(int, uint64)) []func() {
			var other word.Uint64
			return []func(){
				func() { word.StoreUint64(x, 1); other.Add(1); see(0, y.Load()) },
				func() { word.StoreUint64(y, 1); other.Add(1); see(1, x.Load()) },
			}
		},
		strong: []string{"0 1", "1 0", "1 1"},
		tso:    []string{"0 1", "1 0", "1 1"},
		weak:   []string{"0 1", "1 0", "1 1"},
	}, {
		// Message passing: "1 0" is the flag without the message.
		name: "message passing, plain stores",
		threads: func(x, y *word.Uint64, _, _ *word.Pointer[int], see func(int, uint64)) []func() {
			return []func(){
				func() { word.StoreUint64(x, 1); word.StoreUint64(y, 1) },
				func() { see(1, y.Load()); see(1, x.Load()) },
			}
		},
		strong: []string{"0 0", "0 1", "1 1"},
		tso:    []string{"0 0", "0 1", "1 1"},
		weak:   []string{"0 0", "0 1", "1 0", "1 1"},
	}, {
		name: "message passing, the flag stored atomically",
		threads: func(x, y *word.Uint64, _, _ *word.Pointer[int], see func(int, uint64)) []func() {
			return []func(){
				func() { word.StoreUint64(x, 1); y.Store(1) },
				func() { see(1, y.Load()); see(1, x.Load()) },
			}
		},
		strong: []string{"0 0", "0 1", "1 1"},
		tso:    []string{"0 0", "0 1", "1 1"},
		weak:   []string{"0 0", "0 1", "1 1"},
	}, {
		name: "message passing, plain loads",
		threads: func(_, _ *word.Uint64, p, q *word.Pointer[int], see func(int, uint64)) []func() {
			return []func(){
				func() { p.Store(&numbers[1]); q.Store(&numbers[1]) },
				func() { see(1, seen(word.LoadPlain(q))); see(1, seen(word.LoadPlain(p))) },
			}
		},
		strong: []string{"0 0", "0 1", "1 1"},
		tso:    []string{"0 0", "0 1", "1 1"},
		weak:   []string{"0 0", "0 1", "1 0", "1 1"},
	}, {
		name: "message passing, a barrier between the loads",
		threads: func(_, _ *word.Uint64, p, q *word.Pointer[int], see func(int, uint64)) []func() {
			return []func(){
				func() { p.Store(&numbers[1]); q.Store(&numbers[1]) },
				func() {
					see(1, seen(word.LoadPlain(q)))
					word.LoadBarrier()
					see(1, seen(word.LoadPlain(p)))
				},
			}
		},
		strong: []string{"0 0", "0 1", "1 1"},
		tso:    []string{"0 0", "0 1", "1 1"},
		weak:   []string{"0 0", "0 1", "1 1"},
	}, {
		// An atomic load orders no plain one behind it; a barrier does.
		name: "message passing, atomic flag and plain load",
		threads: func(_, y *word.Uint64, p, _ *word.Pointer[int], see func(int, uint64)) []func() {
			return []func(){
				func() { p.Store(&numbers[1]); y.Store(1) },
				func() { see(1, y.Load()); see(1, seen(word.LoadPlain(p))) },
			}
		},
		strong: []string{"0 0", "0 1", "1 1"},
		tso:    []string{"0 0", "0 1", "1 1"},
		weak:   []string{"0 0", "0 1", "1 0", "1 1"},
	}, {
		name: "message passing, atomic flag, barrier, plain load",
		threads: func(_, y *word.Uint64, p, _ *word.Pointer[int], see func(int, uint64)) []func() {
			return []func(){
				func() { p.Store(&numbers[1]); y.Store(1) },
				func() { see(1, y.Load()); word.LoadBarrier(); see(1, seen(word.LoadPlain(p))) },
			}
		},
		strong: []string{"0 0", "0 1", "1 1"},
		tso:    []string{"0 0", "0 1", "1 1"},
		weak:   []string{"0 0", "0 1", "1 1"},
	}, {
		// Load buffering: no load is ever done later than where it stands, so "1 1" is out
		// (arm64 allows it).
		name: "load buffering",
		threads: func(_, _ *word.Uint64, p, q *word.Pointer[int], see func(int, uint64)) []func() {
			return []func(){
				func() { see(0, seen(word.LoadPlain(q))); word.StorePointer(p, &numbers[1]) },
				func() { see(1, seen(word.LoadPlain(p))); word.StorePointer(q, &numbers[1]) },
			}
		},
		strong: []string{"0 0", "0 1", "1 0"},
		tso:    []string{"0 0", "0 1", "1 0"},
		weak:   []string{"0 0", "0 1", "1 0"},
	}, {
		// Coherence: two loads of one word never see it go back, nor past one's own store.
		name: "one word",
		threads: func(_, _ *word.Uint64, p, _ *word.Pointer[int], see func(int, uint64)) []func() {
			return []func(){
				func() { p.Store(&numbers[1]); p.Store(&numbers[2]) },
				func() { see(1, seen(word.LoadPlain(p))); see(1, seen(word.LoadPlain(p))) },
			}
		},
		strong: []string{"0 0", "0 1", "0 2", "1 1", "1 2", "2 2"},
		tso:    []string{"0 0", "0 1", "0 2", "1 1", "1 2", "2 2"},
		weak:   []string{"0 0", "0 1", "0 2", "1 1", "1 2", "2 2"},
	}, {
		name: "one word, own store",
		threads: func(_, _ *word.Uint64, p, _ *word.Pointer[int], see func(int, uint64)) []func() {
			return []func(){
				func() { p.Store(&numbers[1]) },
				func() { word.StorePointer(p, &numbers[2]); see(1, seen(word.LoadPlain(p))) },
			}
		},
		strong: []string{"1", "2"},
		tso:    []string{"1", "2"},
		weak:   []string{"1", "2"},
	},
}

// results runs l and returns what its threads saw in all schedules, sorted.
func (l *litmus) results(t *testing.T, m Memory) []string {
	t.Helper()
	all := map[string]bool{}
	p := &Program{Name: l.name, Setup: func() Instance {
		var x, y word.Uint64
		var p, q word.Pointer[int]
		word.InitPointer(&p, &numbers[0])
		word.InitPointer(&q, &numbers[0])
		saw := make([][]string, 2)
		var in Instance
		for _, f := range l.threads(&x, &y, &p, &q, func(i int, what uint64) { saw[i] = append(saw[i], fmt.Sprint(what)) }) {
			in.Threads = append(in.Threads, func(*Thread) { f() })
		}
		in.Outcome = func() string { return strings.Join(slices.Concat(saw...), " ") }
		in.Check = func() error { all[in.Outcome()] = true; return nil }
		return in
	}}
	res := Search(p, Config{Preemptions: every, Memory: m})
	if res.Failure != nil || !res.Complete {
		t.Fatalf("%s: %v, %v", l.name, res, res.Failure)
	}
	return slices.Sorted(maps.Keys(all))
}

const every = 1000 // more preemptions than there are steps

func TestLitmus(t *testing.T) {
	for _, l := range litmusTests {
		for m, want := range map[Memory][]string{Strong: l.strong, TSO: l.tso, Weak: l.weak} {
			if got := l.results(t, m); !slices.Equal(got, want) {
				t.Errorf("%s, memory %d: the threads see %q, want %q", l.name, m, got, want)
			}
		}
	}
}

// TestReplayOfWeakMemory: old values and delayed stores are part of a schedule.
func TestReplayOfWeakMemory(t *testing.T) {
	type pointer = word.Pointer[int]
	for _, c := range []struct {
		column string
		store  func(w *pointer, p *int)
		load   func(w *pointer) uint64
	}{
		{"load-1", (*pointer).Store, func(w *pointer) uint64 { return seen(word.LoadPlain(w)) }},
		{"becomes visible", word.StorePointer[int], func(w *pointer) uint64 { return seen(pointerBits(w.Load())) }},
	} {
		p := &Program{Name: "message", Setup: func() Instance {
			var message, flag pointer
			lost := false
			return Instance{
				Threads: []func(*Thread){
					func(*Thread) { c.store(&message, &numbers[1]); c.store(&flag, &numbers[1]) },
					func(*Thread) { lost = c.load(&flag) == 1 && c.load(&message) == 0 },
				},
				Check: func() error {
					if lost {
						return fmt.Errorf("a flag without its message")
					}
					return nil
				},
			}
		}}
		res := Search(p, Config{Preemptions: every, Memory: Weak})
		if res.Failure == nil {
			t.Fatalf("%s: not found: %v", c.column, res)
		}
		text := res.Failure.Schedule.String()
		sched, err := ParseSchedule(text)
		if err != nil || !slices.Equal(sched, res.Failure.Schedule) {
			t.Fatalf("schedule %s is read as %s, %v", text, sched, err)
		}
		columns, failure := Replay(p, Config{Memory: Weak}, sched)
		if failure == nil || failure.Reason != res.Failure.Reason || !strings.Contains(columns, c.column) {
			t.Errorf("replay of %s: %v, want %s, and a step %q in\n%s", text, failure, res.Failure.Reason, c.column, columns)
		}
	}
}
