package vm

import (
	"fmt"

	"github.com/ungil/tm/starlark/value"
)

// threadModule makes the module thread.
func threadModule(_ *value.Thread, c *Config) value.Value {
	return value.NewModule("thread", map[string]value.Value{
		"start": value.NewBuiltin("start", threadStart),
		"id":    value.NewBuiltin("id", threadID),
		"count": value.Int(int64(c.Threads)),
	})
}

// threadStart is thread.start(f, *args, **kwargs). The thread begins to run when
// the transaction that starts it has committed.
func threadStart(t *value.Thread, _ value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter(args...)
	defer t.Leave()
	if len(args) == 0 {
		return value.Value{}, fmt.Errorf("start: missing argument for f, the function to run")
	}
	if f := args[0]; !value.IsCallable(f) {
		return value.Value{}, fmt.Errorf("start: for parameter f: got %s, want callable", f.TypeName())
	}
	start := startCall{fn: args[0], args: append([]value.Value(nil), args[1:]...), kwargs: append([]value.KV(nil), kwargs...)}
	value.Publish(t, start.fn)
	for _, v := range start.args {
		value.Publish(t, v)
	}
	for _, kw := range start.kwargs {
		value.Publish(t, kw.Value)
	}
	m := threadOf(t).machine
	h := newHandle(t, m)
	t.Defer(func() { m.start(h, start) })
	return h.value(), nil
}

// start runs a thread. It is an effect of the transaction that asked for it, so
// the main thread cannot have ended.
func (m *Machine) start(h *Handle, start startCall) {
	t := m.NewThread()
	t.handle = h
	m.running.Add(1)
	go func() {
		defer m.running.Done()
		t.drive(start)
		m.end(t)
	}()
}

// end tells those who wait that t has ended.
func (m *Machine) end(t *Thread) {
	m.mu.Lock()
	t.handle.number, t.handle.err = t.number, t.err
	if t.err != nil {
		m.failed = append(m.failed, t.handle)
	}
	m.mu.Unlock()
	close(t.handle.ended)
}

// Outside implements runtime.Guest: it waits for the thread that a built-in
// asked for, or loads a module. The machine executes the instruction again afterwards.
func (t *Thread) Outside() {
	h := t.waiting
	t.waiting = nil
	if h == nil {
		t.outside = true
		t.loadNow()
		t.outside = false
		return
	}
	if t.handle != nil && !t.machine.mayWait(t.handle, h) {
		t.deadlock = true
		return
	}
	select {
	case <-h.ended:
	case <-t.machine.cancelled:
	case <-t.control.done():
	}
	if t.handle != nil {
		t.machine.mu.Lock()
		t.handle.waitsFor = nil
		t.machine.mu.Unlock()
	}
}

// mayWait notes that the thread of h waits for the thread of other, unless that
// one waits for h already, itself or by way of others. The main thread has no
// handle: nobody waits for it.
func (m *Machine) mayWait(h, other *Handle) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for o := other; o != nil; o = o.waitsFor {
		if o == h {
			return false
		}
	}
	h.waitsFor = other
	return true
}

func threadID(t *value.Thread, _ value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter()
	defer t.Leave()
	if err := noArgs("id", args, kwargs); err != nil {
		return value.Value{}, err
	}
	return value.Int(int64(threadOf(t).number)), nil
}
