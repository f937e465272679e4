//go:build tmexplore

package explore

import (
	"math/rand/v2"
	"time"
)

// Random makes the given number of random runs.
func Random(p *Program, c Config, seed uint64, runs int) *Result {
	defer fewCollections()()
	s := newSearch(p, c)
	start := time.Now()
	for i := 0; i < runs && s.res.Failure == nil; i++ {
		pick := randomPicker(rand.New(rand.NewPCG(seed, uint64(i))))
		s.driven(func(r *run) *Thread { return pick(r, 0) })
	}
	s.res.Time = time.Since(start)
	s.res.Outcomes = len(s.seen)
	return &s.res
}

// Adversary decides which thread makes the next step of a run. It may look at how
// far the threads are and at whatever the program has noted. The thread
// must be ready.
type Adversary func(threads []*Thread) int

// Against makes one run that an adversary schedules.
func Against(p *Program, c Config, adversary Adversary) *Result {
	s := newSearch(p, c)
	start := time.Now()
	s.driven(func(r *run) *Thread { return r.threads[adversary(r.threads)] })
	s.res.Time = time.Since(start)
	s.res.Outcomes = len(s.seen)
	return &s.res
}

// driven makes one run with the threads that pick chooses.
func (s *search) driven(pick func(*run) *Thread) {
	r := newRun(s.p, s.c)
	defer r.close()
	for r.alive > 0 {
		if why := r.stuck(); why != "" {
			s.fail(r, why)
			return
		}
		r.step(pick(r))
		if why := r.overrun(s.c); why != "" {
			s.fail(r, why)
			return
		}
	}
	s.finish(r)
}
