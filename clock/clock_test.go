package clock

import (
	goruntime "runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ungil/tm/asm"
	"github.com/ungil/tm/internal/word"
)

func TestTicksAreDistinctAndAboveReadings(t *testing.T) {
	const goroutines, rounds = 4, 1000
	ticks := make([][]uint64, goroutines)
	var all sync.WaitGroup
	for g := range goroutines {
		all.Go(func() {
			for range rounds {
				before := Now()
				tick := Tick()
				if tick <= before {
					t.Errorf("tick %d is not above the reading %d before it", tick, before)
				}
				if after := Now(); after < tick {
					t.Errorf("reading %d is below the tick %d before it", after, tick)
				}
				ticks[g] = append(ticks[g], tick)
			}
		})
	}
	all.Wait()
	if Name() != NameCounter {
		return // unrelated ticks may be equal
	}
	times := slices.Concat(ticks...)
	slices.Sort(times)
	if n := len(slices.Compact(times)); n != goroutines*rounds {
		t.Errorf("%d ticks, but only %d different times", goroutines*rounds, n)
	}
}

func TestJudge(t *testing.T) {
	good := Calibration{Processors: 2, Pairs: 1, Granularity: 20, Offset: 10, Latency: 200, Least: 190}
	if why := good.judge(false); why != "" {
		t.Errorf("%+v refused: %s", good, why)
	}
	for _, c := range []struct {
		spoil func(*Calibration)
		want  string
	}{
		{func(c *Calibration) { c.Pairs = 0 }, "no two processors"},
		{func(c *Calibration) { c.Offset = 101 }, "differ by 101"},
		{func(c *Calibration) { c.Least = 39 }, "take 39 ticks"},
		{func(c *Calibration) { c.Least = -500 }, "take -500 ticks"},
		{func(c *Calibration) { c.Granularity = ^uint64(0) }, "less than two steps"}, // a counter that stands still
	} {
		bad := good
		c.spoil(&bad)
		if why := bad.judge(false); !strings.Contains(why, c.want) {
			t.Errorf("%+v: judged %q, want a refusal with %q", bad, why, c.want)
		}
	}
}

// Coarse counters are only asked for what waiting for the next step does not give.
func TestJudgeCoarse(t *testing.T) {
	for _, c := range []struct {
		there, back int64
		want        string
	}{
		{1, 1, ""},
		{1, 0, ""}, // a message within one step
		{0, 0, ""},
		{2, 0, "differ by 1"},
		{3, -1, "take -1 ticks"},
	} {
		var measured Calibration
		measured.Granularity = 1
		measured.include(pairResult{c.there, c.back})
		why := measured.judge(true)
		if (c.want == "") != (why == "") || !strings.Contains(why, c.want) {
			t.Errorf("%+v: judged %q, want %q", measured, why, c.want)
		}
	}
}

// A tick above a coarse counter's reading is the counter's next step, never a time
// that was read before.
func TestNextStep(t *testing.T) {
	if word.Exploring {
		t.Skip("no real clock")
	}
	for range 100 {
		now := sample(true)
		if next := nextStep(now); next <= now {
			t.Fatalf("the step behind %d is %d", now, next)
		}
	}
}

// TestIncludeFindsOffsets: an offset makes one direction look slow and the other
// fast by the same amount.
func TestIncludeFindsOffsets(t *testing.T) {
	var c Calibration
	c.include(pairResult{there: 200 + 30, back: 200 - 30})
	c.include(pairResult{there: 300 - 50, back: 300 + 50})
	c.include(pairResult{there: 220, back: 220}) // a good pair does not make up for a bad one
	if c.Pairs != 3 || c.Offset != 50 || c.Latency != 200 || c.Least != 170 {
		t.Errorf("got %+v, want offset 50, latency 200, least 170", c)
	}
}

func TestChoiceIsSaid(t *testing.T) {
	got := Chosen()
	if got.Name != Name() || got.Reason == "" {
		t.Errorf("choice %+v does not say why", got)
	}
	t.Logf("clock %s: %s; %+v", got.Name, got.Reason, got.Calibration)
	if word.Exploring {
		return // one clock only
	}
	if free := choose(""); goruntime.NumCPU() <= 2 && free.Name != NameCounter {
		t.Errorf("on %d processors: %+v, want the counter", goruntime.NumCPU(), free)
	}
	if forced := choose(NameCounter); forced.Name != NameCounter {
		t.Errorf("forced counter, got %+v", forced)
	}
	if forced := choose(NameCycle); asm.InvariantCounter() && forced.Name != NameCycle {
		t.Errorf("forced cycle, got %+v", forced)
	}
}
