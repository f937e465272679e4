package tm

import (
	"github.com/ungil/tm/internal/word"
	"github.com/ungil/tm/orec"
)

// Who waits for slots to change is on lists outside the slots, so that a slot
// stays one word: a table of queues, hashed by the slot's address. A queue is an
// immutable list behind one word. Adding and removing is a compare-and-swap of
// the whole list, so a goroutine that is stopped in the middle of either, or of
// waking somebody, delays nobody. Nodes are not used again, so the list that
// a compare-and-swap expects is the list that was read.

const (
	queueBits = 10
	// The queues are not padded: commits only read them, and two waiters that
	// meet on a line are about to sleep.
	queueCount = 1 << queueBits
)

var queues [queueCount]queue

type queue struct{ first word.Pointer[waitNode] }

// A waitNode says that a waiter waits for a slot. It does not change once it is
// in a queue.
type waitNode struct {
	slot *orec.Slot
	by   *waiter
	next *waitNode
}

// A waiter is one sleep of one transaction.
type waiter struct {
	event word.Event
	// gone is not 0 once nobody needs to wake the waiter any more. It is stored
	// behind the event, never before: were the goroutine that stores it stopped
	// between the two, others would pass over a waiter that sleeps on.
	gone word.Uint64
}

func queueOf(s *orec.Slot) *queue { return &queues[slotHash(s)>>(64-queueBits)] }

// add puts n into q. Lock-free.
func (q *queue) add(n *waitNode) {
	for {
		n.next = q.first.Load()
		// Publishes n. Pairs with the load in wake.
		if q.first.CompareAndSwap(n.next, n) {
			return
		}
	}
}

// sweep removes the nodes of all waiters that are gone. Lock-free.
func (q *queue) sweep() {
	for {
		first := q.first.Load()
		rest, found := withoutGone(first)
		if !found || q.first.CompareAndSwap(first, rest) {
			return
		}
	}
}

// withoutGone returns the list n without the nodes of waiters that are gone, and
// whether there were any. What is behind the last of them is shared by both lists.
func withoutGone(n *waitNode) (rest *waitNode, found bool) {
	var last *waitNode
	for m := n; m != nil; m = m.next {
		if m.by.gone.Load() != 0 {
			last = m
		}
	}
	if last == nil {
		return n, false
	}
	rest = last.next
	if sweepEverything {
		return rest, true
	}
	for m := n; m != last; m = m.next {
		if m.by.gone.Load() == 0 {
			rest = &waitNode{slot: m.slot, by: m.by, next: rest}
		}
	}
	return rest, true
}

// wake wakes all that wait for s. Lock-free. The caller has installed or met an
// undecided version of s, so whoever it does not find looks at s later, and meets
// that version (I14).
func wake(s *orec.Slot) {
	for n := queueOf(s).first.Load(); n != nil; n = n.next {
		if n.slot == s && n.by.gone.Load() == 0 {
			if goneBeforeEvent {
				n.by.gone.Store(1)
			}
			n.by.event.Set()
			n.by.gone.Store(1)
		}
	}
}

// enlist adds a waiter for everything that tx has read.
func (tx *Tx) enlist() *waiter {
	w := &waiter{event: word.NewEvent()}
	// Up before the nodes are added and the slots looked at: a commit that does
	// not see it has installed its versions before (I14).
	if !attentionLate {
		attention.word.Add(oneWaiter)
	}
	nodes := make([]waitNode, len(tx.reads))
	for i := range nodes {
		nodes[i].slot, nodes[i].by = tx.reads[i].Slot, w
		queueOf(nodes[i].slot).add(&nodes[i])
	}
	return w
}

// delist removes what enlist has added.
func (tx *Tx) delist(w *waiter) {
	w.gone.Store(1)
	for i := range tx.reads {
		queueOf(tx.reads[i].Slot).sweep()
	}
	attention.word.Add(^uint64(oneWaiter - 1))
}

// overtaken reports whether something that tx has read was changed by another
// transaction. It runs undecided commits to their end rather than look through
// them: they may have looked for waiters before tx was on the lists (I14).
// Lock-free.
func (tx *Tx) overtaken() bool {
	for i := range tx.reads {
		if lookThroughUndecided && unchanged(&tx.reads[i], 0, nil) {
			continue
		}
		if newestCommitted(tx.reads[i].Slot) != tx.reads[i].Seen {
			return true
		}
	}
	return false
}

// waitForChange sleeps until something that tx has read has changed, or done is
// closed; it reports whether it was a change. Blocking; but a commit that is
// stopped, in the middle of waking tx or anywhere else, keeps it from nothing.
func (tx *Tx) waitForChange(done <-chan struct{}) bool {
	tx.dropRepeatedReads()
	for !tx.overtaken() {
		w := tx.enlist()
		woken, changed := false, !lookBeforeEnlisting && tx.overtaken()
		if attentionLate {
			attention.word.Add(oneWaiter)
		}
		if !changed {
			tx.counts[countWaits].Inc()
			woken = w.event.Wait(done)
		}
		tx.delist(w)
		if changed || !woken {
			return changed
		}
		tx.counts[countWakeUps].Inc()
		// A commit that has failed in the end wakes too: look again.
	}
	return true
}
