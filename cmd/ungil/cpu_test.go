package main

import (
	"encoding/json"
	goruntime "runtime"
	"slices"
	"strings"
	"testing"
)

// cpu returns the report of a process with that TMDEBUG.
func cpu(t *testing.T, debug string) processorReport {
	t.Helper()
	t.Setenv("TMDEBUG", debug)
	out, errs, status := ungil(t, "cpu", "--json")
	var r processorReport
	if err := json.Unmarshal([]byte(out), &r); status != 0 || errs != "" || err != nil {
		t.Fatalf("status %d, errors %q, %v in:\n%s", status, errs, err, out)
	}
	return r
}

// What is switched off says so; what is not enabled has a reason.
func TestCPUSettings(t *testing.T) {
	r := cpu(t, "clock=counter,pause=off,cycles=off,processor=off,rtm=off,kernel=go")
	if r.Architecture != goruntime.GOARCH || r.Processors < 1 || r.Atomics == "" || r.Kernel != "go" {
		t.Errorf("the machine is %+v, validation %q", r.Machine, r.Kernel)
	}
	if r.Pause != "loop" || r.Clock.Name != "counter" || r.Clock.Reason != "TMDEBUG says so" {
		t.Errorf("pause %q, clock %+v", r.Pause, r.Clock)
	}
	for _, f := range r.Features {
		if f.Enabled == (f.Reason != "") || f.Enabled && !f.Found || f.Use == "" {
			t.Errorf("%+v", f)
		}
		if setting, ok := strings.CutPrefix(f.Switch, "TMDEBUG="); ok && f.Found && (f.Enabled || f.Reason != "switched off by TMDEBUG") {
			t.Errorf("%s does not switch this off: %+v", setting, f)
		}
	}
	i := slices.IndexFunc(r.Settings, func(s settingReport) bool { return s.Name == "pause" })
	if i < 0 || r.Settings[i].Value != "off" || r.Settings[i].Does == "" {
		t.Errorf("settings are %+v", r.Settings)
	}
}

// With the counter off, the clock says why; nothing is measured.
func TestCPUWithoutCycles(t *testing.T) {
	if r := cpu(t, "cycles=off"); r.Clock.Name != "counter" || r.Clock.Calibration.Pairs != 0 || r.Clock.Reason == "" || r.Clock.Doubt == "" {
		t.Errorf("clock %+v", r.Clock)
	}
}

// The counters are compared whatever clock is in use; if not, there is a reason.
func TestCPUCalibration(t *testing.T) {
	if r := cpu(t, "clock=counter"); r.Clock.Calibration.Pairs == 0 && r.Clock.Doubt == "" {
		t.Errorf("clock %+v", r.Clock)
	}
}

func TestCPUForPeople(t *testing.T) {
	out, errs, status := ungil(t, "cpu")
	for _, want := range []string{"processor", "atomics", "pause", "clock  ", "calibration", "spin hint", "RTM", "TMDEBUG", "auto counter cycle"} {
		if !strings.Contains(out, want) || status != 0 || errs != "" {
			t.Errorf("status %d, errors %q, %q is missing in:\n%s", status, errs, want, out)
		}
	}
	if _, _, status := ungil(t, "cpu", "now"); status != 2 {
		t.Errorf("an argument: status %d", status)
	}
}
