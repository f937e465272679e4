package word

import (
	"fmt"
	goruntime "runtime"
	"sync"
	"testing"
	"time"
	"unsafe"
)

func TestLineSize(t *testing.T) {
	want := map[string]int{"amd64": 128, "arm64": 128, "ppc64": 128, "ppc64le": 128, "s390x": 256}[goruntime.GOARCH]
	if want == 0 {
		want = 64
	}
	if LineSize != want || unsafe.Sizeof(Pad{}) != LineSize {
		t.Errorf("on %s a line has %d bytes and a pad %d, want %d", goruntime.GOARCH, LineSize, unsafe.Sizeof(Pad{}), want)
	}
}

// span is when a goroutine was at work.
type span struct{ from, to time.Time }

// overlap returns the time from the first begin to the last end of a and b, and whether they
// were at work together for most of it.
func overlap(a, b span) (whole time.Duration, together bool) {
	first, last, begun, ended := a.from, a.to, b.from, b.to
	if begun.Before(first) {
		first, begun = begun, first
	}
	if ended.After(last) {
		last, ended = ended, last
	}
	whole = last.Sub(first)
	return whole, ended.Sub(begun) > whole*9/10
}

// disturbance lets two goroutines write, each to a word of its own, at several
// distances in turn. It returns the shortest time of a write at each distance, of
// those repetitions in which both were at work together.
func disturbance(distances []int, repetitions int) map[int]float64 {
	const writes = 5000
	memory := make([]Uint64, 1024)
	// The first word is where a pair of lines begins, so that 64 bytes on is the other of the pair.
	first := memory[(-uintptr(unsafe.Pointer(&memory[0]))%512)/8:]
	spans := [2][]span{}
	var ready Uint64
	var both sync.WaitGroup
	for i := range spans {
		both.Go(func() {
			for k := range uint64(repetitions * len(distances)) {
				w := &first[i*distances[k%uint64(len(distances))]/8]
				// Whoever is first waits without giving up its processor, so that both
				// are at work when the second comes; but not for ever.
				ready.Add(1)
				for looks := 0; ready.Load() < 2*(k+1); looks++ {
					if looks > 100_000 {
						goruntime.Gosched()
					}
				}
				from := time.Now()
				for range writes {
					w.Add(1)
				}
				spans[i] = append(spans[i], span{from, time.Now()})
			}
		})
	}
	both.Wait()
	best := map[int]float64{}
	for k := range spans[0] {
		d := distances[k%len(distances)]
		whole, together := overlap(spans[0][k], spans[1][k])
		took := float64(whole.Nanoseconds()) / writes
		if old, seen := best[d]; together && (!seen || took < old) {
			best[d] = took
		}
	}
	return best
}

// BenchmarkFalseSharing shows what a write costs beside another processor's
// writes to a word at some distance, and its ratio to the cost at a distance of 2048:
// without padding (8 bytes), on the next line, and at the distance that Pad keeps.
func BenchmarkFalseSharing(b *testing.B) {
	if goruntime.GOMAXPROCS(0) < 2 {
		b.Skip("needs two processors")
	}
	const far = 2048
	for b.Loop() {
		best := disturbance([]int{8, 64, LineSize, 256, far}, 300)
		if len(best) < 5 {
			b.Log("the two were not at work together often enough: the machine has other work; run it again")
		}
		for d, ns := range best {
			b.ReportMetric(ns, fmt.Sprintf("ns/%dB", d))
			if d == 8 || d == LineSize {
				b.ReportMetric(ns/best[far], fmt.Sprintf("%dB/far", d))
			}
		}
	}
	b.ReportMetric(0, "ns/op")
}

func TestOverlap(t *testing.T) {
	at := func(ms int) time.Time { return time.UnixMilli(int64(ms)) }
	for _, c := range []struct {
		a, b     span
		whole    time.Duration
		together bool
	}{
		{span{at(0), at(100)}, span{at(2), at(101)}, 101 * time.Millisecond, true},
		{span{at(2), at(99)}, span{at(0), at(100)}, 100 * time.Millisecond, true},
		{span{at(0), at(100)}, span{at(50), at(150)}, 150 * time.Millisecond, false},
		{span{at(200), at(300)}, span{at(0), at(100)}, 300 * time.Millisecond, false},
	} {
		if whole, together := overlap(c.a, c.b); whole != c.whole || together != c.together {
			t.Errorf("%v and %v: %v, together %t, want %v, %t", c.a, c.b, whole, together, c.whole, c.together)
		}
	}
}
