package vm

import (
	"unsafe"

	"github.com/ungil/tm/starlark/value"
)

// A checkpoint is a thread's private state at the beginning of a transaction.
// Registers are not logged. Those of the frame that runs then are copied at
// once; those of an older frame just before the first return into it, which is
// when they may change for the first time. A callee's registers begin inside
// its caller's, above what the caller still needs; so of the caller those below
// the callee's are copied.
type checkpoint struct {
	top    int // the running frame, -1 before the thread's first
	lowest int // the oldest frame that is saved; -2: nothing is saved (GIL, outside of atomic)
	frames []savedFrame
	regs   []value.Value
	marks  []unsafe.Pointer
	blocks []block // that outlive a transaction: of kind try, and outside of atomic
	steps  uint64
	bytes  uint64 // allocated
	loaded loading
}

// neverSaved is the watermark of a thread that is not put back.
const neverSaved = -2

// A savedFrame is a frame and where its registers are in checkpoint.regs.
type savedFrame struct {
	frame
	index     int
	off, size int
}

// Checkpoint implements runtime.Guest.
func (t *Thread) Checkpoint() {
	c := &t.saved
	c.top, c.lowest = t.top, t.top
	c.frames, c.regs = c.frames[:0], c.regs[:0]
	clear(c.marks) // those that there are no more must not keep objects alive
	c.marks = append(c.marks[:0], t.Marks...)
	c.blocks = append(c.blocks[:0], t.blocks...)
	c.steps, c.bytes, c.loaded = t.control.steps.Load(), t.Allocated, t.loading
	if t.top >= 0 {
		f := &t.frames[t.top]
		t.saveFrame(t.top, f.fn.numRegs)
		t.StartsAt(placeOf(f.fn, f.pc))
	} else if t.start.body == nil && isFunction(t.start.fn) {
		t.StartsAt(placeOf(functionOf(t.start.fn), 0))
	}
}

// placeOf tells an instruction from all others: code does not move.
func placeOf(fn *Function, pc int) uintptr { return uintptr(unsafe.Pointer(&fn.code[pc])) }

// saveFrame saves frame i and the first n of its registers.
func (t *Thread) saveFrame(i, n int) {
	c, f := &t.saved, &t.frames[i]
	c.frames = append(c.frames, savedFrame{frame: *f, index: i, off: len(c.regs), size: n})
	c.regs = append(c.regs, t.stack[f.base:f.base+n]...)
	c.lowest = i
}

// saveCaller is called before the return from the lowest saved frame.
func (t *Thread) saveCaller() {
	if t.top > 0 {
		t.saveDownTo(t.top - 1)
	}
}

// saveDownTo saves all frames down to the given one that are not saved yet.
func (t *Thread) saveDownTo(top int) {
	for i := t.saved.lowest - 1; i >= top; i-- {
		t.saveFrame(i, min(t.frames[i+1].base-t.frames[i].base, t.frames[i].fn.numRegs))
	}
}

// Restore implements runtime.Guest.
func (t *Thread) Restore() {
	c := &t.saved
	t.top = c.top
	for i := range c.frames {
		if forgetsCallers && i > 0 {
			break
		}
		s := &c.frames[i]
		t.frames[s.index] = s.frame
		copy(t.stack[s.base:], c.regs[s.off:s.off+s.size])
	}
	t.endMarks(0)
	t.Marks = append(t.Marks, c.marks...)
	t.blocks = append(t.blocks[:0], c.blocks...)
	t.goCalls, t.nested = 0, 0
	t.goNames = t.goNames[:0]
	t.again = true
	t.control.steps.Store(c.steps)
	t.Allocated = c.bytes
	t.loading = c.loaded
}
