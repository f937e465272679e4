package tm

import (
	"fmt"
	goruntime "runtime"
	"sync"
	"testing"
	"time"

	"github.com/ungil/tm/internal/word"
	"github.com/ungil/tm/orec"
)

// kernels are the ways to find the first entry that differs. The last may not be
// in this build.
var kernels = []struct {
	name  string
	there bool
	first func([]orec.ReadEntry) int
}{
	{kernelGo, true, firstChangedGo},
	{kernelAsm, hasKernel, firstChangedKernel},
}

// forEachKernel runs a test of the engine once with each kernel.
func forEachKernel(t *testing.T, test func(t *testing.T)) {
	defer func(use bool) { useKernel = use }(useKernel)
	for _, k := range kernels {
		if k.there {
			useKernel = k.name == kernelAsm
			t.Run(Kernel(), test)
		}
	}
}

// readSet makes n entries whose slots are on cache lines of their own and hold
// the versions seen; every fifth was never written.
func readSet(n int) []orec.ReadEntry {
	reads := make([]orec.ReadEntry, n)
	slots := make([]struct {
		orec.Slot
		_ word.Pad
	}, n)
	for i := range reads {
		reads[i].Slot = &slots[i].Slot
		if i%5 != 4 {
			reads[i].Seen = new(orec.Version)
			reads[i].Slot.Head.Store(reads[i].Seen)
		}
	}
	return reads
}

func TestFirstChanged(t *testing.T) {
	other := new(orec.Version)
	for _, k := range kernels {
		if !k.there {
			t.Logf("no kernel %q in this build", k.name)
			continue
		}
		t.Run(k.name, func(t *testing.T) {
			for n := range 70 {
				reads := readSet(n)
				if got := k.first(reads); got != n {
					t.Fatalf("%d entries, none changed: got %d", n, got)
				}
				for i := range n {
					reads[i].Slot.Head.Store(other)
					if got := k.first(reads); got != i {
						t.Fatalf("%d entries, %d changed: got %d", n, i, got)
					}
					if j := (i*7 + 3) % n; j != i { // two: the first counts
						old := reads[j].Slot.Head.Load()
						reads[j].Slot.Head.Store(nil)
						want := i
						if reads[j].Seen != nil {
							want = min(i, j)
						}
						if got := k.first(reads); got != want {
							t.Fatalf("%d entries, %d and %d changed: got %d", n, i, j, got)
						}
						reads[j].Slot.Head.Store(old)
					}
					reads[i].Slot.Head.Store(reads[i].Seen)
				}
			}
		})
	}
}

// TestFirstChangedLong: the kernel is called for parts of a long read set.
func TestFirstChangedLong(t *testing.T) {
	const n = 3*4096 + 5
	reads := readSet(n)
	for _, k := range kernels {
		for _, i := range []int{0, 4095, 4096, 4097, 8191, 8192, n - 5, n - 1, n} {
			if i < n {
				reads[i].Slot.Head.Store(&orec.Cut)
			}
			if got := k.first(reads); got != i {
				t.Errorf("kernel %s: %d of %d changed: got %d", k.name, i, n, got)
			}
			if i < n {
				reads[i].Slot.Head.Store(reads[i].Seen)
			}
		}
	}
}

// TestValidateLongReadSets lets a transaction extend and commit over long read
// sets, in which one variable, at each of many places, was overwritten, or holds a
// version that never happened.
func TestValidateLongReadSets(t *testing.T) {
	forEachKernel(t, func(t *testing.T) {
		for _, n := range []int{1, 4, 15, 16, 17, 40} {
			vs := newVars(n)
			for changed := range n + 1 {
				tx := Begin()
				sum(vs, tx)
				if changed < n {
					interfere(vs[changed], 200+changed)
				}
				if got, want := tx.Extend(), changed == n; got != want {
					t.Fatalf("%d variables, %d overwritten: Extend reports %t", n, changed, got)
				}
				tx.Abort()
			}
			// Aborted versions on top are looked through.
			tx := Begin()
			sum(vs, tx)
			for i, v := range vs {
				if i%3 == 0 {
					seen := v.slot.Head.Load()
					aborted := new(orec.Version)
					aborted.Stamp.Store(orec.Aborted)
					aborted.Prev.Store(seen)
					v.slot.Head.Store(aborted)
				}
			}
			if !tx.Extend() {
				t.Errorf("%d variables, every third with an aborted version on top: Extend reports false", n)
			}
			tx.Abort()
		}
	})
}

// TestSkewOverLongReadSets: two goroutines each read everything and take one of two
// tokens if both are there. At most one of them may; a validation that misses
// a change lets both.
func TestSkewOverLongReadSets(t *testing.T) {
	rounds := uint64(5000)
	if testing.Short() {
		rounds = 1000
	}
	forEachKernel(t, func(t *testing.T) {
		const n = 40
		vs := newVars(n)
		var ready word.Uint64 // arrivals at the starts and ends of rounds
		meet := func(all uint64) {
			for ready.Add(1); ready.Load() < all; {
				goruntime.Gosched()
			}
		}
		var both sync.WaitGroup
		for first, mine := range []int{3, n - 2} {
			both.Go(func() {
				for round := range rounds {
					if first == 0 {
						interfere(vs[3], 1)
						interfere(vs[n-2], 1)
					}
					meet(4*round + 2)
					_ = Atomically(func(tx *Tx) error {
						if sum(vs, tx) == 100*(n-2)+2 {
							vs[mine].Set(tx, 0)
						}
						return nil
					})
					meet(4*round + 4)
					if left := vs[3].Load() + vs[n-2].Load(); left != 1 && first == 0 {
						t.Errorf("round %d: %d of 2 tokens are left, want 1", round, left)
					}
				}
			})
		}
		both.Wait()
	})
}

// TestKernelIsTheExpectedOne says which kernel this process has; where it must be
// another, something is wrong with the build constraints.
func TestKernelIsTheExpectedOne(t *testing.T) {
	want := goruntime.GOARCH == "arm64" && !raceEnabled && !word.Exploring
	if hasKernel != want {
		t.Errorf("on %s, race detector %t, explorer %t: kernel in assembly %t, want %t", goruntime.GOARCH, raceEnabled, word.Exploring, hasKernel, want)
	}
	for _, c := range []struct {
		forced string
		want   bool
	}{{"auto", hasKernel}, {kernelGo, false}, {kernelAsm, hasKernel}} {
		if got := chooseKernel(c.forced); got != c.want {
			t.Errorf("kernel=%s: assembly %t, want %t", c.forced, got, c.want)
		}
	}
	t.Logf("kernel %s", Kernel())
}

// oneByOne is the baseline of the benchmark: a branch for each entry.
func oneByOne(reads []orec.ReadEntry) int {
	for i := range reads {
		if reads[i].Slot.Head.Load() != reads[i].Seen {
			return i
		}
	}
	return len(reads)
}

// validateTimes measures the variants over n entries, in turn, and returns the
// shortest time of each in nanoseconds for one validation.
func validateTimes(n, repetitions int) map[string]float64 {
	reads := readSet(n)
	variants := map[string]func([]orec.ReadEntry) int{"loop": oneByOne, kernelGo: firstChangedGo}
	if hasKernel {
		variants[kernelAsm] = firstChangedKernel
	}
	best := map[string]float64{}
	calls := max(1, 5000/max(n, 8))
	for range repetitions {
		for name, first := range variants {
			start := time.Now()
			for range calls {
				if first(reads) != n {
					panic("tm: BUG: kernel " + name + " is wrong")
				}
			}
			took := float64(time.Since(start).Nanoseconds()) / float64(calls)
			if old, ok := best[name]; !ok || took < old {
				best[name] = took
			}
		}
	}
	return best
}

// BenchmarkValidate compares the ways to validate by the shortest of many short
// repetitions: nanoseconds for one entry, and ratios. go/asm is what the kernel must
// earn: 1.3 from 16 to 1024 entries, and 1 where it is used at all.
func BenchmarkValidate(b *testing.B) {
	for _, n := range []int{1, 4, 8, 16, 64, 256, 1024} {
		b.Run(fmt.Sprintf("entries=%d", n), func(b *testing.B) {
			for b.Loop() {
				best := validateTimes(n, 300)
				for name, ns := range best {
					b.ReportMetric(ns/float64(n), name+"-ns/entry")
				}
				b.ReportMetric(best["loop"]/best[kernelGo], "loop/go")
				if hasKernel {
					b.ReportMetric(best[kernelGo]/best[kernelAsm], "go/asm")
				}
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// TestValidateTimes: the benchmark measures each variant, and measures something.
func TestValidateTimes(t *testing.T) {
	best := validateTimes(64, 2)
	for _, k := range kernels {
		if ns, ok := best[k.name]; ok != k.there || ok && ns <= 0 {
			t.Errorf("kernel %s: %v ns, in the benchmark %t, want %t", k.name, ns, ok, k.there)
		}
	}
	if best["loop"] <= 0 {
		t.Errorf("baseline: %v ns", best["loop"])
	}
}
