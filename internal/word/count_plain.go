//go:build !race && !386 && !arm && !mips && !mipsle

package word

import "unsafe"

// Inc adds one to a count that only one goroutine at a time adds to. It is a plain
// load and store, which on a 64-bit machine cannot be seen half done. Under the
// race detector and on 32-bit machines they are atomic.
func (c *Count) Inc() { *(*uint64)(unsafe.Pointer(&c.n))++ }
