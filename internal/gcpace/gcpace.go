// Package gcpace sets the pace of Go's collector by what lives: how much a program may
// allocate between two collections.
//
// GOGC is one percentage for heaps of all sizes. While little lives, a high one saves most of
// the collector's work and costs a few MB; of a large heap it makes five times as much. So
// the percentage is set anew after each collection. It is higher for a program with several
// threads: the collector takes its time from threads that run in parallel, while one thread
// leaves it a processor of its own, if there are several.
package gcpace

import (
	goruntime "runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"sync/atomic"
)

// The heap may grow to what lives and room: as much as is missing to smallHeap, minRoom, or
// minPercent of what lives, whichever is most. The latter two are parallelFactor times as
// much for several threads.
const (
	smallHeap      = 16 << 20 // bytes
	minRoom        = 8 << 20  // bytes
	minPercent     = 50
	parallelFactor = 4

	// maxPercent holds until the first collection, and while next to nothing lives. Go makes
	// none below 4 MB times GOGC divided by 100, which then is smallHeap.
	maxPercent = smallHeap / (4 << 20) * 100
)

// Percent returns the value of GOGC for a heap in which so many bytes live.
func Percent(live uint64, parallel bool) int {
	factor := uint64(1)
	if parallel {
		factor = parallelFactor
	}
	room := max(smallHeap-min(live, smallHeap), minRoom*factor)
	return int(min(max(room*100/max(live, 1), minPercent*factor), maxPercent))
}

// live returns how many bytes lived at the last collection.
func live() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// parallel is set while the program has several threads. It orders nothing: a collection that reads it
// late is followed by another.
var parallel atomic.Bool

// Parallel says whether the program has several threads, which may run in parallel, from now
// on. It takes effect at the next collection. Wait-free.
func Parallel(on bool) { parallel.Store(on) }

var once sync.Once

// Start lets Percent decide from now on, for the rest of the process. It may be called by
// any goroutine, and again. It overrides GOGC: do not call it if the user has set that. A
// limit of memory stays in force besides.
func Start() {
	once.Do(func() {
		debug.SetGCPercent(maxPercent)
		follow()
	})
}

// A mark is an object that nothing refers to, so that the next collection frees it. It has
// a pointer because Go may free small objects without pointers later.
type mark struct{ _ *mark }

// follow sets the percentage after each collection from now on, in a goroutine of Go's
// runtime. If that one gets no processor for so long, collections go by unnoticed.
func follow() {
	goruntime.AddCleanup(new(mark), func(int) {
		debug.SetGCPercent(Percent(live(), parallel.Load()))
		follow()
	}, 0)
}
