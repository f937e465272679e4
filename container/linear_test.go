package container

import (
	"math/rand/v2"
	goruntime "runtime"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"
)

// TestLinearizable: histories of random operations by real goroutines.
func TestLinearizable(t *testing.T) {
	kinds := map[string]func(r *rand.Rand) operation{
		"lists": func(r *rand.Rand) operation {
			return []operation{
				appendTo(r.IntN(50)), appendTo(r.IntN(50)), popBack(), popFront(), change(r.IntN(4)), across(false), across(true), lists(r.IntN(2) == 0),
			}[r.IntN(8)]
		},
		"maps": func(r *rand.Rand) operation {
			k := r.IntN(8)
			return []operation{
				mapSet(k, r.IntN(50)), mapSet(k, r.IntN(50)), mapDelete(k), mapGet(k, r.IntN(2) == 0), mapMove(k, false), mapMove(k, true), maps2(r.IntN(2) == 0), mapSweep(),
			}[r.IntN(8)]
		},
		"ordered": func(r *rand.Rand) operation {
			k := 3 * r.IntN(30)
			return []operation{
				orderedSet(k, r.IntN(50)), orderedSet(k, r.IntN(50)), orderedDelete(k), orderedGet(k, r.IntN(2) == 0), orderedRange(k-20, k+20, r.IntN(2) == 0),
			}[r.IntN(5)]
		},
		"queue": func(r *rand.Rand) operation {
			return []operation{queuePut(r.IntN(50), 1000), queueTryTake(), both(queueTryTake(), count(1))}[r.IntN(3)]
		},
		"small": func(r *rand.Rand) operation {
			k := r.IntN(4)
			return []operation{
				setAdd(k), setDelete(k), setHas(k, r.IntN(2) == 0), arraySwap(), arrayRead(r.IntN(2) == 0), tryAcquire(1 + k%2), release(1), trySend(k), trySend(k), tryReceive(),
				both(tryReceive(), setAdd(k)), both(tryAcquire(1), arraySwap()),
			}[r.IntN(12)]
		},
		"mixed": func(r *rand.Rand) operation {
			k := r.IntN(4)
			return []operation{
				both(popFront(), count(1)), both(appendTo(k), count(-1)), both(mapSet(k, k), orderedSet(k, k)), both(mapDelete(k), orderedDelete(k)),
				both(counted(true), lists(true)), both(mapGet(k, true), orderedGet(k, true)), counted(false),
			}[r.IntN(7)]
		},
	}
	rounds := 500
	if testing.Short() {
		rounds = 100
	}
	for name, kind := range kinds {
		t.Run(name, func(t *testing.T) {
			for seed := range rounds {
				if !linearRound(t, uint64(seed), kind) {
					return
				}
			}
		})
	}
}

// linearRound checks one history: some operations in a row, so that lists and
// trees have a few blocks and leaves, and then those of several goroutines.
func linearRound(t *testing.T, seed uint64, kind func(r *rand.Rand) operation) bool {
	// Longer histories have too many orders of their Appends to search.
	const goroutines, each = 3, 8
	w, s := newWorld(0), newState()
	r := rand.New(rand.NewPCG(seed, 0))
	for range r.IntN(100) {
		o := kind(r)
		want, _ := o.model(s)
		require.Equal(t, want, o.run(w, nil), o.name)
	}
	var (
		all     sync.WaitGroup
		start   = time.Now()
		begin   = make(chan struct{})
		history = make([][]porcupine.Operation, goroutines)
	)
	for g := range goroutines {
		all.Go(func() {
			r := rand.New(rand.NewPCG(seed, uint64(g)+1))
			<-begin
			for range each {
				o := kind(r)
				call := time.Since(start)
				out := o.run(w, goruntime.Gosched)
				history[g] = append(history[g], porcupine.Operation{ClientId: g, Input: &o, Call: int64(call), Output: out, Return: int64(time.Since(start))})
			}
		})
	}
	close(begin)
	all.Wait()
	require.Nil(t, w.bad.Load(), "seed %d", seed)
	var together []porcupine.Operation
	for _, h := range history {
		together = append(together, h...)
	}
	// Mostly milliseconds; without a limit, which a loaded machine could reach.
	if !porcupine.CheckOperations(worldModel(s), together) {
		t.Errorf("seed %d: not linearizable; from %v\n%s", seed, s, describe(together))
		return false
	}
	return true
}
