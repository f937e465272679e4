//go:build tmexplore

package tm

import (
	"testing"

	"github.com/ungil/tm/internal/explore"
	"github.com/ungil/tm/orec"
)

// TestExploreFreeze stops each thread of each program before each of its steps.
func TestExploreFreeze(t *testing.T) {
	points, runs, others := 0, 0, 0
	for _, table := range [][]program{programs, waiting, targeted} {
		for i := range table {
			res := explore.Freeze(table[i].explorable(), explore.Config{}, explore.Env("EXPLORE_WAYS", 6))
			points += res.Points
			runs += res.Runs
			others = max(others, res.Others)
			if res.Failure != nil {
				t.Error(res.Failure)
			}
		}
	}
	t.Logf("TOTAL %d freeze points, %d runs; the others needed at most %d steps", points, runs, others)
}

// TestExploreFreezePairs stops two threads at once, before each pair of their steps, or a
// sample of them. The rest must end, then one of the two while the other still stands.
func TestExploreFreezePairs(t *testing.T) {
	var sum explore.FreezeResult
	for _, table := range [][]program{programs, waiting, targeted} {
		for i := range table {
			ways := 3
			if len(table[i].threads) == 2 {
				ways = 1 // nobody else is there to be scheduled
			}
			res := explore.FreezePairs(table[i].explorable(), explore.Config{}, ways, explore.Env("EXPLORE_FREEZE_PAIRS", 1500))
			sum.Points += res.Points
			sum.All += res.All
			sum.Runs += res.Runs
			sum.Others = max(sum.Others, res.Others)
			sum.Time += res.Time
			if res.Failure != nil {
				t.Error(res.Failure)
			}
		}
	}
	t.Logf("TOTAL %v", &sum)
}

// starving is a writer and views one after another. The clock moves with every
// step, so each view has another snapshot, and could push the writer's floor once more.
var starving = program{name: "starving", vars: 2, clock: "exact", threads: []thread{
	{update(write(0), write(1))},
	manyTimes(50, view(read(0), read(1))),
}}

func manyTimes(n int, x transaction) (th thread) {
	for range n {
		th = append(th, x)
	}
	return th
}

// TestExploreStarvingWriter lets the writer make its first steps, then lets one
// view run whole between each few steps of the writer, for every number of
// first steps and of the few. It may need no more than a few steps more than by
// itself, and its floor may have been pushed maxPushes times (I10).
func TestExploreStarvingWriter(t *testing.T) {
	// Two writes take some 25 steps, and each push costs three: the status, the
	// clock, and the exchange that fails.
	const steps = 25 + 3*(maxPushes+1)
	most, runs, longest := uint64(0), 0, 0
	for few := 1; few <= 8; few++ {
		for first := 0; first <= 40; first++ {
			var writer *orec.Descriptor
			p := starving.explorable()
			setup := p.Setup
			p.Setup = func() explore.Instance {
				in := setup()
				// The descriptor keeps the number also if it is not used again.
				writer = descriptors.Entry(0).Descriptor.Load()
				return in
			}
			a := &starver{first: first, few: few}
			c := explore.Config{Clock: clocks["exact"], Once: true, OwnSteps: 4000}
			if res := explore.Against(p, c, a.next); res.Failure != nil {
				t.Fatal(res.Failure)
			}
			pushes := writer.Pushes.Load()
			if pushes > maxPushes || a.steps > steps {
				t.Errorf("%d first steps and then %d at a time: the writer made %d steps, and its floor was pushed %d times; want at most %d and %d",
					first, few, a.steps, pushes, steps, maxPushes)
			}
			most, longest, runs = max(most, pushes), max(longest, a.steps), runs+1
		}
	}
	if most != maxPushes {
		t.Errorf("at most %d pushes in one run: no schedule has reached the bound of %d, so the test shows nothing", most, maxPushes)
	}
	t.Logf("%d schedules, at most %d pushes, and %d steps of the writer", runs, most, longest)
}

// starver schedules the writer, thread 0, and the views, thread 1.
type starver struct {
	first, few int
	budget     int // steps the writer may make before the next view
	from       int // the views' steps when the present view began
	steps      int // that the writer needed
}

func (s *starver) next(threads []*explore.Thread) int {
	writer, reader := threads[0], threads[1]
	s.steps = writer.Own()
	switch {
	case writer.Done():
		return 1
	case reader.Done() || writer.Own() < s.first+s.budget:
		return 0
	case reader.Own() > s.from && reader.Ended():
		s.budget += s.few
		s.from = reader.Own()
		return 0
	}
	return 1
}
