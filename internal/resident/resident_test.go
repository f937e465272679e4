package resident

import (
	goruntime "runtime"
	"runtime/debug"
	"testing"
)

func TestPeak(t *testing.T) {
	before := Peak()
	if goruntime.GOOS != "linux" {
		t.Skipf("%s does not tell: %d", goruntime.GOOS, before)
	}
	const size = 64 << 20
	block := make([]byte, size)
	for i := range block {
		block[i] = 1
	}
	after := Peak()
	goruntime.KeepAlive(block)
	if before < 1<<20 || before > 1<<40 || after < size || after > before+1<<30 {
		t.Errorf("%d bytes, and %d with a block of %d", before, after, size)
	}
	block = nil
	debug.FreeOSMemory()                   // gives the block back to the system
	if now := Peak(); now < after-size/2 { // the system counts in batches, by thread
		t.Errorf("%d bytes when the block is gone, want about what there was at most, %d", now, after)
	}
}
