package tm

import (
	"fmt"
	"math/rand/v2"
	goruntime "runtime"
	"runtime/debug"
	"sync"
	"testing"

	"github.com/ungil/tm/internal/word"
)

// TestHardwareStress is meant for processors with hardware transactions, or for
// an emulator (ci/rtm): commits of two variables and more, few enough for a machine
// that makes a thousand steps where others make a million. Elsewhere software commits.
func TestHardwareStress(t *testing.T) {
	rounds := 400
	if testing.Short() {
		rounds = 80
	}
	t.Run("bank", func(t *testing.T) { hardwareBank(t, rounds) })
	t.Run("skew", func(t *testing.T) { hardwareSkew(t, rounds) })
	t.Run("blind", func(t *testing.T) { hardwareBlind(t, rounds) })
	t.Run("long", func(t *testing.T) { hardwareLong(t, rounds) })
}

// hardwareBank: transfers between few accounts keep the total, also for those
// that look meanwhile. Single writes and explicit transactions are mixed in.
func hardwareBank(t *testing.T, rounds int) {
	const accounts, start = 6, 100
	vs := newVars(accounts)
	var turns Var[int]
	check := func(who string, tx *Tx) {
		if got := sum(vs, tx); got != accounts*start {
			t.Errorf("%s sees a total of %d, want %d", who, got, accounts*start)
		}
	}
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 5))
			for i := range rounds {
				transfer(vs, r.Uint64())
				switch i % 4 {
				case 0:
					_ = View(func(tx *Tx) error { check("a view", tx); return nil })
				case 1:
					tx := Begin()
					check("an explicit transaction", tx)
					a, b := vs[r.IntN(accounts)], vs[r.IntN(accounts)]
					a.Set(tx, a.Get(tx)+1)
					b.Set(tx, b.Get(tx)-1)
					tx.Commit() // or not
				case 2:
					_ = Atomically(func(tx *Tx) error { turns.Set(tx, turns.Get(tx)+1); return nil })
				case 3:
					_ = Atomically(func(tx *Tx) error { check("an update", tx); turns.Set(tx, turns.Get(tx)+1); return nil })
				}
			}
		})
	}
	all.Wait()
	_ = View(func(tx *Tx) error { check("the end", tx); return nil })
	if got, want := turns.Load(), 4*(rounds/2); got != want {
		t.Errorf("%d turns, want %d: an update was lost", got, want)
	}
}

// hardwareSkew: each side may be 1 only while the other is 0. Reads that are not
// written are what the kernel has to check.
func hardwareSkew(t *testing.T, rounds int) {
	var sides [2]Var[int]
	var all sync.WaitGroup
	for g := range 4 {
		mine, other := &sides[g%2], &sides[1-g%2]
		all.Go(func() {
			for range rounds {
				_ = Atomically(func(tx *Tx) error {
					if mine.Get(tx)+other.Get(tx) > 1 {
						t.Error("both sides are 1")
					}
					if other.Get(tx) == 0 {
						mine.Set(tx, 1)
					}
					return nil
				})
				_ = Atomically(func(tx *Tx) error { mine.Set(tx, 0); return nil })
			}
		})
	}
	all.Wait()
}

// hardwareBlind: variables that are only ever written together are equal.
func hardwareBlind(t *testing.T, rounds int) {
	var vs [3]Var[int]
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			for i := range rounds {
				if g == 0 {
					_ = View(func(tx *Tx) error {
						if a, b, c := vs[0].Get(tx), vs[1].Get(tx), vs[2].Get(tx); a != b || b != c {
							t.Errorf("a view sees %d, %d, %d", a, b, c)
						}
						return nil
					})
					continue
				}
				_ = Atomically(func(tx *Tx) error {
					for v := range vs {
						vs[(v+g)%3].Set(tx, g*rounds+i)
					}
					return nil
				})
			}
		})
	}
	all.Wait()
}

// hardwareLong: transactions of two variables, and now and then of all, keep the total. Each variable
// has a cache line of its own, so a processor with room for two dozen lines commits the short
// ones, and software the long ones beside them.
func hardwareLong(t *testing.T, rounds int) {
	padded := make([]struct {
		Var[int]
		_ word.Pad
	}, 40)
	vs := make([]*Var[int], len(padded))
	for i := range vs {
		vs[i] = &padded[i].Var
	}
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 6))
			for i := range rounds {
				if i%8 != 0 {
					transfer(vs, r.Uint64())
					continue
				}
				_ = Atomically(func(tx *Tx) error {
					if got := sum(vs, tx); got != 0 {
						t.Errorf("a long transaction sees a total of %d", got)
					}
					for i, v := range vs {
						v.Set(tx, v.Get(tx)+1-i%2*2)
					}
					return nil
				})
			}
		})
	}
	all.Wait()
	_ = View(func(tx *Tx) error {
		if got := sum(vs, tx); got != 0 {
			t.Errorf("the total is %d", got)
		}
		return nil
	})
}

// TestHardwareCollector: the collector runs all the time, marks in the middle of
// commits, and must find every version through the slot it was stored in. Each
// value carries a pattern that freed memory does not have (GODEBUG=clobberfree=1), and
// what is marked can be checked (GODEBUG=gccheckmark=1).
func TestHardwareCollector(t *testing.T) {
	type value struct {
		n       int
		pattern [7]uint64
	}
	const pattern = 0x5ca1ab1e
	fresh := func(n int) *value {
		v := &value{n: n}
		for i := range v.pattern {
			v.pattern[i] = pattern + uint64(n)
		}
		return v
	}
	rounds := 300
	if testing.Short() {
		rounds = 100
	}
	defer debug.SetGCPercent(debug.SetGCPercent(1))
	vars := make([]Var[*value], 4)
	atomically(t, func(tx *Tx) error {
		for i := range vars {
			vars[i].Set(tx, fresh(0))
		}
		return nil
	})
	add := func(tx *Tx, i, d int) {
		v := vars[i%len(vars)].Get(tx)
		for _, p := range v.pattern {
			if p != pattern+uint64(v.n) {
				panic(fmt.Sprintf("a value of %d holds %#x: it was freed while it could be reached", v.n, v.pattern))
			}
		}
		vars[i%len(vars)].Set(tx, fresh(v.n+d))
	}
	// Hardware commits only while nothing is being marked, and it is the change
	// between the two that must go right: a few transactions are let through in each.
	const few = 5
	var done word.Uint64
	var permits word.Int64
	take := func() {
		for permits.Add(-1) < 0 {
			permits.Add(1)
			goruntime.Gosched()
		}
	}
	var collector, all sync.WaitGroup
	collector.Go(func() {
		for done.Load() == 0 {
			permits.Add(few)
			goruntime.GC()
			permits.Add(few)
			for permits.Load() > 0 && done.Load() == 0 {
				goruntime.Gosched()
			}
		}
	})
	for g := range 3 {
		all.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 9))
			for range rounds {
				take()
				i := r.IntN(len(vars))
				_ = Atomically(func(tx *Tx) error {
					add(tx, i, 1)
					add(tx, i+1+r.IntN(3), -1)
					return nil
				})
			}
		})
	}
	all.Wait()
	done.Store(1)
	collector.Wait()
	total := 0
	for i := range vars {
		total += vars[i].Load().n
	}
	if total != 0 {
		t.Errorf("the total is %d", total)
	}
}
