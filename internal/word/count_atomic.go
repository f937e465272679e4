//go:build race || 386 || arm || mips || mipsle

package word

// Inc adds one to a count that only one goroutine at a time adds to.
func (c *Count) Inc() { c.n.Store(c.n.Load() + 1) }
