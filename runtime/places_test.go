package runtime

import (
	"testing"

	"github.com/ungil/tm"
)

// spoiled is a loop of n turns whose first *conflicts attempts each meet a conflict.
func spoiled(n int, conflicts *int) []instr {
	var c cell
	attempt := 0
	return loop(0, n, func(m *machine) {
		c.get(m.t)
		c.set(m.t, 1)
		if *conflicts > 0 && m.t.Tx() != nil && m.checkpoints != attempt {
			attempt = m.checkpoints
			*conflicts--
			c.spoil()
		}
	})
}

// placed runs code on a new thread of w, all of it at one place.
func placed(w *World, place uintptr, code []instr) *machine {
	m := &machine{t: w.NewThread(), code: code}
	for range code {
		m.places = append(m.places, place)
	}
	m.t.Run(m)
	return m
}

// The quantum of one place grows while another's is cut, and a thread that starts finds
// both, with what others before it have learned.
func TestQuantumByPlace(t *testing.T) {
	const calm, busy, unknown = 16, 32, 48
	w := NewWorld(Config{Model: STM})
	none, three := 0, 3
	grown := placed(w, calm, spoiled(20*startQuantum, &none)).t.quantum
	if grown <= startQuantum {
		t.Fatalf("quantum %d after transactions without a conflict, want more than %d", grown, startQuantum)
	}
	if m := placed(w, busy, spoiled(10, &three)); m.t.quantum != startQuantum/8 || m.restores != 3 {
		t.Errorf("quantum %d after %d conflicts elsewhere, want %d after 3", m.t.quantum, m.restores, startQuantum/8)
	}
	if s := w.Stats(); s.ShortestQuantum != startQuantum/8 || s.LongestQuantum != uint64(grown) {
		t.Errorf("quanta of %d to %d, want %d to %d", s.ShortestQuantum, s.LongestQuantum, startQuantum/8, grown)
	}
	m := placed(w, calm, spoiled(startQuantum, &none))
	if m.t.quantum != grown || m.checkpoints != 1 {
		t.Errorf("quantum %d and %d transactions where nobody had a conflict, want %d and one", m.t.quantum, m.checkpoints, grown)
	}
	m.code, m.pc = []instr{func(*machine) {}}, 0
	for _, test := range []struct {
		place uintptr
		want  int64
	}{{unknown, grown}, {busy, startQuantum / 8}, {unknown, startQuantum / 8}, {calm, grown}} {
		m.places, m.pc = []uintptr{test.place}, 0
		if m.t.Run(m); m.t.quantum != test.want {
			t.Errorf("quantum %d at place %d, want %d", m.t.quantum, test.place, test.want)
		}
	}
	var places uint64
	for _, n := range w.Stats().Places {
		places += n
	}
	if places != 2 {
		t.Errorf("%d places with a quantum of their own, want the 2 where one was adapted", places)
	}
}

// A transaction that begins where the guest names no place adapts the thread's quantum, and not
// that of the place before.
func TestQuantumWithoutPlace(t *testing.T) {
	w := NewWorld(Config{Model: STM})
	one, two := 1, 2
	m := placed(w, 16, spoiled(1, &one))
	m.places, m.code, m.pc = nil, spoiled(1, &two), 0
	if m.t.Run(m); m.t.quantum != startQuantum/8 {
		t.Errorf("quantum %d, want %d", m.t.quantum, startQuantum/8)
	}
	if m := placed(w, 16, []instr{func(*machine) {}}); m.t.quantum != startQuantum/2 {
		t.Errorf("quantum %d at the place, want %d", m.t.quantum, startQuantum/2)
	}
}

// A quantum that was chosen, and that of a lock, is the same everywhere.
func TestPlacesWithoutAdapting(t *testing.T) {
	for _, c := range []Config{{Model: STM, Quantum: 10}, {Model: GIL}, {Model: Auto}, {Model: Locks}} {
		w := NewWorld(c)
		conflicts := 3
		placed(w, 16, append(spoiled(100, &conflicts), enterAtomic, leaveAtomic))
		if s := w.Stats(); s.ShortestQuantum != s.LongestQuantum || s.Places != [64]uint64{} {
			t.Errorf("%v: quanta of %d to %d, %d places", c.Model, s.ShortestQuantum, s.LongestQuantum, s.Places)
		}
	}
}

// Two places that share an entry take turns; none gets the other's length.
func TestPlacesThatFallTogether(t *testing.T) {
	w := NewWorld(Config{Model: STM})
	none, one := 0, 1
	m := placed(w, 16, spoiled(20*startQuantum, &none))
	entry := m.t.place
	other, tx := uintptr(17), tm.Begin()
	defer tx.Abort()
	for ; ; other++ {
		m.t.tx = tx
		if m.t.StartsAt(other); m.t.place == entry {
			break
		}
	}
	m.t.tx = nil
	if m := placed(w, other, spoiled(1, &one)); m.t.quantum != startQuantum/2 {
		t.Errorf("quantum %d at a place that shares its entry with another, want %d", m.t.quantum, startQuantum/2)
	}
	if m := placed(w, 16, []instr{func(*machine) {}}); m.t.quantum != startQuantum {
		t.Errorf("quantum %d at a place whose entry another has taken, want %d", m.t.quantum, startQuantum)
	}
}
