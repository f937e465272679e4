// Command tmfair runs transactions that get in each other's way and prints how
// many attempts they needed: once with contention management and once, in a
// process of its own, without (TMDEBUG=contention=off). Transactions yield the
// processor inside, so that they meet on any number of cores.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"time"
)

func main() {
	length := flag.Duration("time", time.Second, "length of each measurement")
	filter := flag.String("filter", "", "only workloads whose name matches this regular expression")
	both := flag.Bool("both", true, "measure with contention management and without; otherwise as TMDEBUG says")
	flag.Parse()
	if err := run(os.Stdout, *length, *filter, *both); err != nil {
		fmt.Fprintln(os.Stderr, "tmfair:", err)
		os.Exit(2)
	}
}

func run(out io.Writer, length time.Duration, filter string, both bool) error {
	matching, err := regexp.Compile(filter)
	if err != nil {
		return fmt.Errorf("-filter: %w", err)
	}
	if both {
		return compare(out, length, filter)
	}
	for _, w := range workloads {
		if matching.MatchString(w.name) {
			fmt.Fprintln(out, measure(w, length).row(setting()))
		}
	}
	return nil
}

// setting is what TMDEBUG says of contention management.
func setting() string {
	if slices.Contains(strings.Split(os.Getenv("TMDEBUG"), ","), "contention=off") {
		return "off"
	}
	return "on"
}

const legend = `
attempts: runs of a transaction's function until it has committed: of half of the
transactions at most p50, of 99 in 100 at most p99, of all at most max
given up after: most attempts of one that had not committed when the time was over
slowest to fastest: commits of the goroutine with the fewest to those of the one
with the most; 1 is fair
contention off: TMDEBUG=contention=off, no transaction gives way to another`

const header = `| workload | goroutines | contention | transactions/s | attempts p50 | p99 | max | given up after | slowest to fastest |
|---|---|---|---|---|---|---|---|---|`

// compare runs this program with each setting, and prints one table.
func compare(out io.Writer, length time.Duration, filter string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	fmt.Fprintln(out, header)
	for _, w := range workloads {
		if ok, _ := regexp.MatchString(filter, w.name); !ok {
			continue
		}
		for _, contention := range []string{"on", "off"} {
			child := exec.Command(self, "-both=false", "-time", length.String(), "-filter", "^"+w.name+"$")
			child.Env = append(os.Environ(), "TMDEBUG=contention="+contention)
			child.Stdout, child.Stderr = out, os.Stderr
			if err := child.Run(); err != nil {
				return fmt.Errorf("%s with contention=%s: %w", w.name, contention, err)
			}
		}
	}
	fmt.Fprintln(out, legend)
	return nil
}
