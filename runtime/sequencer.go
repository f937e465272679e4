package runtime

import (
	"container/heap"
	"sync"

	"github.com/ungil/tm/clock"
	"github.com/ungil/tm/internal/word"
)

// Order of effects under STM
//
// A transaction with effects commits like any other and is ordered after the
// fact. Its thread
//
//  1. reads the clock and stores the reading, its bound, in a cell of its own;
//  2. extends its snapshot to now, and reads the clock again;
//  3. commits at some time;
//  4. puts (time, effects) into a heap, clears the cell, and takes from the
//     heap, smallest first, all entries below every bound that is announced, and
//     makes their effects happen.
//
// A commit therefore waits for nobody; only effects wait, for commits that are
// under way. The order of the heap is: time; at equal times those that wrote
// something before those that did not; of those that wrote, the number of the
// thread, so that whatever else shows an order of such commits can agree; then
// arrival. Claim: if transaction A
// must come before B, because B (or a transaction between them) met something A
// wrote, or A overwrote something, or because A's thread had gone on before B
// began, then A's effects come first.
//
//   - The times agree. If B depends on A and B wrote, its tick is later than A's
//     time. If B only read, its time is its snapshot's, which is A's time or a
//     later one; at equal times A wrote, or both only read and A arrived first.
//     B's snapshot is no older than its bound because of step 2: without it, a
//     B that began long ago and has only read would come before effects that
//     have happened since.
//   - A is not too late. Suppose B's entry was taken from the heap before A's
//     was put there. Then A's cell held a bound above B's time, or was empty. In
//     the first case A's time, which is at least its bound, is above B's. In the
//     second A had not announced yet, since its entry goes into the heap before
//     the cell is cleared. The cells and the clock are sequentially consistent,
//     so A reads the clock in step 2 and ticks in step 3 after B's commit: A's
//     time is above B's if A wrote, and not below it if A only read. In both cases
//     the order of the heap puts A behind B, so by the first point A need not
//     come first.
//   - Nothing is forgotten. Who clears a cell looks at the heap afterwards under
//     its mutex, or finds somebody at work who will look again under it.
//
// Transactions without effects take no part in this.

// announcement is a thread's cell: a time that its commit under way cannot
// precede, 0 if it has none.
type announcement struct {
	_     word.Pad
	bound word.Uint64
	_     word.Pad
}

// entry is the effects of one committed transaction.
type entry struct {
	time    uint64
	wrote   bool
	arrival uint64
	owner   *Thread
	batch   batch
}

func (a *entry) before(b *entry) bool {
	if a.time != b.time {
		return a.time < b.time
	}
	if a.wrote != b.wrote {
		return a.wrote
	}
	if a.wrote && a.owner.id != b.owner.id {
		return a.owner.id < b.owner.id
	}
	return a.arrival < b.arrival
}

// maxQueued is the number of waiting entries above which a thread stops to let
// the one that makes effects happen catch up; otherwise output that is produced
// faster than it can be written would fill the memory.
const maxQueued = 1 << 12

const maxFree = 64 // entries kept for reuse

// sequencer makes the effects of a world's transactions happen one at a time in
// commit order. Blocking, but never before a commit.
type sequencer struct {
	mu       sync.Mutex
	changed  sync.Cond // entries are done; only signalled if somebody waits
	waiters  int
	world    *World
	bounds   map[*announcement]struct{}
	queue    entryHeap
	free     []*entry
	arrivals uint64
	draining bool // a thread is making effects happen
}

func (q *sequencer) init(w *World) {
	q.world = w
	q.changed.L = &q.mu
	q.bounds = make(map[*announcement]struct{})
}

func (q *sequencer) enlist(t *Thread) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.bounds[t.bound] = struct{}{}
}

func (q *sequencer) retire(t *Thread) {
	q.mu.Lock()
	t.bound.bound.Store(0) // still set only if the commit panicked
	delete(q.bounds, t.bound)
	q.drainUnlock()
}

// commitEffects is commit for a transaction with effects.
func (t *Thread) commitEffects() bool {
	t.announce()
	return t.commitAnnounced()
}

// announce makes effects of commits from now on wait for t's.
func (t *Thread) announce() {
	// Pairs with the load in next: either that load sees the bound, or what
	// commitAnnounced does reads the clock after it.
	t.bound.bound.Store(clock.Now())
}

func (t *Thread) commitAnnounced() bool {
	var time uint64
	ok := t.tx.Extend()
	before := clock.Now()
	if ok {
		tx := t.tx
		t.tx = nil
		time, ok = tx.CommitAt()
	}
	if ok {
		t.committed()
		// A transaction that wrote ticked after before; one that only read has
		// the time of its snapshot, which was taken earlier.
		t.world.effects.add(t, time, time > before)
	}
	t.world.effects.leave(t)
	return ok
}

// add puts t's pending effects into the heap.
func (q *sequencer) add(t *Thread, time uint64, wrote bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	var e *entry
	if n := len(q.free); n > 0 {
		e, q.free = q.free[n-1], q.free[:n-1]
	} else {
		e = new(entry)
	}
	q.arrivals++
	e.time, e.wrote, e.arrival, e.owner = time, wrote, q.arrivals, t
	t.record(time)
	e.batch, t.pending = t.pending, e.batch // the buffers change hands
	t.unsettled++
	heap.Push(&q.queue, e)
}

// leave clears t's announcement and makes all effects happen whose turn has come.
func (q *sequencer) leave(t *Thread) {
	q.mu.Lock()
	t.bound.bound.Store(0) // after add: see next
	for q.draining && len(q.queue) > maxQueued {
		q.wait()
	}
	q.drainUnlock()
}

// settle waits until all effects of t have happened.
func (q *sequencer) settle(t *Thread) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for t.unsettled > 0 {
		q.wait()
	}
}

func (q *sequencer) wait() {
	q.waiters++
	q.changed.Wait()
	q.waiters--
}

// drainUnlock makes effects happen until no more may, unless somebody does so
// already. It is called with mu held and gives it back.
func (q *sequencer) drainUnlock() {
	if q.draining {
		q.mu.Unlock()
		return
	}
	q.draining = true
	for e := q.next(); e != nil; e = q.next() {
		q.mu.Unlock()
		q.perform(e)
		q.mu.Lock()
		q.done(e)
	}
	q.draining = false
	q.mu.Unlock()
}

// perform makes the effects of e happen. If one panics, the others of all
// threads still have their turn before the panic goes on.
func (q *sequencer) perform(e *entry) {
	panicked := true
	defer func() {
		if panicked {
			q.mu.Lock()
			q.done(e)
			q.draining = false
			q.drainUnlock()
		}
	}()
	e.batch.run(q.world)
	panicked = false
}

// done counts e as happened and keeps it for reuse.
func (q *sequencer) done(e *entry) {
	e.owner.unsettled--
	e.owner = nil
	e.batch.reset()
	if len(q.free) < maxFree {
		q.free = append(q.free, e)
	}
	if q.waiters > 0 {
		q.changed.Broadcast()
	}
}

// next takes the first entry if its turn has come.
func (q *sequencer) next() *entry {
	if len(q.queue) == 0 {
		return nil
	}
	for a := range q.bounds {
		// Pairs with the stores of the cell: a thread found here without a bound
		// has its entry in the queue, or will read the clock after this.
		if b := a.bound.Load(); b != 0 && b <= q.queue[0].time {
			return nil
		}
	}
	return heap.Pop(&q.queue).(*entry)
}

// An entryHeap has the entry whose turn comes first at the front: see container/heap.
type entryHeap []*entry

func (h entryHeap) Len() int           { return len(h) }
func (h entryHeap) Less(i, j int) bool { return h[i].before(h[j]) }
func (h entryHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *entryHeap) Push(e any)        { *h = append(*h, e.(*entry)) }

func (h *entryHeap) Pop() any {
	last := len(*h) - 1
	e := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return e
}
