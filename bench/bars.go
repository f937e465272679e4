package bench

import (
	"fmt"
	"io"

	"github.com/ungil/tm/clock"
)

// A bar is a figure that the engine is to reach, with either clock. A zero limit
// says nothing.
type bar struct {
	what           string
	workload       string
	goroutines     int
	figure         func(l Line) Spread
	atLeast        bool // the limit is a lower one
	counter, cycle float64
}

func nanoseconds(l Line) Spread { return l.Ns }
func ratio(l Line) Spread       { return l.Ratio }
func transfers(l Line) Spread   { return l.Transfers }
func scaling(l Line) Spread     { return l.Scaling }
func ofMachine(l Line) Spread   { return l.OfMachine }

// bars are for the implementation tm, with GOGC=400.
var bars = []bar{
	{"increment, in mutex transfers", "work=counter", 1, transfers, false, 7.5, 9},
	{"transfer, in mutex transfers", "work=transfer/vars=shared", 1, transfers, false, 12, 14},
	{"sum of 10, in mutex transfers", "work=sum/vars=10", 1, transfers, false, 3.2, 4.7},
	{"sum of 1000, to the mutex's", "work=sum/vars=1000", 1, ratio, false, 5.5, 5.5},
	{"own transfers on two goroutines, part of the machine's scaling", "work=transfer/vars=own", 2, ofMachine, true, 0, 0.8},
	{"shared transfers on two goroutines, throughput against one", "work=transfer/vars=shared", 2, scaling, true, 1, 1},
	{"map of 10000 keys, 10 % updates, ns", "container=map/keys=10000/updates=10", 1, nanoseconds, false, 75, 75},
	{"map on two goroutines, part of the machine's scaling", "container=map/keys=10000/updates=10", 2, ofMachine, true, 0.8, 0.8},
	{"ordered map of 65536 keys, 10 % updates, ns", "container=ordered/keys=65536/updates=10", 1, nanoseconds, false, 400, 400},
	{"sum of a list of 1000, to the mutex's", "container=list/sum=1000", 1, ratio, false, 6, 6},
}

// limit returns the bar with the clock of that name.
func (b bar) limit(clockName string) float64 {
	if clockName == clock.NameCycle {
		return b.cycle
	}
	return b.counter
}

// met reports whether x reaches limit.
func (b bar) met(x, limit float64) bool {
	if b.atLeast {
		return x >= limit
	}
	return x <= limit
}

// Bars writes a table of the bars whose workloads are among lines, measured with
// the clock of that name.
func Bars(w io.Writer, clockName string, lines []Line) {
	header := "\n| figure of `tm` | bar | median | quartiles | |\n|---|---|---|---|---|\n"
	for _, b := range bars {
		limit := b.limit(clockName)
		for _, l := range lines {
			if limit == 0 || l.Workload != b.workload || l.Goroutines != b.goroutines || l.Implementation != "tm" {
				continue
			}
			sign, verdict := "at most", "missed"
			if b.atLeast {
				sign = "at least"
			}
			s := b.figure(l)
			if b.met(s.Median, limit) {
				verdict = "met"
			}
			fmt.Fprintf(w, "%s| %s | %s %.2g | %.2f | %.2f to %.2f | %s |\n", header, b.what, sign, limit, s.Median, s.Low, s.High, verdict)
			header = ""
		}
	}
}
