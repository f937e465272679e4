package vm

// freshInstructions is how many instructions a transaction may have run for an
// atomic block to become part of it. Ending it first would cost more than
// running so few again.
const freshInstructions = 32

// atomicBegin begins an atomic block. It returns false if the transaction has
// to end first, so that what ran before does not make the block fail.
func (t *Thread) atomicBegin() bool {
	if t.EndsAtBlocks() && !t.InAtomic() && t.Ran() > freshInstructions {
		return false
	}
	t.EnterAtomic()
	t.atomics = append(t.atomics, t.Savepoint())
	return true
}

// atomicEnd ends the innermost block and reports whether the transaction is to
// end here, so that others see at once what the block did.
func (t *Thread) atomicEnd() bool {
	last := len(t.atomics) - 1
	t.Release(t.atomics[last])
	t.atomics = t.atomics[:last]
	t.LeaveAtomic()
	return t.EndsAtBlocks() && !t.InAtomic()
}
