//go:build tmexplore

package explore

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// FreezeResult is what a freeze sweep has seen.
type FreezeResult struct {
	Points  int // steps at which a thread was stopped, over all threads
	Runs    int
	Others  int // most steps that all others together needed while one stood
	Time    time.Duration
	Failure *Failure
}

func (r *FreezeResult) String() string {
	return fmt.Sprintf("%d points, %d runs, the others needed at most %d steps, %.1fs", r.Points, r.Runs, r.Others, r.Time.Seconds())
}

// Freeze stops each thread in turn before each of its steps. The others must
// end within OwnSteps times the number of threads; then the stopped one goes on, and the outcome must
// be right. Each point is tried with several ways to schedule the rest: the
// first lets the victim run alone up to the point, then the others one after the other;
// the second takes turns; more, up to the number given, are random.
func Freeze(p *Program, c Config, ways int) *FreezeResult {
	defer fewCollections()()
	s := newSearch(p, c)
	res := &FreezeResult{}
	start := time.Now()
	defer func() { res.Time = time.Since(start) }()
	threads := len(p.Setup().Threads)
	for victim := range threads {
		for k, any := 0, true; any; k++ {
			any = false
			for way := range ways {
				reached, others := s.freeze(victim, k, way)
				if s.res.Failure != nil {
					res.Failure = s.res.Failure
					return res
				}
				if reached {
					any = true
					res.Runs++
					res.Others = max(res.Others, others)
				}
			}
			if any {
				res.Points++
			}
		}
	}
	return res
}

// picker chooses among the threads that can go on, except not.
type picker func(r *run, not int) *Thread

// freeze makes one run with the victim stopped before its step k. reached is
// false if it ended before.
func (s *search) freeze(victim, k, way int) (reached bool, others int) {
	r := newRun(s.p, s.c)
	defer r.close()
	pick := pickWay(way, victim, k)
	v := r.threads[victim]
	limit := s.c.OwnSteps * len(r.threads)
	for v.own < k && !v.done {
		t := v
		if way > 0 {
			t = pick(r, -1)
		}
		r.step(t)
		if len(r.trace) > s.c.TotalSteps {
			s.fail(r, "no end before the freeze")
			return false, 0
		}
	}
	if v.done {
		return false, 0
	}
	for t := pick(r, victim); t != nil; t = pick(r, victim) {
		r.step(t)
		if others++; others > limit {
			s.fail(r, fmt.Sprintf("blocked: with thread %d stopped before its step %d the others did not end within %d steps", victim, k, limit))
			return true, others
		}
	}
	for n := 0; r.alive > 0; n++ {
		r.step(pick(r, -1))
		if n > limit {
			s.fail(r, fmt.Sprintf("no end within %d steps after the thaw of thread %d, stopped before its step %d", limit, victim, k))
			return true, others
		}
	}
	s.finish(r)
	return true, others
}

func pickWay(way, victim, k int) picker {
	switch way {
	case 0:
		return func(r *run, not int) *Thread { return r.following(r.last, not) }
	case 1:
		return func(r *run, not int) *Thread { return r.following(r.last+1, not) }
	}
	rnd := rand.New(rand.NewPCG(uint64(way), uint64(victim)<<32|uint64(k)))
	return randomPicker(rnd)
}

// randomPicker switches threads at random, on the average after 1, 3, 10 or 40 steps.
func randomPicker(rnd *rand.Rand) picker {
	stick := []int{1, 3, 10, 40}[rnd.IntN(4)]
	return func(r *run, not int) *Thread {
		at := r.last
		if at < 0 || at == not || r.threads[at].done || rnd.IntN(stick) == 0 {
			at = rnd.IntN(len(r.threads))
		}
		return r.following(at, not)
	}
}

// following is the first thread from at on, cyclically, that can go on and is not the one given.
func (r *run) following(at, not int) *Thread {
	n := len(r.threads)
	for i := range n {
		t := r.threads[(max(at, 0)+i)%n]
		if !t.done && t.id != not {
			return t
		}
	}
	return nil
}

// Random makes the given number of random runs.
func Random(p *Program, c Config, seed uint64, runs int) *Result {
	defer fewCollections()()
	s := newSearch(p, c)
	start := time.Now()
	for i := 0; i < runs && s.res.Failure == nil; i++ {
		s.random(randomPicker(rand.New(rand.NewPCG(seed, uint64(i)))))
	}
	s.res.Time = time.Since(start)
	s.res.Outcomes = len(s.seen)
	return &s.res
}

func (s *search) random(pick picker) {
	r := newRun(s.p, s.c)
	defer r.close()
	for r.alive > 0 {
		r.step(pick(r, -1))
		if why := r.overrun(s.c); why != "" {
			s.fail(r, why)
			return
		}
	}
	s.finish(r)
}
