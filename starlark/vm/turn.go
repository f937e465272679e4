package vm

// untilCancelled returns what is closed when t is cancelled, for t to wait until it may become
// irrevocable: in this attempt of its transaction, or at the begin of the next one. goesOn
// ends that, on the same goroutine.
func (m *Machine) untilCancelled(t *Thread) <-chan struct{} {
	cancelled := make(chan struct{})
	t.waitsForTurn = true
	m.mu.Lock()
	m.turns[t] = cancelled
	if t.handle != nil && m.isCancelled() {
		m.endTurn(t)
	}
	m.mu.Unlock()
	t.control.onCancel(func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.endTurn(t)
	})
	return cancelled
}

// endTurn ends t's wait, if it still waits. m.mu is held.
func (m *Machine) endTurn(t *Thread) {
	if c := m.turns[t]; c != nil {
		close(c)
		delete(m.turns, t)
	}
}

func (m *Machine) goesOn(t *Thread) {
	t.waitsForTurn = false
	t.control.onCancel(nil)
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.turns, t)
}
