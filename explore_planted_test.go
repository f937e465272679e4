//go:build tmexplore

package tm

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ungil/tm/internal/explore"
)

// plantedBugs lists the deliberate bugs of bugs.go and what shows each of them. To
// add one: a constant there, a row here, and a program if none shows it.
var plantedBugs = []struct {
	bug         string // TMBUG
	program     string
	mode        string // a simulated clock or a weak memory
	preemptions int    // frozen: stop each thread before each of its steps instead
	because     string // part of the reason that must be given
}{
	{"lazy-begin", "lazy-ro", "", 2, "not strictly serializable"},
	{"no-floor-push", "rw-read", "", 2, "violation"},
	{"reuse-pinned", "reuse", "", 3, "violation"},
	// A clock whose skew is within what the protocol allows, but which ties.
	{"no-tie-break", "skew", "skewed", 3, "no progress"},
	{"commit-doomed", "swallow", "", 2, "committed that a conflict had unwound"},
	{"cut-aborted-prev", "reinstall", "", 3, "violation"},
	{"tick-before-install", "swap-read", "", 2, "not strictly serializable"},
	{"stamp-before-install", "views", "", 2, "not strictly serializable"},
	{"drop-registered", "registered-both", "", 2, "misses a version"},
	{"gap-without-mark", "gap-view", "", 2, "not strictly serializable"},
	{"bound-after-snapshot", "late-bound", "", 2, "misses a version"},
	{"pin-without-check", "next-commit", "", 3, "violation"},
	{"tick-without-step", "swap-read", coarseClock, 2, "not strictly serializable"},
	{"skip-validation", "skew", "", 2, "not strictly serializable"},
	// Plain loads that are done ahead of the clock reading as of which they validate.
	{"no-load-barrier", "skew", "weak", 2, "not strictly serializable"},
	// A stamp that is not visible yet when the owner has looked at its pins.
	{"plain-last-stamp", "next-commit", "weak", 3, "violation"},
	{"hardware-skips-reads", "skew+h/h", "", 1, "not strictly serializable"},
	{"hardware-looks-through", "skew+h/s", "", 2, "not strictly serializable"},
	{"hardware-wakes-nobody", "await-both+s/h", "", 2, "nobody is left to wake"},
	{"hardware-clock-first", "swap-read+h/s", "exact", 2, "not strictly serializable"},
	{"wake-after-decision", "await-both", "", frozen, "a wake-up was lost"},
	{"helper-wakes-nobody", "await-helped-single", "", frozen, "a wake-up was lost"},
	{"gone-before-event", "stopped-waker", "", frozen, "a wake-up was lost"},
	{"look-before-enlisting", "await-single", "", 2, "nobody is left to wake"},
	{"look-through-undecided", "await-both", "", 2, "nobody is left to wake"},
	{"attention-late", "await-single", "", 2, "nobody is left to wake"},
	{"sweep-everything", "await-apart", "", 2, "nobody is left to wake"},
	{"check-before-install", "claim-multi", "", 2, "starved"},
	{"helper-unchecked", "claim-helper", "", 2, "starved"},
	{"single-unchecked", "claim-single", "", 2, "starved"},
	{"claim-skips-undecided", "claim-multi", "", 2, "starved"},
	{"endless-patience", "impatient-single", "", 1, "no progress"},
	{"validate-before-claim", "irrevocable-multi", "", 2, "BUG: an irrevocable transaction has met a conflict"},
}

// frozen stands for a number of preemptions in plantedBugs.
const frozen = -2

// TestPlanted runs each row's program; with the bug of that name in, it fails.
// Without any, the programs of the rows pass, up to the bound of the ordinary run.
func TestPlanted(t *testing.T) {
	replay(t)
	for _, row := range plantedBugs {
		t.Run(row.bug, func(t *testing.T) {
			p := *named(t, row.program)
			c := explore.Config{Preemptions: row.preemptions, Clock: clocks[row.mode], Memory: memories[row.mode]}
			if c.Clock != nil {
				p.clock = row.mode
			} else {
				p.memory = row.mode
				withMemory(t, row.mode)
			}
			if os.Getenv("TMBUG") == "" {
				c.Preemptions = min(c.Preemptions, p.preemptions())
				if c.Memory != explore.Strong {
					c.Preemptions = p.preemptions() - 1 // as TestExploreMemory
				}
			}
			var result fmt.Stringer
			var failure *explore.Failure
			if row.preemptions == frozen {
				res := explore.Freeze(p.explorable(), explore.Config{}, explore.Env("EXPLORE_WAYS", 6))
				result, failure = res, res.Failure
			} else {
				res := explore.Search(p.explorable(), c)
				result, failure = res, res.Failure
			}
			t.Logf("%s: %v", p.name, result)
			if failure != nil {
				t.Error(failure)
			}
		})
	}
}

// TestPlantedBugs builds the tests with the bugs in and shows that each is caught.
func TestPlantedBugs(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "planted.test")
	if out, err := exec.Command("go", "test", "-c", "-tags", "tmexplore,tmbug", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("the tests do not build with the bugs in: %v\n%s", err, out)
	}
	for _, row := range plantedBugs {
		t.Run(row.bug, func(t *testing.T) {
			cmd := exec.Command(binary, "-test.v", "-test.timeout=10m", "-test.run=^TestPlanted$/^"+row.bug+"$")
			cmd.Env = append(os.Environ(), "TMBUG="+row.bug, "EXPLORE_REPLAY=")
			out, err := cmd.CombinedOutput()
			text := string(out)
			if err == nil || !strings.Contains(text, "explore: violation") || !strings.Contains(text, row.because) {
				t.Fatalf("not caught by program %s: %v\n%s", row.program, err, text)
			}
			for line := range strings.Lines(text) {
				if strings.Contains(line, "schedules,") || strings.Contains(line, "points of") || strings.Contains(line, "violation") {
					t.Log(strings.TrimSpace(line))
				}
			}
		})
	}
}
