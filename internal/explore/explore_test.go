//go:build tmexplore

package explore

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/ungil/tm/internal/word"
)

// same makes a program of n threads with the same body on one word.
func same(n int, body func(t *Thread, w *word.Uint64), check func(w *word.Uint64) error) *Program {
	return &Program{Name: "toy", Setup: func() Instance {
		w := new(word.Uint64)
		in := Instance{Check: func() error { return check(w) }}
		for range n {
			in.Threads = append(in.Threads, func(t *Thread) { body(t, w) })
		}
		return in
	}}
}

func want(n uint64) func(w *word.Uint64) error {
	return func(w *word.Uint64) error {
		if got := w.Load(); got != n {
			return fmt.Errorf("the word is %d, want %d", got, n)
		}
		return nil
	}
}

func plainIncrement(_ *Thread, w *word.Uint64) { w.Store(w.Load() + 1) }

func casIncrement(_ *Thread, w *word.Uint64) {
	for {
		if x := w.Load(); w.CompareAndSwap(x, x+1) {
			return
		}
	}
}

func spinLocked(_ *Thread, w *word.Uint64) {
	for !w.CompareAndSwap(0, 1) {
		word.Yield()
	}
	w.Load()
	w.Store(0)
}

// all is more preemptions than any toy can make: every schedule, without reduction.
const all = 1000

func TestLostUpdateFound(t *testing.T) {
	for _, bound := range []int{1, all, Unbounded} {
		res := Search(same(2, plainIncrement, want(2)), Config{Preemptions: bound})
		if res.Failure == nil {
			t.Fatalf("bound %d: lost update of two unsynchronised increments not found: %v", bound, res)
		}
		if res.Schedules > 2 {
			t.Errorf("bound %d: found after %d schedules, want at most 2", bound, res.Schedules)
		}
	}
	if res := Search(same(2, plainIncrement, want(2)), Config{}); res.Failure != nil || res.Schedules != 2 {
		t.Errorf("without preemptions: %v, %v, want two schedules and no failure", res, res.Failure)
	}
}

func TestCounts(t *testing.T) {
	five := func(op func(w *word.Uint64)) func(*Thread, *word.Uint64) {
		return func(_ *Thread, w *word.Uint64) {
			for range 5 {
				op(w)
			}
		}
	}
	load := five(func(w *word.Uint64) { w.Load() })
	add := five(func(w *word.Uint64) { w.Add(1) })
	failing := five(func(w *word.Uint64) { w.CompareAndSwap(9, 1) })
	for _, c := range []struct {
		name    string
		threads int
		body    func(*Thread, *word.Uint64)
		bound   int
		final   uint64
		want    int
	}{
		// 10! / 5!^2 and 15! / 5!^3 orders
		{"2 threads, 5 loads, naive", 2, load, all, 0, 252},
		{"2 threads, 5 loads, sleep sets", 2, load, Unbounded, 0, 1},
		{"2 threads, 5 adds, sleep sets", 2, add, Unbounded, 10, 252},
		{"2 threads, 5 failing exchanges, naive", 2, failing, all, 0, 252},
		{"2 threads, 5 failing exchanges, sleep sets", 2, failing, Unbounded, 0, 1},
		{"3 threads, 5 adds, two preemptions", 3, add, 2, 15, 690},
		// one preemption: who begins, after which of its steps but the last it stops, then the other
		{"2 threads, 5 adds, one preemption", 2, add, 1, 10, 2 * (1 + 4)},
		{"3 threads, exchange loop, naive", 3, casIncrement, all, 3, 498},
		{"3 threads, exchange loop, two preemptions", 3, casIncrement, 2, 3, 72},
	} {
		res := Search(same(c.threads, c.body, want(c.final)), Config{Preemptions: c.bound})
		if res.Failure != nil {
			t.Errorf("%s: %v", c.name, res.Failure)
		} else if !res.Complete || res.Schedules != c.want {
			t.Errorf("%s: %v, want %d", c.name, res, c.want)
		}
	}
}

// TestOneSchedulePerClass compares the classes of equivalent schedules among
// all of them with those that sleep sets visit.
func TestOneSchedulePerClass(t *testing.T) {
	check := func(p *Program) {
		naive := Search(p, Config{Preemptions: all, Once: true, Classes: true, MaxSchedules: 20000})
		if !naive.Complete {
			return
		}
		slept := Search(p, Config{Preemptions: Unbounded, Once: true, Classes: true})
		if slept.Schedules != len(naive.Classes) || !maps.Equal(slept.Classes, naive.Classes) {
			t.Errorf("%v in %d classes; sleep sets: %v in %d", naive, len(naive.Classes), slept, len(slept.Classes))
		}
	}
	check(same(3, casIncrement, want(3)))
	rnd := rand.New(rand.NewPCG(3, 4))
	for i := range 60 {
		check(scribble(rnd, 2+i%2))
	}
}

func TestSpinLockIsCaught(t *testing.T) {
	p := same(2, spinLocked, want(0))
	res := Search(p, Config{Preemptions: 1, OwnSteps: 50})
	if res.Failure == nil || !strings.Contains(res.Failure.Reason, "no progress") {
		t.Errorf("search: %v, want no progress", res.Failure)
	}
	fr := Freeze(p, Config{OwnSteps: 50}, 2)
	if fr.Failure == nil || !strings.Contains(fr.Failure.Reason, "blocked: with thread 0 stopped before its step 1") {
		t.Errorf("freeze: %v, want blocked before step 1", fr.Failure)
	}
	if fr := Freeze(same(3, casIncrement, want(3)), Config{OwnSteps: 50}, 10); fr.Failure != nil || fr.Points < 6 {
		t.Errorf("a lock-free loop: %v %v", fr, fr.Failure)
	}
}

// TestLateHelperIsCaught: what a stopped thread does after the thaw counts.
func TestLateHelperIsCaught(t *testing.T) {
	p := same(2, func(t *Thread, w *word.Uint64) {
		if t.ID() == 0 {
			if w.Load() == 0 {
				w.Store(1) // late: thread 1 may have written
			}
			return
		}
		w.Store(2)
	}, want(2))
	fr := Freeze(p, Config{}, 1)
	if fr.Failure == nil || fr.Failure.Schedule.String() != "0*1,1*1,0*1" {
		t.Errorf("got %v, want the overwriting found after the thaw", fr.Failure)
	}
}

// TestPairsAreStopped: a program that only two stopped threads can block. Each
// of three adds one to a word, and waits as long as two others are between their steps.
func TestPairsAreStopped(t *testing.T) {
	p := func() *Program {
		return same(3, func(_ *Thread, w *word.Uint64) {
			for w.Add(1) == 3 {
				w.Add(^uint64(0))
			}
			w.Add(^uint64(0))
		}, want(0))
	}
	if res := Freeze(p(), Config{}, 6); res.Failure != nil {
		t.Errorf("one thread stopped: %v", res.Failure.Reason)
	}
	c := Config{OwnSteps: 40}
	res := FreezePairs(p(), c, 1, 0)
	if res.Failure == nil || !strings.Contains(res.Failure.Reason, "blocked: with thread 0 stopped before its step 1 and thread 1 stopped before its step 1 the others") {
		t.Errorf("two threads stopped: %v", res.Failure)
	}
	// Six ordered pairs of threads with two steps each, without the block.
	res = FreezePairs(same(3, func(_ *Thread, w *word.Uint64) { w.Add(1); w.Add(1) }, want(6)), c, 2, 0)
	if res.Failure != nil || res.All != 24 || res.Points != 24 || res.Runs != 48 {
		t.Errorf("%v, %v; want 24 points and 48 runs", res, res.Failure)
	}
	if res = FreezePairs(same(3, casIncrement, want(3)), c, 1, 8); res.Points >= res.All || res.Points == 0 {
		t.Errorf("%v; want a sample", res)
	}
}

// TestAgainst: the adversary's choice is the schedule.
func TestAgainst(t *testing.T) {
	p := same(2, plainIncrement, want(2))
	turns := func(threads []*Thread) int {
		if threads[1].Done() || !threads[0].Done() && threads[0].Own() <= threads[1].Own() {
			return 0
		}
		return 1
	}
	if f := Against(p, Config{}, turns).Failure; f == nil || f.Schedule.String() != "0*1,1*1,0*1,1*1" {
		t.Errorf("got %v, want the lost update of taking turns", f)
	}
}

func TestPanicIsAFailure(t *testing.T) {
	p := same(2, func(_ *Thread, w *word.Uint64) {
		if w.Add(1) == 2 {
			panic("second")
		}
	}, want(2))
	res := Search(p, Config{})
	if res.Failure == nil || !strings.Contains(res.Failure.Reason, "panicked: second") {
		t.Errorf("got %v, want the panic", res.Failure)
	}
}

// TestPanicInTheOutcomeIsAFailure: a bug may leave behind what only the
// inspection of the final state meets.
func TestPanicInTheOutcomeIsAFailure(t *testing.T) {
	p := same(2, casIncrement, func(*word.Uint64) error {
		var nothing *word.Uint64
		nothing.Load()
		return nil
	})
	if f := Search(p, Config{}).Failure; f == nil || !strings.Contains(f.Error(), "nil pointer") {
		t.Errorf("failure %v, want one that names the panic", f)
	}
}

func TestNotDeterministicIsAFailure(t *testing.T) {
	runs := 0
	p := &Program{Name: "toy", Setup: func() Instance {
		runs++
		a, b := new(word.Uint64), new(word.Uint64)
		return Instance{Threads: []func(*Thread){func(*Thread) {
			a.Load()
			if runs%2 == 0 {
				a.Load()
			} else {
				b.Load()
			}
		}}}
	}}
	if res := Search(p, Config{}); res.Failure == nil || !strings.Contains(res.Failure.Reason, "not deterministic") {
		t.Errorf("got %v, want not deterministic", res.Failure)
	}
	if res := Search(p, Config{Once: true}); res.Failure != nil {
		t.Errorf("run once: %v", res.Failure)
	}
}

func TestReplay(t *testing.T) {
	p := same(2, plainIncrement, want(2))
	res := Search(p, Config{Preemptions: 2})
	t.Setenv("EXPLORE_REPLAY", res.Failure.Replay())
	name, sched, ok, err := Replayed()
	if name != "toy" || !ok || err != nil || !slices.Equal(sched, res.Failure.Schedule) {
		t.Fatalf("read back %q %v %v %v", name, sched, ok, err)
	}
	cols, f := Replay(p, Config{}, sched)
	if f == nil || f.Reason != res.Failure.Reason || cols != res.Failure.Columns {
		t.Errorf("replayed: %v\nwant %v", f, res.Failure)
	}
	if !strings.Contains(cols, "store w0 explore.plainIncrement:") {
		t.Errorf("the columns do not say what was done where:\n%s", cols)
	}
	if _, f := Replay(p, Config{}, Schedule{0, 0, 1, 1}); f != nil {
		t.Errorf("a serial schedule: %v", f)
	}
	if _, f := Replay(p, Config{}, Schedule{0, 0, 0}); f == nil || !strings.Contains(f.Reason, "does not fit") {
		t.Errorf("a schedule too long for thread 0: %v", f)
	}
	for _, bad := range []string{"", "0", "0*", "x*1", "9*1", "0*-1"} {
		if _, err := ParseSchedule(bad); err == nil {
			t.Errorf("schedule %q was accepted", bad)
		}
	}
}

func TestSimulatedClock(t *testing.T) {
	var got [2]uint64
	p := &Program{Name: "clock", Setup: func() Instance {
		w := new(word.Uint64)
		body := func(t *Thread) {
			w.Load()
			now, simulated := word.Clock(false)
			if !simulated {
				now = 0
			}
			got[t.ID()] = now
		}
		return Instance{Threads: []func(*Thread){body, body}, Check: func() error {
			if got[0] >= got[1] {
				return errors.New("thread 1 was not later")
			}
			return nil
		}}
	}}
	if _, f := Replay(p, Config{Clock: ExactClock}, Schedule{0, 0, 1, 1}); f != nil {
		t.Error(f)
	}
	for _, c := range []ClockModel{CoarseClock(8), SkewedClock(10), nil} {
		if _, f := Replay(p, Config{Clock: c}, Schedule{0, 0, 1, 1}); f == nil {
			t.Error("want a clock that does not tell the order")
		}
	}
}

// scribble is a random program: attempts of loads, stores and exchanges on two words.
func scribble(rnd *rand.Rand, threads int) *Program {
	type access struct{ op, word int }
	bodies := make([][][]access, threads)
	for i := range bodies {
		for range 1 + rnd.IntN(2) {
			var a []access
			for range 1 + rnd.IntN(2) {
				a = append(a, access{rnd.IntN(4), rnd.IntN(2)})
			}
			bodies[i] = append(bodies[i], a)
		}
	}
	return &Program{Name: "scribble", Setup: func() Instance {
		words := new([2]word.Uint64)
		var in Instance
		type interval struct {
			t          *Thread
			start, end int
		}
		var attempts []*interval
		seen := make([]string, threads)
		for id, body := range bodies {
			in.Threads = append(in.Threads, func(t *Thread) {
				for _, attempt := range body {
					t.Begin()
					v := &interval{t: t, start: t.Own()}
					attempts = append(attempts, v)
					for _, a := range attempt {
						w, x := &words[a.word], uint64(id+1)
						switch a.op {
						case 0:
							x = w.Load()
						case 1:
							w.Store(x)
						case 2:
							x = w.Swap(x)
						case 3:
							if !w.CompareAndSwap(0, x) {
								x = 99
							}
						}
						seen[id] += fmt.Sprint(" ", x)
					}
					v.end = t.Own() - 1
					t.End()
				}
			})
		}
		in.Outcome = func() string {
			slices.SortFunc(attempts, func(a, b *interval) int {
				return (a.t.ID()-b.t.ID())*100 + a.start - b.start
			})
			out := fmt.Sprint(seen, words[0].Load(), words[1].Load())
			for i, a := range attempts {
				for j, b := range attempts {
					if a.t.Global(a.end) < b.t.Global(b.start) {
						out += fmt.Sprintf(" %d<%d", i, j)
					}
				}
			}
			return out
		}
		return in
	}}
}

// TestSleepSetsMissNothing compares the outcomes, real time included, of all
// schedules with those that sleep sets leave.
func TestSleepSetsMissNothing(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	naive, slept := 0, 0
	for i := range 150 {
		p := scribble(rnd, 2+i%2)
		a := searchOutcomes(p, Config{Preemptions: all, Once: true, MaxSchedules: 40000})
		if !a.res.Complete {
			continue
		}
		b := searchOutcomes(p, Config{Preemptions: Unbounded, Once: true})
		naive += a.res.Schedules
		slept += b.res.Schedules
		for _, o := range slices.Sorted(maps.Keys(a.seen)) {
			if !b.seen[o] {
				t.Fatalf("program %d: sleep sets miss %q", i, o)
			}
		}
		if len(a.seen) != len(b.seen) {
			t.Fatalf("program %d: sleep sets make up outcomes: %d, want %d", i, len(b.seen), len(a.seen))
		}
	}
	t.Logf("%d schedules in all, %d with sleep sets", naive, slept)
	if slept >= naive {
		t.Error("sleep sets cut nothing")
	}
}

func searchOutcomes(p *Program, c Config) *search {
	s := newSearch(p, c)
	for {
		s.visit()
		if c.MaxSchedules > 0 && s.res.Schedules >= c.MaxSchedules {
			return s
		}
		if !s.backtrack() {
			s.res.Complete = true
			return s
		}
	}
}

func TestRandom(t *testing.T) {
	if res := Random(same(2, plainIncrement, want(2)), Config{}, 1, 100); res.Failure == nil {
		t.Errorf("lost update not found by 100 random runs: %v", res)
	}
	if res := Random(same(3, casIncrement, want(3)), Config{}, 1, 100); res.Failure != nil || res.Schedules != 100 {
		t.Errorf("a lock-free loop: %v %v", res, res.Failure)
	}
}

func TestPoolsAreApartAndReset(t *testing.T) {
	pool := word.Pool{New: func() any { return 0 }}
	var got []int
	p := &Program{Name: "pool", Setup: func() Instance {
		got = nil
		for id := range 2 {
			As(id, func() { pool.Put(10 + id); pool.Put(20 + id) })
		}
		w := new(word.Uint64)
		body := func(t *Thread) {
			for range 3 {
				w.Load()
				got = append(got, pool.Get().(int))
			}
		}
		return Instance{Threads: []func(*Thread){body, body}}
	}}
	for range 2 {
		if _, f := Replay(p, Config{}, Schedule{0, 1, 0, 1, 0, 1}); f != nil {
			t.Fatal(f)
		}
		if want := []int{20, 21, 10, 11, 0, 0}; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
}

func BenchmarkSchedules(b *testing.B) {
	p := same(2, func(_ *Thread, w *word.Uint64) {
		for range 20 {
			w.Add(1)
		}
	}, want(40))
	for b.Loop() {
		Search(p, Config{Preemptions: 2, Once: true})
	}
}

// TestAtomicIsOneStep: what stands in an atomic step is not torn apart, commutes
// with nothing, and is the caller's one announcement.
func TestAtomicIsOneStep(t *testing.T) {
	atomically := func(t *Thread, w *word.Uint64) { word.Atomic(func() { plainIncrement(t, w) }) }
	for _, bound := range []int{all, Unbounded} {
		res := Search(same(3, atomically, want(3)), Config{Preemptions: bound})
		if res.Failure != nil || res.Schedules != 6 || res.Longest != 3 {
			t.Errorf("bound %d: %v, %v; want the 6 orders of 3 steps", bound, res, res.Failure)
		}
	}
	// Beside single operations: two words that change together.
	seen := map[string]bool{}
	p := &Program{Name: "both", Setup: func() Instance {
		var a, b word.Uint64
		var x, y uint64
		return Instance{
			Threads: []func(*Thread){
				func(*Thread) { word.Atomic(func() { a.Store(1); b.Store(1) }) },
				func(*Thread) { x = a.Load(); y = b.Load() },
			},
			Outcome: func() string { return fmt.Sprint(x, y) },
			Check:   func() error { seen[fmt.Sprint(x, y)] = true; return nil },
		}
	}}
	Search(p, Config{Preemptions: Unbounded})
	if want := map[string]bool{"0 0": true, "0 1": true, "1 1": true}; !maps.Equal(seen, want) {
		t.Errorf("outcomes %v, want %v", seen, want)
	}
}

// TestAtomicReadsTheClock: the simulated clock can be read in an atomic step, and shows
// that step's time.
func TestAtomicReadsTheClock(t *testing.T) {
	var before, inside uint64
	p := &Program{Name: "clock", Setup: func() Instance {
		return Instance{Threads: []func(*Thread){func(*Thread) {
			before, _ = word.Clock(true)
			word.Atomic(func() { inside, _ = word.Clock(true) })
		}}}
	}}
	res := Search(p, Config{Clock: ExactClock})
	if res.Failure != nil || res.Longest != 2 || inside != before+1 {
		t.Errorf("%v, %v: times %d and %d, want two steps with times one apart", res, res.Failure, before, inside)
	}
}
