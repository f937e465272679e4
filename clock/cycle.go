package clock

import (
	"fmt"
	goruntime "runtime"

	"github.com/ungil/tm/asm"
)

// A Calibration is what was measured of the cycle counters of one machine. All
// numbers are in ticks of the counter.
type Calibration struct {
	Processors  int    // that this process may run on
	Pairs       int    // of processors that were compared
	Granularity uint64 // the smallest step between two readings on one processor
	Offset      uint64 // the largest difference found between two counters
	Latency     uint64 // the smallest mean time of one message between two processors
	Least       int64  // the smallest difference between a reading and an earlier one on the other side
}

// judge returns why cycle counters that were calibrated like this cannot be the
// clock, or "" if they can.
//
// What A1 needs: whenever one processor has learned, through memory, of
// something that another did after its reading, its own reading is strictly
// larger. Learning takes at least one message, so it is enough that a message
// takes longer than the counters differ and than one step. Twice the step and
// half the latency leave as much again for what the measurement has missed.
func (c *Calibration) judge() string {
	switch {
	case c.Pairs == 0:
		return "the counters of no two processors could be compared"
	case c.Least < int64(2*c.Granularity):
		return fmt.Sprintf("a message was seen to take %d ticks, less than two steps of %d", c.Least, c.Granularity)
	case c.Offset > c.Latency/2:
		return fmt.Sprintf("two counters differ by %d ticks, more than half a message's %d", c.Offset, c.Latency)
	}
	return ""
}

// refusal returns why the cycle counter cannot be the clock of this process, or
// "" with the calibration that allows it.
func refusal() (why string, c Calibration) {
	switch {
	case !asm.HasCycles:
		return "no cycle counter on " + goruntime.GOARCH, c
	case !asm.InvariantCounter():
		return "the cycle counter is not invariant", c
	}
	if why := kernelDistrusts(); why != "" {
		return why, c
	}
	c, err := calibrate()
	if err != nil {
		return err.Error(), c
	}
	if c.Processors < 2 {
		return "one processor: a counter costs less", c
	}
	return c.judge(), c
}

// pairResult is what two threads on two processors have measured: the smallest
// difference between a reading and the other side's reading that it has just
// learned of, in each direction. Each is a message's time plus or minus the
// offset of the counters.
type pairResult struct{ there, back int64 }

// include adds a pair to c.
func (c *Calibration) include(r pairResult) {
	c.Pairs++
	offset := (r.there - r.back) / 2
	if offset < 0 {
		offset = -offset
	}
	latency := uint64(max(0, (r.there+r.back)/2))
	if c.Pairs == 1 || latency < c.Latency {
		c.Latency = latency
	}
	c.Offset = max(c.Offset, uint64(offset))
	if least := min(r.there, r.back); c.Pairs == 1 || least < c.Least {
		c.Least = least
	}
}

// granularity returns the smallest step between two readings.
func granularity() uint64 {
	step := ^uint64(0)
	last := asm.Cycles()
	for range 200 {
		if now := asm.Cycles(); now > last {
			step = min(step, now-last)
			last = now
		}
	}
	// Two fenced readings are farther apart than one step of the counter may be;
	// taking their distance for the step errs on the safe side.
	return step
}
