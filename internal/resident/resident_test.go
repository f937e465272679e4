package resident

import (
	goruntime "runtime"
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
	if before < 1<<20 || before > 1<<40 || after < size {
		t.Errorf("%d bytes, and %d with a block of %d", before, after, size)
	}
}
