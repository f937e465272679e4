// Package bench is the harness by which claims of speed are judged. A workload
// is some work on shared variables, done by every implementation in turn: package
// tm, and a mutex around plain variables as the baseline. Rounds alternate
// between the implementations, so that a noisy machine disturbs all of them, and
// each figure is a median with its quartiles. Beside every parallel figure stands
// a calibration: how much more two spinning goroutines do than one.
//
// The command bench/tmbench prints tables, lines for benchstat, and
// docs/benchmarks.md. The same workloads are ordinary benchmarks of this
// package.
package bench

import (
	"fmt"
	"math/rand/v2"
	"sync"

	"github.com/ungil/tm"
	"github.com/ungil/tm/internal/word"
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
}

// Implementations are what every workload is made with; the last one is the
// baseline.
var Implementations = []string{"tm", "mutex"}

// A Run is a workload that is set up.
type Run struct {
	// Batch does n operations as one of the goroutines. It returns how many of
	// them count: a workload may have helpers whose work does not.
	Batch func(worker, n int) int
	// Check returns an error if the variables do not hold what the work must
	// leave behind.
	Check func() error
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
		{"work=counter", all, makeCounter},
		{"work=transfer/vars=own", all, func(impl string, g int) Run { return makeTransfer(impl, g, true) }},
		{"work=transfer/vars=shared", all, func(impl string, g int) Run { return makeTransfer(impl, g, false) }},
		{"work=sum/vars=10", all, func(impl string, g int) Run { return makeSum(impl, 10) }},
		{"work=sum/vars=1000", all, func(impl string, g int) Run { return makeSum(impl, 1000) }},
		{"work=update/reads=50/writes=2", all, makeUpdate},
		{"work=long-view/vars=1000/beside=transfers", []int{2, 8}, makeLongView},
	}
}

// total checks the sum of some variables.
func total(got, want int) error {
	if got != want {
		return fmt.Errorf("the variables hold %d in all, want %d", got, want)
	}
	return nil
}

func vars(n int) []*tm.Var[int] {
	vs := make([]*tm.Var[int], n)
	for i := range vs {
		vs[i] = tm.NewVar(initial)
	}
	return vs
}

// ownedVars returns ownVars variables for each goroutine, in its own cache lines,
// as they would be if each had allocated its own.
func ownedVars(goroutines int) (vs []*tm.Var[int]) {
	for range goroutines {
		block := new(struct {
			_  word.Pad
			vs [ownVars]tm.Var[int]
			_  word.Pad
		})
		_ = tm.Atomically(func(tx *tm.Tx) error {
			for i := range block.vs {
				block.vs[i].Set(tx, initial)
			}
			return nil
		})
		for i := range block.vs {
			vs = append(vs, &block.vs[i])
		}
	}
	return vs
}

func sum(vs []*tm.Var[int]) (s int) {
	_ = tm.View(func(tx *tm.Tx) error {
		s = 0
		for _, v := range vs {
			s += v.Get(tx)
		}
		return nil
	})
	return s
}

// guarded are plain variables behind one mutex. They are pointers, as they would
// be in a program whose values are objects.
type guarded struct {
	_  word.Pad
	mu sync.Mutex
	vs []*int
	_  word.Pad
}

func newGuarded(n int) *guarded {
	g := &guarded{vs: make([]*int, n)}
	for i := range g.vs {
		x := initial
		g.vs[i] = &x
	}
	return g
}

func (g *guarded) sum() (s int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, v := range g.vs {
		s += *v
	}
	return s
}

func (g *guarded) transfer(from, to int) {
	g.mu.Lock()
	*g.vs[from]--
	*g.vs[to]++
	g.mu.Unlock()
}

func makeCounter(impl string, goroutines int) Run {
	done := make([]tally, goroutines)
	if impl == "mutex" {
		g := newGuarded(1)
		return Run{counted(done, func(_, n int) {
			for range n {
				g.mu.Lock()
				*g.vs[0]++
				g.mu.Unlock()
			}
		}), func() error { return total(g.sum(), initial+sumTallies(done)) }}
	}
	v := tm.NewVar(initial)
	return Run{counted(done, func(_, n int) {
		for range n {
			_ = tm.Atomically(func(tx *tm.Tx) error { v.Set(tx, v.Get(tx)+1); return nil })
		}
	}), func() error { return total(v.Load(), initial+sumTallies(done)) }}
}

// A tally is one goroutine's count, alone on its cache lines.
type tally struct {
	n int
	_ word.Pad
}

// counted makes a Batch that counts its operations.
func counted(done []tally, work func(worker, n int)) func(worker, n int) int {
	return func(worker, n int) int {
		work(worker, n)
		done[worker].n += n
		return n
	}
}

func sumTallies(done []tally) (n int) {
	for i := range done {
		n += done[i].n
	}
	return n
}

// pairs gives each goroutine its own sequence of pairs of variables.
type pairs struct {
	random []generator
	own    bool
}

// A generator is alone on its cache lines: its state changes with every number.
type generator struct {
	_ word.Pad
	rand.PCG
	_ word.Pad
}

func newPairs(goroutines int, own bool) *pairs {
	p := &pairs{random: make([]generator, goroutines), own: own}
	for g := range p.random {
		p.random[g].Seed(uint64(g), 7)
	}
	return p
}

// next returns two positions: among the goroutine's own variables, or among all.
func (p *pairs) next(worker int) (from, to int) {
	x := p.random[worker].Uint64()
	if p.own {
		return worker*ownVars + int(x%ownVars), worker*ownVars + int(x>>20%ownVars)
	}
	return int(x % sharedVars), int(x >> 20 % sharedVars)
}

func makeTransfer(impl string, goroutines int, own bool) Run {
	n := sharedVars
	if own {
		n = goroutines * ownVars
	}
	p := newPairs(goroutines, own)
	if impl == "mutex" {
		// One mutex for all is what a program would have; with own variables
		// every goroutine could have its own, and would share nothing at all.
		gs := []*guarded{newGuarded(n)}
		if own {
			for range goroutines - 1 {
				gs = append(gs, newGuarded(n))
			}
		}
		return Run{func(worker, n int) int {
			g := gs[worker%len(gs)]
			for range n {
				g.transfer(p.next(worker))
			}
			return n
		}, func() error { return total(gs[0].sum(), n*initial) }}
	}
	vs := ownedVars(goroutines)
	if !own {
		vs = vars(n)
	}
	return Run{func(worker, n int) int {
		for range n {
			from, to := p.next(worker)
			transfer(vs[from], vs[to])
		}
		return n
	}, func() error { return total(sum(vs), n*initial) }}
}

func transfer(from, to *tm.Var[int]) {
	_ = tm.Atomically(func(tx *tm.Tx) error {
		from.Set(tx, from.Get(tx)-1)
		to.Set(tx, to.Get(tx)+1)
		return nil
	})
}

func makeSum(impl string, n int) Run {
	if impl == "mutex" {
		g := newGuarded(n)
		return sums(n, g.sum)
	}
	vs := vars(n)
	return sums(n, func() int { return sum(vs) })
}

// sums makes a Run that adds the variables up again and again.
func sums(n int, add func() int) Run {
	var mu sync.Mutex
	var wrong error
	return Run{func(_, times int) int {
		for range times {
			if err := total(add(), n*initial); err != nil {
				mu.Lock()
				wrong = err
				mu.Unlock()
			}
		}
		return times
	}, func() error { return wrong }}
}

func makeUpdate(impl string, goroutines int) Run {
	p := newPairs(goroutines, false)
	if impl == "mutex" {
		g := newGuarded(readsUpdate)
		return Run{func(worker, n int) int {
			for range n {
				from, to := p.next(worker)
				g.mu.Lock()
				s := 0
				for _, v := range g.vs {
					s += *v
				}
				*g.vs[from%readsUpdate] -= s / (readsUpdate * initial)
				*g.vs[to%readsUpdate] += s / (readsUpdate * initial)
				g.mu.Unlock()
			}
			return n
		}, func() error { return total(g.sum(), readsUpdate*initial) }}
	}
	vs := vars(readsUpdate)
	return Run{func(worker, n int) int {
		for range n {
			from, to := p.next(worker)
			_ = tm.Atomically(func(tx *tm.Tx) error {
				s := 0
				for _, v := range vs {
					s += v.Get(tx)
				}
				a, b := vs[from%readsUpdate], vs[to%readsUpdate]
				a.Set(tx, a.Get(tx)-s/(readsUpdate*initial))
				b.Set(tx, b.Get(tx)+s/(readsUpdate*initial))
				return nil
			})
		}
		return n
	}, func() error { return total(sum(vs), readsUpdate*initial) }}
}

// makeLongView has one goroutine that adds up a thousand variables while the
// others move amounts between them. Only the sums count.
func makeLongView(impl string, goroutines int) Run {
	const n = 1000
	writers := newPairs(goroutines, false)
	if impl == "mutex" {
		g := newGuarded(n)
		return beside(sums(n, g.sum), func(worker int) {
			from, to := writers.next(worker)
			g.transfer(from%n, to%n)
		})
	}
	vs := vars(n)
	return beside(sums(n, func() int { return sum(vs) }), func(worker int) {
		from, to := writers.next(worker)
		transfer(vs[from%n], vs[to%n])
	})
}

// beside makes a Run in which worker 0 reads and the others write.
func beside(reader Run, write func(worker int)) Run {
	return Run{func(worker, n int) int {
		if worker == 0 {
			return reader.Batch(worker, n)
		}
		for range n {
			write(worker)
		}
		return 0
	}, reader.Check}
}
