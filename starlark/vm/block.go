package vm

import (
	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark/compile"
	"github.com/ungil/tm/starlark/value"
)

// A block is an open block of a program: atomic, or one of those that only functions of
// the interpreter's own have.
type block struct {
	kind    uint8
	marked  bool // mark is open. Not so in a try block outside of atomic, which undoes nothing
	first   bool // nothing has run in the transaction before the block
	mark    runtime.Savepoint
	top     int // the frame that has it
	goCalls int // when it began
	marks   int // open iterations
	next    int // where to go on if it stops an error
	reg     int // where to put that error
}

// beginBlock begins a block at pc of the running frame. It returns false if the transaction has
// to end first, so that what ran before does not make the block fail, or does
// not wait with it.
func (t *Thread) beginBlock(in *compile.Instr, pc int) bool {
	t.frames[t.top].pc = pc
	first := t.isFirst(pc, 0)
	if in.N == compile.BlockAtomic && t.EndsAtBlocks() && !t.InAtomic() &&
		(t.EndsBeforeBlock() || t.Dropped() && !first || t.irreversible) {
		return false
	}
	b := block{kind: in.N, first: first, top: t.top, goCalls: t.goCalls, marks: len(t.Marks), next: int(in.C), reg: int(in.A)}
	if b.kind == compile.BlockAtomic {
		if !t.Transactional() && !t.InAtomic() {
			t.Checkpoint() // it may have to run again
			t.irreversible = false
		}
		t.EnterAtomic()
	}
	if t.InAtomic() {
		b.marked, b.mark = true, t.Savepoint()
	}
	t.blocks = append(t.blocks, b)
	return true
}

// endBlock ends the innermost block and reports whether the transaction is to
// end here, so that others see what the block did.
func (t *Thread) endBlock() bool {
	last := len(t.blocks) - 1
	b := &t.blocks[last]
	if b.marked {
		t.Release(b.mark)
	}
	t.blocks = t.blocks[:last]
	if b.kind != compile.BlockAtomic {
		return false
	}
	t.LeaveAtomic()
	if t.InAtomic() {
		return false
	}
	if !t.Transactional() {
		t.saved.lowest = neverSaved
	}
	return t.EndsAfterBlock()
}

// isFirst reports whether the transaction began with the instruction at pc of the
// running frame, charged times of which have been taken from the budget.
func (t *Thread) isFirst(pc int, charged int64) bool {
	return t.top == t.startTop && pc == t.startPC && t.Ran() == uint64(charged)
}

// dropBlocks leaves the innermost blocks until n are left. What they did is undone.
func (t *Thread) dropBlocks(n int) {
	left := t.blocks[n:]
	for i := range left {
		if left[i].marked {
			t.Rollback(left[i].mark) // and all inside
			break
		}
	}
	for i := range left {
		if left[i].kind == compile.BlockAtomic {
			t.LeaveAtomic()
		}
	}
	t.blocks = t.blocks[:n]
	if !t.Transactional() && !t.InAtomic() {
		t.saved.lowest = neverSaved
	}
}

// stop hands an error to the innermost block that stops its kind, if there is one
// above the Go function that has called back last, and returns nil. The thread goes on behind
// that block; what the block did is undone. Otherwise the error goes on, or another: who has to
// end cannot be kept from it. pc is that after the instruction that has failed.
func (t *Thread) stop(err error, pc int) error {
	if len(t.blocks) == 0 {
		return err
	}
	kind, v := uint8(compile.BlockAlternative), value.True
	if err != errRetry {
		if _, ok := err.(control); ok {
			return err
		}
		if end := t.interrupted(); end != nil {
			return t.fail(end, pc, "")
		}
		kind, v = compile.BlockTry, newError(asEvalError(err))
	}
	for i := len(t.blocks) - 1; i >= 0 && t.blocks[i].goCalls == t.goCalls; i-- {
		if b := t.blocks[i]; b.kind == kind {
			t.saveDownTo(b.top)
			t.dropBlocks(i)
			t.endMarks(b.marks)
			t.top = b.top
			f := &t.frames[t.top]
			f.pc = b.next
			t.stack[f.base+b.reg] = v
			return nil
		}
	}
	return err
}

// outermost returns the index of the outermost atomic block, -1 if there is none.
func (t *Thread) outermost() int {
	for i := range t.blocks {
		if t.blocks[i].kind == compile.BlockAtomic {
			return i
		}
	}
	return -1
}
