//go:build tmexplore

package tm

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ungil/tm/internal/explore"
)

// named returns the program of that name.
func named(t *testing.T, name string) *program {
	t.Helper()
	if base, modes, ok := strings.Cut(name, "+"); ok {
		p := *named(t, base)
		p.hardware = strings.Split(modes, "/")
		return &p
	}
	for prefix, made := range map[string]func(seed uint64) *program{"random-": randomProgram, "mixed-": mixedProgram} {
		if number, ok := strings.CutPrefix(name, prefix); ok {
			seed, err := strconv.ParseUint(number, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return made(seed)
		}
	}
	for _, table := range [][]program{programs, waiting, targeted, claiming, irrevocable, hardwarePrograms, {starving}} {
		if i := slices.IndexFunc(table, func(p program) bool { return p.name == name }); i >= 0 {
			return &table[i]
		}
	}
	t.Fatalf("there is no program %q", name)
	return nil
}

// total adds results up.
type total struct {
	schedules, longest, maxOwn int
	seconds                    float64
}

func (sum *total) add(r *explore.Result) {
	sum.schedules += r.Schedules
	sum.longest = max(sum.longest, r.Longest)
	sum.maxOwn = max(sum.maxOwn, r.MaxOwn)
	sum.seconds += r.Time.Seconds()
}

func (sum *total) log(t *testing.T) {
	t.Logf("TOTAL %d schedules, each run twice; longest %d steps; at most %d own steps while others stood still; %.1fs",
		sum.schedules, sum.longest, sum.maxOwn, sum.seconds)
}

func search(t *testing.T, sum *total, p *program, c explore.Config) {
	t.Helper()
	t.Run(p.name, func(t *testing.T) {
		res := explore.Search(p.explorable(), c)
		t.Logf("%s: %v", p.name, res)
		sum.add(res)
		if res.Failure != nil {
			t.Error(res.Failure)
		}
	})
}

// TestExplore visits every schedule of every program up to the bound of
// preemptions: EXPLORE_PAIRS (3) for two threads, EXPLORE_TRIPLES (2) for more.
func TestExplore(t *testing.T) {
	replay(t)
	var sum total
	for i := range programs {
		search(t, &sum, &programs[i], explore.Config{Preemptions: programs[i].preemptions()})
	}
	sum.log(t)
}

// TestExploreWaiting is TestExplore for programs whose threads sleep. That all
// threads sleep is a failure: a wake-up was lost.
func TestExploreWaiting(t *testing.T) {
	var sum total
	for i := range waiting {
		search(t, &sum, &waiting[i], explore.Config{Preemptions: waiting[i].preemptions()})
	}
	sum.log(t)
}

// TestExploreAll visits every schedule, without a bound, of the smallest
// programs, one for each class of equivalent ones.
func TestExploreAll(t *testing.T) {
	var sum total
	for _, name := range []string{"inc2", "base-inc2", "swap-read", "base-read", "explicit2", "swallow", "await-fresh", "await-single"} {
		search(t, &sum, named(t, name), explore.Config{Preemptions: explore.Unbounded, MaxSchedules: explore.Env("EXPLORE_ALL", 20_000)})
	}
	sum.log(t)
}

// TestExploreAllMissesNothing checks the searches against each other: each
// schedule of a bounded one is equivalent to one that the unbounded one has visited.
func TestExploreAllMissesNothing(t *testing.T) {
	for _, name := range []string{"inc2", "base-inc2", "swap-read", "await-fresh"} {
		p := named(t, name).explorable()
		everything := explore.Search(p, explore.Config{Preemptions: explore.Unbounded, Once: true, Classes: true})
		bounded := explore.Search(p, explore.Config{Preemptions: 3, Once: true, Classes: true})
		for class := range bounded.Classes {
			if !everything.Classes[class] {
				t.Errorf("%s: not visited: %s", name, class)
				break
			}
		}
		t.Logf("%s: %d classes, %d of them with three preemptions", name, len(everything.Classes), len(bounded.Classes))
	}
}

// clocks are the simulated ones. A program that runs with one is called PROGRAM@CLOCK.
var clocks = map[string]explore.ClockModel{
	"exact": explore.ExactClock, "skewed": explore.SkewedClock(2), "skewed1": explore.SkewedClock(1), coarseClock: explore.CoarseClock(12),
}

// coarseClock is the one with which ticks wait for the next step.
const coarseClock = "coarse"

// TestExploreClocks explores with simulated clocks: one that moves with every step;
// one that threads see shifted by as much as the protocol allows, so that commit
// times tie; and one that moves every twelfth step only, so that a tick must wait for
// it. One preemption less than TestExplore.
func TestExploreClocks(t *testing.T) {
	for _, clock := range []string{"exact", "skewed", coarseClock} {
		var sum total
		for _, p := range slices.Concat(programs, waiting) {
			p.clock = clock
			search(t, &sum, &p, explore.Config{Preemptions: p.preemptions() - 1, Clock: clocks[clock]})
		}
		t.Log(clock)
		sum.log(t)
	}
}

// memories are the models of weak memory. A program that runs with one is called
// PROGRAM@MEMORY.
var memories = map[string]explore.Memory{"": explore.Strong, "tso": explore.TSO, "weak": explore.Weak}

// withMemory makes a test validate by plain loads if memory is weak.
func withMemory(t *testing.T, memory string) {
	old := useKernel
	useKernel = memories[memory] != explore.Strong
	t.Cleanup(func() { useKernel = old })
}

// TestExploreMemory explores with a memory in which plain stores are delayed and the
// plain loads of a validation are done early. It allows all that TSO allows. One preemption
// less than TestExplore: a delayed store and an old value do for one. Two less for programs
// that sleep or have priorities.
func TestExploreMemory(t *testing.T) {
	const memory = "weak"
	withMemory(t, memory)
	var sum total
	for i, table := range [][]program{programs, waiting, claiming, irrevocable} {
		for _, p := range table {
			p.memory = memory
			search(t, &sum, &p, explore.Config{Preemptions: p.preemptions() - 1 - min(i, 1), Memory: memories[memory]})
		}
	}
	sum.log(t)
}

// TestExploreRandom makes random runs of programs too large to explore.
func TestExploreRandom(t *testing.T) {
	var sum total
	for seed := range uint64(explore.Env("EXPLORE_RANDOM", 60)) {
		p := randomProgram(seed)
		res := explore.Random(p.explorable(), explore.Config{}, seed, 20)
		sum.add(res)
		if res.Failure != nil {
			t.Error(res.Failure)
		}
	}
	sum.log(t)
}

// randomProgram is four threads of three transactions on three variables.
func randomProgram(seed uint64) *program {
	rnd := rand.New(rand.NewPCG(seed, 99))
	p := &program{name: fmt.Sprintf("random-%d", seed), vars: 3, fresh: seed%4 == 0}
	for range 4 {
		var th thread
		for range 3 {
			x := transaction{face: "uuuuve"[rnd.IntN(6)]}
			for range 1 + rnd.IntN(4) {
				a := action{kind: 'r', v: rnd.IntN(p.vars)}
				if x.face != 'v' {
					a.kind = "rrwaa"[rnd.IntN(5)]
				}
				x.actions = append(x.actions, a)
			}
			th = append(th, x)
		}
		p.threads = append(p.threads, th)
	}
	return p
}

// replay runs the schedule of EXPLORE_REPLAY, if there is one, instead of the test.
func replay(t *testing.T) {
	t.Helper()
	name, sched, ok, err := explore.Replayed()
	if err != nil {
		t.Fatal(err)
	}
	if !ok {
		return
	}
	base, mode, _ := strings.Cut(name, "@")
	if clocks[mode] == nil && memories[mode] == explore.Strong && mode != "" {
		t.Fatalf("there is no clock or memory %q", mode)
	}
	p := *named(t, base)
	if clocks[mode] != nil {
		p.clock = mode
	} else {
		p.memory = mode
		withMemory(t, mode)
	}
	cols, failure := explore.Replay(p.explorable(), explore.Config{Clock: clocks[mode], Memory: memories[mode]}, sched)
	if failure != nil {
		t.Fatal(failure)
	}
	t.Skipf("replayed %s: nothing wrong\n%s", name, cols)
}
