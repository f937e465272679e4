package runtime

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
	"unsafe"

	"github.com/ungil/tm"
	"github.com/ungil/tm/orec"
)

// A toy language: a program is a list of instructions over four registers, plain
// objects and shared cells.

type instr func(m *machine)

// machine is one thread of it, a Guest.
type machine struct {
	t    *Thread
	code []instr
	pc   int
	reg  [4]int
	stop Status // set by an instruction: stop after it

	waited bool // see waitOnce; no conflict takes it back

	saved struct {
		pc  int
		reg [4]int
	}
	places                          []uintptr // of the instructions, for StartsAt; nil: it is not told
	checkpoints, restores, outsides int
	outside                         func()
}

func (m *machine) Checkpoint() {
	m.checkpoints++
	m.saved.pc, m.saved.reg = m.pc, m.reg
	if m.pc < len(m.places) {
		m.t.StartsAt(m.places[m.pc])
	}
}

func (m *machine) Restore() {
	m.restores++
	m.pc, m.reg, m.stop = m.saved.pc, m.saved.reg, 0
}

func (m *machine) Outside() {
	m.outsides++
	if m.outside != nil {
		m.outside()
	}
}

func (m *machine) Resume(t *Thread) Status {
	for m.pc < len(m.code) {
		f := m.code[m.pc]
		m.pc++
		f(m)
		t.Budget--
		if s := m.stop; s != 0 {
			m.stop = 0
			return s
		}
		if t.Budget <= 0 && t.Check() {
			return Yield
		}
	}
	return Done
}

// loop makes register r count down from n around body.
func loop(r, n int, body ...instr) []instr {
	start := func(m *machine) { m.reg[r] = n }
	back := func(m *machine) {
		if m.reg[r]--; m.reg[r] > 0 {
			m.pc -= len(body) + 1
		}
	}
	return append(append([]instr{start}, body...), back)
}

func enterAtomic(m *machine) { m.t.EnterAtomic() }
func leaveAtomic(m *machine) { m.t.LeaveAtomic() }
func goOutside(m *machine)   { m.stop = Outside }

// cell is shared by threads: a slot in transactions, otherwise plain; with a lock.
type cell struct {
	slot orec.Slot
	n    int
	lock Lock
}

// locked makes an instruction one step on c, also under Locks.
func (c *cell) locked(f instr) instr {
	return func(m *machine) {
		if m.t.world.model == Locks {
			m.t.LockAll([]*Lock{&c.lock})
			defer m.t.UnlockAll()
		}
		f(m)
	}
}

type cellVersion struct {
	orec.Version
	n int
}

func (c *cell) get(t *Thread) int {
	if t.Tx() == nil {
		return c.n
	}
	v := (*cellVersion)(unsafe.Pointer(t.Tx().Read(&c.slot)))
	if v == nil {
		return c.n
	}
	return v.n
}

func (c *cell) set(t *Thread, n int) {
	if t.Tx() == nil {
		if t.Logging() {
			t.PushUndo(c, c.n, nil, 0)
		}
		c.n = n
		return
	}
	t.Tx().Write(&c.slot, &(&cellVersion{n: n}).Version)
}

func (c *cell) Undo(at int, _ unsafe.Pointer, _ uint64) { c.n = at }

// spoil commits a change of c by somebody else.
func (c *cell) spoil() {
	tx := tm.Begin()
	tx.Write(&c.slot, &(&cellVersion{n: -1}).Version)
	if !tx.Commit() {
		panic("a lone blind write failed")
	}
}

func (c *cell) load(w *World) int {
	if w.Model() == GIL || w.Model() == Locks {
		return c.n
	}
	tx := tm.Begin()
	defer tx.Abort()
	if v := (*cellVersion)(unsafe.Pointer(tx.Read(&c.slot))); v != nil {
		return v.n
	}
	return c.n
}

func add(c *cell, n int) instr {
	return c.locked(func(m *machine) { c.set(m.t, c.get(m.t)+n) })
}

// plain is an object of one thread, with an epoch.
type plain struct {
	epoch   uint64
	n       int
	saves   int
	undones *[]int
}

func (p *plain) set(t *Thread, n int) {
	if p.epoch != t.Epoch {
		if t.Logging() {
			p.saves++
			t.PushUndo(p, p.n, nil, p.epoch)
		}
		p.epoch = t.Epoch
	}
	p.n = n
}

func (p *plain) Undo(at int, _ unsafe.Pointer, epoch uint64) {
	if p.undones != nil {
		*p.undones = append(*p.undones, at)
	}
	p.n, p.epoch = at, epoch
}

// run runs one machine to its end on a new thread.
func run(w *World, code ...instr) *machine {
	m := &machine{t: w.NewThread(), code: code}
	m.t.Run(m)
	return m
}

// runAll runs n machines at once.
func runAll(w *World, n int, code ...instr) {
	var all sync.WaitGroup
	for range n {
		all.Go(func() { run(w, code...) })
	}
	all.Wait()
}

// eachModel runs f under each model and some quanta.
func eachModel(t *testing.T, f func(t *testing.T, w *World, out *bytes.Buffer)) {
	for _, m := range []Model{GIL, STM, Auto, Locks} {
		for _, quantum := range []int{1, 7, 0} {
			t.Run(fmt.Sprintf("model=%v/quantum=%d", m, quantum), func(t *testing.T) {
				var out bytes.Buffer
				f(t, NewWorld(Config{Model: m, Quantum: quantum, Output: &out}), &out)
			})
		}
	}
}

// mustPanic runs f and returns what it panicked with.
func mustPanic(t *testing.T, f func()) (value any) {
	t.Helper()
	defer func() {
		if value = recover(); value == nil {
			t.Error("no panic")
		}
	}()
	f()
	return nil
}
