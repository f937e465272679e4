package main

import (
	"os"
	"os/exec"
	"regexp"
	goruntime "runtime"
	"runtime/metrics"
	"testing"

	"github.com/ungil/tm/internal/gcpace"
)

// The first collection of a program comes when the heap has the size that gcpace says, or
// GOGC in the environment if that is set.
func TestCollectorSetting(t *testing.T) {
	garbage := script(t, "def main():\n    for i in range(1000000):\n        x = [i]\n\nmain()\n")
	for _, c := range []struct{ gogc, goal string }{{"GOGC=", "16"}, {"GOGC=1000", "40"}} {
		cmd := exec.Command(binary, "run", garbage)
		cmd.Env = append(os.Environ(), "GODEBUG=gctrace=1", c.gogc)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if first := regexp.MustCompile(`(?m)^gc 1 @.*, (\d+) MB goal`).FindSubmatch(out); first == nil || string(first[1]) != c.goal {
			t.Errorf("%s: want a first collection with %s MB as its goal:\n%.1000s", c.gogc, c.goal, out)
		}
	}
}

// TestPace collects until the collector's setting is that of a program with one thread, or with
// several.
func TestPace(t *testing.T) {
	gcpace.Start()
	const live = 64 << 20
	block := make([]byte, live)
	for _, threads := range []int{1, 2, 1, 3} {
		started := newPace()
		for range threads {
			started()
		}
		want := uint64(gcpace.Percent(live, threads > 1))
		sample := []metrics.Sample{{Name: "/gc/gogc:percent"}}
		for metrics.Read(sample); sample[0].Value.Uint64() != want; metrics.Read(sample) {
			goruntime.GC()
		}
	}
	goruntime.KeepAlive(block)
}
