//go:build tmexplore

package explore

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/ungil/tm/internal/word"
)

// FreezeResult is what a freeze sweep has seen.
type FreezeResult struct {
	Points  int // places at which threads were stopped: a step, or a pair of steps
	All     int // places that there are; more than Points if they were sampled
	Runs    int
	Others  int // most steps that all others together needed while the stopped ones stood
	Time    time.Duration
	Failure *Failure
}

func (r *FreezeResult) String() string {
	return fmt.Sprintf("%d points of %d, %d runs, the others needed at most %d steps, %.1fs",
		r.Points, r.All, r.Runs, r.Others, r.Time.Seconds())
}

// stop says that a thread is to be stopped before its own step at, from 0.
type stop struct{ thread, at int }

// Freeze stops each thread in turn before each of its steps. The others must
// end within OwnSteps times the number of threads; then the stopped one goes on, and the outcome must
// be right. Each point is tried with several ways to schedule the rest: the
// first lets the victim run alone up to the point, then the others one after the other;
// the second takes turns; more, up to the number given, are random.
func Freeze(p *Program, c Config, ways int) *FreezeResult {
	defer fewCollections()()
	f := newSweep(p, c, ways)
	defer f.end(time.Now())
	for victim := range f.threads {
		for k := 0; f.stopAt(stop{victim, k}); k++ {
			f.res.All++
		}
	}
	return &f.res
}

// FreezePairs stops two threads at once, each pair of threads before each pair of
// their steps. In the first way the one runs alone up to its point and then the other,
// which may be in the middle of helping the one. The rest must end, as in Freeze; then
// the thread that was stopped last goes on and must end while the other
// still stands; then that one. If there are more than max pairs of steps, max of
// them or so are chosen at random, the same ones every time; 0: no limit.
func FreezePairs(p *Program, c Config, ways, max int) *FreezeResult {
	defer fewCollections()()
	f := newSweep(p, c, ways)
	defer f.end(time.Now())
	pairs := f.pairs()
	f.res.All = len(pairs)
	rnd := rand.New(rand.NewPCG(2, uint64(len(pairs))))
	for _, pair := range pairs {
		if max > 0 && rnd.IntN(len(pairs)) >= max {
			continue
		}
		f.stopAt(pair[0], pair[1])
		if f.res.Failure != nil {
			break
		}
	}
	return &f.res
}

// sweep is a search by freezing.
type sweep struct {
	*search
	res     FreezeResult
	threads int
	ways    int
}

func newSweep(p *Program, c Config, ways int) *sweep {
	return &sweep{search: newSearch(p, c), threads: len(p.Setup().Threads), ways: ways}
}

func (f *sweep) end(start time.Time) { f.res.Time = time.Since(start) }

// stopAt tries every way with the stops, which are of different threads, and
// reports whether any way has reached them and all went well.
func (f *sweep) stopAt(stops ...stop) bool {
	any := false
	for way := range f.ways {
		reached, others := f.freeze(stops, way)
		if reached {
			any = true
			f.res.Runs++
			f.res.Others = max(f.res.Others, others)
		}
		if f.search.res.Failure != nil {
			f.res.Failure = f.search.res.Failure
			return false
		}
	}
	if any {
		f.res.Points++
	}
	return any
}

// pairs lists the pairs of stops that the first way reaches: how many steps the
// second thread has depends on where the first one stands.
func (f *sweep) pairs() (all [][2]stop) {
	for a := range f.threads {
		for b := range f.threads {
			for k := 0; a != b; k++ {
				steps, ok := f.stepsAfter(stop{a, k}, b)
				if !ok {
					break
				}
				for l := range steps {
					all = append(all, [2]stop{{a, k}, {b, l}})
				}
			}
		}
	}
	return all
}

// stepsAfter counts the steps of thread b with another one stopped; false: that one
// has no such step.
func (f *sweep) stepsAfter(s stop, b int) (steps int, ok bool) {
	r := newRun(f.p, f.c)
	defer r.close()
	a, t := r.threads[s.thread], r.threads[b]
	for a.own < s.at && a.Ready() {
		r.step(a)
	}
	if a.done || a.own < s.at {
		return 0, false
	}
	for t.Ready() && t.own <= f.c.OwnSteps { // a thread that is blocked is found by stopAt
		r.step(t)
	}
	return t.own, true
}

// picker chooses among the threads that can go on, except the given ones.
type picker func(r *run, not set) *Thread

// freeze makes one run with the stops. reached is false if one of the threads ended before.
func (f *sweep) freeze(stops []stop, way int) (reached bool, others int) {
	r := newRun(f.p, f.c)
	defer r.close()
	pick := pickWay(way, stops)
	frozen, ok := f.reach(r, pick, stops, way)
	if !ok {
		return false, 0
	}
	limit := f.c.OwnSteps * len(r.threads)
	others, why := f.drive(r, pick, frozen, limit)
	if why != "" {
		f.fail(r, fmt.Sprintf("blocked: with %s the others did not end: %s", describe(stops), why))
		return true, others
	}
	// The thaw, the last one first, each time with those who slept until then.
	for i := len(stops) - 1; i >= 0; i-- {
		t := r.threads[stops[i].thread]
		for n := 0; t.Ready() && n <= limit; n++ {
			r.step(t)
		}
		frozen.remove(t.id)
		if _, why := f.drive(r, pick, frozen, limit); why != "" {
			f.fail(r, fmt.Sprintf("no end after the thaw of thread %d, with %s: %s", t.id, describe(stops), why))
			return true, others
		}
	}
	f.finish(r)
	return true, others
}

// drive lets all threads but the frozen ones go on until they have ended, or
// sleep and may.
func (f *sweep) drive(r *run, pick picker, frozen set, limit int) (steps int, why string) {
	for t := pick(r, frozen); t != nil; t = pick(r, frozen) {
		r.step(t)
		if steps++; steps > limit {
			return steps, fmt.Sprintf("more than %d steps", limit)
		}
	}
	if why := r.stuck(); why != "" {
		return steps, why
	}
	for _, t := range r.threads {
		if t.done || frozen.has(t.id) || r.inst.MaySleep == nil {
			continue
		}
		word.SetHook(nil)
		err := r.inst.MaySleep(t.id)
		word.SetHook(r)
		if err != nil {
			return steps, fmt.Sprintf("thread %d sleeps: %v", t.id, err)
		}
	}
	return steps, ""
}

// reach lets r run until every stop is reached: in the first way each thread by
// itself, one after the other. It returns the threads that stand.
func (f *sweep) reach(r *run, pick picker, stops []stop, way int) (frozen set, ok bool) {
	if way == 0 {
		for _, s := range stops {
			for t := r.threads[s.thread]; t.own < s.at; {
				if !t.Ready() || t.own > f.c.OwnSteps {
					break
				}
				r.step(t)
			}
		}
	}
	for {
		standing := 0
		for _, s := range stops {
			t := r.threads[s.thread]
			if t.done {
				return frozen, false
			}
			if t.own >= s.at {
				frozen.add(t.id)
				standing++
			}
		}
		if standing == len(stops) {
			return frozen, true
		}
		t := pick(r, frozen)
		switch {
		case t == nil:
			// One of those to be stopped sleeps short of its stop.
			if why := r.stuck(); why != "" {
				f.fail(r, why)
			}
			return frozen, false
		case len(r.trace) > f.c.TotalSteps:
			f.fail(r, fmt.Sprintf("no end before the stop, with %s", describe(stops)))
			return frozen, false
		}
		r.step(t)
	}
}

func describe(stops []stop) string {
	var text []string
	for _, s := range stops {
		text = append(text, fmt.Sprintf("thread %d stopped before its step %d", s.thread, s.at))
	}
	return strings.Join(text, " and ")
}

func pickWay(way int, stops []stop) picker {
	switch way {
	case 0:
		return func(r *run, not set) *Thread { return r.following(r.last, not) }
	case 1:
		return func(r *run, not set) *Thread { return r.following(r.last+1, not) }
	}
	seed := uint64(0)
	for _, s := range stops {
		seed = seed<<32 | uint64(s.thread)<<16 | uint64(s.at)
	}
	return randomPicker(rand.New(rand.NewPCG(uint64(way), seed)))
}

// randomPicker switches threads at random, on the average after 1, 3, 10 or 40 steps.
func randomPicker(rnd *rand.Rand) picker {
	stick := []int{1, 3, 10, 40}[rnd.IntN(4)]
	return func(r *run, not set) *Thread {
		at := r.last
		if at < 0 || not.has(at) || !r.threads[at].Ready() || rnd.IntN(stick) == 0 {
			at = rnd.IntN(len(r.threads))
		}
		return r.following(at, not)
	}
}

// following is the first thread from at on, cyclically, that can go on and is not one of those given.
func (r *run) following(at int, not set) *Thread {
	n := len(r.threads)
	for i := range n {
		t := r.threads[(max(at, 0)+i)%n]
		if t.Ready() && !not.has(t.id) {
			return t
		}
	}
	return nil
}
