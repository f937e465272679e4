package starlark_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	goruntime "runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark"
	"github.com/ungil/tm/starlark/vm"
)

// "Same guarantees": what a program with threads does under stm, it could have done under a global
// lock. Generated programs run under stm, with quanta of a few instructions; the
// order in which their transactions committed is recorded. Then they run again under gil,
// with the same switch points in that order. Each turn must run as many instructions
// and print the same, and output, errors and the heap at the end must be the same.

// A trace is what a run of a program leaves behind.
type trace struct {
	output, errors, heap string
	endless              bool           // it was stopped
	turns                []runtime.Turn // of a run under stm
	stats                runtime.Stats
}

// A disturber is the guest of a thread under stm. At random it gives the processor away while a
// transaction is open, so that others commit meanwhile, also if there is only one processor,
// and makes attempts fail, so that all they did must be undone.
type disturber struct {
	runtime.Guest
	aborting runtime.Guest
	random   uint64
}

func (g *disturber) chance(n uint64) bool {
	g.random ^= g.random << 13
	g.random ^= g.random >> 7
	g.random ^= g.random << 17
	return g.random>>20%n == 0
}

// Checkpoint implements runtime.Guest.
func (g *disturber) Checkpoint() {
	g.Guest.Checkpoint()
	if g.chance(4) {
		goruntime.Gosched() // the snapshot gets old before anything is read
	}
}

// Restore implements runtime.Guest.
func (g *disturber) Restore() { g.aborting.Restore() }

// Resume implements runtime.Guest.
func (g *disturber) Resume(t *runtime.Thread) runtime.Status {
	if g.chance(8) {
		return g.aborting.Resume(t)
	}
	s := g.Guest.Resume(t)
	if g.chance(3) {
		goruntime.Gosched() // what was read gets old before the commit
	}
	return s
}

// execute runs a program until all its threads have ended.
func execute(w *starlark.World, src string, output *bytes.Buffer) (trace, starlark.StringDict) {
	main := w.NewThread("main")
	limit := time.AfterFunc(endless, func() {
		main.Cancel("the program does not end")
		w.Cancel()
	})
	globals, err := starlark.ExecFile(main, "p.star", src, nil)
	if finish := globals["finish"]; finish.IsSet() {
		_, stillWaiting := starlark.Call(main, finish, nil, nil)
		err = errors.Join(err, stillWaiting)
	}
	err = errors.Join(err, w.Wait(), w.OutputError())
	var tr trace
	if err != nil {
		tr.errors = starlark.Traceback(err)
	}
	tr.output, tr.stats, tr.endless = output.String(), w.Stats(), !limit.Stop()
	return tr, globals
}

// record runs a program under stm.
func record(src string, quantum int, seed uint64) trace {
	var output bytes.Buffer
	w := starlark.NewWorld(starlark.Config{Model: runtime.STM, Quantum: quantum, Output: &output, Source: replaySource})
	w.SetGuest(func(t *vm.Thread) runtime.Guest {
		return &disturber{Guest: t, aborting: vm.AbortEach(t), random: (seed+uint64(t.ID()))*0x9e3779b97f4a7c15 + 1}
	})
	recording := w.Runtime().Record()
	tr, globals := execute(w, src, &output)
	tr.turns = recording.Turns()
	w.Runtime().StopRecording()
	w.SetGuest(nil)
	tr.heap = heapText(w.NewThread("reader"), globals)
	return tr
}

const (
	stuck   = 30 * time.Second // a replay is given up: the thread of the next turn waits for something
	endless = 30 * time.Second // a run is given up: every program ends in less than a second
)

// replay runs a program's turns under gil. The error tells if they are other ones.
func replay(src string, turns []runtime.Turn) (trace, error) {
	var output bytes.Buffer
	w := starlark.NewWorld(starlark.Config{Model: runtime.GIL, Output: &output, Source: replaySource})
	script := w.Runtime().Replay(turns)
	defer time.AfterFunc(stuck, script.Abandon).Stop()
	tr, globals := execute(w, src, &output)
	err := script.Err()
	tr.heap = heapText(w.NewThread("reader"), globals)
	return tr, err
}

// compareReplay runs a program both ways, and returns what was different, and the first run.
func compareReplay(src string, quantum int, seed uint64) (complaint string, first trace) {
	first = record(src, quantum, seed)
	if first.endless { // a wake-up is lost, or something is broken
		return "under stm it does not end", first
	}
	if slices.ContainsFunc(first.turns, func(u runtime.Turn) bool { return u.CutShort }) {
		return "", first // it cannot be replayed
	}
	again, err := replay(src, first.turns)
	switch {
	case err != nil:
		return err.Error(), first
	case first.output != again.output:
		return "output: " + diff(again.output, first.output), first
	case first.errors != again.errors:
		return "errors: " + diff(again.errors, first.errors), first
	case first.heap != again.heap:
		return "heap: " + diff(again.heap, first.heap), first
	}
	return "", first
}

// orderText shows the recorded order.
func orderText(turns []runtime.Turn) string {
	var b strings.Builder
	for i := range turns {
		fmt.Fprintf(&b, "%4d %v\n", i+1, &turns[i])
	}
	return b.String()
}

// checkReplay fails the test if a program's replay is different. The program is made small first, unless
// REPLAY_SHRINK=0 says that nobody will read it, or each attempt would take as long as endless.
func checkReplay(t *testing.T, data []byte, seed uint64) trace {
	t.Helper()
	p := threadedProgramOf(data)
	complaint, first := compareReplay(p.String(), p.quantum, seed)
	if complaint == "" {
		return first
	}
	if first.endless || os.Getenv("REPLAY_SHRINK") == "0" {
		t.Errorf("seed %d: what stm did is not what gil does in the same order: %s\nquantum %d:\n%s", seed, complaint, p.quantum, p.String())
		return first
	}
	small := shrinkReplay(p, seed, complaint, first)
	t.Errorf("seed %d: what stm did is not what gil does in the same order: %s\n%s", seed, complaint, small)
	return first
}

// replaySettings tells how many programs TestReplay makes, which REPLAY_PROGRAMS sets, and the
// first one's seed, which REPLAY_SEED sets.
func replaySettings(t *testing.T) (programs int, seed uint64) {
	programs, seed = 300, 1
	if testing.Short() {
		programs = 60
	}
	for name, set := range map[string]func(n uint64){
		"REPLAY_PROGRAMS": func(n uint64) { programs = int(n) },
		"REPLAY_SEED":     func(n uint64) { seed = n },
	} {
		if text := os.Getenv(name); text != "" {
			n, err := strconv.ParseUint(text, 10, 32)
			if err != nil {
				t.Fatalf("%s=%q: want a number", name, text)
			}
			set(n)
		}
	}
	return programs, seed
}

func TestReplay(t *testing.T) {
	programs, seed := replaySettings(t)
	var turns, aborts, instructions, failed, threads, waits, stopped uint64
	for i := range uint64(programs) {
		tr := checkReplay(t, randomBytes(seed+i, 100+int(i*37%uint64(mostBytes-100))), seed+i)
		if t.Failed() {
			return
		}
		turns += uint64(len(tr.turns))
		aborts += tr.stats.Aborts
		instructions += tr.stats.Instructions
		threads += tr.stats.Threads
		waits += tr.stats.Waits
		for i := range tr.turns {
			if tr.turns[i].StoppedAt > 0 {
				stopped++
			}
		}
		if tr.errors != "" {
			failed++
		}
	}
	// Or else the programs test nothing. Some attempts are made to fail in any case.
	if n := uint64(programs); n >= 50 && (turns < 20*n || aborts < 2*n || threads < 4*n || waits < n || stopped < n/10 || failed < n/20 || failed > n*19/20) {
		t.Errorf("these programs test too little")
	}
	t.Logf("%d programs, of which %d failed somewhere; %d threads, %d of them cancelled; %d turns of %d instructions in all, %d aborts, %d waits", programs, failed, threads, stopped, turns, instructions, aborts, waits)
}

// FuzzReplay is TestReplay for programs that the fuzzer makes up.
func FuzzReplay(f *testing.F) {
	for i := range uint64(8) {
		f.Add(randomBytes(i, 50+60*int(i)), i)
	}
	f.Fuzz(func(t *testing.T, data []byte, seed uint64) {
		checkReplay(t, data, seed)
	})
}

// TestShrink makes a program smaller that "fails" as long as it has a certain statement in a block.
func TestShrink(t *testing.T) {
	p := threadedProgramOf(randomBytes(3, mostBytes))
	block := &statement{text: atomicBlock, block: true, body: []*statement{{text: "L.append(77)"}, {text: "x = 1"}}}
	p.functions[1] = append(p.functions[1], &statement{text: "if N:", block: true, body: []*statement{block}})
	p.main = append(p.main, &statement{text: "t1(1, 2)"})
	s := shrinker{program: p, tries: 3, left: 10_000}
	s.fails = func(p *threadedProgram, try int) (string, trace) {
		if try == 2 && strings.Contains(p.String(), "for _ in atomic():\n        L.append(77)\n") && strings.HasSuffix(p.String(), "t1(1, 2)\n") {
			return "fails", trace{output: p.String()}
		}
		return "", trace{}
	}
	s.shrink()
	got := strings.TrimPrefix(p.String(), strings.TrimPrefix(sharedPrelude, "\n"))
	want := "def t1(a, b):\n" + locals + "    for _ in atomic():\n        L.append(77)\n    return l\nt1(1, 2)\n"
	if got != want || s.complaint != "fails" || s.trace.output != p.String() {
		t.Errorf("%s", diff(want, got))
	}
}

// replaySource finds replayModules.
func replaySource(_, module string) (string, []byte, error) {
	src, ok := replayModules[module]
	if !ok {
		return "", nil, fmt.Errorf("no such module")
	}
	return module, []byte(src), nil
}
