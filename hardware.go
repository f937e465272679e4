package tm

import (
	"fmt"

	"github.com/ungil/tm/asm"
	"github.com/ungil/tm/clock"
	"github.com/ungil/tm/internal/setting"
	"github.com/ungil/tm/internal/word"
	"github.com/ungil/tm/orec"
)

// A commit that needs a descriptor is first tried as one hardware transaction,
// where the processor has them (I13). It publishes nothing and lets nobody meet
// a pending version. It may abort for any reason at any time, so what it cannot
// do, the software commit does; this file decides when to try, when to try
// again, and when to stop. No kind of failure makes other commits use software: what
// is remembered is remembered by the Tx that failed.

// hardware is how hardware transactions are made. It is set before any
// transaction runs and by tests.
var hardware struct {
	on bool
	// try makes one try. Tests put scripts of status words in its place, the explorer
	// a step of its own.
	try func(c *hardwareCommit) hardwareStatus
	// barrier is not zero while the collector's write barrier is on.
	barrier *uint32
	// reason says why it is on or off, for a person.
	reason string
}

func init() {
	hardware.barrier = barrierWord()
	hardware.on, hardware.reason = hardwareUsable(setting.Get(setting.RTM))
	if hardware.on {
		hardware.try = hardwareKernel
	}
}

// hardwareUsable finds out whether this process uses hardware transactions.
func hardwareUsable(set string) (on bool, reason string) {
	switch {
	case set == "off":
		return false, "TMDEBUG says so"
	case word.Exploring:
		return false, "the explorer makes them itself"
	case !hardwareBuilt:
		return false, "not in this build: not amd64, instrumented, or a release of Go for which they were not checked"
	}
	return asm.RTM()
}

const (
	// maxHardwareWrites and maxHardwareReads bound a try. A write takes two cache
	// lines of the store set (head and version), and 64 of them a quarter of the
	// smallest first-level cache of a processor with RTM, so that the associativity
	// seldom decides. Reads are watched by the larger caches too.
	maxHardwareWrites = 64
	maxHardwareReads  = 1024

	// hardwareTries is how often a commit is tried against conflicts.
	hardwareTries = 4
	// maxHardwareRest bounds for how many commits a Tx that failed without a reason
	// leaves hardware alone, and hardwareForget is after how many refusals a length
	// that once exceeded the capacity is tried again.
	maxHardwareRest = 1024
	hardwareForget  = 4096
)

// hardwareMemory is what a Tx remembers of its tries.
type hardwareMemory struct {
	commit hardwareCommit
	counts *hardwareCounts

	// patience is how many tries the next commit gets against conflicts: half as many as
	// the last one, if all of those failed, but always one. So a variable that all
	// want costs little, and the first commit that meets no conflict ends it.
	patience int
	// rest is for how many commits hardware is left alone, lastRest for how many it
	// was the last time.
	rest, lastRest int
	// limit is the number of entries from which on commits do not fit; 0: none was
	// seen. refusals counts the commits that were not tried for it.
	limit, refusals int
}

// commitHardware tries to commit by a hardware transaction; reads are those that
// are left to validate. If that is not decided, nothing has happened, and
// software has to do it. Bounded: it never waits.
func (tx *Tx) commitHardware(reads []orec.ReadEntry) (ok, decided bool) {
	h := &tx.hardware
	if !h.worthTrying(len(reads), len(tx.writes)) {
		return false, false
	}
	tx.prepareHardware(reads)
	ok, decided = tx.tryHardware()
	time := h.commit.time
	h.commit = hardwareCommit{} // keeps no logs alive
	if ok {
		tx.happened(time) // history is dropped only now: the outcome stands
	}
	return ok, decided
}

// worthTrying reports whether a commit of that many entries may succeed, for
// all that is remembered.
func (h *hardwareMemory) worthTrying(reads, writes int) bool {
	switch {
	case writes > maxHardwareWrites || reads > maxHardwareReads:
		return false
	case *hardware.barrier != 0 || attention.word.Load() != 0:
		// It would be left again. The collector is marking, or somebody waits.
		return false
	case h.rest > 0:
		h.rest--
		return false
	case h.limit > 0 && reads+writes >= h.limit:
		if h.refusals++; h.refusals < hardwareForget {
			return false
		}
		h.limit, h.refusals = 2*h.limit, 0
		return reads+writes < h.limit
	}
	return true
}

// prepareHardware fills in the kernel's argument. Nobody can reach the new
// versions: plain stores are enough, and XEND orders them ahead of the heads.
func (tx *Tx) prepareHardware(reads []orec.ReadEntry) {
	floor := uint64(0)
	for i := range tx.writes {
		w := &tx.writes[i]
		floor = max(floor, stampOf(w.Expected))
		word.InitPointer(&w.New.Prev, w.Expected)
	}
	tx.hardware.commit = hardwareCommit{
		writes: tx.writes, reads: reads, counter: clock.Counter(), floor: floor,
		attention: &attention.word, barrier: hardware.barrier,
	}
}

// tryHardware tries until the outcome is certain or it is software's turn.
func (tx *Tx) tryHardware() (ok, decided bool) {
	h := &tx.hardware
	if h.patience == 0 {
		h.patience = hardwareTries
	}
	helped, touched := false, false
	for left := h.patience; ; {
		status := hardware.try(&h.commit)
		cause := status.cause()
		tx.countHardware(cause)
		switch cause {
		case causeCommitted:
			h.patience, h.lastRest = hardwareTries, 0
			return true, true
		case causeConflict, causeRetry, causeReadUndecided:
			// An undecided version of a slot that was only read: software could
			// look through it or push it away, and running it to its end would more
			// often than not undo what was read. It may be gone in a moment.
			if left--; left <= 0 {
				h.patience = max(1, h.patience/2)
				return false, false
			}
			if !word.Exploring {
				tx.spinAfter(h.patience - left) // the other side may get on
			}
		case causeWriteUndecided, causeAborted:
			if helped {
				return false, false
			}
			helped = true
			tx.clearHeads()
		case causeOvertaken:
			return false, tx.lostHardware() // as software would find (I3)
		case causeCapacity:
			h.limit, h.refusals = len(h.commit.reads)+len(h.commit.writes), 0
			return false, false
		case causeBarrier, causeLate, causeAttention:
			return false, false // of this moment only: nothing to remember
		default:
			// An interrupt, or something that will happen every time, such as a page
			// that was never written to, whose first write the kernel must see.
			if touched {
				h.takeRest()
				return false, false
			}
			touched = true
			tx.touchHeads()
		}
	}
}

// takeRest leaves hardware alone for a number of commits, twice the last one.
func (h *hardwareMemory) takeRest() {
	h.lastRest = min(maxHardwareRest, max(1, 2*h.lastRest))
	h.rest = h.lastRest
}

// clearHeads runs undecided owners at the heads of written slots to their end,
// as the software commit would, and unlinks aborted versions. Lock-free.
func (tx *Tx) clearHeads() {
	for i := range tx.hardware.commit.writes {
		newestCommitted(tx.hardware.commit.writes[i].Slot)
	}
	for i := range tx.hardware.commit.reads {
		s := tx.hardware.commit.reads[i].Slot
		if head := s.Head.Load(); head != nil && head.Stamp.Load() == orec.Aborted {
			s.Head.CompareAndSwap(head, head.Prev.Load())
		}
	}
}

// touchHeads writes to the page of each written head without changing it.
func (tx *Tx) touchHeads() {
	for i := range tx.hardware.commit.writes {
		w := &tx.hardware.commit.writes[i]
		w.Slot.Head.CompareAndSwap(w.Expected, w.Expected)
	}
}

// lostHardware reports whether something has committed over what tx has read or
// is to replace, so that no commit can succeed, and counts it. The kernel has seen
// it, but an abort's status alone is no ground to fail on.
func (tx *Tx) lostHardware() bool {
	c := &tx.hardware.commit
	for i := range c.reads {
		if committedOver(c.reads[i].Slot, c.reads[i].Seen) {
			tx.counts[countValidations].Inc()
			return true
		}
	}
	for i := range c.writes {
		if committedOver(c.writes[i].Slot, c.writes[i].Expected) {
			tx.counts[countOverwritten].Inc()
			return true
		}
	}
	return false
}

// committedOver reports whether the head of s is a committed version other than n.
func committedOver(s *orec.Slot, n *orec.Version) bool {
	head := s.Head.Load()
	return head != n && head != nil && orec.IsCommitted(head.Stamp.Load())
}

// A HardwareReport says whether commits are tried as hardware transactions, and
// what became of them since the process began.
type HardwareReport struct {
	On      bool
	Reason  string            // one line for a person
	Commits uint64            // that a hardware transaction made
	Aborts  map[string]uint64 // tries that failed, by cause
}

// Hardware reports on hardware transactions. The numbers are of somewhat
// different moments while transactions run. Wait-free.
func Hardware() HardwareReport {
	r := HardwareReport{On: hardware.on, Reason: hardware.reason, Aborts: map[string]uint64{}}
	for cause, n := range hardwareTotals() {
		switch {
		case hardwareCause(cause) == causeCommitted:
			r.Commits = n
		case n > 0:
			r.Aborts[hardwareCause(cause).String()] = n
		}
	}
	return r
}

// String is the report in one line.
func (r HardwareReport) String() string {
	if !r.On {
		return "hardware transactions: off: " + r.Reason
	}
	return fmt.Sprintf("hardware transactions: %s; %d committed, aborted tries by cause: %v", r.Reason, r.Commits, r.Aborts)
}
