//go:build tmexplore

package explore

import (
	"fmt"
	"runtime/debug"
	"slices"
	"time"
)

// set is a set of threads.
type set uint8

func (s set) has(t int) bool { return s>>t&1 != 0 }
func (s *set) add(t int)     { *s |= 1 << t }
func (s *set) remove(t int)  { *s &^= 1 << t }

// node is a place in the tree of schedules where a thread was chosen.
type node struct {
	choices  [maxThreads]int8 // in the order they are tried
	n, pick  int8
	preempts int8 // made before this choice
	last     int8 // thread of the step before, or -1
	lastRuns bool // and it could go on: it had not ended and did not sleep

	// For sleep sets.
	sleep    set // threads whose next step needs no visit from here
	explored set // threads whose next step has been visited from here
	ends     set // of both: the threads whose next step ends an attempt
}

func (n *node) choice() int { return int(n.choices[n.pick]) }

// search is a depth-first walk over the tree; every run follows the stack from its root.
type search struct {
	p     *Program
	c     *Config
	stack []node
	seen  map[string]bool
	res   Result
}

func newSearch(p *Program, c Config) *search {
	s := &search{p: p, c: c.withDefaults(), seen: map[string]bool{}}
	if c.Classes {
		s.res.Classes = map[string]bool{}
	}
	return s
}

// Search visits the schedules of p until one fails.
func Search(p *Program, c Config) *Result {
	if c.Preemptions < 0 && c.Clock != nil {
		panic("explore: an unbounded search with a simulated clock would leave schedules out")
	}
	defer fewCollections()()
	s := newSearch(p, c)
	start := time.Now()
	for {
		s.visit()
		if s.res.Failure != nil || c.MaxSchedules > 0 && s.res.Schedules >= c.MaxSchedules {
			break
		}
		if !s.backtrack() {
			s.res.Complete = true
			break
		}
	}
	s.res.Time = time.Since(start)
	s.res.Outcomes = len(s.seen)
	return &s.res
}

// fewCollections lets garbage grow to some tens of megabytes: a run leaves a lot,
// and with the little that is alive the collector would run all the time.
func fewCollections() (restore func()) {
	old := debug.SetGCPercent(1600)
	return func() { debug.SetGCPercent(old) }
}

// visit makes one run, following the stack and then extending it.
func (s *search) visit() {
	r := newRun(s.p, s.c)
	defer r.close()
	var sleep, ends set
	for pos := 0; r.alive > 0; pos++ {
		if why := r.stuck(); why != "" {
			s.fail(r, why)
			return
		}
		if pos == len(s.stack) && !s.push(r, sleep, ends) {
			s.res.Redundant++
			return
		}
		n := &s.stack[pos]
		fresh := pos+1 == len(s.stack) && s.c.Preemptions < 0
		var still set
		if fresh {
			still = stillAsleep(r, n)
		}
		t := r.threads[n.choice()]
		began := t.op.begin
		r.step(t)
		if fresh {
			sleep, ends = n.wake(r, still, t, began)
		}
		if why := r.overrun(s.c); why != "" {
			s.fail(r, why)
			return
		}
	}
	s.finish(r)
}

// push adds the node for the run's present state; false: every thread is asleep.
func (s *search) push(r *run, sleep, ends set) bool {
	n := node{last: int8(r.last), sleep: sleep, ends: ends}
	if k := len(s.stack); k > 0 {
		p := &s.stack[k-1]
		n.preempts = p.preempts
		if p.lastRuns && p.choice() != int(p.last) {
			n.preempts++
		}
	}
	n.lastRuns = r.last >= 0 && r.threads[r.last].Ready()
	if n.lastRuns && !sleep.has(r.last) {
		n.choices[0], n.n = n.last, 1
	}
	if !n.lastRuns || s.c.Preemptions < 0 || int(n.preempts) < s.c.Preemptions {
		for i, t := range r.threads {
			if i != r.last && t.Ready() && !sleep.has(i) {
				n.choices[n.n] = int8(i)
				n.n++
			}
		}
	}
	if n.n == 0 {
		return false
	}
	s.stack = append(s.stack, n)
	return true
}

// stillAsleep is the set of threads whose step was visited from n, or needed
// no visit, and commutes with the one chosen now. It looks at the state before that step.
func stillAsleep(r *run, n *node) (still set) {
	next := &r.threads[n.choice()].op
	for i, t := range r.threads {
		if (n.sleep | n.explored).has(i) && independent(&t.op, next) {
			still.add(i)
		}
	}
	return still
}

// wake takes out of still those that depend on t's step through real time, and
// notes for later whether that step ended an attempt.
func (n *node) wake(r *run, still set, t *Thread, began bool) (sleep, ends set) {
	for i, o := range r.threads {
		if !still.has(i) || began && n.ends.has(i) || t.ended && o.op.begin {
			continue
		}
		sleep.add(i)
	}
	ends = n.ends & sleep
	if t.ended {
		n.ends.add(t.id) // read again only once t is in n.explored
	}
	return sleep, ends
}

// backtrack moves the stack to the next schedule.
func (s *search) backtrack() bool {
	for k := len(s.stack) - 1; k >= 0; k-- {
		n := &s.stack[k]
		n.explored.add(n.choice())
		if n.pick+1 < n.n {
			n.pick++
			s.stack = s.stack[:k+1]
			return true
		}
	}
	return false
}

// finish checks a run whose threads have all ended.
func (s *search) finish(r *run) {
	s.count(r)
	if why := s.verdict(r); why != "" {
		s.fail(r, why)
		return
	}
	if !s.c.Once {
		if why := s.again(r); why != "" {
			s.fail(r, why)
		}
	}
}

func (s *search) count(r *run) {
	s.res.Schedules++
	s.res.Longest = max(s.res.Longest, len(r.trace))
	s.res.MaxOwn = max(s.res.MaxOwn, r.maxOwn)
	if s.c.Classes {
		s.res.Classes[class(r.trace)] = true
	}
}

// verdict checks the outcome of r, if it is a new one. A thread that panicked is
// a failure, and so is a panic when the outcome is taken: what a bug has left
// behind may be met only there.
func (s *search) verdict(r *run) (why string) {
	r.close()
	if why := r.failed(); why != "" {
		return why
	}
	defer func() {
		if e := recover(); e != nil {
			why = fmt.Sprintf("after the run: panicked: %v\n%s", e, debug.Stack())
		}
	}()
	if r.inst.Outcome != nil {
		r.outcome = r.inst.Outcome()
		if s.seen[r.outcome] {
			return ""
		}
		s.seen[r.outcome] = true
	}
	if r.inst.Check != nil {
		if err := r.inst.Check(); err != nil {
			return err.Error()
		}
	}
	return ""
}

// again makes the run of r once more and compares.
func (s *search) again(r *run) string {
	q := newRun(s.p, s.c)
	defer q.close()
	for i := range r.trace {
		t := q.threads[r.trace[i].Thread]
		if !t.Ready() {
			return fmt.Sprintf("not deterministic: thread %d had ended or slept before step %d the second time", t.id, i)
		}
		q.step(t)
		if q.trace[i] != r.trace[i] {
			return fmt.Sprintf("not deterministic: step %d was %v, then %v", i, r.trace[i], q.trace[i])
		}
	}
	if q.alive > 0 {
		return "not deterministic: a thread had not ended the second time"
	}
	q.close()
	if r.inst.Outcome != nil {
		if o := q.inst.Outcome(); o != r.outcome {
			return fmt.Sprintf("not deterministic: outcomes %q and %q", r.outcome, o)
		}
	}
	return ""
}

func (s *search) fail(r *run, why string) {
	sched := slices.Clone(r.schedule())
	r.close()
	s.res.Failure = &Failure{Program: s.p.Name, Reason: why, Schedule: sched, Columns: columns(s.p, s.c, sched)}
}
