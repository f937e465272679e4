package gcpace

import (
	goruntime "runtime"
	"runtime/metrics"
	"testing"
)

const mb = 1 << 20

func TestPercent(t *testing.T) {
	for _, c := range []struct {
		live           uint64
		want, parallel int
	}{
		{0, 400, 400}, {1, 400, 400}, {3 * mb, 400, 400}, {4 * mb, 300, 400}, {8 * mb, 100, 400}, {10 * mb, 80, 320},
		{16 * mb, 50, 200}, {17 * mb, 50, 200}, {100 * mb, 50, 200}, {1 << 40, 50, 200},
	} {
		if got := Percent(c.live, false); got != c.want {
			t.Errorf("%d bytes: %d, want %d", c.live, got, c.want)
		}
		if got := Percent(c.live, true); got != c.parallel {
			t.Errorf("%d bytes, parallel: %d, want %d", c.live, got, c.parallel)
		}
	}
}

// The more lives, the larger the heap may become.
func TestHeapGrows(t *testing.T) {
	for _, parallel := range []bool{false, true} {
		var before uint64
		for live := uint64(mb / 2); live < 100*mb; live += mb / 8 {
			percent := uint64(Percent(live, parallel))
			heap := max(live+live*percent/100, 4*mb*percent/100)
			if heap+heap/100 < max(before, smallHeap, live+live/2) { // percentages are rounded
				t.Errorf("%d bytes live: the heap may have %d, but %d when less lives", live, heap, before)
			}
			before = heap
		}
	}
}

// gogc returns what the collector is set to.
func gogc() uint64 {
	sample := []metrics.Sample{{Name: "/gc/gogc:percent"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// TestStart collects until the setting follows what lives; it does so some time after
// each collection.
func TestStart(t *testing.T) {
	Start()
	defer Parallel(false)
	block := make([]byte, 64*mb)
	for _, c := range []struct {
		parallel bool
		want     uint64
	}{{false, minPercent}, {true, minPercent * parallelFactor}, {false, minPercent}} {
		Parallel(c.parallel)
		for gogc() != c.want {
			goruntime.GC()
		}
	}
	goruntime.KeepAlive(block)
	for gogc() != maxPercent {
		goruntime.GC()
	}
}
