package bench

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestWorkloadsAreRight: every implementation leaves the variables as the work
// must leave them, with several goroutines at once.
func TestWorkloadsAreRight(t *testing.T) {
	for _, w := range Workloads() {
		for _, impl := range Implementations {
			for _, g := range w.Goroutines {
				r := w.Make(impl, g)
				counts := make([]tally, g)
				var all sync.WaitGroup
				for worker := range g {
					all.Go(func() {
						for range 20 {
							counts[worker].n += r.Batch(worker, batch)
						}
					})
				}
				all.Wait()
				require.NoError(t, r.Check(), "%s, %s, %d goroutines", w.Name, impl, g)
				require.Positive(t, sumTallies(counts), "%s, %s: nothing counted", w.Name, impl)
			}
		}
	}
}

// TestCheckSeesLostWork: a Run whose work is lost must not pass its own check.
func TestCheckSeesLostWork(t *testing.T) {
	r := makeCounter("tm", 1)
	r.Batch(0, 10)
	require.NoError(t, r.Check())
	require.Error(t, total(1, 2))
}

func TestNamesAreForBenchstat(t *testing.T) {
	form := regexp.MustCompile(`^[a-z-]+=[a-z0-9-]+(/[a-z-]+=[a-z0-9-]+)*$`)
	seen := map[string]bool{}
	for _, w := range Workloads() {
		require.Regexp(t, form, w.Name)
		require.False(t, seen[w.Name], "%s twice", w.Name)
		seen[w.Name] = true
	}
}

func TestQuartiles(t *testing.T) {
	median, low, high := quartiles([]float64{5, 1, 4, 2, 3})
	require.Equal(t, []float64{3, 2, 4}, []float64{median, low, high})
	median, low, high = quartiles([]float64{7})
	require.Equal(t, []float64{7, 7, 7}, []float64{median, low, high})
}

// TestMeasureAndReport runs the whole harness for an instant; only the form of
// its figures is checked.
func TestMeasureAndReport(t *testing.T) {
	lines, err := Measure(Config{Rounds: 2, Time: time.Millisecond, Select: func(name string) bool { return strings.Contains(name, "counter") }})
	require.NoError(t, err)
	require.Len(t, lines, 3*len(Implementations))
	for _, l := range lines {
		require.Len(t, l.NsPerOp, 2)
		require.Positive(t, l.Median)
		require.Positive(t, l.Scaling)
		if l.Implementation == "mutex" {
			require.Equal(t, 1.0, l.Ratio)
		}
	}
	var table, stat strings.Builder
	Table(&table, lines)
	Benchstat(&stat, lines)
	require.Equal(t, len(lines)+4, strings.Count(table.String(), "\n|")+2)
	require.Equal(t, 2*len(lines), strings.Count(stat.String(), "BenchmarkTM/work=counter/goroutines="))
	require.Contains(t, Environment(), "clock: ")
}

// TestDocumentIsCurrent: docs/benchmarks.md was made with this head and these
// workloads, with both clocks.
func TestDocumentIsCurrent(t *testing.T) {
	text, err := os.ReadFile("../docs/benchmarks.md")
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(text), head), "docs/benchmarks.md does not begin with bench/head.md; run ci/bench")
	for _, w := range Workloads() {
		require.Equal(t, 2, strings.Count(string(text), "\n### "+w.Name+"\n"), "tables of %s", w.Name)
	}
	require.Contains(t, string(text), "Clock: counter")
	require.Contains(t, string(text), "Clock: cycle")
}

func BenchmarkTM(b *testing.B) {
	for _, w := range Workloads() {
		for _, g := range w.Goroutines {
			for _, impl := range Implementations {
				b.Run(fmt.Sprintf("%s/goroutines=%d/impl=%s", w.Name, g, impl), func(b *testing.B) {
					r := w.Make(impl, g)
					b.ReportAllocs()
					var all sync.WaitGroup
					for worker := range g {
						n := b.N / g
						if worker < b.N%g {
							n++
						}
						all.Go(func() { r.Batch(worker, n) })
					}
					all.Wait()
					if err := r.Check(); err != nil {
						b.Fatal(err)
					}
				})
			}
		}
	}
}
