package clock

import (
	"fmt"
	goruntime "runtime"

	"github.com/ungil/tm/asm"
	"github.com/ungil/tm/internal/setting"
)

// A Calibration is what was measured of the cycle counters of one machine. All
// numbers are in ticks of the counter.
type Calibration struct {
	Processors  int    `json:"processors"`  // that this process may run on
	Pairs       int    `json:"pairs"`       // of processors that were compared
	Granularity uint64 `json:"granularity"` // the smallest step between two readings on one processor
	Offset      uint64 `json:"offset"`      // the largest difference found between two counters
	Latency     uint64 `json:"latency"`     // the smallest mean time of one message between two processors
	Least       int64  `json:"least"`       // the smallest difference between a reading and an earlier one on the other side
}

// judge returns why cycle counters that were calibrated like this cannot be the
// clock, or "" if they can.
//
// What A1 needs: whenever one processor has learned, through memory, of
// something that another did after its reading, its own reading is strictly
// larger. Learning takes at least one message, so it is enough that a message
// takes longer than the counters differ and than one step. Twice the step and
// half the latency leave as much again for what the measurement has missed.
//
// With coarse steps a tick waits for the next one, so the reading only must not be
// smaller: no message may have seemed to go back in time. A step may be longer than
// a message, and a smaller offset than one step is not to be seen.
func (c *Calibration) judge(coarse bool) string {
	switch {
	case c.Pairs == 0:
		return "the counters of no two processors could be compared"
	case coarse && c.Least < 0:
		return fmt.Sprintf("a message was seen to take %d ticks", c.Least)
	case !coarse && (c.Least < 0 || uint64(c.Least)/2 < c.Granularity):
		return fmt.Sprintf("a message was seen to take %d ticks, less than two steps of %d", c.Least, c.Granularity)
	case c.Offset > c.Latency/2:
		return fmt.Sprintf("two counters differ by %d ticks, more than half a message's %d", c.Offset, c.Latency)
	}
	return ""
}

// fewProcessors is up to how many of them the counter is the better clock: its line has few
// places to move to, and a reading of the cycle counter costs more than that. On two a sum
// of 10 Vars takes 2.5 times as long with the cycle counter, an update about the same
// (docs/benchmarks.md); where more than two meet is not known.
const fewProcessors = 2

// refusal returns why the cycle counter cannot be the clock of this process, or
// "" with the calibration that allows it.
func refusal() (why string, c Calibration) {
	if why = absent(); why != "" {
		return why, c
	}
	if goruntime.NumCPU() <= fewProcessors {
		return fmt.Sprintf("%d processors: a counter costs less", goruntime.NumCPU()), c
	}
	if why = kernelDistrusts(); why != "" {
		return why, c
	}
	c, why = Compare()
	return why, c
}

// absent returns why there is no cycle counter to think of, or "".
func absent() string {
	switch {
	case !asm.HasCycles:
		return "no cycle counter on " + goruntime.GOARCH
	case setting.Get(setting.Cycles) == setting.Off:
		return "TMDEBUG switches the cycle counter off"
	case !asm.InvariantCounter():
		return "the cycle counter is not invariant"
	}
	return ""
}

// Compare measures how well the processors' cycle counters agree, also where the clock
// was chosen without that. doubt says why they cannot be the clock, "" if they can.
// Blocking, for a tenth of a second at most.
func Compare() (c Calibration, doubt string) {
	if doubt = absent(); doubt != "" {
		return c, doubt
	}
	c, err := calibrate()
	if err != nil {
		return c, err.Error()
	}
	if doubt = c.judge(asm.CoarseCycles); doubt == "" {
		doubt = kernelDistrusts()
	}
	return c, doubt
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
	// Two fenced readings are farther apart than one step of a fine counter may be;
	// taking their distance for the step errs on the safe side.
	return step
}
