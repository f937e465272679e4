package vm

import (
	"testing"

	"github.com/ungil/tm/runtime"
)

// A transaction that fails halves the batch of atomic blocks, down to a bound.
func TestBatchIsCut(t *testing.T) {
	m := New(Config{World: runtime.NewWorld(runtime.Config{Model: runtime.STM}), Threads: 1})
	thread := m.NewThread()
	thread.batch = 5 * minBatch
	for _, want := range []int64{5 * minBatch / 2, 5 * minBatch / 4, minBatch, minBatch} {
		thread.Checkpoint()
		thread.Restore()
		if thread.batch != want {
			t.Errorf("batch of %d, want %d", thread.batch, want)
		}
	}
}
