package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/ungil/tm/runtime"
)

// A win is a speed-up of stm with the most threads over gil with one that is not
// noise.
const winning = 1.05

// barWidth is the length of the longest bar in characters.
const barWidth = 30

// newProgress shows progress on w if that is a terminal.
func newProgress(w io.Writer) *progress {
	p := &progress{start: time.Now()}
	if f, ok := w.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			p.w = w
		}
	}
	return p
}

// print writes the table.
func (c *comparison) print(w io.Writer) {
	fmt.Fprintf(w, "%s, median of %d rounds\n\n", strings.Join(append([]string{c.File}, c.Args...), " "), c.Rounds)
	fmt.Fprintln(w, "model  threads   wall s    cpu s  speed-up    commits     aborts  output")
	best := 0.0
	for _, r := range c.Rows {
		best = max(best, r.Speedup)
	}
	for _, r := range c.Rows {
		same := "same"
		if !r.SameOutput {
			same = "DIFFERS"
		}
		bar := strings.Repeat("#", max(1, int(r.Speedup/best*barWidth+0.5)))
		fmt.Fprintf(w, "%-5s %8d %8.3f %8.3f %8.2fx %10d %10d  %-7s  %s\n",
			r.Model, r.Threads, r.WallSeconds, r.CPUSeconds, r.Speedup, r.Commits, r.Aborts, same, bar)
	}
	fmt.Fprintf(w, "\ncalibration: %d spinning goroutines do %.2f times the work of one (Go uses %d cores)\n",
		c.Goroutines, c.Calibration, c.Cores)
	if c.Reason != "" {
		fmt.Fprintln(w, c.Reason)
	}
}

// reason says in one line why stm with the most threads did not beat gil with
// one thread; empty if it did, or these were not compared.
func (c *comparison) reason() string {
	last, first := c.Rows[len(c.Rows)-1], c.Rows[0]
	if last.Speedup >= winning || last.Threads == 1 || last.model != runtime.STM || first.model != runtime.GIL {
		return c.differs()
	}
	why := fmt.Sprintf("stm with %d threads did not win: ", last.Threads)
	one := first.WallSeconds
	for _, r := range c.Rows {
		if r.model == last.model && r.Threads == 1 {
			one = r.WallSeconds
		}
	}
	cores := last.CPUSeconds / last.WallSeconds
	switch {
	case last.stats.Threads <= 1:
		return why + "the program ran on one thread only; it has to start thread.count threads with thread.start"
	case wastedShare(last.stats) > 0.15:
		return why + fmt.Sprintf("%d aborts threw away %.0f %% of all instructions; its threads change the same data",
			last.Aborts, 100*wastedShare(last.stats))
	case c.Calibration < 1.3:
		return why + fmt.Sprintf("the machine had no second core free, two goroutines that share nothing are %.2f times as fast as one", c.Calibration)
	case one/first.WallSeconds > 1.3:
		return why + fmt.Sprintf("transactions cost more than the cores give back; on one thread stm takes %.2f times as long as gil", one/first.WallSeconds)
	case cores < 1.3:
		return why + fmt.Sprintf("its threads kept only %.2f cores busy; they wait for each other, or one has most of the work", cores)
	}
	return why + "its threads ran in parallel, but commits and shared memory took what that gained"
}

// differs says what different outputs mean.
func (c *comparison) differs() string {
	for _, r := range c.Rows {
		if !r.SameOutput {
			return "the output differs between runs: it depends on the number of threads or on the order in which they run"
		}
	}
	return ""
}
