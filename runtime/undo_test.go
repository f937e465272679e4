package runtime

import (
	"bytes"
	"slices"
	"testing"
	"unsafe"
)

func TestSavepoints(t *testing.T) {
	eachModel(t, func(t *testing.T, w *World, out *bytes.Buffer) {
		var c cell
		p := &plain{}
		run(w, func(m *machine) {
			step := func(n int, s string) {
				p.set(m.t, n)
				c.set(m.t, n)
				m.t.Write([]byte(s))
			}
			check := func(n int) {
				t.Helper()
				if p.n != n || c.get(m.t) != n {
					t.Errorf("plain %d, cell %d, want %d", p.n, c.get(m.t), n)
				}
			}
			step(1, "a")
			outer := m.t.Savepoint()
			step(2, "b")
			inner := m.t.Savepoint()
			step(3, "c")
			m.t.Rollback(inner)
			check(2)
			inner = m.t.Savepoint()
			step(4, "d")
			m.t.Release(inner)
			check(4)
			step(5, "e")
			m.t.Rollback(outer)
			check(1)
			outer = m.t.Savepoint()
			step(6, "f")
			m.t.Savepoint() // closed with outer
			step(7, "g")
			m.t.Rollback(outer)
			check(1)
			outer = m.t.Savepoint()
			m.t.Savepoint()
			step(8, "h")
			m.t.Release(outer)
			check(8)
		})
		if out.String() != "ah" {
			t.Errorf("output %q, want %q", out, "ah")
		}
		if p.n != 8 || c.load(w) != 8 {
			t.Errorf("plain %d, cell %d, want 8", p.n, c.load(w))
		}
	})
}

func TestUndoIsNewestFirst(t *testing.T) {
	eachModel(t, func(t *testing.T, w *World, _ *bytes.Buffer) {
		var order []int
		run(w, func(m *machine) {
			s := m.t.Savepoint()
			for i := range 5 {
				m.t.PushUndo(&plain{undones: &order}, i, nil, 0)
			}
			m.t.Rollback(s)
		})
		if !slices.Equal(order, []int{4, 3, 2, 1, 0}) {
			t.Errorf("undone in order %v", order)
		}
	})
}

// Under GIL nothing is logged outside of savepoints, and Epoch is 0 there.
func TestLoggingAndEpoch(t *testing.T) {
	eachModel(t, func(t *testing.T, w *World, _ *bytes.Buffer) {
		seen := map[uint64]bool{}
		stm := w.Model() == STM
		fresh := func(m *machine) {
			t.Helper()
			if seen[m.t.Epoch] || m.t.Epoch == 0 || !m.t.Logging() {
				t.Errorf("epoch %d used before or 0, or logging is off", m.t.Epoch)
			}
			seen[m.t.Epoch] = true
		}
		outside := func(m *machine) {
			t.Helper()
			if stm {
				fresh(m)
			} else if m.t.Epoch != 0 || m.t.Logging() {
				t.Errorf("epoch %d, logging %v", m.t.Epoch, m.t.Logging())
			}
		}
		code := []instr{func(m *machine) {
			outside(m)
			a := m.t.Savepoint()
			fresh(m)
			b := m.t.Savepoint()
			fresh(m)
			m.t.Release(b)
			fresh(m)
			b = m.t.Savepoint()
			fresh(m)
			m.t.Rollback(b)
			fresh(m)
			m.t.Release(a)
			outside(m)
			if m.t.Transactional() != stm {
				t.Error("Transactional is wrong")
			}
		}, goOutside}
		m := run(w, append(code, code...)...)
		run(w, code...) // another thread's epochs differ too
		if m.t.Logging() || m.t.Tx() != nil {
			t.Error("logging after the end")
		}
	})
}

// Objects that were saved inside a closed savepoint are saved again outside.
func TestSavedAgainAfterRelease(t *testing.T) {
	w := NewWorld(Config{Model: GIL})
	p := &plain{}
	run(w, func(m *machine) {
		for range 2 {
			a := m.t.Savepoint()
			p.set(m.t, p.n+1)
			m.t.Release(a)
			p.set(m.t, p.n+1)
			b := m.t.Savepoint()
			p.set(m.t, 100)
			m.t.Rollback(b)
		}
	})
	if p.n != 4 || p.saves != 4 {
		t.Errorf("value %d, saved %d times; want 4, 4", p.n, p.saves)
	}
}

func TestEpochBlocks(t *testing.T) {
	w := NewWorld(Config{Model: STM})
	a, b := w.NewThread(), w.NewThread()
	seen := map[uint64]bool{}
	for range 3 {
		for _, th := range []*Thread{a, b} {
			for range 3 {
				th.newEpoch()
				if seen[th.Epoch] || th.Epoch == 0 {
					t.Fatalf("epoch %d given out twice", th.Epoch)
				}
				seen[th.Epoch] = true
			}
			th.lastEpoch += epochBlock - 4 // near the end of its block
			th.newEpoch()
			seen[th.Epoch] = true
		}
	}
}

func TestUndoLogMemory(t *testing.T) {
	th := NewWorld(Config{Model: STM}).NewThread()
	fill := func(n int) {
		o := new(plain)
		for range n {
			th.PushUndo(o, 0, unsafe.Pointer(o), 0)
		}
		th.dropUndo()
	}
	fill(1000)
	for _, e := range th.undo[:cap(th.undo)] {
		if e.object != nil || e.p != nil {
			t.Fatal("an emptied log keeps objects alive")
		}
	}
	o := new(plain)
	if n := testing.AllocsPerRun(10, func() {
		for range 1000 {
			th.PushUndo(o, 0, nil, 0)
		}
		th.dropUndo()
	}); n != 0 {
		t.Errorf("%v allocations with a warm log", n)
	}
	fill(maxKeptUndo * 2)
	if cap(th.undo) != 0 {
		t.Errorf("a log of %d entries is kept", cap(th.undo))
	}
}
