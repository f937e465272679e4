// Package bench is the harness by which claims of speed are judged. A workload
// is some work on shared variables, done by every implementation in turn: package
// tm, and a mutex around plain variables as the baseline. In each round all
// implementations and numbers of goroutines take turns, so that a noisy machine
// disturbs all of them; ratios are taken inside a round, and each figure is the
// median over the rounds with its quartiles. Each round also measures the machine
// (how much more several spinning goroutines do than one) and a yardstick, a
// transfer under a mutex on one goroutine.
//
// The command bench/tmbench prints tables, lines for benchstat, and
// docs/benchmarks.md. The same workloads are ordinary benchmarks of this
// package.
package bench

import (
	"slices"

	"github.com/ungil/tm"
)

// A Workload is one kind of work.
type Workload struct {
	// Name is a list of key=value pairs separated by slashes, as benchstat
	// wants them.
	Name string
	// Goroutines lists how many are to do the work.
	Goroutines []int
	// Make sets up a run by one of Implementations.
	Make func(implementation string, goroutines int) Run
	// Others lists implementations besides those of every workload.
	Others []string
}

func (w *Workload) implementations() []string { return slices.Concat(Implementations, w.Others) }

// Baseline is the implementation that the others are compared with.
const Baseline = "mutex"

// Implementations are what every workload is made with; a workload may have others.
var Implementations = []string{"tm", Baseline}

// A Run is a workload that is set up.
type Run struct {
	// Batch does n operations as one of the goroutines. It returns how many of
	// them count: a workload may have helpers whose work does not.
	Batch func(worker, n int) int
	// Check returns an error if the variables do not hold what the work must
	// leave behind, or if it saw an impossible sum on the way.
	Check func() error
	// spoil changes one variable behind the work's back, so that a test sees
	// Check fail.
	spoil func()
}

const (
	initial     = 100
	sharedVars  = 1024
	ownVars     = 16
	readsUpdate = 50
)

// Workloads returns all workloads.
func Workloads() []Workload {
	all := []int{1, 2, 8}
	return []Workload{
		{"work=counter", all, makeCounter, nil},
		{"work=transfer/vars=own", all, func(impl string, g int) Run { return makeTransfer(impl, g, true) }, nil},
		{"work=transfer/vars=shared", all, func(impl string, g int) Run { return makeTransfer(impl, g, false) }, nil},
		{"work=sum/vars=10", all, func(impl string, _ int) Run { return makeSum(impl, 10) }, nil},
		{"work=sum/vars=1000", all, func(impl string, _ int) Run { return makeSum(impl, 1000) }, nil},
		{"work=update/reads=50/writes=2", all, makeUpdate, nil},
		{"work=long-view/vars=1000/beside=transfers", []int{2, 8}, makeLongView, nil},
	}
}

func makeCounter(impl string, goroutines int) Run {
	done := make([]tally, goroutines)
	want := func() int { return initial + sumTallies(done) }
	if impl == Baseline {
		g := newGuarded(1)
		return Run{func(worker, n int) int {
			for range n {
				g.mu.Lock()
				g.ints[0]++
				g.mu.Unlock()
			}
			done[worker].n += n
			return n
		}, func() error { return total(g.sum(), want()) }, g.spoil}
	}
	v := tm.NewVar(initial)
	return Run{func(worker, n int) int {
		for range n {
			_ = tm.Atomically(func(tx *tm.Tx) error { v.Set(tx, v.Get(tx)+1); return nil })
		}
		done[worker].n += n
		return n
	}, func() error { return total(v.Load(), want()) }, func() { spoil(v) }}
}

func makeTransfer(impl string, goroutines int, own bool) Run {
	n := sharedVars
	if own {
		n = goroutines * ownVars
	}
	p := newPairs(goroutines, own)
	if impl == Baseline {
		return guardedTransfers(p, n)
	}
	vs := ownedVars(goroutines)
	if !own {
		vs = vars(n)
	}
	return Run{func(worker, times int) int {
		for range times {
			from, to := p.next(worker)
			transfer(vs[from], vs[to])
		}
		return times
	}, func() error { return total(sum(vs), n*initial) }, func() { spoil(vs[0]) }}
}

// guardedTransfers has one mutex for all variables that are shared, as a program
// would. With own variables each goroutine has its own mutex: nothing is shared.
func guardedTransfers(p *pairs, n int) Run {
	gs := []*guarded{newGuarded(n)}
	if p.own {
		for range len(p.random) - 1 {
			gs = append(gs, newGuarded(n))
		}
	}
	return Run{func(worker, times int) int {
		g := gs[worker%len(gs)]
		for range times {
			g.transfer(p.next(worker))
		}
		return times
	}, func() error {
		all := 0
		for _, g := range gs {
			all += g.sum()
		}
		return total(all, len(gs)*n*initial)
	}, gs[0].spoil}
}

// makeUpdate reads all variables and moves their average between two of them:
// what is written depends on everything read.
func makeUpdate(impl string, goroutines int) Run {
	const unit = readsUpdate * initial // the sum of all, so that the average is 1 unit
	p := newPairs(goroutines, false)
	if impl == Baseline {
		g := newGuarded(readsUpdate)
		return Run{func(worker, times int) int {
			for range times {
				from, to := p.next(worker)
				g.mu.Lock()
				amount := g.add() / unit
				g.ints[from%readsUpdate] -= amount
				g.ints[to%readsUpdate] += amount
				g.mu.Unlock()
			}
			return times
		}, func() error { return total(g.sum(), readsUpdate*initial) }, g.spoil}
	}
	vs := vars(readsUpdate)
	return Run{func(worker, times int) int {
		for range times {
			from, to := p.next(worker)
			update(vs, vs[from%readsUpdate], vs[to%readsUpdate], unit)
		}
		return times
	}, func() error { return total(sum(vs), readsUpdate*initial) }, func() { spoil(vs[0]) }}
}

func update(vs []*tm.Var[int], from, to *tm.Var[int], unit int) {
	_ = tm.Atomically(func(tx *tm.Tx) error {
		s := 0
		for _, v := range vs {
			s += v.Get(tx)
		}
		from.Set(tx, from.Get(tx)-s/unit)
		to.Set(tx, to.Get(tx)+s/unit)
		return nil
	})
}

func makeSum(impl string, n int) Run {
	wrong := new(wrongSums)
	if impl == Baseline {
		g := newGuarded(n)
		return Run{func(_, times int) int { return g.sums(times, wrong) }, wrong.check, g.spoil}
	}
	vs := vars(n)
	return Run{func(_, times int) int { return sums(vs, times, wrong) }, wrong.check, func() { spoil(vs[0]) }}
}

// makeLongView has one goroutine that adds up a thousand variables while the
// others move amounts between them. Only the sums count.
func makeLongView(impl string, goroutines int) Run {
	const n = 1000
	wrong := new(wrongSums)
	p := newPairs(goroutines, false)
	if impl == Baseline {
		g := newGuarded(n)
		return Run{func(worker, times int) int {
			if worker == 0 {
				return g.sums(times, wrong)
			}
			for range times {
				from, to := p.next(worker)
				g.transfer(from%n, to%n)
			}
			return 0
		}, wrong.check, g.spoil}
	}
	vs := vars(n)
	return Run{func(worker, times int) int {
		if worker == 0 {
			return sums(vs, times, wrong)
		}
		for range times {
			from, to := p.next(worker)
			transfer(vs[from%n], vs[to%n])
		}
		return 0
	}, wrong.check, func() { spoil(vs[0]) }}
}
