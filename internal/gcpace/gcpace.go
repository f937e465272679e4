// Package gcpace sets the pace of Go's collector by what lives: how much a program may
// allocate between two collections.
//
// GOGC is one percentage for heaps of all sizes. While little lives, a high one saves most of
// the collector's work and costs a few MB; of a large heap it makes five times as much. So
// the percentage is set anew after each collection.
package gcpace

import (
	goruntime "runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

// The heap may grow to what lives and room: as much as is missing to smallHeap, minRoom, or
// minPercent of what lives, whichever is most.
const (
	smallHeap  = 16 << 20 // bytes
	minRoom    = 8 << 20  // bytes
	minPercent = 50

	// maxPercent holds until the first collection, and while next to nothing lives. Go makes
	// none below 4 MB times GOGC divided by 100, which then is smallHeap.
	maxPercent = smallHeap / (4 << 20) * 100
)

// Percent returns the value of GOGC for a heap in which so many bytes live.
func Percent(live uint64) int {
	room := max(smallHeap-min(live, smallHeap), minRoom)
	return int(min(max(room*100/max(live, 1), minPercent), maxPercent))
}

var once sync.Once

// Start lets Percent decide from now on, for the rest of the process. It may be called by
// any goroutine, and again. It overrides GOGC: do not call it if the user has set that. A
// limit of memory stays in force besides.
func Start() {
	once.Do(func() {
		debug.SetGCPercent(maxPercent)
		afterEach(func() { debug.SetGCPercent(Percent(live())) })
	})
}

// live returns how many bytes lived at the last collection.
func live() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// A mark is an object that nothing refers to, so that the next collection frees it. It has
// a pointer because Go may free small objects without pointers later.
type mark struct{ _ *mark }

// afterEach calls f after each collection, in a goroutine of Go's runtime, from the next one on.
// If that goroutine gets no processor for so long, collections go by unnoticed.
func afterEach(f func()) {
	goruntime.AddCleanup(new(mark), func(f func()) {
		f()
		afterEach(f)
	}, f)
}
