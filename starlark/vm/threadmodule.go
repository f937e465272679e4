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
	t := m.newThread()
	t.handle, t.control = h, h.control
	m.mu.Lock()
	m.live++
	m.running++
	m.mu.Unlock()
	go func() {
		defer m.end(t)
		m.tell(t)
		t.drive(start)
	}()
}

// end notes how t has ended. Who waits for it has been woken by its last transaction.
func (m *Machine) end(t *Thread) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t.handle.number, t.handle.err = t.number, t.err
	if t.err != nil {
		m.hasFailed(t.handle)
	}
	if m.running--; m.running == 0 {
		m.ended.Broadcast()
	}
	m.hasEnded()
}

// Outside implements runtime.Guest: it loads a module. The machine executes the
// instruction again afterwards.
func (t *Thread) Outside() {
	t.outside = true
	t.loadNow()
	t.outside = false
	if t.Slice > 0 {
		t.control.cap(t) // the module has taken its part of the limit
	}
}

func threadID(t *value.Thread, _ value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter()
	defer t.Leave()
	if err := noArgs("id", args, kwargs); err != nil {
		return value.Value{}, err
	}
	return value.Int(int64(threadOf(t).number)), nil
}
