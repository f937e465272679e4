package runtime

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
)

// A Turn is what a thread did between two switch points: under STM, a transaction
// that committed.
type Turn struct {
	Thread       int    // Thread.ID
	Time         uint64 // when the transaction happened: see tm.Tx.CommitAt
	Wrote        bool   // it has changed something that threads share
	Quantum      int64  // the length that was allowed, in instructions
	Batch        int64  // and how much of it for several atomic blocks
	Instructions uint64 // run, as far as Budget counts them
	Status       Status // why it ended
	CutShort     bool   // its undo log was long: see Recording
	StoppedAt    int    // the call of Thread.Stops that told the guest to stop; 0: none did
	Effects      int    // deferred, a stretch of output being one
	Output       string
}

// String describes the turn in one line.
func (u *Turn) String() string {
	wrote := "read only"
	if u.Wrote {
		wrote = "wrote"
	}
	return fmt.Sprintf("thread %d at %d (%s): %v after %d of %d instructions, %d effects, output %q",
		u.Thread, u.Time, wrote, u.Status, u.Instructions, u.Quantum, u.Effects, u.Output)
}

// same reports whether two turns did the same, as far as a Turn tells.
func (u *Turn) same(v *Turn) bool {
	return u.Thread == v.Thread && u.Quantum == v.Quantum && u.Batch == v.Batch && u.Instructions == v.Instructions &&
		u.Status == v.Status && u.StoppedAt == v.StoppedAt && u.Effects == v.Effects && u.Output == v.Output
}

// A Recording has the turns of a world of model STM. Replay runs them again one by
// one under a global lock: what comes out must be the same. It is for tests of an
// interpreter, which thus finds what is shared and goes through no transaction.
//
// A transaction is cut short when its undo log gets long, at some thousands of changes of plain
// objects. That cannot be replayed, because a world of model GIL keeps no such log.
type Recording struct {
	mu    sync.Mutex
	turns []Turn // in the order in which they became known
}

// Record makes w keep a Recording from now on. No thread of w may be running.
func (w *World) Record() *Recording {
	if w.model != STM {
		panic(fmt.Sprintf("runtime: Record in a world of model %v: only transactions are recorded, use STM", w.model))
	}
	w.recording = new(Recording)
	return w.recording
}

// StopRecording ends what Record began. No thread of w may be running.
func (w *World) StopRecording() { w.recording = nil }

// Turns returns the turns so far in an order that explains what each thread saw:
//
//   - by time. If one depends on another that wrote, or has overwritten what that
//     one read, it has the later time if it wrote, too. If it only read, its
//     time is its snapshot's, in which is everything up to that time;
//   - so at equal times those that wrote come first;
//   - of those that wrote at the same time neither has touched what the other wrote. The
//     thread's number decides, as it does where an order of such commits shows (output, keys of a dict);
//   - of those that read as of the same time, the one that became known first. That
//     keeps those of one thread in order, and puts a thread's turns behind
//     the one that started it, since starting is an effect and follows the recording.
func (r *Recording) Turns() []Turn {
	r.mu.Lock()
	turns := slices.Clone(r.turns)
	r.mu.Unlock()
	slices.SortStableFunc(turns, func(a, b Turn) int {
		if c := cmp.Compare(a.Time, b.Time); c != 0 {
			return c
		}
		switch {
		case a.Wrote && b.Wrote:
			return cmp.Compare(a.Thread, b.Thread)
		case a.Wrote:
			return -1
		case b.Wrote:
			return 1
		}
		return 0
	})
	return turns
}

// Stops reports whether a guest that asks whether it was stopped from outside, and has found
// that out, is to stop here: yes, but where a turn is replayed only if the
// recorded one stopped at the same call. Such a reason is no part of what transactions read: one thread may find it long
// after another has made it. The guest calls Stops each time that it looks.
func (t *Thread) Stops(wanted bool) bool {
	t.stops++
	if t.script != nil {
		wanted = wanted && t.script.StoppedAt > 0 && t.stops >= t.script.StoppedAt
	}
	if wanted && t.stoppedAt == 0 {
		t.stoppedAt = t.stops
	}
	return wanted
}

// describe notes what t did in the turn that ends with s, before it commits.
func (t *Thread) describe(s Status) {
	t.latest = Turn{
		Thread: t.id, Wrote: t.tx != nil && t.tx.Wrote(), Quantum: t.quantum, Batch: t.batch, Instructions: t.Ran(), Status: s, CutShort: t.cutShort, StoppedAt: t.stoppedAt,
		Effects: len(t.pending.effects), Output: string(t.pending.out),
	}
}

// record adds what describe noted. It is called before the turn's effects happen.
func (t *Thread) record(time uint64) {
	r := t.world.recording
	if r == nil {
		return
	}
	t.latest.Time = time
	r.mu.Lock()
	defer r.mu.Unlock()
	r.turns = append(r.turns, t.latest)
}
