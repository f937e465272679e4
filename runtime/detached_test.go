package runtime

import "testing"

// TestDetachedReads: what a guest keeps of a transaction's reads says nothing of the other transaction.
func TestDetachedReads(t *testing.T) {
	run(NewWorld(Config{Model: STM}), func(m *machine) {
		before, inside := m.t.Reading, uint64(0)
		m.t.Detached(func() { inside = m.t.Reading })
		if after := m.t.Reading; before == inside || inside == after || after == before {
			t.Errorf("Reading is %d before, %d inside, %d after: want different numbers", before, inside, after)
		}
	})
}
