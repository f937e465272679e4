package tm

import (
	goruntime "runtime"

	"github.com/ungil/tm/clock"
	"github.com/ungil/tm/internal/word"
	"github.com/ungil/tm/orec"
)

// A Tx is one running transaction. It belongs to one goroutine and ends with
// the function it was given to, or with Commit, Abort or Await after Begin. It is then
// used again for other transactions: using it later panics or, if it is running
// again by then, disturbs that transaction. Under the race detector no Tx is used again,
// so that there it always panics. Using it on two goroutines at a time is a data race.
// With a nil Tx the panic may be Go's own for a nil pointer.
type Tx struct {
	// viewBound is the snapshot in a View and 0 otherwise, so that the fast path
	// of a read needs one compare to know that it may return.
	viewBound uint64
	// snapshot is the time whose state the transaction reads; 0 when it has
	// ended, so that every read of a dead transaction takes the slow path.
	snapshot uint64
	// filter has a bit for each written slot: 0 means that nothing is written and
	// that the attempt has no claim.
	filter uint64

	mode mode
	// fresh: the snapshot was read from the clock since this attempt began (I4).
	fresh bool
	// doomed: a conflict was seen, and this attempt must not commit (I11).
	doomed bool
	// waiting: doomed by Retry, not by a conflict.
	waiting bool
	// registered: writers keep the versions that the snapshot needs (I9).
	registered bool
	suspect    bool // registered as possibly blocked by a nested Atomically
	limited    bool // has terms
	// contended: the transaction has failed before, or is important, or comes from
	// Begin, so that its begin, commit and end have more to do (I15).
	contended bool

	counts *orec.Counts // statistics

	reads   []orec.ReadEntry
	writes  []orec.WriteEntry
	index   slotIndex
	nesting nesting
	needs   needs

	descriptor *orec.Descriptor
	entry      *orec.Entry
	// seen is the newest time this descriptor has seen: where the next updating
	// transaction starts without reading the clock.
	seen uint64
	// time is when the last commit happened.
	time uint64

	// home is the place where tx is kept when it is idle, nil for the pool.
	home *place

	hooks  hooks
	random uint64 // state of the back-off's generator
	terms  terms

	hardware hardwareMemory

	cleanup goruntime.Cleanup // gives the id back if the Tx is dropped

	// Room to sort writes.
	keys  []uint64
	spare []orec.WriteEntry

	// What follows is only looked at if contended is set.

	seniority
	claim     *claim // what this attempt has published of its priority, nil without one
	lastClaim *claim // that tx had; it may be another's by now
	age       *Age   // where seniority is kept between explicit attempts, or nil
	overdue   bool   // Extend has failed between Begin and now: to abort is to fail
	// goroutine is the number of the one that runs Atomically, 0 if not asked yet.
	goroutine uint64
	// holdsToken: tx is the one that is irrevocable or will be at its next attempt;
	// certain: nothing can make this attempt fail (I16); irrevocable: its user
	// relies on that.
	holdsToken, certain, irrevocable bool
}

// mode says what kind of transaction a Tx is running.
type mode uint8

const (
	modeEnded    mode = iota // not running: between two uses
	modeView                 // View: reads only, logs nothing
	modeUpdate               // Atomically: a conflict unwinds the function
	modeExplicit             // Begin: a conflict shows at Commit
	modeWatch                // View that has called Retry: logs its reads, to wait for them

	modeMask = 7 // tells the compiler that a mode is a small number
)

const (
	initialReads  = 64
	initialWrites = 16
	// Logs above this many entries are given to the collector after use.
	keptEntries = 1 << 16
)

var descriptors orec.Table

// newTx makes a Tx with an id of its own. The pool may drop it at any
// collection, or a program a transaction that it has begun; the cleanup then
// gives the id back.
func newTx() *Tx {
	id := descriptors.Acquire()
	entry := descriptors.Entry(id)
	tx := &Tx{
		entry:  entry,
		counts: countsOf(entry),
		reads:  make([]orec.ReadEntry, 0, initialReads),
		writes: make([]orec.WriteEntry, 0, initialWrites),
		seen:   clock.First,
		random: id*0x9e3779b97f4a7c15 + 1,
	}
	tx.setDescriptor(id)
	if !word.Exploring {
		tx.cleanup = goruntime.AddCleanup(tx, abandon, id)
	}
	return tx
}

// setDescriptor gives tx a fresh descriptor under its id. The stamps of the old
// one are final (I7), so nobody who finds a pending stamp with this id can want
// the old one.
func (tx *Tx) setDescriptor(id uint64) {
	tx.descriptor = &orec.Descriptor{ID: id, Counts: tx.counts}
	tx.entry.Descriptor.Store(tx.descriptor)
}

// begin starts an attempt. For one of Atomically no clock is read as long as every
// head that it meets is decided and not above what this descriptor has seen before (I4).
func (tx *Tx) begin() {
	tx.doomed, tx.waiting = false, false
	tx.snapshot = tx.seen
	if tx.mode != modeUpdate || tx.contended {
		tx.beginSlow()
	}
}

func (tx *Tx) beginSlow() {
	switch {
	case tx.mode == modeUpdate:
	case tx.mode == modeExplicit || tx.mode == modeWatch || tx.contended:
		if tx.mode == modeView {
			tx.counts[countRegisteredViews].Inc()
		}
		tx.register()
		tx.fresh = true
	default:
		tx.snapshot = clock.Now()
		tx.fresh = true
	}
	if tx.mode == modeView {
		tx.viewBound = tx.snapshot
	} else if tx.contended {
		tx.raise()
	}
}

// rollback ends an attempt: it forgets the logs and the snapshot.
func (tx *Tx) rollback() {
	tx.seen = max(tx.seen, tx.snapshot)
	tx.snapshot, tx.viewBound, tx.fresh = 0, 0, false
	if tx.registered {
		tx.unregister()
	}
	if tx.claiming() {
		tx.withdraw()
	}
	if len(tx.reads) != 0 {
		tx.clearReads()
	}
	if tx.filter != 0 || tx.nesting.epoch != 0 {
		tx.clearWrites()
	}
}

// clearReads empties the log of reads without keeping what it points to alive. A long
// one is dropped, also by the descriptor: nobody has pinned it (I6).
func (tx *Tx) clearReads() {
	if cap(tx.reads) > keptEntries {
		tx.descriptor.Reads = nil
		tx.reads = make([]orec.ReadEntry, 0, initialReads)
	} else {
		forget(tx.reads)
		tx.reads = tx.reads[:0]
	}
}

// clearWrites is clearReads for what was written.
func (tx *Tx) clearWrites() {
	if cap(tx.writes) > keptEntries {
		tx.descriptor.Writes = nil
		tx.writes = make([]orec.WriteEntry, 0, initialWrites)
	} else {
		forget(tx.writes)
		tx.writes = tx.writes[:0]
	}
	tx.filter = 0
	tx.index.reset()
	tx.nesting.reset()
}

// forget clears a log. The one or two entries of a short transaction are cleared
// in place: a call to clear memory that holds pointers takes longer than they do.
func forget[E any](log []E) {
	var none E
	switch len(log) {
	case 0:
	case 1:
		log[0] = none
	case 2:
		log[0], log[1] = none, none
	default:
		clear(log)
	}
}

// ID returns a small number that no other running transaction has. Wait-free.
func (tx *Tx) ID() uint64 { return tx.descriptor.ID }
