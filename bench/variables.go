package bench

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"

	"github.com/ungil/tm"
	"github.com/ungil/tm/internal/word"
)

// vars returns n variables that all goroutines share.
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

func transfer(from, to *tm.Var[int]) {
	_ = tm.Atomically(func(tx *tm.Tx) error {
		from.Set(tx, from.Get(tx)-1)
		to.Set(tx, to.Get(tx)+1)
		return nil
	})
}

// sum is not inlined because a function literal in it would then be compiled again
// without inlining what it calls (Go 1.26).
//
//go:noinline
func sum(vs []*tm.Var[int]) (result int) {
	_ = tm.View(func(tx *tm.Tx) error {
		s := 0 // in a register, as in the baseline; result is not
		for _, v := range vs {
			s += v.Get(tx)
		}
		result = s
		return nil
	})
	return result
}

// sums adds the variables up so many times.
func sums(vs []*tm.Var[int], times int, wrong *wrongSums) int {
	for range times {
		if sum(vs) != len(vs)*initial {
			wrong.n.Add(1)
		}
	}
	return times
}

func spoil(v *tm.Var[int]) {
	_ = tm.Atomically(func(tx *tm.Tx) error { v.Set(tx, v.Get(tx)+1); return nil })
}

// guarded are plain variables behind one mutex. Sums reach them through
// pointers, as they would in a program whose values are objects.
type guarded struct {
	_        word.Pad
	mu       sync.Mutex
	ints     []int
	pointers []*int // to ints
	_        word.Pad
}

func newGuarded(n int) *guarded {
	g := &guarded{ints: make([]int, n), pointers: make([]*int, n)}
	for i := range g.ints {
		g.ints[i] = initial
		g.pointers[i] = &g.ints[i]
	}
	return g
}

// add returns the sum; the caller holds the mutex.
func (g *guarded) add() (s int) {
	for _, p := range g.pointers {
		s += *p
	}
	return s
}

func (g *guarded) sum() int {
	g.mu.Lock()
	s := g.add()
	g.mu.Unlock()
	return s
}

func (g *guarded) sums(times int, wrong *wrongSums) int {
	for range times {
		if g.sum() != len(g.pointers)*initial {
			wrong.n.Add(1)
		}
	}
	return times
}

func (g *guarded) transfer(from, to int) {
	g.mu.Lock()
	g.ints[from]--
	g.ints[to]++
	g.mu.Unlock()
}

func (g *guarded) spoil() { g.ints[0]++ }

// wrongSums counts sums that no moment's variables could have had.
type wrongSums struct{ n atomic.Int64 }

func (w *wrongSums) check() error {
	if n := w.n.Load(); n != 0 {
		return fmt.Errorf("%d sums were not those of one moment", n)
	}
	return nil
}

// total checks the sum of some variables.
func total(got, want int) error {
	if got != want {
		return fmt.Errorf("the variables hold %d in all, want %d", got, want)
	}
	return nil
}

// A tally is one goroutine's count, alone on its cache lines.
type tally struct {
	n int
	_ word.Pad
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
