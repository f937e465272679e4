package bench

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// batch is how many operations a goroutine does between two looks at the clock's
// flag: enough that the look costs nothing.
const batch = 64

// measure runs r on some goroutines for about d and returns the wall time in
// nanoseconds for one operation that counts, of all goroutines together.
func measure(r Run, goroutines int, d time.Duration) float64 {
	var (
		ready, all sync.WaitGroup
		begin      = make(chan struct{})
		stop       atomic.Bool
		counts     = make([]tally, goroutines)
	)
	ready.Add(goroutines)
	for worker := range goroutines {
		all.Go(func() {
			r.Batch(worker, batch) // warm up
			ready.Done()
			<-begin
			for !stop.Load() {
				counts[worker].n += r.Batch(worker, batch)
			}
		})
	}
	ready.Wait()
	start := time.Now()
	close(begin)
	time.Sleep(d)
	stop.Store(true)
	all.Wait()
	elapsed := time.Since(start)
	return float64(elapsed.Nanoseconds()) / float64(max(1, sumTallies(counts)))
}

// calibrate returns how many times the work of one spinning goroutine so many
// do: the parallelism that the machine really gives at this moment.
func calibrate(goroutines int, d time.Duration) float64 {
	spin := Run{Batch: func(worker, n int) int {
		x := uint64(worker) + 1
		for range n * 100 {
			x ^= x << 13
			x ^= x >> 7
			x ^= x << 17
		}
		if x == 0 {
			panic("bench: xorshift reached 0")
		}
		return n
	}}
	return measure(spin, 1, d) / measure(spin, goroutines, d)
}

// A Sample is what was measured of one workload, implementation and number of
// goroutines.
type Sample struct {
	Workload       string
	Implementation string
	Goroutines     int
	NsPerOp        []float64 // one a round, in order
}

// A Line is a Sample summed up, beside the baseline of the same run.
type Line struct {
	Sample
	Median, Low, High float64 // of NsPerOp: median and quartiles
	Ratio             float64 // of the medians: to the baseline's
	Scaling           float64 // throughput against this implementation's on one goroutine; 0 if that was not measured
	Calibration       float64 // what the machine gave for this many goroutines
}

// quartiles returns the median and the quartiles of some figures.
func quartiles(xs []float64) (median, low, high float64) {
	sorted := slices.Sorted(slices.Values(xs))
	at := func(q float64) float64 {
		position := q * float64(len(sorted)-1)
		i := int(position)
		if i+1 >= len(sorted) {
			return sorted[len(sorted)-1]
		}
		return sorted[i] + (position-float64(i))*(sorted[i+1]-sorted[i])
	}
	return at(0.5), at(0.25), at(0.75)
}

// Config says how to measure.
type Config struct {
	Rounds   int
	Time     time.Duration // of one measurement
	Select   func(name string) bool
	Progress func(name string)
}

// Measure runs the selected workloads and returns a Line for each
// implementation and number of goroutines.
func Measure(c Config) ([]Line, error) {
	var lines []Line
	for _, w := range Workloads() {
		if c.Select != nil && !c.Select(w.Name) {
			continue
		}
		of := map[string]float64{} // median on one goroutine, by implementation
		for _, g := range w.Goroutines {
			if c.Progress != nil {
				c.Progress(w.Name)
			}
			part, err := measureRounds(c, w, g)
			if err != nil {
				return nil, err
			}
			base := part[len(part)-1].Median
			for i := range part {
				l := &part[i]
				l.Ratio = l.Median / base
				if g == 1 {
					of[l.Implementation] = l.Median
				}
				if one := of[l.Implementation]; one != 0 {
					l.Scaling = one / l.Median
				}
			}
			lines = append(lines, part...)
		}
	}
	return lines, nil
}

// measureRounds alternates between the implementations, with a calibration in
// each round.
func measureRounds(c Config, w Workload, goroutines int) ([]Line, error) {
	lines := make([]Line, len(Implementations))
	var calibrations []float64
	for i, impl := range Implementations {
		lines[i].Sample = Sample{Workload: w.Name, Implementation: impl, Goroutines: goroutines}
	}
	for range c.Rounds {
		calibration := 1.0
		if goroutines > 1 {
			calibration = calibrate(goroutines, c.Time/4)
		}
		calibrations = append(calibrations, calibration)
		for i, impl := range Implementations {
			runtime.GC() // each begins with the same heap
			r := w.Make(impl, goroutines)
			lines[i].NsPerOp = append(lines[i].NsPerOp, measure(r, goroutines, c.Time))
			if err := r.Check(); err != nil {
				return nil, err
			}
		}
	}
	calibration, _, _ := quartiles(calibrations)
	for i := range lines {
		l := &lines[i]
		l.Median, l.Low, l.High = quartiles(l.NsPerOp)
		l.Calibration = calibration
	}
	return lines, nil
}
