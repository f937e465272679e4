package tm

import (
	"github.com/ungil/tm/asm"
	"github.com/ungil/tm/internal/word"
)

// A hardwareCause is why a try ended, as far as it makes a difference.
type hardwareCause int

const (
	causeCommitted hardwareCause = iota
	causeConflict
	causeRetry
	causeCapacity
	causeOther // an interrupt, a fault, an instruction; codes that we do not use
	// Those of the kernel's codes.
	causeBarrier
	causeAttention
	causeReadUndecided
	causeWriteUndecided
	causeAborted
	causeOvertaken
	causeLate
	causes
)

var causeNames = [causes]string{
	"committed", "conflict", "retry", "capacity", "other", "write barrier", "attention",
	"undecided read", "undecided write", "aborted version", "overtaken", "late clock",
}

// String names a cause for a person.
func (c hardwareCause) String() string { return causeNames[c] }

// cause reads a status word. Several bits may be set: one that says what to do
// goes before one that only gives hope.
func (s hardwareStatus) cause() hardwareCause {
	switch code := s.code(); {
	case s == hardwareCommitted:
		return causeCommitted
	case code >= codeBarrier && code < codes:
		return causeBarrier + hardwareCause(code-codeBarrier)
	case s&asm.StatusExplicit != 0:
		return causeOther
	case s&asm.StatusCapacity != 0:
		return causeCapacity
	case s&asm.StatusConflict != 0:
		return causeConflict
	case s&asm.StatusRetry != 0:
		return causeRetry
	}
	return causeOther
}

// hardwareCounts counts what became of the tries of the transactions that one
// after the other hold an id. Only the id's holder writes it.
type hardwareCounts struct {
	id   uint64
	n    [causes]word.Count
	next *hardwareCounts // fixed before publication
}

// hardwareCounted is the list of all counts. It only grows, by one node for each id.
var hardwareCounted word.Pointer[hardwareCounts]

// countHardware notes the end of a try.
func (tx *Tx) countHardware(c hardwareCause) {
	if word.Exploring {
		return // the list would make steps that nobody wants to interleave
	}
	if tx.hardware.counts == nil {
		tx.hardware.counts = hardwareCountsOf(tx.descriptor.ID)
	}
	tx.hardware.counts.n[c].Inc()
}

// hardwareCountsOf returns the counts of an id that the caller holds. Lock-free.
func hardwareCountsOf(id uint64) *hardwareCounts {
	first := hardwareCounted.Load()
	for c := first; c != nil; c = c.next {
		if c.id == id {
			return c
		}
	}
	c := &hardwareCounts{id: id, next: first}
	// Publishes the node; pairs with the loads here and in hardwareTotals.
	for !hardwareCounted.CompareAndSwap(c.next, c) {
		c.next = hardwareCounted.Load()
	}
	return c
}

// hardwareTotals adds up the counts of all ids.
func hardwareTotals() (sum [causes]uint64) {
	for c := hardwareCounted.Load(); c != nil; c = c.next {
		for i := range sum {
			sum[i] += c.n[i].Load()
		}
	}
	return sum
}
