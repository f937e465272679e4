package clock

import (
	"errors"
	"fmt"
	"math"
	"os"
	goruntime "runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ungil/tm/asm"
	"github.com/ungil/tm/internal/word"
)

const clocksourceFile = "/sys/devices/system/clocksource/clocksource0/current_clocksource"

// kernelDistrusts returns why the kernel's own choice of clock speaks against
// the cycle counter, or "". The kernel watches the counters for as long as the
// machine runs, so it knows more than a short measurement.
func kernelDistrusts() string {
	text, err := os.ReadFile(clocksourceFile)
	if err != nil {
		return "the kernel does not say which clock it trusts: " + err.Error()
	}
	return distrusts(strings.TrimSpace(string(text)), asm.StableHost())
}

// distrusts says what the name of the kernel's clock source speaks against; stableHost: the host
// of a virtual machine has promised that the counters agree.
func distrusts(source string, stableHost bool) string {
	if source == asm.KernelClock || source == "kvm-clock" && stableHost {
		return ""
	}
	return fmt.Sprintf("the kernel keeps time by %s, not by the cycle counter", source)
}

const (
	// messages is how many are sent each way between two processors. The
	// smallest times count, so a few that are not disturbed are enough.
	messages = 200
	// maxProcessors bounds the number of pairs that are compared at start: about
	// 0.1 ms each.
	maxProcessors = 32
	// budget is how long all pairs together may take. They take some milliseconds on
	// a machine that has its processors free; on a busy one each answer may come a
	// time slice late, and a program should not start seconds later for that.
	budget = 100 * time.Millisecond
	// looks is how many looks at the mailbox one side takes between two looks at
	// the time: some microseconds.
	looks = 10_000
)

var errBusy = errors.New("the processors were too busy to compare their counters")

// calibrate compares the counters of every pair of processors that this process
// may run on.
func calibrate() (c Calibration, err error) {
	var allowed unix.CPUSet
	if err := unix.SchedGetaffinity(0, &allowed); err != nil {
		return c, fmt.Errorf("cannot ask for the processors: %w", err)
	}
	var processors []int
	for i := range len(allowed) * 64 {
		if allowed.IsSet(i) {
			processors = append(processors, i)
		}
	}
	c.Processors = len(processors)
	c.Granularity = granularity()
	if len(processors) > maxProcessors {
		return c, fmt.Errorf("%d processors are more than the %d that are compared at start", len(processors), maxProcessors)
	}
	deadline := time.Now().Add(budget)
	for i, a := range processors {
		for _, b := range processors[:i] {
			r, err := comparePair(a, b, deadline)
			if err != nil {
				return c, err
			}
			c.include(r)
		}
	}
	return c, nil
}

// A mailbox is where two threads leave readings for each other.
type mailbox struct {
	_ word.Pad
	// turn counts the messages. Storing it hands over time; pairs with the load
	// in await.
	turn word.Uint64
	_    word.Pad
	time word.Uint64
	_    word.Pad
}

// comparePair plays ping-pong between two processors. Each side reads its
// counter and leaves the reading; the other side reads its own counter as soon
// as it sees that.
func comparePair(a, b int, deadline time.Time) (r pairResult, err error) {
	type answer struct {
		least int64
		err   error
	}
	box := new(mailbox)
	side := func(processor int, parity uint64) chan answer {
		done := make(chan answer, 1)
		go func() {
			// The thread is bound to one processor and must not serve other
			// goroutines afterwards: it ends with this one, still locked.
			goruntime.LockOSThread()
			var only unix.CPUSet
			only.Set(processor)
			if err := unix.SchedSetaffinity(0, &only); err != nil {
				done <- answer{err: fmt.Errorf("cannot run on processor %d: %w", processor, err)}
				return
			}
			least, err := box.play(parity, deadline)
			done <- answer{least, err}
		}()
		return done
	}
	first, second := side(a, 0), side(b, 1)
	back, there := <-first, <-second
	if back.err == nil {
		back.err = there.err // when both have one, the same
	}
	return pairResult{there.least, back.least}, back.err
}

// play takes the turns of one parity and returns the smallest difference
// between a reading of its own and the one it had just received.
func (box *mailbox) play(parity uint64, deadline time.Time) (least int64, err error) {
	least = math.MaxInt64
	for turn := parity; turn < 2*messages; turn += 2 {
		if !box.await(turn, deadline) {
			return 0, errBusy
		}
		if turn > 0 {
			least = min(least, int64(asm.Cycles()-box.time.Load()))
		}
		box.time.Store(asm.Cycles())
		box.turn.Store(turn + 1)
	}
	return least, nil
}

// await waits for a turn and reports whether it came in time.
func (box *mailbox) await(turn uint64, deadline time.Time) bool {
	for {
		for range looks {
			if box.turn.Load() == turn {
				return true
			}
		}
		if time.Now().After(deadline) {
			return false
		}
	}
}
