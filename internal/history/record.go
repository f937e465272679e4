// Package history records what real goroutines read and write in transactions,
// and decides whether it was opaque and strictly serializable.
//
// # How it decides
//
// Finding an order that explains a history is hard in general; package
// internal/explore/history searches for one and can only do that for a handful of
// attempts. Here the order of the versions is known instead, so that only cycles have to be looked
// for, which takes time linear in the history. The idea is list-append (Kingsbury,
// Alvaro, "Elle: Inferring Isolation Anomalies from Experimental
// Observations", VLDB 2020): a variable holds the list of all attempts that have
// written it, and a write appends the attempt to what it has read. Who reads a
// variable has then read the order of its versions as well. A list is a linked one,
// shared with its predecessor, so that appending takes constant time.
//
// The nodes of the graph are attempts: those that were rolled back too, as
// attempts that only read, because they too must have seen one consistent state.
// An edge from a to b says that a must come before b:
//
//   - reads from: b has read what a wrote, or appended to it;
//   - anti-dependency: a has read a version that b replaced;
//   - program order: b followed a on one goroutine;
//   - real time: a had ended before b began.
//
// If there is no cycle, any order along the edges explains the history. Real time would
// be an edge for nearly every pair; a chain of points in time between the attempts
// says the same with three edges for each.
//
// What no order could explain is reported before the graph is built: a read of
// a value that was never committed or was replaced by its own writer, and a read in
// one attempt that does not repeat.
//
// The final state counts as an attempt that reads everything, after all others.
//
// # Limits
//
// A write always reads what it replaces, so writes of variables that were not read are not
// recorded here; the explorer has those. An attempt's interval is what can be known
// from outside: it begins no later than the engine begins it, and ends
// no earlier. A transaction that the engine runs again began when the function of
// the run before was left.
package history

import (
	"fmt"
	"sync/atomic"
	"time"
)

// A Clock gives times that go forward: an interval from A to B lies in real
// time between the calls that gave them.
type Clock func() (earliest, latest int64)

// Monotonic is the operating system's clock: it shares nothing that is written, so
// recording by it orders nothing that the engine leaves unordered, and hides no
// missing order from the test or the race detector. Processors may read it
// before operations that come later in the program, so each time is widened by
// much more than that takes; attempts that are closer count as concurrent.
func Monotonic() Clock {
	const slack = 200 // nanoseconds
	base := time.Now()
	return func() (int64, int64) {
		t := int64(time.Since(base))
		return t - slack, t + slack
	}
}

// Counting is one shared counter. It is exact: of two attempts that do not
// overlap it always knows that. But all goroutines write it at the begin and
// the end of each attempt, which orders them more than the engine does.
func Counting() Clock {
	var counter atomic.Int64
	return func() (int64, int64) {
		t := counter.Add(1)
		return t, t
	}
}

// A Value is what a variable holds: who wrote it, and what was there before. Nil
// is the value that nobody has written. It never changes.
type Value struct {
	by       id
	variable int32
	prev     *Value
}

// id names an attempt: the number of its log, and its place there.
type id struct{ log, at int32 }

type kind uint8

const (
	read kind = iota
	write
	savepoint
	release
	rollback
)

type op struct {
	kind     kind
	variable int32
	value    *Value
}

type attempt struct {
	start, end int64
	first      int32 // of its operations in the log
	last       int32 // one behind
	committed  bool
}

// A Recorder has a Log for each goroutine.
type Recorder struct {
	variables int
	logs      []*Log
}

// New makes a recorder for so many variables and goroutines.
func New(variables, goroutines int, clock Clock) *Recorder {
	r := &Recorder{variables: variables}
	for i := range goroutines {
		r.logs = append(r.logs, &Log{clock: clock, number: int32(i)})
	}
	return r
}

// Log returns the log of goroutine i.
func (r *Recorder) Log(i int) *Log { return r.logs[i] }

// Attempts counts what was recorded. The goroutines must have ended.
func (r *Recorder) Attempts() (committed, rolledBack int) {
	for _, l := range r.logs {
		for _, a := range l.attempts {
			if a.committed {
				committed++
			} else {
				rolledBack++
			}
		}
	}
	return committed, rolledBack
}

// A Log belongs to one goroutine, which calls Begin, then for each time that the
// transaction's function is called Enter and Leave, then End. Without a
// function it is Begin and End. Transactions that overlap need a log each.
type Log struct {
	clock    Clock
	number   int32
	ops      []op
	attempts []attempt
	open     bool
	entered  bool
	left     int64
	wrong    error
}

// Begin says that a transaction is about to begin.
func (l *Log) Begin() {
	if l.open {
		panic("history: Begin in an attempt that has not ended")
	}
	l.open, l.entered = true, false
	start, _ := l.clock()
	l.attempts = append(l.attempts, attempt{start: start, first: int32(len(l.ops))})
}

// Enter says that the transaction's function was entered. If it was entered
// before, that was an attempt which was rolled back.
func (l *Log) Enter() {
	if l.entered {
		left := l.left
		l.End(false)
		l.open = true
		l.attempts = append(l.attempts, attempt{start: left, first: int32(len(l.ops))})
	}
	l.entered = true
}

// Leave says that the transaction's function is being left, in whatever way.
func (l *Log) Leave() { l.left, _ = l.clock() }

// End says that the transaction has ended.
func (l *Log) End(committed bool) {
	a := &l.attempts[len(l.attempts)-1]
	_, a.end = l.clock()
	a.last = int32(len(l.ops))
	a.committed = committed
	l.open = false
}

// Read says that the attempt has read x from a variable.
func (l *Log) Read(variable int, x *Value) {
	// Looks into x, as a program would: if its memory was handed over without
	// order, the race detector sees it here.
	if x != nil && int(x.variable) != variable && l.wrong == nil {
		l.wrong = fmt.Errorf("variable %d held a value of variable %d", variable, x.variable)
	}
	l.add(read, variable, x)
}

// Append returns the value that the attempt is to write over x, which it has
// read from the variable.
func (l *Log) Append(variable int, over *Value) *Value {
	x := &Value{by: id{l.number, int32(len(l.attempts) - 1)}, variable: int32(variable), prev: over}
	l.add(write, variable, x)
	return x
}

// Savepoint begins an inner part; Release ends it and keeps its writes, Rollback ends
// it and undoes them.
func (l *Log) Savepoint() { l.add(savepoint, 0, nil) }

// Release ends an inner part whose writes stay.
func (l *Log) Release() { l.add(release, 0, nil) }

// Rollback ends an inner part whose writes are undone.
func (l *Log) Rollback() { l.add(rollback, 0, nil) }

func (l *Log) add(k kind, variable int, x *Value) {
	if !l.open {
		panic("history: an operation outside an attempt")
	}
	l.ops = append(l.ops, op{k, int32(variable), x})
}
