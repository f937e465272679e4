//go:build tmexplore

package explore

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/ungil/tm/internal/word"
)

// Schedule is the thread of each step.
type Schedule []int8

// String writes runs of steps: "0*12,1*3,0*7".
func (s Schedule) String() string {
	var b strings.Builder
	for i := 0; i < len(s); {
		j := i
		for j < len(s) && s[j] == s[i] {
			j++
		}
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%d*%d", s[i], j-i)
		i = j
	}
	return b.String()
}

// ParseSchedule reads what String writes.
func ParseSchedule(text string) (Schedule, error) {
	var s Schedule
	for part := range strings.SplitSeq(text, ",") {
		thread, count, _ := strings.Cut(part, "*")
		t, err := strconv.ParseUint(thread, 10, 3)
		if err != nil {
			return nil, fmt.Errorf("schedule %q: %q is not THREAD*STEPS", text, part)
		}
		n, err := strconv.ParseUint(count, 10, 20)
		if err != nil {
			return nil, fmt.Errorf("schedule %q: %q is not THREAD*STEPS", text, part)
		}
		for range n {
			s = append(s, int8(t))
		}
	}
	return s, nil
}

// Replayed reads EXPLORE_REPLAY, PROGRAM:SCHEDULE. With ok false there is nothing to replay.
func Replayed() (program string, s Schedule, ok bool, err error) {
	text := os.Getenv("EXPLORE_REPLAY")
	if text == "" {
		return "", nil, false, nil
	}
	i := strings.LastIndexByte(text, ':')
	if i < 0 {
		return "", nil, true, fmt.Errorf("EXPLORE_REPLAY=%q: want PROGRAM:SCHEDULE", text)
	}
	s, err = ParseSchedule(text[i+1:])
	return text[:i], s, true, err
}

// Replay runs p by the schedule, and by default choices when that is used up. It returns
// what happened, one column per thread, and what was wrong with it.
func Replay(p *Program, c Config, sched Schedule) (cols string, failure *Failure) {
	s := newSearch(p, c)
	r := newRun(p, s.c)
	defer r.close()
	why := ""
	for i := 0; r.alive > 0 && why == ""; i++ {
		t := r.byDefault()
		if t == nil {
			why = r.stuck()
			break
		}
		if i < len(sched) {
			if int(sched[i]) >= len(r.threads) || !r.threads[sched[i]].Ready() {
				why = fmt.Sprintf("the schedule does not fit: thread %d cannot make step %d", sched[i], i)
				break
			}
			t = r.threads[sched[i]]
		}
		r.step(t)
		why = r.overrun(s.c)
	}
	if why == "" {
		why = s.verdict(r)
	}
	done := r.schedule()
	r.close()
	cols = columns(p, s.c, done)
	if why != "" {
		failure = &Failure{Program: p.Name, Reason: why, Schedule: done, Columns: cols}
	}
	return cols, failure
}

// byDefault is the thread of the last step, or the first that can go on.
func (r *run) byDefault() *Thread {
	if r.last >= 0 && r.threads[r.last].Ready() {
		return r.threads[r.last]
	}
	for _, t := range r.threads {
		if t.Ready() {
			return t
		}
	}
	return nil
}

// columns runs the schedule once more and writes a line for each step, in its thread's column.
func columns(p *Program, c *Config, sched Schedule) string {
	const width = 50
	r := newVerboseRun(p, c)
	defer r.close()
	var b strings.Builder
	b.WriteString("step")
	for i := range r.threads {
		fmt.Fprintf(&b, "  %-*s", width, fmt.Sprintf("thread %d", i))
	}
	b.WriteByte('\n')
	for i, id := range sched {
		if int(id) >= len(r.threads) || !r.threads[id].Ready() {
			fmt.Fprintf(&b, "%4d  thread %d cannot go on\n", i, id)
			break
		}
		t := r.threads[id]
		where := t.op.where
		r.step(t)
		st := r.trace[i]
		line := fmt.Sprintf("%s w%d %s", st.verb(), st.Loc, where)
		fmt.Fprintf(&b, "%4d  %*s%s\n", i, int(id)*(width+2), "", line)
	}
	return b.String()
}

func newVerboseRun(p *Program, c *Config) *run {
	verbose = true
	defer func() { verbose = false }()
	return newRun(p, c)
}

// verbose makes new runs note where each operation was called.
var verbose bool

func (s Step) verb() string {
	switch {
	case s.CAS && s.Kind == word.Read:
		return "cas- "
	case s.CAS:
		return "cas+ "
	case s.Kind == word.Read:
		return "load "
	case s.Kind == word.Write:
		return "store"
	case s.Kind == word.Everything:
		return "step "
	}
	return "rmw  "
}
