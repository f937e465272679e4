package runtime

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
)

// printer prints the value of c and counts it up, n times.
func printer(c *cell, n int) []instr {
	return loop(0, n,
		func(m *machine) { fmt.Fprintln(m.t, m.t.ID(), c.get(m.t)) },
		add(c, 1),
	)
}

// runThree runs three machines at once on threads that are made before.
func runThree(w *World, code ...instr) {
	var machines []*machine // all of them, before the first one runs: a replay asks who is there
	for range 3 {
		machines = append(machines, &machine{t: w.NewThread(), code: code})
	}
	var all sync.WaitGroup
	for _, m := range machines {
		all.Go(func() { m.t.Run(m) })
	}
	all.Wait()
}

// TestReplay records threads that count and replays them: other quanta of theirs or
// another program must be noticed.
func TestReplay(t *testing.T) {
	for _, quantum := range []int{1, 4, 7, 0} {
		var recorded bytes.Buffer
		w, c := NewWorld(Config{Model: STM, Quantum: quantum, Output: &recorded}), new(cell)
		recording := w.Record()
		runThree(w, printer(c, 50)...)
		turns := recording.Turns()

		var out bytes.Buffer
		again, plain := NewWorld(Config{Model: GIL, Output: &out}), new(cell)
		r := again.Replay(turns)
		runThree(again, printer(plain, 50)...)
		if err := r.Err(); err != nil || out.String() != recorded.String() || plain.n != 150 {
			t.Errorf("quantum %d: %v, %d\nunder stm:\n%s\nreplayed:\n%s", quantum, err, plain.n, recorded.String(), out.String())
		}

		other := NewWorld(Config{Model: GIL, Output: &out})
		r = other.Replay(turns)
		runThree(other, printer(&cell{n: 1}, 50)...)
		if err := r.Err(); err == nil || !strings.Contains(err.Error(), "replay: turn ") {
			t.Errorf("quantum %d: another beginning goes unnoticed: %v", quantum, err)
		}
	}
}

// TestTurnsInOrder: what was recorded in any order comes in the order that explains it.
func TestTurnsInOrder(t *testing.T) {
	r := &Recording{turns: []Turn{
		{Thread: 3, Time: 5}, {Thread: 2, Time: 5, Wrote: true}, {Thread: 1, Time: 7, Wrote: true}, {Thread: 1, Time: 5, Wrote: true}, {Thread: 0, Time: 5}, {Thread: 9, Time: 4},
	}}
	var got []int
	for _, u := range r.Turns() {
		got = append(got, u.Thread)
	}
	if want := "[9 1 2 3 0 1]"; fmt.Sprint(got) != want {
		t.Errorf("threads in the order %v, want %s", got, want)
	}
}

// TestEffectsInOrder: the order of effects is the same one.
func TestEffectsInOrder(t *testing.T) {
	entries := []entry{
		{time: 4, arrival: 6, owner: &Thread{id: 9}},
		{time: 5, wrote: true, arrival: 5, owner: &Thread{id: 1}},
		{time: 5, wrote: true, arrival: 4, owner: &Thread{id: 2}},
		{time: 5, arrival: 2, owner: &Thread{id: 3}},
		{time: 5, arrival: 3, owner: &Thread{id: 0}},
		{time: 7, wrote: true, arrival: 1, owner: &Thread{id: 1}},
	}
	for i := range entries {
		for j := range entries {
			if got := entries[i].before(&entries[j]); got != (i < j) {
				t.Errorf("entry %d before %d: %v", i, j, got)
			}
		}
	}
}

// TestReplayEnds: a replay that differs, or whose next thread does not come, says how, and
// threads run on.
func TestReplayEnds(t *testing.T) {
	whole := Turn{Thread: 0, Quantum: 100, Instructions: 2, Status: Done}
	printed, longer := whole, whole
	printed.Output, longer.Instructions = "is not printed", 3
	for _, c := range []struct {
		turns   []Turn
		abandon string // before or after the thread runs, or never
		want    string // nothing: no error
	}{
		{[]Turn{whole}, "never", ""},
		{[]Turn{whole}, "after", ""},
		{[]Turn{longer}, "never", "replay: turn 1 of 1, thread 0 at 0 (read only): done after 3 of 100 instructions"},
		{[]Turn{printed}, "never", "this time thread 0 at 0 (read only): done after 2 of 100 instructions, 0 effects, output \"\""},
		{[]Turn{whole, {Thread: 5}}, "never", "turn 2 of 2, thread 5 at 0 (read only): Status(0) after 0 of 0 instructions, 0 effects, output \"\": nobody has started it"},
		{[]Turn{whole, {Thread: 0}}, "never", "replay ended before turn 2 of 2"},
		{[]Turn{whole, {Thread: 1}}, "after", "turn 2 of 2, thread 1"},
		{[]Turn{{Thread: 1}}, "before", "its thread did not come"},
	} {
		w, shared := NewWorld(Config{Model: GIL}), new(cell)
		r := w.Replay(c.turns)
		m := &machine{t: w.NewThread(), code: []instr{add(shared, 1), add(shared, 1)}}
		w.NewThread()
		if c.abandon == "before" {
			r.Abandon()
		}
		m.t.Run(m)
		if c.abandon == "after" {
			r.Abandon()
		}
		switch err := r.Err(); {
		case shared.n != 2:
			t.Errorf("%v: the thread has not run to its end", c.turns)
		case c.want == "" && err != nil, c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("want an error with %q, got %v", c.want, err)
		}
	}
}

func TestReplayMisuse(t *testing.T) {
	mustPanic(t, func() { NewWorld(Config{Model: GIL}).Record() })
	mustPanic(t, func() { NewWorld(Config{Model: STM}).Replay(nil) })
}
