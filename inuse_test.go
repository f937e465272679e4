package tm

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/ungil/tm/asm"
	"github.com/ungil/tm/clock"
)

// inUse names what this process runs on, in the form of TM_EXPECT.
func inUse() map[string]string {
	m := asm.Detect()
	return map[string]string{
		"clock":   clock.Name(),
		"atomics": m.Atomics,
		"pause":   m.Pause,
		"kernel":  Kernel(),
	}
}

// TestInUse prints what this process runs on and demands what TM_EXPECT says, for
// example "clock=counter; atomics=native". ci/cross sets it: a path that was not
// taken would pass every other test.
func TestInUse(t *testing.T) {
	found := inUse()
	t.Logf("in use: %v", found)
	expected := os.Getenv("TM_EXPECT")
	if expected == "" {
		t.Skip("TM_EXPECT demands nothing")
	}
	if wrong := compareInUse(expected, found); wrong != "" {
		t.Error(wrong)
	}
}

// compareInUse says what of the expected is not so, or "".
func compareInUse(expected string, found map[string]string) string {
	var wrong []string
	for demand := range strings.SplitSeq(expected, ";") {
		name, want, _ := strings.Cut(strings.TrimSpace(demand), "=")
		if got, known := found[name]; !known {
			wrong = append(wrong, fmt.Sprintf("TM_EXPECT: nothing is called %q", name))
		} else if got != want {
			wrong = append(wrong, fmt.Sprintf("%s is %q, want %q", name, got, want))
		}
	}
	return strings.Join(wrong, "; ")
}

func TestCompareInUse(t *testing.T) {
	found := map[string]string{"clock": "cycle", "pause": "ISB"}
	for expected, want := range map[string]string{
		"clock=cycle; pause=ISB": "",
		"clock=counter":          `clock is "cycle", want "counter"`,
		"pause=ISB;clok=cycle":   `TM_EXPECT: nothing is called "clok"`,
	} {
		if got := compareInUse(expected, found); got != want {
			t.Errorf("%s: %q, want %q", expected, got, want)
		}
	}
}
