package runtime

import (
	"fmt"
	"sync"
)

// A Replay makes a world of model GIL run recorded turns in the order given. A turn
// ends after as many instructions as the recorded one, or where that ended for another
// reason: at the ends of an atomic block, or to wait. After the last turn, or the first
// that is not like its recording, threads take the lock in the order in which they ask.
// Threads are made before the replay, or by its turns.
type Replay struct {
	world   *World
	mu      sync.Mutex
	changed sync.Cond // next or over
	turns   []Turn
	next    int  // the turn that runs or is to run
	over    bool // no more turns are replayed
	err     error
}

// Replay makes w run turns. No thread of w may have run yet.
func (w *World) Replay(turns []Turn) *Replay {
	if w.model != GIL {
		panic(fmt.Sprintf("runtime: Replay in a world of model %v: turns are replayed under GIL", w.model))
	}
	r := &Replay{world: w, turns: turns, over: len(turns) == 0}
	r.changed.L = &r.mu
	w.replay = r
	return r
}

// Err returns how the replay differed from the recording: nil if all turns have been
// run, and each did what the recorded one did.
func (r *Replay) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil && r.next < len(r.turns) {
		return fmt.Errorf("replay ended before turn %d of %d: %v", r.next+1, len(r.turns), &r.turns[r.next])
	}
	return r.err
}

// Abandon ends a replay in which the thread of the next turn does not come, because it
// waits for something. It may be called by any goroutine; after the last turn it does nothing.
func (r *Replay) Abandon() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.over {
		r.fail("its thread did not come")
	}
}

// fail ends the replay at the present turn. It is called with mu held.
func (r *Replay) fail(why string) {
	r.err = fmt.Errorf("replay: turn %d of %d, %v: %s", r.next+1, len(r.turns), &r.turns[r.next], why)
	r.over = true
	r.changed.Broadcast()
}

// await returns t's recorded turn when it is next, nil if the replay is over. Blocking.
func (r *Replay) await(t *Thread) *Turn {
	r.mu.Lock()
	defer r.mu.Unlock()
	for !r.over {
		if u := &r.turns[r.next]; u.Thread == t.id {
			return u
		}
		r.changed.Wait()
	}
	return nil
}

// finish compares the turn that has ended with its recording and lets the next one begin.
func (r *Replay) finish(got *Turn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.over: // abandoned meanwhile
		return
	case !r.turns[r.next].same(got):
		r.fail("this time " + got.String())
		return
	}
	r.next++
	r.over = r.next == len(r.turns)
	if !r.over && uint64(r.turns[r.next].Thread) >= r.world.threads.Load() {
		r.fail("nobody has started it")
		return
	}
	r.changed.Broadcast()
}

// replayTurn is turn in a world that replays.
func (t *Thread) replayTurn(g Guest) Status {
	r := t.world.replay
	t.script = r.await(t)
	if t.script == nil {
		t.quantum, t.batch = t.world.quantum, 0
		s, _ := t.turn(g)
		return s
	}
	defer func() {
		t.script = nil
		r.finish(&t.latest)
	}()
	t.quantum, t.batch = t.script.Quantum, t.script.Batch
	t.latest = Turn{} // stays so if the guest panics
	s, _ := t.turn(g)
	return s
}

// EndsAtBlocks reports whether a turn ends at both ends of an atomic block, unless that is
// part of another: under STM, and where a world of that model is replayed.
func (t *Thread) EndsAtBlocks() bool { return t.tx != nil || t.script != nil }
