package main

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ungil/tm"
)

// A workload is work that goroutines do in transactions.
type workload struct {
	name       string
	goroutines int
	// watched is the number of goroutines, from the first one on, whose transactions
	// are counted; the others are in the way.
	watched int
	// make sets the work up. It returns what a goroutine does in its n-th transaction, and a
	// check of the state at the end, given the number of commits of each goroutine.
	make func() (work func(tx *tm.Tx, goroutine, n int), check func(commits []int) error)
}

// A result is what one measurement has seen.
type result struct {
	workload
	length  time.Duration
	commits []int // by goroutine
	needed  []int // attempts of each transaction that has committed, sorted
	givenUp int   // most attempts of one that had not committed at the end
	err     error // what the check said
}

var errOver = errors.New("the measurement is over")

// measure runs w for some time.
func measure(w workload, length time.Duration) *result {
	r := &result{workload: w, length: length, commits: make([]int, w.goroutines)}
	work, check := w.make()
	var (
		all  sync.WaitGroup
		stop atomic.Bool
		mu   sync.Mutex // over needed and givenUp
	)
	for g := range w.goroutines {
		all.Go(func() {
			var needed []int
			unfinished := 0
			for n := 0; !stop.Load(); n++ {
				attempts := 0
				err := tm.Atomically(func(tx *tm.Tx) error {
					if stop.Load() {
						return errOver
					}
					attempts++
					work(tx, g, n)
					return nil
				})
				if err != nil {
					unfinished = attempts
					break
				}
				r.commits[g]++
				needed = append(needed, attempts)
			}
			if g < w.watched {
				mu.Lock()
				defer mu.Unlock()
				r.needed = append(r.needed, needed...)
				r.givenUp = max(r.givenUp, unfinished)
			}
		})
	}
	time.Sleep(length)
	stop.Store(true)
	all.Wait()
	slices.Sort(r.needed)
	r.err = check(r.commits)
	return r
}

// quantile returns the attempts that the given part of the transactions needed
// at most.
func (r *result) quantile(q float64) int {
	if len(r.needed) == 0 {
		return 0
	}
	return r.needed[int(q*float64(len(r.needed)-1))]
}

// fairness is the commits of the slowest watched goroutine to those of the fastest.
func (r *result) fairness() float64 {
	watched := r.commits[:r.watched]
	if slices.Max(watched) == 0 {
		return 0
	}
	return float64(slices.Min(watched)) / float64(slices.Max(watched))
}

// row is the result as a row of the table; a failed check stands in it.
func (r *result) row(contention string) string {
	s := fmt.Sprintf("| %s | %d | %s | %.0f | %d | %d | %d | %d | %.2f |", r.name, r.goroutines, contention,
		float64(len(r.needed))/r.length.Seconds(), r.quantile(0.5), r.quantile(0.99), r.quantile(1), r.givenUp, r.fairness())
	if r.err != nil {
		s += " WRONG: " + r.err.Error()
	}
	return s
}

// yieldAt gives the processor away at every n-th step of a loop.
func yieldAt(i, n int) {
	if i%n == n-1 {
		runtime.Gosched()
	}
}
