package tm

import (
	"github.com/ungil/tm/asm"
	"github.com/ungil/tm/clock"
	"github.com/ungil/tm/internal/word"
	"github.com/ungil/tm/orec"
)

// A hardwareCommit is what one try at a commit as a hardware transaction needs
// (I13). The kernel, in assembly, and hardwareReference, in Go, do the same:
//
//	barrier on?                         -> leave
//	attention not zero?                 -> leave
//	a read slot's head is not Seen?     -> leave
//	a written slot's head not Expected? -> leave; else head := New
//	time := the counter, one more; or the cycle counter
//	time not above floor?               -> leave
//	all stamps := time
//
// all of it in one step, or nothing at all.
type hardwareCommit struct {
	// writes are the versions to install, with Prev set, and what each replaces.
	writes []orec.WriteEntry
	// reads are the reads that the installation does not check.
	reads []orec.ReadEntry
	// counter is the clock's word; nil: the clock is the cycle counter.
	counter *word.Uint64
	// floor is the largest stamp of the versions that are replaced (A1).
	floor uint64
	// attention is what every commit must look at before its decision; not zero
	// means that somebody wants to be woken or to be respected, which is for
	// software to do.
	attention *word.Uint64
	// barrier is not zero while the collector's write barrier is on.
	barrier *uint32
	// time is the commit time, if the try was successful.
	time uint64
}

// The codes with which the kernel leaves a transaction by XABORT. They start
// above 0, which is what a code reads as when there was none.
const (
	codeBarrier        = 1 + iota // the write barrier is on
	codeAttention                 // the attention word is not zero
	codeReadUndecided             // the head of a read slot is undecided
	codeWriteUndecided            // the head of a written slot is undecided
	codeAborted                   // an aborted version is at a head
	codeOvertaken                 // something committed over what was read or is to be replaced
	codeLate                      // the clock is not above the stamps that are replaced
	codes
)

// A hardwareStatus says how a try ended: asm.StatusStarted, which here means
// "committed", or the bits of an abort.
type hardwareStatus uint32

const hardwareCommitted hardwareStatus = asm.StatusStarted

// leave is the status of a transaction that was left with a code.
func leave(code uint8) hardwareStatus {
	return asm.StatusExplicit | hardwareStatus(code)<<asm.StatusCode
}

// code returns the code of XABORT, 0 if the abort was not explicit.
func (s hardwareStatus) code() uint8 {
	if s&asm.StatusExplicit == 0 {
		return 0
	}
	return uint8(s >> asm.StatusCode)
}

// hardwareReference is the Go reference of the kernel: the same checks in the
// same order. It is one step only where nobody else runs meanwhile: in the
// explorer, which makes it one (word.Atomic), and in tests.
func hardwareReference(c *hardwareCommit) hardwareStatus {
	if *c.barrier != 0 {
		return leave(codeBarrier)
	}
	if c.attention.Load() != 0 && !hardwareWakesNobody {
		return leave(codeAttention)
	}
	for i := range c.reads {
		r := &c.reads[i]
		if head := r.Slot.Head.Load(); head != r.Seen && !overlooked(head, r.Seen) {
			return leave(whyNot(head, codeReadUndecided))
		}
	}
	for i := range c.writes {
		w := &c.writes[i]
		if head := w.Slot.Head.Load(); head != w.Expected {
			return leave(whyNot(head, codeWriteUndecided))
		}
	}
	time := clock.Tick()
	if hardwareClockFirst {
		time = c.time
	}
	if time <= c.floor {
		return leave(codeLate)
	}
	for i := range c.writes {
		w := &c.writes[i]
		w.New.Stamp.Store(time)
		w.Slot.Head.Store(w.New)
	}
	c.time = time
	return hardwareCommitted
}

// overlooked is what deliberate bugs take for unchanged.
func overlooked(head, seen *orec.Version) bool {
	return hardwareSkipsReads ||
		hardwareLooksThrough && head != nil && orec.IsPending(head.Stamp.Load()) && head.Prev.Load() == seen
}

// whyNot returns the code for a head that is not what it should be.
func whyNot(head *orec.Version, undecided uint8) uint8 {
	if head == nil {
		return codeOvertaken // the next look finds out
	}
	switch stamp := head.Stamp.Load(); {
	case stamp == orec.Aborted:
		return codeAborted
	case !orec.IsCommitted(stamp):
		return undecided
	}
	return codeOvertaken
}
