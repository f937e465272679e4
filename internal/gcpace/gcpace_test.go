package gcpace

import (
	goruntime "runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
	"testing"
)

func TestPercent(t *testing.T) {
	const mb = 1 << 20
	for _, c := range []struct {
		live uint64
		want int
	}{
		{0, 400}, {1, 400}, {3 * mb, 400}, {4 * mb, 300}, {8 * mb, 100}, {10 * mb, 80}, {16 * mb, 50}, {17 * mb, 50}, {100 * mb, 50}, {1 << 40, 50},
	} {
		if got := Percent(c.live); got != c.want {
			t.Errorf("%d bytes: %d, want %d", c.live, got, c.want)
		}
	}
}

// The more lives, the larger the heap may become.
func TestHeapGrows(t *testing.T) {
	const mb = 1 << 20
	var before uint64
	for live := uint64(mb / 2); live < 100*mb; live += mb / 8 {
		percent := uint64(Percent(live))
		heap := max(live+live*percent/100, 4*mb*percent/100)
		if heap+heap/100 < max(before, smallHeap, live+minRoom, live+live/2) {
			t.Errorf("%d bytes live: the heap may have %d, but %d when less lives", live, heap, before)
		}
		before = heap
	}
}

// gogc returns what the collector is set to.
func gogc() uint64 {
	sample := []metrics.Sample{{Name: "/gc/gogc:percent"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// TestStart collects until the setting follows what lives; each collection is followed
// by a cleanup some time later.
func TestStart(t *testing.T) {
	debug.SetGCPercent(100)
	Start()
	block := make([]byte, 64<<20)
	for gogc() != minPercent {
		goruntime.GC()
	}
	goruntime.KeepAlive(block)
	for gogc() != maxPercent {
		goruntime.GC()
	}
}

func TestAfterEach(t *testing.T) {
	var calls atomic.Int32
	afterEach(func() { calls.Add(1) })
	for calls.Load() < 3 {
		goruntime.GC()
	}
}
