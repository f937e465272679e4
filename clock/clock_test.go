package clock

import (
	"slices"
	"sync"
	"testing"
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
	times := slices.Concat(ticks...)
	slices.Sort(times)
	if n := len(slices.Compact(times)); n != goroutines*rounds {
		t.Errorf("%d ticks, but only %d different times", goroutines*rounds, n)
	}
}
