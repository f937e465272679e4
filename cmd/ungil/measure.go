package main

import (
	goruntime "runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ungil/tm/internal/gcpace"
	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark"
)

// measurement is what one run took. Times are in seconds.
type measurement struct {
	wall, cpu float64
	stats     runtime.Stats
}

// measure runs p once.
func measure(p *starlark.Program, o starlark.Options) (measurement, error) {
	o.Started = newPace()
	cpu, start := cpuSeconds(), time.Now()
	stats, err := p.Run(o)
	return measurement{
		wall:  time.Since(start).Seconds(),
		cpu:   cpuSeconds() - cpu,
		stats: stats,
	}, err
}

// newPace prepares the collector's pace for a program that begins, and returns what each of
// its threads has to call: the second one tells. It is the same for all models, for
// comparisons to be fair.
func newPace() (started func()) {
	gcpace.Parallel(false)
	var threads atomic.Int32
	return func() {
		if threads.Add(1) == 2 {
			gcpace.Parallel(true)
		}
	}
}

// calibrate measures how much faster than one goroutine n of them compute that
// share nothing: n on n free cores, less where cores are busy, shared or missing.
func calibrate(n int) float64 {
	const spins = 10_000_000 // some milliseconds
	alone, together := spinAll(1, spins), spinAll(n, spins)
	return float64(n) * alone / together
}

// spinAll lets n goroutines compute at once and returns the seconds until the
// last has ended.
func spinAll(n, spins int) float64 {
	results := make([]uint64, n) // written once at the end
	var all sync.WaitGroup
	start := time.Now()
	for i := range n {
		all.Go(func() { results[i] = spin(spins) })
	}
	all.Wait()
	elapsed := time.Since(start).Seconds()
	goruntime.KeepAlive(results)
	return elapsed
}

// spin is a chain of dependent multiplications: one core at work, no memory.
func spin(turns int) uint64 {
	x := uint64(turns)
	for range turns {
		x = x*0x5851f42d4c957f2d + 1
	}
	return x
}

// median returns the middle of xs, which is not empty.
func median(xs []float64) float64 {
	sorted := slices.Sorted(slices.Values(xs))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
