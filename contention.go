package tm

import (
	"github.com/ungil/tm/internal/setting"
	"github.com/ungil/tm/internal/word"
	"github.com/ungil/tm/orec"
)

// Contention management: the comprehensive strategy of Spear, Dalessandro,
// Marathe and Scott (PPoPP 2009), on a commit that anybody may finish. An
// attempt whose transaction has failed often, or is important to its user,
// publishes a claim: a priority and the slots it has read. A commit that would
// change one of them fails itself, so nobody is aborted from outside and nobody
// is waited for (I15).

// managed is false when TMDEBUG switches contention management off.
var managed = setting.Get(setting.Contention) != "off"

// claims are all that were ever made: a list that only grows, to as many as
// were in use at one time. A free one is taken by a compare-and-swap on its priority.
var claims struct {
	_     word.Pad
	first word.Pointer[claim]
	// tickets numbers the transactions that have a priority: of two with the same
	// level the older one goes first.
	tickets word.Uint64
	_       word.Pad
}

type claim struct {
	orec.Claim
	next *claim // fixed when the claim gets into the list
	// outer is the attempt, if it is on the goroutine of that number: only
	// that goroutine may look at it.
	outer *Tx
	used  orec.Words // of the filter; the holder's
}

const (
	// A priority is a level above the complement of a ticket.
	levelBits  = 8
	ticketBits = 64 - levelBits
	ticketMask = 1<<ticketBits - 1
	utmost     = ^uint64(0) // the irrevocable transaction's
	// Patience doubles when it was not enough, but not without end.
	maxDoublings = 30
	// everySlot is a Tx.filter that takes every read off its fast path.
	everySlot = ^uint64(0)
)

// seniority is what a transaction gains from its failures and keeps from attempt
// to attempt.
type seniority struct {
	aborts    int    // consecutive
	ticket    uint64 // 0 before the transaction's first claim
	doublings int    // of its patience
}

// level is the rung that the next attempt of tx runs on; 0: without a claim.
func (tx *Tx) level() int {
	if !managed {
		return 0
	}
	return min(min(tx.terms.priority, topLevel)+tx.aborts/karma, topLevel)
}

// raise publishes a claim for the attempt that begins, if it has a priority.
func (tx *Tx) raise() {
	if tx.holdsToken {
		tx.publishClaim(utmost)
		tx.certain = true
		return
	}
	level := tx.level()
	if level == 0 {
		return
	}
	if tx.ticket == 0 {
		tx.ticket = claims.tickets.Add(1)
	}
	tx.publishClaim(uint64(level)<<ticketBits | (ticketMask - tx.ticket&ticketMask))
}

// publishClaim gives the attempt a claim. The count goes up before anything is
// put into the claim's filter, and that before the slot's head is loaded: a
// commit that misses the count has installed its versions already (I15).
func (tx *Tx) publishClaim(priority uint64) {
	tx.counts[countPriorities].Inc()
	attention.word.Add(onePriority)
	tx.claim = tx.takeClaim(priority)
	tx.claim.Patience.Store(tx.patience())
	if tx.mode == modeExplicit {
		tx.entry.Claim.Store(&tx.claim.Claim)
	} else if tx.doublings > 0 || tx.aborts >= suspectAfter || priority == utmost {
		tx.nameGoroutine()
	}
	tx.filter = everySlot
}

// takeClaim finds a free claim, the one that tx had last if possible, or makes
// one. Lock-free.
func (tx *Tx) takeClaim(priority uint64) *claim {
	if c := tx.lastClaim; c != nil && c.Priority.CompareAndSwap(0, priority) {
		return c
	}
	for c := claims.first.Load(); c != nil; c = c.next {
		if c.Priority.Load() == 0 && c.Priority.CompareAndSwap(0, priority) {
			return c
		}
	}
	c := new(claim)
	word.InitUint64(&c.Priority, priority)
	for {
		c.next = claims.first.Load()
		if claims.first.CompareAndSwap(c.next, c) {
			return c
		}
	}
}

// patience is how often others give way to tx without its getting on.
func (tx *Tx) patience() int64 { return leastPatience() << min(tx.doublings, maxDoublings) }

// notePatience doubles the patience for what follows if it was not enough.
func (tx *Tx) notePatience() {
	if tx.claim.Patience.Load() <= 0 {
		tx.doublings++
	}
}

// withdraw gives the claim of tx up: the attempt is over, or doomed.
func (tx *Tx) withdraw() {
	c := tx.claim
	tx.notePatience()
	tx.claim, tx.lastClaim = nil, c
	tx.certain, tx.irrevocable = false, false
	if tx.mode == modeExplicit {
		tx.entry.Claim.Store(nil)
	}
	c.outer = nil
	if c.Goroutine.Load() != 0 {
		c.Goroutine.Store(0)
	}
	used := c.used
	c.used = 0
	dropClaim(&c.Claim, used)
}

// dropClaim frees a claim; afterwards no commit looks for it.
func dropClaim(c *orec.Claim, used orec.Words) {
	c.Free(used)
	attention.word.Add(^uint64(onePriority - 1))
}

// show puts s into the filter of tx's claim. It comes before the load of the
// head that the caller relies on (I15). Something new is progress, and renews
// the patience.
func (tx *Tx) show(s *orec.Slot) {
	if hash := claimHash(s); tx.claim.Add(hash) {
		tx.claim.used |= orec.WordOf(hash)
		tx.notePatience()
		tx.claim.Patience.Store(tx.patience())
	}
}

// readVisible is Read for an attempt that has a claim. What is undecided at the
// head is run to its end, not skipped: it may have looked at the claims before s
// was shown.
func (tx *Tx) readVisible(s *orec.Slot) *orec.Version {
	tx.show(s)
	for !tx.doomed && !claimSkipsUndecided {
		n := newestCommitted(s)
		if stampOf(n) <= tx.snapshot {
			tx.logRead(s, n)
			return n
		}
		// Loads the head again afterwards: somebody higher may have overwritten n.
		tx.extendOrConflict()
	}
	n := tx.readSlow(s)
	tx.logRead(s, n)
	return n
}

// calm forgets what a transaction had of its own, for the next one that uses tx.
func (tx *Tx) calm() {
	if tx.holdsToken {
		tx.dropToken()
	}
	tx.contended, tx.overdue = false, false
	tx.seniority, tx.goroutine = seniority{}, 0
}

// claiming reports whether the attempt has a claim.
func (tx *Tx) claiming() bool { return tx.contended && tx.claim != nil }

// priority is what tx's claim says, 0 without one.
func (tx *Tx) priority() uint64 {
	if !tx.claiming() {
		return 0
	}
	return tx.claim.Priority.Load()
}

// mustYield returns the claim for whose sake a commit of that priority, which
// has installed writes, must fail itself: one that is higher, has one of the slots in its
// filter, and has patience left. Nil if there is none.
func mustYield(priority uint64, writes []orec.WriteEntry) *claim {
	for c := claims.first.Load(); c != nil; c = c.next {
		p := c.Priority.Load()
		if p > priority && c.touches(writes) && c.grants(p) {
			return c
		}
	}
	return nil
}

// grants reports whether a commit gives way to c, whose priority is p, and counts
// it. The irrevocable transaction's patience only serves to count.
func (c *claim) grants(p uint64) bool {
	if c.Grant() {
		return true
	}
	if p == utmost {
		c.Patience.Store(suspectAfter)
	}
	return p == utmost || endlessPatience
}

// touches reports whether one of the written slots is in the filter.
func (c *claim) touches(writes []orec.WriteEntry) bool {
	for i := range writes {
		if c.Has(claimHash(writes[i].Slot)) {
			return true
		}
	}
	return false
}
