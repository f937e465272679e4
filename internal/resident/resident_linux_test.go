package resident

import (
	"syscall"
	"testing"
)

// TestPeakIsOfMemory: addresses that are taken and not used count for nothing.
func TestPeakIsOfMemory(t *testing.T) {
	before := Peak()
	const size = 512 << 20
	reserved, err := syscall.Mmap(-1, 0, size, syscall.PROT_NONE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Skip("no addresses to spare:", err)
	}
	defer func() {
		if err := syscall.Munmap(reserved); err != nil {
			t.Error(err)
		}
	}()
	if after := Peak(); after > before+size/2 {
		t.Errorf("%d bytes, and %d with %d reserved", before, after, size)
	}
}
