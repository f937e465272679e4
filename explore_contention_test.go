//go:build tmexplore

package tm

import (
	"testing"

	"github.com/ungil/tm/internal/explore"
)

// ample is a patience that outlasts every run: who is in the way gives up (trying).
var ample = ladder{karma: 100, top: 2, patience: 1000}

// claiming are the programs of contention management. A transaction with the
// highest priority of all must commit in its first attempt, whatever the schedule.
var claiming = []program{
	{name: "claim-multi", vars: 2, ladder: ample, threads: []thread{{update(read(0), write(1)).asking(1).in(1)}, {update(add(0), add(1)).trying(2)}}},
	{name: "claim-blind", vars: 2, ladder: ample, threads: []thread{{update(write(0), write(1)).asking(1).in(1)}, {update(write(0), write(1)).trying(1), update(write(1)).trying(1)}}},
	{name: "claim-read-again", vars: 2, ladder: ample, threads: []thread{{update(read(0), read(1), read(0), add(1)).asking(1).in(1)}, {update(add(0), write(1)).trying(2)}}},
	// Writes that decide themselves (I12).
	{name: "claim-single", vars: 2, ladder: ample, threads: []thread{{update(read(0), read(1), write(1)).asking(1).in(1)}, {update(write(0)).trying(1), update(add(1)).trying(2)}}},
	{name: "claim-own-single", vars: 1, ladder: ample, threads: []thread{{update(add(0)).asking(1).in(1)}, {update(write(0)).trying(1), update(add(0)).trying(1)}}},
	// Somebody else takes the commit over.
	{name: "claim-helper", vars: 2, ladder: ample, threads: []thread{{update(read(0), write(1)).asking(1).in(1)}, {update(write(0), write(1)).trying(1)}, {load(0)}}},
	{name: "claim-single-helper", vars: 2, ladder: ample, threads: []thread{{update(read(0), write(1)).asking(1).in(1)}, {update(write(0)).trying(1)}, {load(0)}}},
	{name: "claim-view", vars: 2, ladder: ample, threads: []thread{{update(read(0), write(1)).asking(1).in(1)}, {update(add(0), write(1)).trying(1)}, {view(read(0), read(1))}}},
	// What it looks at without a trace is replaced, and the version behind it dropped.
	{name: "claim-peek", vars: 3, ladder: ample, threads: []thread{{update(peeking(0), read(1), write(1)).asking(1).in(1)}, manyTimes(2, update(write(0), write(2)).in(1))}},
	// Two with a priority: the higher one first, and of equals the older one.
	{name: "claim-higher", vars: 2, ladder: ample, threads: []thread{{update(read(0), write(1)).asking(2).in(1)}, {update(read(1), write(0)).asking(1).trying(2)}}},
	{name: "claim-equals", vars: 2, ladder: ample, threads: []thread{{update(read(0), write(1)).asking(2).in(2).trying(2)}, {update(read(1), write(0)).asking(2).in(2).trying(2)}}},
	// An updater that writers overtake: two aborts to the last rung, and one for the
	// writer that may be there before it.
	{name: "starving-updater", vars: 2, ladder: ladder{1, 2, 1000}, threads: []thread{{update(read(0), read(1), write(1)).in(4)}, manyTimes(4, update(add(0)).trying(2))}},
	// Little patience: nobody gives way for ever.
	{name: "impatient", vars: 2, ladder: ladder{1, 2, 1}, threads: []thread{{update(read(0), write(1)).asking(1)}, {update(add(0), add(1))}}},
	{name: "impatient-single", vars: 2, ladder: ladder{1, 2, 2}, threads: []thread{{update(read(0), read(1), write(1)).asking(2)}, {update(add(0)), update(add(1))}}},
	{name: "impatient-equals", vars: 2, ladder: ladder{1, 1, 1}, threads: []thread{{update(read(0), write(1)).asking(1)}, {update(read(1), write(0)).asking(1)}}},
	{name: "impatient-three", vars: 2, ladder: ladder{1, 2, 1}, threads: []thread{{update(read(0), write(1)).asking(2)}, {update(read(1), write(0)).asking(1)}, {update(add(0))}}},
}

// irrevocable are programs with an irrevocable transaction (I16): once it is, it
// commits, and before that it fails once at most.
var irrevocable = []program{
	{name: "irrevocable-multi", vars: 2, ladder: ample, threads: []thread{{update(read(0), irrevocably(), read(1), add(1)).in(2)}, {update(add(0), add(1)).trying(2)}}},
	{name: "irrevocable-single", vars: 2, ladder: ample, threads: []thread{{update(read(0), irrevocably(), read(1), write(1)).in(2)}, {update(write(0)).trying(1), update(add(1)).trying(2)}}},
	{name: "irrevocable-blind", vars: 2, ladder: ample, threads: []thread{{update(irrevocably(), write(0), write(1)).in(1)}, {update(write(0), write(1)).trying(1), update(write(1)).trying(1)}}},
	{name: "irrevocable-late", vars: 2, ladder: ample, threads: []thread{{update(read(0), write(1), irrevocably(), read(0)).in(2)}, {update(read(1), write(0)).trying(2)}}},
	// It has a claim already.
	{name: "irrevocable-claimed", vars: 2, ladder: ample, threads: []thread{{update(read(0), irrevocably(), write(1)).asking(1).in(2)}, {update(add(0), write(1)).asking(2).trying(2)}}},
	{name: "irrevocable-helper", vars: 2, ladder: ample, threads: []thread{{update(read(0), irrevocably(), add(1)).in(2)}, {update(write(0), write(1)).trying(1)}, {load(0)}}},
	{name: "irrevocable-validating", vars: 3, ladder: ample, threads: []thread{{update(read(0), irrevocably(), write(1)).in(2)}, {update(read(2), write(0)).trying(2)}, {view(read(0), read(1))}}},
	{name: "irrevocable-registered", vars: 2, ladder: ample, threads: []thread{{update(read(0), irrevocably(), add(1)).in(2)}, {update(add(0), add(1)).trying(1)}, {given(read(1), read(0))}}},
	{name: "irrevocable-explicit", vars: 2, ladder: ample, threads: []thread{{explicit(irrevocably(), read(0), add(1))}, {update(add(0), add(1)).trying(2)}}},
	{name: "irrevocable-doomed", vars: 2, ladder: ample, threads: []thread{{explicit(read(0), irrevocably(), add(1))}, {update(add(0), add(1)).trying(1)}}},
	// What it looks at without a trace is replaced, and the version behind it dropped.
	{name: "irrevocable-peek", vars: 3, ladder: ample, threads: []thread{{update(irrevocably(), peeking(0), add(1)).in(1)}, manyTimes(2, update(write(0), write(2)).in(1))}},
	// Commits that do not touch what it reads go on, whatever it does.
	{name: "irrevocable-disjoint", vars: 3, ladder: ample, threads: []thread{{update(read(0), irrevocably(), add(0)).in(1)}, {update(add(1), add(2)).in(1), update(write(1)).in(1)}}},
}

// TestExploreContentionClocks explores the programs of this file with simulated
// clocks, with two preemptions less.
func TestExploreContentionClocks(t *testing.T) {
	for _, clock := range []string{"exact", "skewed", coarseClock} {
		var sum total
		for _, table := range [][]program{claiming, irrevocable} {
			for _, p := range table {
				p.clock = clock
				search(t, &sum, &p, explore.Config{Preemptions: p.preemptions() - 2, Clock: clocks[clock]})
			}
		}
		t.Log(clock)
		sum.log(t)
	}
}

// TestExploreIrrevocable visits the schedules of the irrevocable programs.
func TestExploreIrrevocable(t *testing.T) {
	replay(t)
	var sum total
	for i := range irrevocable {
		search(t, &sum, &irrevocable[i], explore.Config{Preemptions: irrevocable[i].preemptions() - 1})
	}
	sum.log(t)
}

// TestExploreTokenRefused: threads of the explorer, which cannot wait for the token, go away without it
// as soon as done is closed.
func TestExploreTokenRefused(t *testing.T) {
	holder, tx := Begin(), Begin()
	defer holder.Abort()
	defer tx.Abort()
	holder.Irrevocable()
	mustPanic(t, "cannot wait", func() { tx.IrrevocableUntil(nil) })
	done := make(chan struct{})
	close(done)
	if tx.IrrevocableUntil(done) || tx.Doomed() {
		t.Error("two are irrevocable, or one is doomed without a conflict")
	}
}

// TestExploreClaims visits the schedules of the programs with priorities.
func TestExploreClaims(t *testing.T) {
	replay(t)
	var sum total
	for i := range claiming {
		search(t, &sum, &claiming[i], explore.Config{Preemptions: claiming[i].preemptions() - 1})
	}
	sum.log(t)
}
