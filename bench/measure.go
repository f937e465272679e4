package bench

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// batch is how many operations a goroutine does between two looks at the
	// flag that ends a measurement: enough that the look costs nothing.
	batch = 64
	// A measurement begins when the work has run for this part of its length, so
	// that pools are filled and the heap has its size.
	warmUpPart = 8
	// Calibration and yardstick take this part of a measurement's length each.
	asidePart = 4
)

// A cost is what one operation took. Wall time, so it falls when work scales.
type cost struct{ ns, bytes, allocs float64 }

// measure runs r on some goroutines for about d and returns the cost of one
// operation that counts, of all goroutines together.
func measure(r Run, goroutines int, d time.Duration) cost {
	var (
		ready, all    sync.WaitGroup
		begin         = make(chan struct{})
		warm, stop    atomic.Bool
		counts        = make([]tally, goroutines)
		before, after runtime.MemStats
	)
	ready.Add(goroutines)
	for worker := range goroutines {
		all.Go(func() {
			for !warm.Load() {
				r.Batch(worker, batch)
			}
			ready.Done()
			<-begin
			for done := false; !done; done = stop.Load() { // at least once
				counts[worker].n += r.Batch(worker, batch)
			}
		})
	}
	time.Sleep(d / warmUpPart)
	warm.Store(true)
	ready.Wait()
	runtime.ReadMemStats(&before)
	start := time.Now()
	close(begin)
	time.Sleep(d)
	stop.Store(true)
	all.Wait()
	elapsed := time.Since(start)
	runtime.ReadMemStats(&after)
	n := float64(sumTallies(counts))
	return cost{
		ns:     float64(elapsed.Nanoseconds()) / n,
		bytes:  float64(after.TotalAlloc-before.TotalAlloc) / n,
		allocs: float64(after.Mallocs-before.Mallocs) / n,
	}
}

// spinning is work that shares nothing and touches no memory.
var spinning = Run{Batch: func(worker, n int) int {
	x := uint64(worker) + 1
	for range n * 100 { // xorshift64, Marsaglia 2003
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	if x == 0 { // never; keeps the loop alive
		panic("bench: xorshift reached 0")
	}
	return n
}}

// Machine returns how many times the work of one goroutine so many do that share
// nothing. It takes about 2 d.
func Machine(goroutines int, d time.Duration) float64 {
	alone := measure(spinning, 1, d).ns
	return alone / measure(spinning, goroutines, d).ns
}

// A round is what one round measured.
type round struct {
	costs    map[position]cost
	machine  map[int]float64 // by goroutines: how many times one's work so many do
	transfer float64         // yardstick, ns: a transfer under a mutex on one goroutine
}

// A position is one place in a round.
type position struct {
	implementation string
	goroutines     int
}

// measureRound lets all implementations and numbers of goroutines take turns.
func measureRound(w Workload, d time.Duration) (round, error) {
	r := round{costs: map[position]cost{}, machine: map[int]float64{}}
	alone := measure(spinning, 1, d/asidePart).ns
	yardstick := makeTransfer(Baseline, 1, false)
	r.transfer = measure(yardstick, 1, d/asidePart).ns
	for _, g := range w.Goroutines {
		r.machine[g] = 1
		if g > 1 {
			r.machine[g] = alone / measure(spinning, g, d/asidePart).ns
		}
		for _, impl := range w.implementations() {
			runtime.GC() // each begins with the same heap
			run := w.Make(impl, g)
			c := measure(run, g, d)
			if err := run.Check(); err != nil {
				return r, fmt.Errorf("%s, %s, %d goroutines: %w", w.Name, impl, g, err)
			}
			r.costs[position{impl, g}] = c
		}
	}
	return r, nil
}

// Config says how to measure.
type Config struct {
	Rounds int
	Time   time.Duration // of one measurement
	// Workloads are those to choose from; nil: those of Workloads.
	Workloads []Workload
	Select    func(name string) bool
	Progress  func(name string)
}

// Measure runs the selected workloads and returns a Line for each
// implementation and number of goroutines.
func Measure(c Config) ([]Line, error) {
	var lines []Line
	all := c.Workloads
	if all == nil {
		all = Workloads()
	}
	for _, w := range all {
		if c.Select != nil && !c.Select(w.Name) {
			continue
		}
		if c.Progress != nil {
			c.Progress(w.Name)
		}
		var rounds []round
		for range c.Rounds {
			r, err := measureRound(w, c.Time)
			if err != nil {
				return nil, err
			}
			rounds = append(rounds, r)
		}
		lines = append(lines, summarize(w, rounds)...)
	}
	if len(lines) == 0 {
		return nil, errors.New("no workload was selected")
	}
	return lines, nil
}
