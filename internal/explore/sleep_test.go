//go:build tmexplore

package explore

import (
	"strings"
	"testing"

	"github.com/ungil/tm/internal/word"
)

// sleeper is a program in which thread 0 sleeps until a flag is set and thread 1
// sets it. careful: the sleeper says so first and then looks at the flag.
func sleeper(careful bool) *Program {
	return &Program{Name: "sleeper", Setup: func() Instance {
		event := word.NewEvent()
		var flag, waits word.Uint64
		return Instance{
			Threads: []func(*Thread){
				func(*Thread) {
					if careful {
						waits.Store(1)
					}
					if flag.Load() != 0 {
						return
					}
					waits.Store(1)
					event.Wait(nil)
				},
				func(*Thread) {
					flag.Store(1)
					if waits.Load() != 0 {
						event.Set()
					}
				},
			},
			MaySleep: func(int) error { return nil },
		}
	}}
}

func TestLostWakeUpFound(t *testing.T) {
	for _, bound := range []int{1, all, Unbounded} {
		res := Search(sleeper(false), Config{Preemptions: bound})
		if res.Failure == nil || !strings.Contains(res.Failure.Reason, "nobody is left to wake thread 0") {
			t.Fatalf("bound %d: the lost wake-up was not found: %v", bound, res)
		}
		if _, again := Replay(sleeper(false), Config{}, res.Failure.Schedule); again == nil || again.Reason != res.Failure.Reason {
			t.Errorf("bound %d: replayed, the failure was %v", bound, again)
		}
		if res := Search(sleeper(true), Config{Preemptions: bound}); res.Failure != nil || !res.Complete {
			t.Errorf("bound %d: %v, %v; want no failure", bound, res, res.Failure)
		}
	}
	if res := Random(sleeper(false), Config{}, 1, 100); res.Failure == nil {
		t.Errorf("random runs have not found it: %v", res)
	}
	if res := Freeze(sleeper(true), Config{}, 6); res.Failure != nil {
		t.Error(res.Failure)
	}
	if res := Freeze(sleeper(false), Config{}, 6); res.Failure == nil {
		t.Errorf("the freeze sweep has not found it: %v", res)
	}
}

// TestSleepEndsWithDone: another thread may end a sleep by closing a channel.
func TestSleepEndsWithDone(t *testing.T) {
	p := &Program{Name: "done", Setup: func() Instance {
		event := word.NewEvent()
		var other word.Uint64
		done := make(chan struct{})
		return Instance{Threads: []func(*Thread){
			func(*Thread) {
				if event.Wait(done) {
					panic("the event has not happened")
				}
			},
			func(*Thread) { other.Store(1); close(done); other.Store(2) },
		}}
	}}
	if res := Search(p, Config{Preemptions: 3}); res.Failure != nil || res.Schedules != 2 {
		t.Errorf("%v, %v; want two schedules and no failure", res, res.Failure)
	}
}

// TestSleeperMayNotSleep: what the program says of a thread that sleeps while
// another is stopped is heard.
func TestSleeperMayNotSleep(t *testing.T) {
	p := &Program{Name: "not", Setup: func() Instance {
		event := word.NewEvent()
		var other word.Uint64
		return Instance{
			Threads: []func(*Thread){
				func(*Thread) { event.Wait(nil) },
				func(*Thread) { other.Store(1); event.Set() },
			},
			MaySleep: func(thread int) error { return errAsleep },
		}
	}}
	if res := Freeze(p, Config{}, 2); res.Failure == nil || !strings.Contains(res.Failure.Reason, errAsleep.Error()) {
		t.Errorf("%v, want a failure that says %q", res.Failure, errAsleep)
	}
}

type asleepError struct{}

func (asleepError) Error() string { return "it should be awake" }

var errAsleep = asleepError{}
