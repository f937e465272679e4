package runtime

import (
	"fmt"
	"unsafe"
)

// maxKeptUndo is the capacity, in entries, above which a log is given to the
// collector after use instead of being kept for the next transaction.
const maxKeptUndo = 1 << 14

// longUndo is the number of entries at which a transaction had better end: a
// commit costs less than a log that does not fit the cache.
const longUndo = 1 << 12

// epochBlock is how many epochs a thread takes from its world at a time.
const epochBlock = 1 << 20

// undoEntry is one change that can be taken back. The meaning of at, p and bits
// is the object's own.
type undoEntry struct {
	object Undoable
	at     int
	p      unsafe.Pointer
	bits   uint64
}

// Savepoint marks a place in a transaction to which Rollback can return.
// It is good for one Rollback or Release, on the thread that made it.
type Savepoint struct {
	level   int
	undo    int
	effects effectMark
}

// PushUndo remembers that o.Undo(at, p, bits) takes back a change that the
// caller is about to make. Entries are used newest first. Wait-free; it
// allocates only while the log grows.
func (t *Thread) PushUndo(o Undoable, at int, p unsafe.Pointer, bits uint64) {
	if dropUndoEntries && (len(t.undo)+at)%4 == 3 {
		return
	}
	t.undo = append(t.undo, undoEntry{o, at, p, bits})
	if len(t.undo)%longUndo == 0 {
		t.EndQuantumSoon()
	}
}

// Logging reports whether changes of plain objects need undo entries: in every
// transaction, and elsewhere while a savepoint is open.
func (t *Thread) Logging() bool { return t.logging }

// Savepoint opens a savepoint inside those that are open already. Until it is
// closed by Rollback or Release, Check does not end the quantum.
func (t *Thread) Savepoint() Savepoint {
	t.mustRun("Savepoint")
	if t.world.model == Locks && !t.exclusive {
		t.exclude()
	}
	t.level++
	s := Savepoint{level: t.level, undo: len(t.undo), effects: t.pending.mark()}
	if t.tx != nil {
		t.marks = append(t.marks, t.tx.Savepoint())
	}
	t.logging = true
	t.newEpoch()
	return s
}

// Rollback takes back all that the thread did since s was made: plain objects
// newest change first, engine writes, deferred effects. It closes s and all
// savepoints inside it.
func (t *Thread) Rollback(s Savepoint) {
	t.mustBeOpen("Rollback", s)
	t.Reading++
	t.undoTo(s.undo)
	t.pending.rollback(s.effects)
	for i := len(t.marks); t.tx != nil && i >= s.level; i-- { // innermost first
		if keepsBlocksWrites {
			t.tx.Release(t.marks[i-1])
			continue
		}
		t.tx.Rollback(t.marks[i-1])
	}
	t.closeTo(s.level - 1)
}

// Release keeps what was done since s was made, and closes s and all savepoints
// inside it. A Rollback to one outside can still take it back.
func (t *Thread) Release(s Savepoint) {
	t.mustBeOpen("Release", s)
	if s.level == 1 && t.exclusive {
		t.retries = false // an inner part was to wait, but the whole need not
		t.tellChanges()
	}
	for i := len(t.marks); t.tx != nil && i >= s.level; i-- {
		t.tx.Release(t.marks[i-1])
	}
	t.closeTo(s.level - 1)
}

// closeTo leaves level savepoints open. Objects saved since the innermost open
// savepoint began may have been put back, and those saved inside a released one
// have their entries behind an outer mark: a new epoch makes all save again.
func (t *Thread) closeTo(level int) {
	t.level = level
	t.marks = t.marks[:min(level, len(t.marks))]
	if level == 0 && t.tx == nil {
		t.dropUndo()
		t.logging = false
		t.Epoch = 0
		if t.exclusive {
			if t.retries {
				t.enlistReads()
			}
			defer t.include()
			t.runEffects() // before others can see what the block did, and say so
		}
		return
	}
	t.newEpoch()
}

func (t *Thread) mustRun(op string) {
	if !t.running {
		panic("runtime: " + op + " outside of a transaction: call it only from Guest.Resume")
	}
}

func (t *Thread) mustBeOpen(op string, s Savepoint) {
	t.mustRun(op)
	if s.level == 0 || s.level > t.level {
		panic(fmt.Sprintf("runtime: %s of a savepoint that is not open (its level is %d, %d are open): a savepoint is good for one Rollback or Release", op, s.level, t.level))
	}
}

// undoTo takes back the changes in the log, newest first, until n are left.
func (t *Thread) undoTo(n int) {
	for i := len(t.undo) - 1; i >= n; i-- {
		e := t.undo[i]
		t.undo[i] = undoEntry{} // keeps nothing alive
		t.undo = t.undo[:i]     // first, so that a panic in Undo cannot make it run twice
		e.object.Undo(e.at, e.p, e.bits)
	}
}

// dropUndo forgets the log: what it would take back is final.
func (t *Thread) dropUndo() {
	if cap(t.undo) > maxKeptUndo {
		t.undo = nil
		return
	}
	clear(t.undo)
	t.undo = t.undo[:0]
}

// newEpoch gives the thread an epoch that no object of the world has. Threads
// take blocks of them, so that the world's word is not written each time.
func (t *Thread) newEpoch() {
	if t.lastEpoch%epochBlock == 0 {
		t.lastEpoch = t.world.epochs.Add(epochBlock) - epochBlock
	}
	t.lastEpoch++
	t.Epoch = t.lastEpoch
}
