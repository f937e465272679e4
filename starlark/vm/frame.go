package vm

import (
	"fmt"
	"unsafe"

	"github.com/ungil/tm/starlark/value"
)

// maxFrames bounds the depth of Starlark calls, maxRegisters what their
// registers take (128 MB), and maxGoCalls the depth of built-ins that call
// back, each of which also takes some of Go's stack.
const (
	maxFrames    = 100_000
	maxRegisters = 1 << 23
	maxGoCalls   = 1_000
)

// valueSize is what an element takes, in bytes.
const valueSize = int(unsafe.Sizeof(value.Value{}))

// stackOverflow begins the errors of these limits, in the words of starlark-go.
const stackOverflow = "Starlark stack overflow"

// A frame is one Starlark call. Its registers are stack[base : base+NumRegs].
// The register for the result is named by the caller's call instruction.
type frame struct {
	fn    *Function
	base  int
	pc    int  // the next instruction, while another frame runs or none
	entry bool // called from Go: its return leaves the loop
}

// push makes a frame for fn whose registers begin at stack[base] and makes it
// the running one. The caller has saved its own pc.
func (t *Thread) push(fn *Function, base int, entry bool) error {
	// One more, so that a frame without registers has a base too.
	if n := base + fn.numRegs + 1; n > len(t.stack) {
		if err := t.growStack(n); err != nil {
			return err
		}
	}
	t.top++
	if t.top == len(t.frames) {
		if err := t.growFrames(); err != nil {
			t.top--
			return err
		}
	}
	f := &t.frames[t.top]
	f.fn, f.base, f.pc, f.entry = fn, base, 0, entry
	return nil
}

// growStack makes the stack at least n registers long. Registers move: every
// *registers held is stale afterwards.
func (t *Thread) growStack(n int) error {
	if n > maxRegisters {
		return fmt.Errorf("%s: calls are nested %d deep and have too many variables", stackOverflow, t.top+1)
	}
	stack := make([]value.Value, min(max(n, 2*len(t.stack), 128), maxRegisters))
	t.Charge(len(stack) * valueSize)
	copy(stack, t.stack)
	t.stack = stack
	return nil
}

// growFrames makes room for another frame.
func (t *Thread) growFrames() error {
	if len(t.frames) >= maxFrames {
		return fmt.Errorf("%s: calls are nested %d deep", stackOverflow, maxFrames)
	}
	frames := make([]frame, min(max(2*len(t.frames), 64), maxFrames))
	t.Charge(len(frames) * int(unsafe.Sizeof(frame{})))
	copy(frames, t.frames)
	t.frames = frames
	return nil
}

// window returns the registers of a frame that begins at stack[base]. The array
// type is larger than the frame, hence the pragma.
//
//go:nocheckptr
func (t *Thread) window(base int) *registers {
	return (*registers)(unsafe.Pointer(&t.stack[base]))
}

// free returns where registers begin that no frame uses.
func (t *Thread) free() int {
	if t.top < 0 {
		return 0
	}
	f := &t.frames[t.top]
	return f.base + f.fn.numRegs
}

// Calls leave values in registers that no frame uses any more, which would keep the
// collector from freeing them. At the first switch point after forgetEvery instructions so
// many of these registers are cleared: deeper ones are rare, and clearing these takes a
// thousandth of the time.
const (
	forgetEvery     = 1 << 15
	forgetRegisters = 1 << 10
)

// forget clears registers that no frame uses, and what the thread remembers of its reads, if it is time.
func (t *Thread) forget() {
	steps := t.control.steps.Load()
	if steps-t.forgot < forgetEvery {
		return
	}
	t.forgot = steps
	t.Forget()
	clearSome(t.stack[t.free():])
	clearSome(t.saved.regs[len(t.saved.regs):cap(t.saved.regs)])
}

func clearSome(dead []value.Value) { clear(dead[:min(len(dead), forgetRegisters)]) }
