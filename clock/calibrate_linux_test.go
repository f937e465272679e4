package clock

import (
	"errors"
	"testing"
	"time"
)

// One side of a comparison gives up when time is over, whatever the other does.
func TestComparisonEnds(t *testing.T) {
	box := new(mailbox)
	if _, err := box.play(1, time.Now()); !errors.Is(err, errBusy) {
		t.Errorf("nobody had the first turn, and the error is %v", err)
	}
}
