package main

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"unsafe"

	"github.com/ungil/tm/orec"
	"github.com/ungil/tm/runtime"
)

// A variable is shared by all threads. In a transaction its value is the version of the
// slot that the transaction sees; where there is none, and while one thread runs at a
// time, it is plain.
type variable struct {
	slot  orec.Slot
	plain int
}

type version struct {
	orec.Version
	value int
}

func (v *variable) load(t *runtime.Thread) int {
	if tx := t.Tx(); tx != nil {
		if n := (*version)(unsafe.Pointer(tx.Read(&v.slot))); n != nil {
			return n.value
		}
	}
	return v.plain
}

func (v *variable) store(t *runtime.Thread, x int) {
	tx := t.Tx()
	if tx == nil {
		if t.Logging() { // an atomic block may have to be taken back
			t.PushUndo(v, v.plain, nil, 0)
		}
		v.plain = x
		return
	}
	if n := (*version)(unsafe.Pointer(tx.Pending(&v.slot))); n != nil {
		n.value = x
		return
	}
	tx.Write(&v.slot, &(&version{value: x}).Version)
}

// Undo implements runtime.Undoable.
func (v *variable) Undo(plain int, _ unsafe.Pointer, _ uint64) { v.plain = plain }

// An execution is one run of a program.
type execution struct {
	program   *program
	world     *runtime.World
	variables []variable
	threads   sync.WaitGroup

	mu   sync.Mutex
	errs []error
}

// execute runs a program and returns the errors of its threads.
func execute(p *program, c runtime.Config) (runtime.Stats, error) {
	x := &execution{program: p, world: runtime.NewWorld(c), variables: make([]variable, p.variables)}
	x.run(&machine{execution: x, registers: registers{pc: p.main}})
	x.threads.Wait()
	return x.world.Stats(), errors.Join(append(x.errs, x.world.OutputError())...)
}

// run runs a thread to its end.
func (x *execution) run(m *machine) {
	x.world.NewThread().Run(m)
	if m.err != nil {
		x.mu.Lock()
		defer x.mu.Unlock()
		x.errs = append(x.errs, m.err)
	}
}

// A machine is one thread of the language: a runtime.Guest. Nobody else reaches it, so all that
// a transaction can change of it is copied before and put back after a conflict.
type machine struct {
	*execution
	registers
	saved    registers
	children sync.WaitGroup // threads that it has started

	block   runtime.Savepoint // where the outermost atomic block began
	atBlock registers         // and as what
	first   bool              // its begin was the first instruction of the transaction
}

// limit is how many values a stack may have, and how many calls may be open.
const limit = 1 << 12

type registers struct {
	pc      int
	stack   []int
	returns []int
	blocks  int   // atomic blocks that are open
	err     error // what has ended the thread
}

func (r *registers) set(from *registers) {
	stack, returns := append(r.stack[:0], from.stack...), append(r.returns[:0], from.returns...)
	*r = *from
	r.stack, r.returns = stack, returns
}

// Checkpoint implements runtime.Guest.
func (m *machine) Checkpoint() { m.saved.set(&m.registers) }

// Restore implements runtime.Guest.
func (m *machine) Restore() { m.registers.set(&m.saved) }

// Outside implements runtime.Guest: the thread waits for those that it has started.
func (m *machine) Outside() { m.children.Wait() }

// Resume implements runtime.Guest. Another thread may come between any two
// instructions that are not in one atomic block.
func (m *machine) Resume(t *runtime.Thread) runtime.Status {
	for {
		in := &m.program.code[m.pc]
		m.pc++
		switch err := m.step(t, in); {
		case err != nil:
			m.err = fmt.Errorf("line %d: %w", in.line, err)
			if m.blocks > 0 {
				t.Rollback(m.block) // nobody sees half of a block
				t.LeaveAtomic()
			}
			return runtime.Done
		case in.op == stop:
			return runtime.Done
		case in.op == join:
			return runtime.Outside
		case in.op == await && m.pop() == 0:
			return m.wait(t)
		}
		if t.Budget--; t.Budget <= 0 && t.Check() {
			return runtime.Yield
		}
	}
}

// wait goes back to the begin of the atomic block, to run it again. The runtime takes back
// all that is in the transaction of a thread that waits, but what came before the
// block must stay, and others must see it: it may be what they wait for. So
// that is committed first, and a thread sleeps only if its transaction began with the block.
func (m *machine) wait(t *runtime.Thread) runtime.Status {
	t.Rollback(m.block)
	t.LeaveAtomic()
	m.registers.set(&m.atBlock)
	if !m.first {
		return runtime.Yield
	}
	t.WaitFor(nil, false)
	return runtime.Wait
}

// step runs one instruction.
func (m *machine) step(t *runtime.Thread, in *instruction) (err error) {
	if n := needs[in.op]; len(m.stack) < n {
		return fmt.Errorf("the stack has %d values, and %d are needed", len(m.stack), n)
	}
	switch in.op {
	case push:
		m.push(in.argument)
	case jump:
		m.pc = in.argument
	case jumpIfZero:
		if m.pop() == 0 {
			m.pc = in.argument
		}
	case call:
		m.returns = append(m.returns, m.pc)
		m.pc = in.argument
	case leave:
		last := len(m.returns) - 1
		m.pc, m.returns = m.returns[last], m.returns[:last]
	case binary:
		b, a := m.pop(), m.pop()
		a, err = binaries[in.argument].of(a, b)
		m.push(a)
	case duplicate:
		m.push(m.stack[len(m.stack)-1])
	case over:
		m.push(m.stack[len(m.stack)-2])
	case drop:
		m.pop()
	case swap:
		b, a := m.pop(), m.pop()
		m.stack = append(m.stack, b, a)
	default:
		err = m.shared(t, in)
	}
	if len(m.stack) > limit || len(m.returns) > limit {
		return fmt.Errorf("more than %d values or calls", limit)
	}
	return err
}

// shared runs an instruction that others can notice.
func (m *machine) shared(t *runtime.Thread, in *instruction) error {
	switch in.op {
	case load, store:
		at := m.pop()
		if at < 0 || at >= len(m.variables) {
			return fmt.Errorf("there is no variable with the address %d", at)
		}
		if in.op == load {
			m.push(m.variables[at].load(t))
		} else {
			m.variables[at].store(t, m.pop())
		}
	case begin:
		if m.blocks == 0 {
			m.first = t.Ran() == 0
			m.atBlock.set(&m.registers)
			m.atBlock.pc--
			t.EnterAtomic()
			m.block = t.Savepoint()
		}
		m.blocks++
	case end:
		if m.blocks--; m.blocks == 0 {
			t.Release(m.block)
			t.LeaveAtomic()
		}
	case join:
		if m.blocks > 0 {
			return errors.New("join in an atomic block, where no other thread could end")
		}
	case await:
		if m.blocks == 0 {
			return errors.New("await outside of an atomic block, where there is nothing to run again")
		}
	case start:
		// The new thread begins when the step that starts it is final. It ends with the word.
		child := &machine{execution: m.execution, registers: registers{pc: in.argument, returns: []int{len(m.program.code) - 1}}}
		t.Defer(func() {
			m.children.Add(1)
			m.threads.Go(func() {
				defer m.children.Done()
				m.run(child)
			})
		})
	case printNumber:
		t.Write(strconv.AppendInt(nil, int64(m.pop()), 10))
		t.Write([]byte("\n"))
	}
	return nil
}

func (m *machine) push(x int) { m.stack = append(m.stack, x) }

func (m *machine) pop() int {
	last := len(m.stack) - 1
	x := m.stack[last]
	m.stack = m.stack[:last]
	return x
}

// binaries are the words that make one number of two.
var binaries = []struct {
	name string
	of   func(a, b int) (int, error)
}{
	{"+", func(a, b int) (int, error) { return a + b, nil }},
	{"-", func(a, b int) (int, error) { return a - b, nil }},
	{"*", func(a, b int) (int, error) { return a * b, nil }},
	{"mod", func(a, b int) (int, error) {
		if b == 0 {
			return 0, errors.New("division by zero")
		}
		return a % b, nil
	}},
	{"=", func(a, b int) (int, error) { return truth(a == b), nil }},
	{"<", func(a, b int) (int, error) { return truth(a < b), nil }},
}

// truth is -1 for true and 0 for false, as in Forth.
func truth(b bool) int {
	if b {
		return -1
	}
	return 0
}
