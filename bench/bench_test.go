package bench

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ungil/tm/clock"
)

// TestWorkloadsAreRight: every implementation leaves the variables as the work
// must leave them, with several goroutines at once.
func TestWorkloadsAreRight(t *testing.T) {
	for _, w := range slices.Concat(Workloads(), ContainerWorkloads()) {
		for _, impl := range w.implementations() {
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

// TestChecksCanFail: a variable changed behind the work's back must not pass.
func TestChecksCanFail(t *testing.T) {
	for _, w := range slices.Concat(Workloads(), ContainerWorkloads()) {
		for _, impl := range w.implementations() {
			g := w.Goroutines[0]
			r := w.Make(impl, g)
			r.Batch(0, 10)
			require.NoError(t, r.Check(), "%s, %s", w.Name, impl)
			r.spoil()
			r.Batch(0, 10)
			require.Error(t, r.Check(), "%s, %s: one variable is wrong", w.Name, impl)
		}
	}
}

// TestOwnVariables: no two goroutines of that workload ever meet.
func TestOwnVariables(t *testing.T) {
	const goroutines = 3
	p := newPairs(goroutines, true)
	require.Len(t, ownedVars(goroutines), goroutines*ownVars)
	for worker := range goroutines {
		for range 1000 {
			from, to := p.next(worker)
			require.Equal(t, worker, from/ownVars)
			require.Equal(t, worker, to/ownVars)
		}
	}
}

func TestNamesAreForBenchstat(t *testing.T) {
	form := regexp.MustCompile(`^[a-z-]+=[a-z0-9-]+(/[a-z-]+=[a-z0-9-]+)*$`)
	seen := map[string]bool{}
	for _, w := range slices.Concat(Workloads(), ContainerWorkloads()) {
		require.Regexp(t, form, w.Name)
		require.False(t, seen[w.Name], "%s twice", w.Name)
		seen[w.Name] = true
	}
}

func TestSpread(t *testing.T) {
	require.Equal(t, Spread{Median: 3, Low: 2, High: 4}, spread([]float64{5, 1, 4, 2, 3}))
	require.Equal(t, Spread{Median: 2.5, Low: 1.75, High: 3.25}, spread([]float64{4, 1, 3, 2}))
	require.Equal(t, Spread{Median: 7, Low: 7, High: 7}, spread([]float64{7}))
}

// TestRatiosAreTakenInsideARound: in the second round the whole machine is three
// times as slow, which must not show in any ratio.
func TestRatiosAreTakenInsideARound(t *testing.T) {
	w := Workload{Name: "work=test", Goroutines: []int{1, 2}}
	var rounds []round
	for _, slow := range []float64{1, 3, 1} {
		rounds = append(rounds, round{
			costs: map[position]cost{
				{"tm", 1}: {ns: 40 * slow, bytes: 24, allocs: 1}, {Baseline, 1}: {ns: 10 * slow},
				{"tm", 2}: {ns: 25 * slow, bytes: 24, allocs: 1}, {Baseline, 2}: {ns: 20 * slow},
			},
			machine: map[int]float64{1: 1, 2: 2}, transfer: 5 * slow,
		})
	}
	lines := summarize(w, rounds)
	require.Len(t, lines, 4)
	same := func(x float64) Spread { return Spread{x, x, x} }
	one, two := lines[0], lines[2]
	require.Equal(t, []float64{25, 75, 25}, two.NsPerOp)
	require.Equal(t, Spread{Median: 25, Low: 25, High: 50}, two.Ns)
	require.Equal(t, []Spread{same(4), same(8), same(1), same(1)}, []Spread{one.Ratio, one.Transfers, one.Scaling, one.OfMachine})
	require.Equal(t, []Spread{same(1.25), same(5), same(1.6), same(0.8)}, []Spread{two.Ratio, two.Transfers, two.Scaling, two.OfMachine})
	require.Equal(t, []Spread{same(24), same(1)}, []Spread{two.Bytes, two.Allocs})

	withoutOne := summarize(Workload{Name: "work=test", Goroutines: []int{2}}, rounds)
	require.Zero(t, withoutOne[0].Scaling, "there is nothing to compare with")
}

func TestBars(t *testing.T) {
	line := func(x float64) []Line {
		s := Spread{x, x, x}
		return []Line{{Workload: "work=transfer/vars=own", Implementation: "tm", Goroutines: 2, OfMachine: s},
			{Workload: "work=counter", Implementation: "tm", Goroutines: 1, Transfers: s},
			{Workload: "work=counter", Implementation: Baseline, Goroutines: 1, Transfers: s}}
	}
	table := func(clockName string, x float64) string {
		var b strings.Builder
		Bars(&b, clockName, line(x))
		return b.String()
	}
	require.Regexp(t, `increment.* at most 7\.5 \| 8\.00 .* missed`, table("counter", 8))
	require.Regexp(t, `increment.* at most 9 \| 8\.00 .* met`, table("cycle", 8))
	require.Regexp(t, `own.* at least 0\.8 \| 0\.79 .* missed`, table("cycle", 0.79))
	require.Regexp(t, `own.* at least 0\.8 \| 0\.80 .* met`, table("cycle", 0.8))
	require.NotContains(t, table("counter", 1), "own", "the counter has no such bar")
	require.Equal(t, 4, strings.Count(table("cycle", 1), "\n|"), "a header of two lines and one line a bar")
	for _, b := range bars {
		require.True(t, slices.ContainsFunc(slices.Concat(Workloads(), ContainerWorkloads()), func(w Workload) bool {
			return w.Name == b.workload && slices.Contains(w.Goroutines, b.goroutines)
		}), "%s: nothing measures it", b.what)
	}
}

// TestMeasureAndReport runs the whole harness for an instant; only the form of
// its figures is checked.
func TestMeasureAndReport(t *testing.T) {
	lines, err := Measure(Config{Rounds: 2, Time: 8 * time.Millisecond, Select: func(name string) bool { return name == "work=counter" }})
	require.NoError(t, err)
	require.Len(t, lines, 3*len(Implementations))
	for _, l := range lines {
		require.Len(t, l.NsPerOp, 2)
		for _, s := range []Spread{l.Ns, l.Ratio, l.Transfers, l.Scaling, l.Machine, l.OfMachine} {
			require.Positive(t, s.Median)
			require.LessOrEqual(t, s.Low, s.Median)
			require.LessOrEqual(t, s.Median, s.High)
		}
		if l.Implementation == Baseline {
			require.Equal(t, Spread{1, 1, 1}, l.Ratio)
		}
	}
	var table, stat strings.Builder
	Table(&table, lines)
	require.Equal(t, len(lines)+2, strings.Count(table.String(), "\n|"), "a header of two lines and one line each")
	Benchstat(&stat, lines)
	form := regexp.MustCompile(`(?m)^BenchmarkTM/work=counter/goroutines=[128]/impl=(tm|mutex) \t1\t[0-9.]+ ns/op\t[0-9]+ B/op\t[0-9.]+ allocs/op$`)
	require.Len(t, form.FindAllString(stat.String(), -1), 2*len(lines))
	for _, key := range []string{"goos", "goarch", "cpu", "cores", "go", "gogc", "clock", "atomics", "pause", "kernel", "features", "commit"} {
		require.Regexp(t, `(?m)^`+key+`: .`, Environment())
	}

	_, err = Measure(Config{Rounds: 1, Time: time.Millisecond, Select: func(string) bool { return false }})
	require.Error(t, err, "nothing selected")
}

// TestDocumentIsCurrent: docs/benchmarks.md was made with these words and these
// workloads, with both clocks.
func TestDocumentIsCurrent(t *testing.T) {
	file, err := os.ReadFile("../docs/benchmarks.md")
	require.NoError(t, err)
	text := string(file)
	require.True(t, strings.HasPrefix(text, head), "docs/benchmarks.md does not begin with bench/head.md; run ci/bench")
	require.Contains(t, text, "\n"+interpreter, "docs/benchmarks.md is without bench/interpreter.md; run ci/bench")
	for _, name := range []string{clock.NameCounter, clock.NameCycle} {
		_, section, found := strings.Cut(text, "\n## Clock: "+name+"\n")
		require.True(t, found, "no figures with the clock %s", name)
		section, _, _ = strings.Cut(section, "\n## ")
		var tables []string
		for _, m := range regexp.MustCompile(`(?m)^### (.*)$`).FindAllStringSubmatch(section, -1) {
			tables = append(tables, m[1])
		}
		var names []string
		for _, w := range Workloads() {
			names = append(names, w.Name)
		}
		require.Equal(t, names, tables, "made with other workloads; run ci/bench")
	}
}

func BenchmarkTM(b *testing.B) {
	for _, w := range slices.Concat(Workloads(), ContainerWorkloads()) {
		for _, g := range w.Goroutines {
			for _, impl := range w.implementations() {
				b.Run(fmt.Sprintf("%s/goroutines=%d/impl=%s", w.Name, g, impl), func(b *testing.B) {
					r := w.Make(impl, g)
					b.ReportAllocs()
					b.ResetTimer() // setting up is not the work
					var all sync.WaitGroup
					for worker := range g {
						n := b.N / g
						if worker < b.N%g {
							n++
						}
						all.Go(func() { r.Batch(worker, n) })
					}
					all.Wait()
					b.StopTimer()
					if err := r.Check(); err != nil {
						b.Fatal(err)
					}
				})
			}
		}
	}
}
