//go:build tmexplore

package tm

import (
	"math/rand/v2"
	"testing"

	"github.com/ungil/tm/asm"
	"github.com/ungil/tm/clock"
	"github.com/ungil/tm/internal/explore"
	"github.com/ungil/tm/internal/word"
)

// In the explorer a hardware transaction is one step, by the kernel's Go
// reference. One that fails has no effect, so wherever it fails it is no step at
// all; what matters is what the engine does next. A mode has a letter for each
// try of a thread, and what is not said succeeds if the heads allow it:
//
//	h  the transaction runs
//	c  a conflict
//	n  no reason: the heads are touched before the next try
//	w  an undecided version of a written slot is claimed, there or not
//	o  a commit over what was read is claimed, there or not
//	s  software, at once
var hardwareFailures = map[byte]hardwareStatus{
	'c': asm.StatusConflict, 'n': 0, 'w': leave(codeWriteUndecided), 'o': leave(codeOvertaken), 's': leave(codeBarrier),
}

// hardwareByScript gives each thread a mode. The threads' numbers begin at 0.
func hardwareByScript(modes []string) {
	var off uint32
	tries := make([]int, len(modes))
	hardware.on, hardware.barrier = true, &off
	hardware.try = func(c *hardwareCommit) (status hardwareStatus) {
		id := word.Thread()
		if id < 0 {
			return leave(codeBarrier) // a program has ended; this is another test
		}
		mode, k := modes[id], tries[id]
		tries[id]++
		if mode == "s" {
			k = 0
		}
		if k < len(mode) && mode[k] != 'h' {
			return hardwareFailures[mode[k]]
		}
		if hardwareClockFirst {
			c.time = clock.Tick()
		}
		word.Atomic(func() { status = hardwareReference(c) })
		return status
	}
}

// hardwarePrograms write at least two variables wherever the others' rules are
// at stake, since a single write decides itself.
var hardwarePrograms = []program{
	// Two views must agree on the order of two commits.
	{name: "hard-views", vars: 4, threads: []thread{{view(read(0), read(1))}, {view(read(1), read(0))}, {update(write(0), write(2))}, {update(write(1), write(3))}}},
	// Registered snapshots against the dropping of history (I9).
	{name: "hard-late-bound", vars: 3, threads: []thread{{explicit(read(1), read(0))}, {update(add(0), add(2)), update(add(0), add(2))}, {update(add(1))}}},
	{name: "hard-gap", vars: 2, threads: []thread{{explicit(read(0))}, {view(read(0))}, {update(add(0), add(1)), update(add(0), add(1)), update(add(0), add(1))}}},
	// The reader's slot has an aborted version on top.
	{name: "hard-reinstall", vars: 3, threads: []thread{{update(read(1), write(0))}, {update(write(1), write(2)), update(add(0), read(1), add(2))}}},
	// Reads of what others write, all ways round, in the shape of I4.
	{name: "hard-lazy", vars: 3, threads: []thread{{update(read(0), write(1))}, {update(write(0), write(2))}, {update(read(1), read(2), write(0))}}},
}

// hardwarePairs, hardwareWaits, hardwareClaims and hardwareTriples are the programs explored with every
// combination of modes for two threads and for more.
var (
	hardwarePairs = []string{"skew", "blind", "swap-read", "base-skew", "base-read", "explicit-skew", "registered-both", "hard-reinstall"}
	// Waiters: a commit in hardware must leave waking to software (I14).
	hardwareWaits = []string{"await-both", "await-validated", "await-view", "hand-over", "await-helped"}
	// Claims: a commit in hardware must leave looking at them to software (I15).
	hardwareClaims  = []string{"claim-multi", "irrevocable-multi"}
	hardwareTriples = []string{"transfer3", "skew3", "rw-read", "tie3", "upd-reads", "mixed", "registered-two", "hard-lazy", "hard-late-bound", "hard-gap", "hard-views"}
)

// combinations calls f with each way to give the threads modes, but the one that
// leaves all of them to software, and those in which tries of several threads fail.
func combinations(threads int, modes []string, f func(chosen []string)) {
	total := 1
	for range threads {
		total *= len(modes)
	}
	for k := range total {
		var chosen []string
		software, failing := true, 0
		for range threads {
			mode := modes[k%len(modes)]
			chosen = append(chosen, mode)
			software = software && mode == "s"
			if mode != "s" && mode != "h" {
				failing++
			}
			k /= len(modes)
		}
		if !software && failing <= 1 {
			f(chosen)
		}
	}
}

// eachHardware calls f with each program and combination of modes. Threads that
// cannot use hardware have one mode.
func eachHardware(t *testing.T, f func(p *program)) {
	for _, set := range []struct {
		names []string
		modes []string
	}{{hardwarePairs, []string{"h", "s", "nh", "wh", "o"}}, {hardwareWaits, []string{"h", "s"}}, {hardwareClaims, []string{"h", "s"}}, {hardwareTriples, []string{"h", "s"}}} {
		for _, name := range set.names {
			base := named(t, name)
			combinations(len(base.threads), set.modes, func(chosen []string) {
				p := *base
				p.hardware = chosen
				for i, th := range p.threads {
					if !commitsByDescriptor(th) && chosen[i] != "s" {
						return // the same as with s
					}
				}
				f(&p)
			})
		}
	}
}

// commitsByDescriptor reports whether a thread makes commits that may be tried in
// hardware.
func commitsByDescriptor(th thread) bool {
	for _, x := range th {
		written, only := map[int]bool{}, map[int]bool{}
		for _, a := range x.actions {
			switch a.kind {
			case 'r', 'c':
				only[a.v] = true
			case 'p', 'I':
			default:
				written[a.v] = true
			}
		}
		for v := range written {
			delete(only, v)
		}
		if len(written) > 0 && len(written)+len(only) > 1 {
			return true
		}
	}
	return false
}

// TestExploreHardware visits the schedules of programs some of whose threads
// commit by hardware transactions, with either clock. EXPLORE_HARDWARE is added
// to the bound of preemptions, which is two for two threads and one for more.
func TestExploreHardware(t *testing.T) {
	for _, clock := range []string{"", "exact", "skewed1"} {
		var sum total
		programs := 0
		eachHardware(t, func(p *program) {
			bound := 2
			if len(p.threads) > 2 {
				bound = 1
			}
			p.clock = clock
			programs++
			res := explore.Search(p.explorable(), explore.Config{Preemptions: bound + explore.Env("EXPLORE_HARDWARE", 0), Clock: clocks[clock]})
			sum.add(res)
			if res.Failure != nil {
				t.Error(res.Failure)
			}
		})
		t.Logf("clock %q, %d programs and modes", clock, programs)
		sum.log(t)
	}
}

// TestExploreHardwareAll visits every schedule of the smallest programs.
func TestExploreHardwareAll(t *testing.T) {
	var sum total
	for _, name := range []string{"swap-read+h/s", "skew+h/h", "skew+h/s", "blind+h/s", "base-skew+h/s"} {
		search(t, &sum, named(t, name), explore.Config{Preemptions: explore.Unbounded, MaxSchedules: explore.Env("EXPLORE_ALL", 5_000)})
	}
	sum.log(t)
}

// TestExploreHardwareFreeze stops each thread before each of its steps.
func TestExploreHardwareFreeze(t *testing.T) {
	var sum explore.FreezeResult
	eachHardware(t, func(p *program) {
		res := explore.Freeze(p.explorable(), explore.Config{}, 2)
		sum.Points += res.Points
		sum.All += res.All
		sum.Runs += res.Runs
		sum.Others = max(sum.Others, res.Others)
		sum.Time += res.Time
		if res.Failure != nil {
			t.Error(res.Failure)
		}
	})
	t.Logf("TOTAL %v", &sum)
}

// TestExploreHardwareRandom makes random runs of larger programs, in which tries
// fail at random too.
func TestExploreHardwareRandom(t *testing.T) {
	var sum total
	for seed := range uint64(explore.Env("EXPLORE_RANDOM", 60)) {
		p := randomProgram(seed)
		rnd := rand.New(rand.NewPCG(seed, 13))
		for range p.threads {
			mode := ""
			for range 8 {
				mode += string("hhhcnwo"[rnd.IntN(7)])
			}
			p.hardware = append(p.hardware, mode)
		}
		p.clock = []string{"", "exact", "skewed1"}[seed%3]
		res := explore.Random(p.explorable(), explore.Config{Clock: clocks[p.clock]}, seed, 20)
		sum.add(res)
		if res.Failure != nil {
			t.Error(res.Failure)
		}
	}
	sum.log(t)
}

// TestExploreHardwareCommits: the programs above do commit in hardware, and every
// code of the kernel that other threads can cause comes up.
func TestExploreHardwareCommits(t *testing.T) {
	seen := map[hardwareStatus]int{}
	eachHardware(t, func(p *program) {
		e := p.explorable()
		setup := e.Setup
		e.Setup = func() explore.Instance {
			in := setup()
			try := hardware.try
			hardware.try = func(c *hardwareCommit) hardwareStatus {
				status := try(c)
				seen[status]++
				return status
			}
			return in
		}
		explore.Search(e, explore.Config{Preemptions: 1, Once: true})
	})
	for _, status := range []hardwareStatus{hardwareCommitted, leave(codeReadUndecided), leave(codeWriteUndecided), leave(codeAborted), leave(codeOvertaken)} {
		if seen[status] == 0 {
			t.Errorf("status %#x never came up", status)
		}
	}
	t.Logf("statuses and how often each came up: %v", seen)
}
