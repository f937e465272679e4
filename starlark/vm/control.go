package vm

import (
	"fmt"
	"math"
	"sync"
	"sync/atomic"
)

// A Control stops a thread from outside, or when it has run too long. Its methods
// may be called by any goroutine.
type Control struct {
	// reason is set once, nil before; the thread reads it at its switch points.
	// It orders nothing: who reads it late runs a little longer.
	reason atomic.Pointer[string]
	steps  atomic.Uint64 // executed, as far as the budget counts them; written by the thread alone
	limit  atomic.Uint64 // of steps; 0: none
	bytes  atomic.Uint64 // allocated, as of the last switch point; written by the thread alone
	most   atomic.Uint64 // bytes; 0: no limit

	mu   sync.Mutex
	wake func() // wakes the thread, if it sleeps; nil otherwise
}

// A CancelError is why a thread was stopped from outside.
type CancelError struct{ Reason string }

// Error implements error.
func (e *CancelError) Error() string { return "Starlark computation cancelled: " + e.Reason }

// Cancel makes the thread fail at its next switch point, or where it waits. The first
// reason stays until Uncancel.
func (c *Control) Cancel(reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reason.Load() != nil {
		return
	}
	c.reason.Store(&reason)
	if c.wake != nil {
		c.wake()
	}
}

// Uncancel takes Cancel back.
func (c *Control) Uncancel() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reason.Store(nil)
}

// take counts what others have allocated for the thread: the modules that it loads.
func (c *Control) take(t *Thread) { t.Allocated = max(t.Allocated, c.bytes.Load()) }

// onCancel makes Cancel call wake from now on; if the thread is cancelled already, at
// once. nil: nothing.
func (c *Control) onCancel(wake func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wake = wake
	if wake != nil && c.reason.Load() != nil {
		wake()
	}
}

// Steps returns how many instructions the thread has executed and committed. They
// are counted at the end of a round of a loop, at calls and at returns.
func (c *Control) Steps() uint64 { return c.steps.Load() }

// SetMaxSteps makes the thread fail once it has executed so many; 0: no limit.
// It takes effect for the next call.
func (c *Control) SetMaxSteps(n uint64) { c.limit.Store(n) }

// Bytes returns how many bytes the thread has allocated and committed; see value.Thread.Charge.
func (c *Control) Bytes() uint64 { return c.bytes.Load() }

// SetMaxBytes makes the thread fail once it has allocated more; 0: no limit. It takes
// effect for the next call.
func (c *Control) SetMaxBytes(n uint64) { c.most.Store(n) }

// cap makes the runtime call back when the limit is reached.
func (c *Control) cap(t *Thread) {
	t.AllocationLimit = math.MaxUint64
	if n := c.most.Load(); n > 0 {
		t.AllocationLimit = n
	}
	t.Slice = 0
	if n := c.limit.Load(); n > 0 {
		t.Slice = int64(min(max(n, c.steps.Load()+1)-c.steps.Load(), 1<<62))
	}
}

// count adds what was executed since the last time.
func (t *Thread) count() {
	ran := t.Ran()
	t.control.steps.Store(t.control.steps.Load() + ran - t.counted)
	t.counted = ran
	t.control.bytes.Store(t.Allocated)
	if t.Slice > 0 {
		t.control.cap(t)
	}
}

// interrupted returns the error that stops the thread, if any.
func (t *Thread) interrupted() error {
	if err := t.stopped(); t.Stops(err != nil) {
		return err
	}
	return nil
}

func (t *Thread) stopped() error {
	c := t.control
	if n := c.limit.Load(); n > 0 && c.steps.Load() >= n {
		c.Cancel("too many steps")
	}
	if t.Allocated > t.AllocationLimit {
		c.Cancel(fmt.Sprintf("more than %d bytes allocated", t.AllocationLimit))
	}
	return t.Cancelled()
}

// Cancelled returns the error with which the thread is to end if somebody has asked for that:
// of it, or of the thread that loads the module which it is part of. It may be called by any
// goroutine.
func (t *Thread) Cancelled() error {
	if t.handle != nil && t.machine.isCancelled() {
		return errCancelled
	}
	if r := t.control.reason.Load(); r != nil {
		return &CancelError{*r}
	}
	if by := t.machine.config.LoadedBy; by != nil {
		return by.Cancelled()
	}
	return nil
}
