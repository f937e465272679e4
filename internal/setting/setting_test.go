package setting

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ env, clock, complaint string }{
		{"", "", ""},
		{"clock=counter", "counter", ""},
		{" clock=counter ,", "counter", `unknown setting ""`},
		{"clock=sundial", "", `clock="sundial" ignored; it takes auto, counter, cycle`},
		{"clok=counter", "", `unknown setting "clok"`},
	} {
		var complaint strings.Builder
		set := parse(c.env, &complaint)
		if set["clock"] != c.clock || !strings.Contains(complaint.String(), c.complaint) || (c.complaint == "") != (complaint.Len() == 0) {
			t.Errorf("TMDEBUG=%q: got %v and %q, want clock %q and %q", c.env, set, complaint.String(), c.clock, c.complaint)
		}
	}
}

func TestDefault(t *testing.T) {
	if got := Get("clock"); got != "auto" {
		t.Errorf("clock is %q without TMDEBUG, want auto", got)
	}
}
