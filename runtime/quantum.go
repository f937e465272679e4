package runtime

import goruntime "runtime"

// DefaultQuantum is the number of instructions after which a thread that holds
// the lock under GIL gives it to one that waits. At some nanoseconds an
// instruction this is a fraction of a millisecond, a hundred times what the
// hand-over costs.
const DefaultQuantum = 1 << 16

const (
	startQuantum = 1 << 12 // adaptive: the first quantum of a thread
	minQuantum   = 1 << 4  // adaptive: aborts cut no deeper
	maxQuantum   = 1 << 20 // adaptive: commits grow no higher

	// slice is the most that Budget holds at a time under STM. At the end of
	// each Check looks whether the transaction is doomed: the instructions of
	// a long quantum after a conflict was seen would be wasted.
	slice = 1 << 12
)

// refill begins a quantum.
func (t *Thread) refill() {
	t.Budget, t.granted, t.left, t.cutShort = 0, 0, t.length(), false
	t.stops, t.stoppedAt = 0, 0
	t.waitsFor = false
	t.grant()
}

// length returns how many instructions a quantum has.
func (t *Thread) length() int64 {
	if t.tx == nil && t.script == nil && t.world.quantum == 0 {
		return DefaultQuantum
	}
	return t.quantum
}

// grant gives the machine the next part of the quantum. Budget is positive
// afterwards, however much the machine has overdrawn it: what it ran too much
// counts as granted, and for the quantum.
func (t *Thread) grant() {
	overdrawn := -min(t.Budget, 0)
	t.left -= overdrawn
	n := max(t.left, 1)
	if n > slice && (t.tx != nil || t.script != nil) {
		n = slice
	}
	if t.Slice > 0 {
		n = min(n, t.Slice)
	}
	t.left -= n
	t.granted += n + overdrawn
	t.Budget += n + overdrawn
}

// Ran returns the number of instructions that the machine has subtracted from Budget
// since the transaction began, or the lock was taken. Wait-free.
func (t *Thread) Ran() uint64 { return uint64(max(t.granted-t.Budget, 0)) }

// Check is called when Budget is used up. It reports whether the machine must
// save its program counter and return Yield. Otherwise it has refilled Budget:
// the quantum goes on, because it is not over, because the thread is in an
// atomic block or has a savepoint open, or because nobody waits for the lock or a change.
// In the first two cases it still reports true when the transaction has met a
// conflict and can only run again.
func (t *Thread) Check() bool {
	if t.tx != nil {
		return t.tx.Doomed() || t.endOfQuantum()
	}
	if t.script != nil {
		return t.endOfQuantum()
	}
	if t.unsplittable() {
		t.extendQuantum()
		return false
	}
	if t.world.model == Locks || t.world.lock.contended() || t.world.change.count.Load() > 0 {
		return true
	}
	t.runEffects() // a thread that never gives the lock away still shows its output
	t.extendQuantum()
	return false
}

// endOfQuantum reports whether the quantum is used up and may end here; if not, the
// machine gets more.
func (t *Thread) endOfQuantum() bool {
	if t.left <= 0 {
		if !t.unsplittable() {
			return true
		}
		t.left = t.quantum
	}
	t.grant()
	return false
}

// EndQuantumSoon takes away what is left of the quantum, so that the transaction
// ends at the next switch point.
func (t *Thread) EndQuantumSoon() {
	t.left, t.cutShort = 0, true
	if t.Budget > 0 {
		t.granted -= t.Budget
		t.Budget = 0
	}
}

// extendQuantum begins another quantum within the same transaction.
func (t *Thread) extendQuantum() {
	t.left = t.length()
	t.grant()
}

// unsplittable reports whether the transaction must not end here.
func (t *Thread) unsplittable() bool { return t.depth > 0 || t.level > 0 }

// grow and cut adapt the quantum, if it is not fixed.

func (t *Thread) grow() {
	if t.world.quantum == 0 && t.left <= 0 && t.Budget <= 0 { // used up
		t.adapt(min(t.quantum+t.quantum>>3+1, maxQuantum))
	}
	switch {
	case t.world.quantum != 0:
		t.batch = 0
	case t.Dropped():
		t.batch = minBatch
	case t.Ran() >= uint64(t.batch): // used up
		t.batch = min(t.batch+t.batch/batchGrowth+1, maxBatch)
	}
}

func (t *Thread) cut() {
	if t.world.quantum == 0 {
		t.adapt(max(t.quantum>>1, minQuantum))
		if t.batch > 0 { // else it stays dropped until the commit
			t.batch = max(t.batch>>1, minBatch)
		}
	}
}

// A transaction could end before and after each atomic block: then what ran before a
// block cannot make it fail, and others see at once what it did. But beginning and
// committing a transaction costs as much as some hundred instructions. So blocks that
// follow each other become parts of one transaction, up to a number of instructions, the
// batch, that adapts as the quantum does: it grows as long as transactions commit, and is
// halved when one fails. It grows more slowly than the quantum, by one 64th, so that of
// transactions that meet often only some fiftieth fails.
const (
	// minBatch is how many instructions a transaction may always have run for an
	// atomic block to become part of it. Ending it first would cost more than
	// running so few again.
	minBatch    = 1 << 5
	dropped     = -1
	maxBatch    = 1 << 11
	batchGrowth = 1 << 6
)

// DropBatch makes the transaction, when it runs again, end after its first atomic block. It is for
// a block that has to wait and is not the first: what ran before must be committed, and
// another block may be part of that.
func (t *Thread) DropBatch() { t.batch = dropped }

// Dropped reports whether the transaction runs again after DropBatch.
func (t *Thread) Dropped() bool { return t.batch == dropped }

// EndsBeforeBlock reports whether the transaction is to end before an atomic block begins
// that is no part of another, so that what ran before does not make the block fail.
func (t *Thread) EndsBeforeBlock() bool {
	return t.EndsAtBlocks() && t.Ran() > uint64(max(t.batch, minBatch))
}

// EndsAfterBlock reports whether the transaction is to end after an atomic block that was no
// part of another.
func (t *Thread) EndsAfterBlock() bool {
	return t.EndsAtBlocks() && t.Ran() >= uint64(max(t.batch, 0))
}

const (
	minSpinBits = 4
	maxSpinBits = 12 // some microseconds
	spinsOnly   = 3  // from this many failures on the processor is given away too
)

// backOff lets others finish after an abort. It spins a random number of turns
// below a bound that doubles with every failure up to a cap, so that threads
// that failed together do not meet again together. It waits for nobody: some
// transaction has committed, or this one would not have failed.
func (t *Thread) backOff() {
	// xorshift64, Marsaglia 2003.
	t.random ^= t.random << 13
	t.random ^= t.random >> 7
	t.random ^= t.random << 17
	for range t.random & (1<<min(t.failures+minSpinBits, maxSpinBits) - 1) {
		spin()
	}
	if t.failures > spinsOnly {
		goruntime.Gosched()
	}
}

//go:noinline
func spin() {}
