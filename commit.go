package tm

import (
	"github.com/ungil/tm/clock"
	"github.com/ungil/tm/internal/word"
	"github.com/ungil/tm/orec"
)

// commit tries to make the writes of tx happen and reports whether they did. The
// logs are used up either way. Lock-free: it fails only because something else
// has committed.
func (tx *Tx) commit() bool {
	if tx.doomed && !commitDoomed {
		return false
	}
	if len(tx.writes) == 0 {
		tx.time = tx.snapshot
		return true
	}
	if suspects.count.Load() != 0 {
		tx.checkNestedSlow()
	}
	if tx.contended && tx.yieldsAgain() { // looks for its writes by the index, so before they are sorted
		return false
	}
	reads := tx.prepare()
	if len(tx.writes) == 1 && len(reads) == 0 && !tx.claiming() {
		return tx.commitSingle()
	}
	if hardware.on {
		if ok, decided := tx.commitHardware(reads); decided {
			return ok
		}
	}
	return tx.commitPublished(reads)
}

// yieldsAgain is yields before anything is installed, for transactions that have
// failed before: those which give way over and over would else keep their
// versions in the way of the one that they give way to (I16).
func (tx *Tx) yieldsAgain() bool {
	if attention.word.Load()&priorities == 0 {
		return false
	}
	if tx.certain {
		tx.checkOuterSlow()
		return false
	}
	c := mustYield(tx.priority(), tx.writes)
	if c == nil {
		return false
	}
	tx.counts[countGaveWay].Inc()
	if c.Goroutine.Load() != 0 && c.Patience.Load()%suspectAfter == 0 {
		tx.checkYieldingSlow(c)
	}
	return true
}

// commitPublished commits by way of the descriptor; reads are those that are
// left to validate.
func (tx *Tx) commitPublished(reads []orec.ReadEntry) bool {
	pending, floor := orec.Pending(tx.descriptor.ID), uint64(0)
	for i := range tx.writes {
		w := &tx.writes[i]
		floor = max(floor, stampOf(w.Expected))
		word.InitPointer(&w.New.Prev, w.Expected)
		word.InitUint64(&w.New.Stamp, pending)
	}
	d := tx.descriptor
	d.Reads, d.Writes, d.Priority = reads, tx.writes, tx.priority()
	// Plain stores are enough for these two words. Helpers reach the descriptor
	// only through a version, and the compare-and-swap that installs the version
	// comes later and orders them (I1). Helpers of an earlier transaction have
	// dropped their pins, which was seen before the descriptor was used again.
	word.InitUint64(&d.Pushes, 0)
	word.InitUint64(&d.Status, uint64(orec.Pack(orec.Installing, floor)))
	time, ok := run(d)
	if ok {
		tx.succeed(time)
	} else {
		tx.counts[causeOf(time)].Inc()
		tx.fail()
	}
	tx.reuseDescriptor()
	return ok
}

// prepare fixes, before publication, what each write replaces, and returns the
// reads that the installation itself does not check. It moves them to the front
// of the read log, which is not used otherwise any more.
func (tx *Tx) prepare() []orec.ReadEntry {
	pure := 0
	// Few writes are compared sooner than hashed.
	few, first, last := len(tx.writes) <= 2, &tx.writes[0], &tx.writes[len(tx.writes)-1]
	for i := range tx.reads {
		r := &tx.reads[i]
		switch {
		case first.Slot == r.Slot:
			first.Expected = r.Seen
			continue
		case last.Slot == r.Slot:
			last.Expected = r.Seen
			continue
		case !few:
			if i := tx.findWrite(r.Slot); i >= 0 {
				tx.writes[i].Expected = r.Seen
				continue
			}
		}
		if pure != i {
			tx.reads[pure] = *r
		}
		pure++
	}
	if len(tx.writes) > 1 {
		tx.sortWrites()
	}
	for i := range tx.writes {
		if w := &tx.writes[i]; w.Expected == &orec.Cut { // written without being read
			tx.expectNewest(w)
		}
	}
	return tx.reads[:pure]
}

// expectNewest fixes what w replaces that tx has not read.
func (tx *Tx) expectNewest(w *orec.WriteEntry) {
	if tx.claiming() {
		tx.show(w.Slot) // it must stay the newest until tx replaces it
	}
	w.Expected = newestCommitted(w.Slot)
}

// stampOf returns the commit time of a version that is to be replaced, 0 for
// the base value. A commit time is above it, whatever the clock says (A1).
func stampOf(n *orec.Version) uint64 {
	if n == nil {
		return 0
	}
	return n.Stamp.Load()
}

// run takes a published commit to its decision; its owner and any goroutine that
// has pinned it may call it at the same time. It returns the commit time.
// After a failure time tells why: overwritten, gaveWay, or else when the reads were found
// changed.
func run(d *orec.Descriptor) (time uint64, ok bool) {
	var early uint64
	if tickBeforeInstall {
		early = clock.Tick()
	}
	tooEarly := checkBeforeInstall && attend(d, attention.word.Load())
	for i := range d.Writes {
		if !install(d, &d.Writes[i]) {
			break
		}
	}
	for {
		s := d.LoadStatus()
		switch s.State() {
		case orec.Installing:
			// All versions are installed: the place to look at what others want.
			if wanted := attention.word.Load(); wanted != 0 && !checkBeforeInstall && attend(d, wanted) || tooEarly {
				d.CompareAndSwapStatus(s, orec.Pack(orec.Failed, gaveWay))
				continue
			}
			// And whoever reads a later time from the clock meets them (I2).
			time := clock.Tick()
			if tickBeforeInstall {
				time = early
				early = clock.Tick()
			}
			if time <= s.Time() {
				continue
			}
			next := orec.Pack(orec.Validating, time)
			if len(d.Reads) == 0 {
				next = orec.Pack(orec.Committed, time)
			}
			d.CompareAndSwapStatus(s, next)
		case orec.Validating:
			decide(d, s.Time())
		case orec.Committed:
			if wakeAfterDecision {
				for i := range d.Writes {
					wake(d.Writes[i].Slot)
				}
			}
			return s.Time(), true
		case orec.Failed:
			return s.Time(), false
		}
	}
}

// install puts w's new version at the head of its slot and reports whether d is
// still installing. After the decision a late call can only bring back an
// aborted version, which everybody looks through (I8).
func install(d *orec.Descriptor, w *orec.WriteEntry) bool {
	for {
		s := d.LoadStatus()
		if s.State() != orec.Installing {
			return false
		}
		head := w.Slot.Head.Load()
		switch {
		case head == w.New:
			return true
		case head == w.Expected:
			// Publishes the version and its value to every reader of the slot.
			if w.Slot.Head.CompareAndSwap(head, w.New) {
				return true
			}
		case head != nil && finish(w.Slot, head) == orec.Aborted:
			w.Slot.Head.CompareAndSwap(head, head.Prev.Load())
		case w.Slot.Head.Load() == w.New: // another helper was faster
			return true
		default:
			// Something committed over what d expects.
			d.CompareAndSwapStatus(s, orec.Pack(orec.Failed, overwritten))
		}
	}
}

// overwritten stands for the time in the status of a commit that has failed
// because a slot was overwritten that it was to write. No commit has that time.
const overwritten = 0

// gaveWay stands there for one that has failed itself (I15). That is no commit's
// time either: it is the stamp of what was there before any commit.
const gaveWay = clock.First

// causeOf returns what to count for a commit that has failed at time.
func causeOf(time uint64) int {
	switch time {
	case overwritten:
		return countOverwritten
	case gaveWay:
		return countGaveWay
	}
	return countValidations
}

// decide validates the reads of d as of time and takes d to Committed or Failed.
// Whoever validates comes to the same result or finds d decided.
func decide(d *orec.Descriptor, time uint64) {
	next := orec.Pack(orec.Committed, time)
	if !allUnchanged(d.Reads, time, d) && !skipValidation {
		next = orec.Pack(orec.Failed, time)
	}
	d.CompareAndSwapStatus(orec.Pack(orec.Validating, time), next)
}

// succeed copies the outcome into the stamps and drops history that nobody
// needs.
func (tx *Tx) succeed(time uint64) {
	// Helpers may be copying the same outcome; whose store comes when does not
	// matter. Only all stamps must be visible before the pins are looked at (I6):
	// the last store is an atomic one, and orders the others before itself.
	last := len(tx.writes) - 1
	for i := range last {
		word.StoreUint64(&tx.writes[i].New.Stamp, time)
	}
	if plainLastStamp {
		word.StoreUint64(&tx.writes[last].New.Stamp, time)
	} else {
		tx.writes[last].New.Stamp.Store(time)
	}
	tx.happened(time)
}

// happened notes when tx was committed and drops old history of what it wrote.
func (tx *Tx) happened(time uint64) {
	tx.time = time
	tx.seen = max(tx.seen, time)
	if tx.registered {
		tx.unregister() // it reads no more; with nobody else registered there is nobody to ask
	}
	if registrations.count.Load() == 0 || dropRegistered {
		for i := range tx.writes {
			dropAll(tx.writes[i].Expected)
		}
		return
	}
	tx.needs.survey()
	for i := range tx.writes {
		tx.needs.dropHistory(tx.writes[i].Expected)
	}
}

// fail marks all versions as aborted, installed or not, and then unlinks those
// that are still at the head.
func (tx *Tx) fail() {
	for i := range tx.writes {
		tx.writes[i].New.Stamp.Store(orec.Aborted)
	}
	for i := range tx.writes {
		w := &tx.writes[i]
		if w.Slot.Head.Load() == w.New {
			w.Slot.Head.CompareAndSwap(w.New, w.Expected)
		}
		if cutAbortedPrev {
			w.New.Prev.Store(&orec.Cut)
		}
	}
}

// reuseDescriptor makes the descriptor ready for the next transaction. If
// somebody has pinned it, that one may still read the logs: they go to the
// collector with the descriptor, and the id goes to a fresh one (I6).
func (tx *Tx) reuseDescriptor() {
	if tx.descriptor.Pins.Load() == 0 || reusePinned {
		return
	}
	tx.setDescriptor(tx.descriptor.ID)
	tx.reads = make([]orec.ReadEntry, 0, initialReads)
	tx.writes = make([]orec.WriteEntry, 0, initialWrites)
	tx.filter = 0
	tx.index.reset()
	tx.nesting.reset()
}
