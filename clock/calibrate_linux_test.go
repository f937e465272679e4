package clock

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ungil/tm/asm"
)

// Only the kernel's own use of the counter speaks for it, and in a virtual machine the host's word.
func TestKernelsClockSource(t *testing.T) {
	for _, c := range []struct {
		source     string
		stableHost bool
		trusted    bool
	}{
		{asm.KernelClock, false, true},
		{"kvm-clock", true, true},
		{"kvm-clock", false, false},
		{"hpet", true, false},
		{"acpi_pm", false, false},
		{"jiffies", true, false},
	} {
		why := distrusts(c.source, c.stableHost)
		if c.trusted != (why == "") || !c.trusted && !strings.Contains(why, c.source) {
			t.Errorf("%+v: %q", c, why)
		}
	}
}

// One side of a comparison gives up when time is over, whatever the other does.
func TestComparisonEnds(t *testing.T) {
	box := new(mailbox)
	if _, err := box.play(1, time.Now()); !errors.Is(err, errBusy) {
		t.Errorf("nobody had the first turn, and the error is %v", err)
	}
}
