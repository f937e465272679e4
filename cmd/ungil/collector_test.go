package main

import (
	"os"
	"os/exec"
	"regexp"
	"testing"
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
