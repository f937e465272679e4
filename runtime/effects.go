package runtime

// effect is a call, or output: the bytes of the batch's buffer up to end.
type effect struct {
	f   func()
	end int
}

// effectMark is a place in a batch.
type effectMark struct{ effects, out int }

// batch holds the effects of one transaction in the order they were asked for.
type batch struct {
	effects []effect
	out     []byte
	ran     int // effects before this have happened or are happening
	written int // bytes of out before this are written
}

func (b *batch) empty() bool { return len(b.effects) == 0 }

func (b *batch) call(f func()) {
	b.effects = append(b.effects, effect{f: f, end: len(b.out)})
}

func (b *batch) write(p []byte) {
	b.out = append(b.out, p...)
	if n := len(b.effects); n > 0 && b.effects[n-1].f == nil {
		b.effects[n-1].end = len(b.out) // one write for output with nothing in between
		return
	}
	b.effects = append(b.effects, effect{end: len(b.out)})
}

func (b *batch) mark() effectMark { return effectMark{len(b.effects), len(b.out)} }

// rollback drops what was added since m was made.
func (b *batch) rollback(m effectMark) {
	clear(b.effects[m.effects:])
	b.effects, b.out = b.effects[:m.effects], b.out[:m.out]
	if m.effects > 0 {
		b.effects[m.effects-1].end = m.out // it may have grown since
	}
}

// reset empties b. Buffers that grew large go to the collector.
func (b *batch) reset() {
	const keep = 1 << 16
	if cap(b.out) > keep || cap(b.effects) > keep/16 {
		*b = batch{}
		return
	}
	clear(b.effects)
	*b = batch{effects: b.effects[:0], out: b.out[:0]}
}

// run makes the effects happen. If one panics, the rest still happens before
// the panic goes on.
func (b *batch) run(w *World) {
	defer func() {
		if b.ran < len(b.effects) {
			b.run(w)
		}
	}()
	for b.ran < len(b.effects) {
		e := b.effects[b.ran]
		b.ran++
		if e.f != nil {
			e.f()
			continue
		}
		p := b.out[b.written:e.end]
		b.written = e.end
		w.write(p)
	}
}

// Defer makes f run once after the transaction has committed, in commit order
// with the effects of all threads, and never if it fails. f runs on the
// goroutine of any thread of the world, one effect at a time; it must not use
// the Thread, nor wait for another thread. Outside of a transaction it runs at once.
func (t *Thread) Defer(f func()) {
	if !t.running {
		f()
		return
	}
	t.pending.call(f)
	t.effectsAtOnce()
}

// Write adds p to the output of the transaction, which is written to
// Config.Output in commit order. It never fails; World.OutputError tells of
// errors of the output. It keeps no reference to p.
func (t *Thread) Write(p []byte) (int, error) {
	if !t.running || outputAtOnce {
		t.world.write(p)
		return len(p), nil
	}
	t.pending.write(p)
	t.effectsAtOnce()
	return len(p), nil
}

// effectsAtOnce makes effects happen now under Locks, unless a savepoint is open. There is
// nothing to wait for, and so their order is that in which they were asked for.
func (t *Thread) effectsAtOnce() {
	if t.world.model == Locks && !t.exclusive {
		t.runEffects()
	}
}

// runEffects makes the pending effects happen now. For a thread that holds the lock,
// or under Locks.
func (t *Thread) runEffects() {
	if t.pending.empty() {
		return
	}
	if t.world.model == Locks {
		t.world.effectMu.Lock()
		defer t.world.effectMu.Unlock()
	}
	defer t.pending.reset()
	t.pending.run(t.world)
}
