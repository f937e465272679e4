package word

import "sync/atomic"

// A Count is a number for statistics. It orders nothing and no decision depends
// on it, so the explorer does not see it.
type Count struct{ n atomic.Uint64 }

// IncShared adds one to a count that any goroutine may add to. No count has both
// this and Inc.
func (c *Count) IncShared() { c.n.Add(1) }

// Load returns the count.
func (c *Count) Load() uint64 { return c.n.Load() }
