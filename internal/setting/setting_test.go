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

// TestKnown: each setting explains itself and has a default.
func TestKnown(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range Known() {
		if seen[s.Name] || len(s.Values) < 2 || s.Does == "" {
			t.Errorf("%+v: doubled, without a choice, or unexplained", s)
		}
		seen[s.Name] = true
	}
}

func TestDefault(t *testing.T) {
	if got := Get("clock"); got != "auto" {
		t.Errorf("clock is %q without TMDEBUG, want auto", got)
	}
}
