//go:build tmexplore

package tm

import (
	"slices"
	"testing"

	"github.com/ungil/tm/internal/explore"
)

// named returns the program of that name.
func named(t *testing.T, name string) *program {
	t.Helper()
	for _, table := range [][]program{programs, targeted} {
		if i := slices.IndexFunc(table, func(p program) bool { return p.name == name }); i >= 0 {
			return &table[i]
		}
	}
	t.Fatalf("there is no program %q", name)
	return nil
}

// total adds results up.
type total struct {
	schedules, longest, maxOwn int
	seconds                    float64
}

func (sum *total) add(r *explore.Result) {
	sum.schedules += r.Schedules
	sum.longest = max(sum.longest, r.Longest)
	sum.maxOwn = max(sum.maxOwn, r.MaxOwn)
	sum.seconds += r.Time.Seconds()
}

func (sum *total) log(t *testing.T) {
	t.Logf("TOTAL %d schedules, each run twice; longest %d steps; at most %d own steps while others stood still; %.1fs",
		sum.schedules, sum.longest, sum.maxOwn, sum.seconds)
}

func search(t *testing.T, sum *total, p *program, c explore.Config) {
	t.Helper()
	t.Run(p.name, func(t *testing.T) {
		res := explore.Search(p.explorable(), c)
		t.Logf("%s: %v", p.name, res)
		sum.add(res)
		if res.Failure != nil {
			t.Error(res.Failure)
		}
	})
}

// TestExplore visits every schedule of every program up to the bound of
// preemptions: EXPLORE_PAIRS (3) for two threads, EXPLORE_TRIPLES (2) for more.
func TestExplore(t *testing.T) {
	replay(t, explore.Config{})
	var sum total
	for i := range programs {
		search(t, &sum, &programs[i], explore.Config{Preemptions: programs[i].preemptions()})
	}
	sum.log(t)
}

// replay runs the schedule of EXPLORE_REPLAY, if there is one, instead of the test.
func replay(t *testing.T, c explore.Config) {
	t.Helper()
	name, sched, ok, err := explore.Replayed()
	if err != nil {
		t.Fatal(err)
	}
	if !ok {
		return
	}
	cols, failure := explore.Replay(named(t, name).explorable(), c, sched)
	if failure != nil {
		t.Fatal(failure)
	}
	t.Skipf("replayed %s: nothing wrong\n%s", name, cols)
}
