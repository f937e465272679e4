//go:build tmexplore

package container

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"

	"github.com/ungil/tm"
	"github.com/ungil/tm/clock"
	"github.com/ungil/tm/internal/explore"
	"github.com/ungil/tm/internal/word"
)

// exploration is a small program: what was done before, and what each thread
// does, one transaction after another.
type exploration struct {
	name     string
	capacity int // of the queue
	before   []operation
	threads  [][]operation
	// ways bounds the preemptions; 0: two. EXPLORE_CONTAINERS overrides it.
	ways int
}

var explorations = []exploration{
	// Lists.
	{name: "ends", before: []operation{appendTo(1), appendTo(2)}, threads: [][]operation{{appendTo(3)}, {popFront()}}},
	{name: "last-element", before: []operation{appendTo(1)}, threads: [][]operation{{popBack()}, {popFront()}}},
	{name: "first-block", threads: [][]operation{{appendTo(1)}, {appendTo(2)}}},
	{name: "empty", threads: [][]operation{{appendTo(1)}, {popFront()}}},
	{name: "empty-skew", before: []operation{appendTo(1), popFront()}, threads: [][]operation{{both(popFront(), count(1))}, {both(counted(false), appendTo(1))}}},
	{name: "crosswise", before: []operation{appendTo(1), appendTo(2), across(false)}, threads: [][]operation{{across(false)}, {across(true)}}, ways: 1},
	{name: "crosswise-read", before: []operation{appendTo(1)}, threads: [][]operation{{across(false)}, {lists(true)}}},
	{name: "change-read", before: []operation{appendTo(1), appendTo(2)}, threads: [][]operation{{change(0)}, {popBack()}}},
	{name: "fill-change", before: appended(31), threads: [][]operation{{appendTo(1)}, {setFirst(7)}}, ways: 1},

	// Maps: see keyHash.
	{name: "insert-both", threads: [][]operation{{mapSet(0, 1)}, {mapSet(1, 2)}}},
	{name: "insert-beside", before: []operation{mapSet(0, 1)}, threads: [][]operation{{mapSet(1, 2)}, {mapSet(0, 3)}}},
	{name: "insert-same", threads: [][]operation{{mapSet(0, 1)}, {mapSet(0, 2)}}},
	{name: "insert-delete", before: []operation{mapSet(0, 1), mapSet(1, 2), mapDelete(1)}, threads: [][]operation{{mapSet(1, 2)}, {mapDelete(0)}}, ways: 1},
	{name: "last-two", before: []operation{mapSet(0, 1), mapSet(1, 2)}, threads: [][]operation{{mapDelete(0)}, {mapDelete(1)}}},
	{name: "insert-get", threads: [][]operation{{mapSet(0, 1)}, {mapSet(0, 2), mapGet(0, true)}}},
	{name: "next-bucket", before: []operation{mapSet(0, 1), mapSet(1, 2), mapSweep()}, threads: [][]operation{{mapSet(2, 3), mapGet(2, true)}, {mapSet(3, 4), mapGet(3, true)}}, ways: 1},
	{name: "grow-both", before: []operation{mapSet(0, 1), mapSet(1, 2)}, threads: [][]operation{{mapSet(2, 3)}, {mapSet(3, 4)}}},
	{name: "grow-same", before: []operation{mapSet(0, 1), mapSet(1, 2)}, threads: [][]operation{{mapSet(2, 3)}, {mapSet(2, 4)}}},
	{name: "grow-get", before: []operation{mapSet(0, 1), mapSet(1, 2)}, threads: [][]operation{{mapSet(2, 3), mapGet(2, true)}, {mapGet(1, true), mapGet(2, true)}}},
	{name: "grow-read", before: []operation{mapSet(0, 1), mapSet(1, 2)}, threads: [][]operation{{mapSet(2, 3)}, {maps2(true)}}, ways: 1},
	{name: "grow-late", before: []operation{mapSet(0, 1)}, threads: [][]operation{{mapSet(1, 2)}, {mapSet(2, 4)}}},
	{name: "miss-insert", before: []operation{mapSet(0, 1)}, threads: [][]operation{{both(mapGet(1, false), count(1))}, {both(counted(false), mapSet(1, 4))}}},
	{name: "loop-insert", before: []operation{mapSet(0, 1)}, threads: [][]operation{{both(mapLoop(), count(1))}, {both(counted(false), mapSet(1, 4))}}, ways: 1},
	{name: "sweep-insert", before: []operation{mapSet(0, 1), mapSet(1, 2), mapDelete(1)}, threads: [][]operation{{mapSweep()}, {mapSet(1, 4)}}},
	{name: "sweep-insert-new", before: []operation{mapSet(0, 1)}, threads: [][]operation{{mapSweep()}, {mapSet(1, 4)}}},
	{name: "sweep-delete", before: []operation{mapSet(0, 1), mapSet(1, 2)}, threads: [][]operation{{mapSweep()}, {mapDelete(1), mapSet(1, 3)}}, ways: 1},
	{name: "sweep-miss", before: []operation{mapSet(0, 1), mapDelete(0)}, threads: [][]operation{{mapSweep(), mapSet(0, 4)}, {both(mapGet(0, false), count(1))}}, ways: 1},
	{name: "sweep-grow", before: []operation{mapSet(0, 1), mapSet(1, 2), mapDelete(1)}, threads: [][]operation{{mapSweep()}, {mapSet(2, 3)}}, ways: 1},
	{name: "sweep-view", before: []operation{mapSet(0, 1)}, threads: [][]operation{{maps2(true)}, {mapDelete(0), mapSweep(), mapSet(0, 4)}}, ways: 1},
	{name: "sweep-both", before: []operation{mapSet(0, 1), mapDelete(0)}, threads: [][]operation{{mapSweep()}, {mapSweep()}}},
	{name: "same-hash", before: []operation{mapSet(4, 1)}, threads: [][]operation{{mapSet(5, 2)}, {mapDelete(4)}}},
	{name: "first-operation", threads: [][]operation{{mapSet(2, 1)}, {mapGet(2, true)}}},
	{name: "move", before: []operation{mapSet(2, 1)}, threads: [][]operation{{mapMove(2, false)}, {mapMove(2, false)}}},

	// Ordered maps.
	{name: "ordered-insert", before: []operation{orderedSet(2, 1)}, threads: [][]operation{{orderedSet(1, 1)}, {orderedSet(3, 1)}}},
	{name: "ordered-delete-update", before: []operation{orderedSet(2, 1)}, threads: [][]operation{{orderedDelete(2)}, {orderedSet(2, 5)}}},
	{name: "ordered-comes-back", before: []operation{orderedSet(2, 1)}, threads: [][]operation{{orderedDelete(2), orderedSet(2, 3)}, {both(orderedGet(2, false), count(1))}}},
	{name: "ordered-split", before: filled(32), threads: [][]operation{{orderedSet(100, 1)}, {both(orderedGet(30, false), orderedGet(40, false)), count(1)}}, ways: 1},
	{name: "ordered-emptied", before: slices.Concat(filled(33), emptied(16, 32)), threads: [][]operation{{orderedDelete(32)}, {orderedSet(40, 1)}}, ways: 1},

	{name: "ordered-miss", before: []operation{orderedSet(1, 1)}, threads: [][]operation{{both(orderedGet(2, false), count(1))}, {both(counted(false), orderedSet(2, 1))}}},

	// Counters, queues.
	{name: "counter", threads: [][]operation{{count(1)}, {count(2), counted(false)}}},
	{name: "array", threads: [][]operation{{arraySwap()}, {arrayRead(true), arrayRead(false)}}},
	{name: "permits", threads: [][]operation{{tryAcquire(2)}, {tryAcquire(1), release(1)}}},
	{name: "pipe", before: []operation{trySend(1)}, threads: [][]operation{{trySend(2)}, {tryReceive(), tryReceive()}}, ways: 1},
	{name: "set", before: []operation{setAdd(0)}, threads: [][]operation{{setAdd(1)}, {setHas(1, true), setDelete(0)}}, ways: 1},
	{name: "put-take", capacity: 1, threads: [][]operation{{queuePut(1, 1), queuePut(2, 1)}, {queueTake(), queueTake()}}, ways: 1},
	{name: "take-close", capacity: 1, threads: [][]operation{{queuePut(1, 1), queueClose()}, {queueTake(), queueTake()}}},
}

func appended(n int) (o []operation) {
	for i := range n {
		o = append(o, appendTo(i))
	}
	return o
}

// filled sets keys from 0; emptied deletes some.
func filled(n int) (o []operation) {
	for k := range n {
		o = append(o, orderedSet(k, k))
	}
	return o
}

func emptied(from, to int) (o []operation) {
	for k := from; k < to; k++ {
		o = append(o, orderedDelete(k))
	}
	return o
}

// setFirst gives the first element a value. There must be one.
func setFirst(x int) operation {
	return operation{fmt.Sprintf("set first %d", x),
		func(tx *tm.Tx, w *world) any { w.a.SetAt(tx, 0, x); return nil },
		func(s *state) (any, bool) { s.a[0] = x; return nil, false }, false}
}

// mapLoop reads the keys and values of m by a loop, and nothing else.
func mapLoop() operation {
	return operation{"loop over m",
		func(tx *tm.Tx, w *world) any { return fmt.Sprint(collect(tx, &w.m)) },
		func(s *state) (any, bool) { return fmt.Sprint(s.m), false }, false}
}

func queueTake() operation {
	return operation{"take",
		func(tx *tm.Tx, w *world) any { x, ok := w.q.Take(tx); return pair{x, ok} },
		func(s *state) (any, bool) {
			if len(s.q) == 0 {
				return pair{}, !s.closed
			}
			x := s.q[0]
			s.q = s.q[1:]
			return pair{x, true}, false
		}, false}
}

func queueClose() operation {
	return operation{"close",
		func(tx *tm.Tx, w *world) any { w.q.Close(tx); return nil },
		func(s *state) (any, bool) { s.closed = true; return nil, false }, false}
}

// explorer is one instance of an exploration.
type explorer struct {
	w       *world
	initial *state
	calls   []call
	history []porcupine.Operation
}

type call struct {
	t          *explore.Thread
	o          *operation
	start, end int // own steps of the thread
	result     any
}

// explorable makes e ready for the explorer.
func (e *exploration) explorable() *explore.Program {
	return &explore.Program{Name: e.name, Setup: func() explore.Instance {
		tm.ResetForExplorer()
		word.NumberAddresses()
		x := &explorer{w: newWorld(e.capacity), initial: newState()}
		for id := range e.threads { // each gets an idle Tx
			explore.As(id, func() {
				for i := range e.before {
					if o := &e.before[i]; id == 0 {
						o.run(x.w, nil)
						o.model(x.initial)
					}
				}
				snapshot(x.w, tm.Atomically) // all have seen what the first has done
			})
		}
		in := explore.Instance{Outcome: x.outcome, Check: x.check, Time: clock.Now()}
		for _, operations := range e.threads {
			in.Threads = append(in.Threads, func(t *explore.Thread) {
				for i := range operations {
					t.Begin()
					start := t.Own()
					result := operations[i].run(x.w, nil)
					x.calls = append(x.calls, call{t, &operations[i], start, t.Own() - 1, result})
					t.End()
				}
			})
		}
		return in
	}}
}

// snapshot reads everything.
func snapshot(w *world, run func(func(tx *tm.Tx) error) error) *state {
	s := newState()
	err := run(func(tx *tm.Tx) error {
		s.a, s.b = slices.Collect(w.a.Values(tx)), slices.Collect(w.b.Values(tx))
		s.q, s.closed = slices.Collect(w.q.All(tx)), w.q.Closed(tx)
		s.m, s.n = collect(tx, &w.m), collect(tx, &w.n)
		s.o = maps.Collect(w.o.All(tx))
		s.c = w.c.Value(tx)
		for k := range w.e.All(tx) {
			s.e[k] = 1
		}
		s.p, s.r, s.l = slices.Collect(w.p.queue.All(tx)), [2]int{w.r.At(tx, 0), w.r.At(tx, 1)}, w.l.Available(tx)
		if w.a.Len(tx) != len(s.a) || w.o.Len(tx) != len(s.o) || w.m.root().count.Value(tx) != int64(len(s.m)) {
			w.saw("a length is wrong")
		}
		return nil
	})
	if err != nil {
		panic(err)
	}
	return s
}

// outcome encodes the history; of the intervals, which ended before which began.
func (x *explorer) outcome() string {
	var b strings.Builder
	slices.SortStableFunc(x.calls, func(c, d call) int { return c.t.ID() - d.t.ID() })
	x.history = nil
	last := int64(0)
	for _, c := range x.calls {
		o := porcupine.Operation{
			ClientId: c.t.ID(), Input: c.o, Output: c.result,
			Call: 2 * int64(c.t.Global(c.start)), Return: 2*int64(c.t.Global(c.end)) + 1,
		}
		last = max(last, o.Return)
		x.history = append(x.history, o)
	}
	for _, o := range x.history {
		fmt.Fprintf(&b, "%d %s %v;", o.ClientId, o.Input.(*operation).name, o.Output)
		for _, p := range x.history {
			fmt.Fprint(&b, p.Return < o.Call, ",")
		}
	}
	explore.As(0, func() {
		end := &operation{name: "the end", model: func(s *state) (any, bool) { return s.String(), false }}
		x.history = append(x.history, porcupine.Operation{
			ClientId: explorers, Input: end, Output: snapshot(x.w, tm.View).String(), Call: last + 1, Return: last + 2,
		})
	})
	fmt.Fprint(&b, x.history[len(x.history)-1].Output)
	if bad := x.w.bad.Load(); bad != nil {
		fmt.Fprint(&b, "!", *bad)
	}
	return b.String()
}

// explorers is a client that is none of the threads.
const explorers = 8

func (x *explorer) check() error {
	if bad := x.w.bad.Load(); bad != nil {
		return errors.New(*bad)
	}
	if !porcupine.CheckOperations(worldModel(x.initial), x.history) {
		return fmt.Errorf("not linearizable, from %v\n%s", x.initial, describe(x.history))
	}
	return nil
}

// TestExploreContainersFreeze stops each thread before each of its steps: the others
// must end, and then the stopped one.
func TestExploreContainersFreeze(t *testing.T) {
	var sum explore.FreezeResult
	for i := range explorations {
		r := explore.Freeze(explorations[i].explorable(), explore.Config{OwnSteps: 2000}, explore.Env("EXPLORE_WAYS", 3))
		sum.Points += r.Points
		sum.All += r.All
		sum.Runs += r.Runs
		sum.Others = max(sum.Others, r.Others)
		sum.Time += r.Time
		if r.Failure != nil {
			t.Errorf("%s: %v", explorations[i].name, r.Failure)
		}
	}
	t.Logf("TOTAL %v", &sum)
}

// TestExploreContainers visits every schedule up to two preemptions, or one for
// longer programs, which take minutes with two (all pass). A failure
// prints the schedule; EXPLORE_REPLAY=PROGRAM:SCHEDULE runs it again.
func TestExploreContainers(t *testing.T) {
	name, schedule, replay, err := explore.Replayed()
	require.NoError(t, err)
	for i := range explorations {
		e := &explorations[i]
		if replay {
			if e.name == name {
				columns, failure := explore.Replay(e.explorable(), explore.Config{}, schedule)
				if failure != nil {
					t.Fatal(failure)
				}
				t.Logf("replayed %s: nothing wrong\n%s", name, columns)
			}
			continue
		}
		t.Run(e.name, func(t *testing.T) {
			ways := 2
			if e.ways > 0 {
				ways = e.ways
			}
			ways = explore.Env("EXPLORE_CONTAINERS", ways)
			r := explore.Search(e.explorable(), explore.Config{Preemptions: ways, OwnSteps: 2000})
			t.Log(r)
			if r.Failure != nil {
				t.Error(r.Failure)
			}
			require.True(t, r.Complete || t.Failed())
		})
	}
}
