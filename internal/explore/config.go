//go:build tmexplore

package explore

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

// Unbounded asks for all schedules, by sleep sets.
const Unbounded = -1

// Config says how to explore.
type Config struct {
	// Preemptions bounds the switches away from threads that could go on.
	Preemptions int
	// OwnSteps bounds the steps a thread makes while all others stand still; 0: 400.
	OwnSteps int
	// TotalSteps bounds a whole run; 0: 4000.
	TotalSteps int
	// MaxSchedules ends the search before it is complete; 0: no limit.
	MaxSchedules int
	// Once runs each schedule once only.
	Once bool
	// Classes collects the classes of equivalent schedules that were visited, to check
	// one search against another.
	Classes bool
	// Memory says how far plain accesses may be out of order; see the package
	// comment. Only Search with a bound, and Replay, can have it weaker than Strong.
	Memory Memory
	// Clock simulates the clock; nil: the program's own. With a clock that moves
	// with the steps no two steps commute, so Unbounded cannot be used.
	Clock ClockModel
}

// mustBeStrong is for searches that choose threads only.
func (c Config) mustBeStrong() {
	if c.Memory != Strong {
		panic("explore: only Search knows weak memory")
	}
}

func (c Config) withDefaults() *Config {
	if c.OwnSteps == 0 {
		c.OwnSteps = 400
	}
	if c.TotalSteps == 0 {
		c.TotalSteps = 4000
	}
	return &c
}

// ClockModel gives the simulated time that a thread reads after the given
// number of steps of the run. Instance.Time is added to it.
type ClockModel func(steps, thread int) uint64

// ExactClock moves with every step.
func ExactClock(steps, _ int) uint64 { return uint64(steps) }

// CoarseClock moves every n steps, so that readings tie although one happens
// before the other. The engine must be told (clock.Coarse): its ticks then read the
// clock until it has moved.
func CoarseClock(n int) ClockModel {
	return func(steps, _ int) uint64 { return uint64(steps / n) }
}

// SkewedClock moves with every step, but threads of even number see it early by
// k. The protocol allows 2: a thread needs a step to write what another
// needs a step to read before it reads its own clock. With 2, ticks can tie.
func SkewedClock(k int) ClockModel {
	return func(steps, thread int) uint64 { return uint64(steps + (1-thread%2)*k) }
}

// Result is what a search has seen.
type Result struct {
	Schedules int // complete runs, each counted once
	Redundant int // runs cut short because sleep sets know them
	Outcomes  int // different ones, if the program describes them
	Longest   int // steps of the longest run
	MaxOwn    int // longest streak of one thread's steps while others stood still
	Complete  bool
	Time      time.Duration
	Classes   map[string]bool
	Failure   *Failure
}

func (r *Result) String() string {
	s := fmt.Sprintf("%d schedules", r.Schedules)
	if r.Redundant > 0 {
		s += fmt.Sprintf(" (and %d cut)", r.Redundant)
	}
	s += fmt.Sprintf(", %d outcomes, longest %d steps, at most %d own steps, %.1fs", r.Outcomes, r.Longest, r.MaxOwn, r.Time.Seconds())
	if !r.Complete {
		s += ", not complete"
	}
	return s
}

// Failure is a schedule with which a program went wrong.
type Failure struct {
	Program  string
	Reason   string
	Schedule Schedule
	Columns  string // the schedule, one column per thread
}

// Error describes f and says how to see it again.
func (f *Failure) Error() string {
	return fmt.Sprintf("explore: violation in program %s: %s\nEXPLORE_REPLAY=%s\n%s", f.Program, f.Reason, f.Replay(), f.Columns)
}

// Replay is the value of EXPLORE_REPLAY that shows f again.
func (f *Failure) Replay() string { return f.Program + ":" + f.Schedule.String() }

// Env reads a number from the environment.
func Env(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}
