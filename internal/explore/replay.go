//go:build tmexplore

package explore

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/ungil/tm/internal/word"
)

// Schedule is the choice that made each step, as a code.
type Schedule []int8

// String writes runs of steps: "0*12,1*3,0*7". Where memory is weak, a choice may be THREAD.DETAIL:
// a plain load that gives the DETAIL-th older value, or, from 8 on, the thread's delayed
// store DETAIL-8 that becomes visible.
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
		c := decode(s[i])
		fmt.Fprint(&b, c.thread)
		if c.detail > 0 {
			fmt.Fprintf(&b, ".%d", c.detail)
		}
		fmt.Fprintf(&b, "*%d", j-i)
		i = j
	}
	return b.String()
}

// ParseSchedule reads what String writes.
func ParseSchedule(text string) (Schedule, error) {
	var s Schedule
	for part := range strings.SplitSeq(text, ",") {
		who, count, _ := strings.Cut(part, "*")
		thread, detail, weak := strings.Cut(who, ".")
		if !weak {
			detail = "0"
		}
		t, err := strconv.ParseUint(thread, 10, 3)
		d, detailErr := strconv.ParseUint(detail, 10, 4)
		if err != nil || detailErr != nil {
			return nil, fmt.Errorf("schedule %q: %q is not THREAD*STEPS", text, part)
		}
		n, err := strconv.ParseUint(count, 10, 20)
		if err != nil {
			return nil, fmt.Errorf("schedule %q: %q is not THREAD*STEPS", text, part)
		}
		for range n {
			s = append(s, choice{int(t), int(d)}.code())
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
		next, ready := r.byDefault()
		if !ready {
			why = r.stuck()
			break
		}
		if i < len(sched) {
			if next = decode(sched[i]); !r.possible(next) {
				why = fmt.Sprintf("the schedule does not fit: thread %d cannot make step %d", next.thread, i)
				break
			}
		}
		r.take(next)
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

// byDefault is a step of the thread of the last one, or of the first that can go
// on; ready is false if none can.
func (r *run) byDefault() (next choice, ready bool) {
	var all []int8
	if r.last >= 0 {
		all = r.choices(r.last, all)
	}
	for i := range r.threads {
		all = r.choices(i, all)
	}
	if len(all) == 0 {
		return next, false
	}
	return decode(all[0]), true
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
	for i, code := range sched {
		c := decode(code)
		if !r.possible(c) {
			fmt.Fprintf(&b, "%4d  thread %d cannot go on\n", i, c.thread)
			break
		}
		where := r.threads[c.thread].op.where
		if c.isStore() {
			where = "becomes visible"
		}
		r.take(c)
		st := r.trace[i]
		line := fmt.Sprintf("%s w%d %s", st.verb(), st.Loc, where)
		fmt.Fprintf(&b, "%4d  %*s%s\n", i, c.thread*(width+2), "", line)
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
	case s.Plain && s.Kind == word.Read && s.Detail > 0:
		return fmt.Sprintf("load%+d", -s.Detail)
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
