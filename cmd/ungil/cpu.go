package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/ungil/tm"
	"github.com/ungil/tm/asm"
	"github.com/ungil/tm/clock"
	"github.com/ungil/tm/internal/setting"
)

// processorReport is what ungil cpu tells.
type processorReport struct {
	asm.Machine
	// Kernel names what validates long read sets.
	Kernel   string          `json:"kernel"`
	Clock    clockReport     `json:"clock"`
	Settings []settingReport `json:"settings"`
}

// clockReport is the choice of the clock; times are in steps of the counter.
type clockReport struct {
	Name        string            `json:"name"`
	Reason      string            `json:"reason"`
	Rate        uint64            `json:"stepsPerSecond,omitempty"`
	Calibration clock.Calibration `json:"calibration"`
	Doubt       string            `json:"doubt,omitempty"` // why the cycle counters would not do as the clock
}

// settingReport is one name of TMDEBUG.
type settingReport struct {
	Name   string   `json:"name"`
	Value  string   `json:"value"`
	Values []string `json:"values"` // the first is the default
	Does   string   `json:"does"`
}

func newCPU(stdout io.Writer) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "cpu [--json]",
		Short: "Tell what of the processor is found and used",
		Long: `cpu tells what the processor offers, what of it is in use, and why not the rest;
which clock was chosen by which measurements; and what TMDEBUG switches.`,
		DisableFlagsInUseLine: true,
		Args:                  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			r := reportProcessor()
			if asJSON {
				e := json.NewEncoder(stdout)
				e.SetIndent("", "  ")
				return e.Encode(r)
			}
			return r.print(stdout)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

func reportProcessor() processorReport {
	chosen := clock.Chosen()
	r := processorReport{
		Machine: asm.Detect(),
		Kernel:  tm.Kernel(),
		Clock:   clockReport{Name: chosen.Name, Reason: chosen.Reason, Rate: asm.CycleRate()},
	}
	// Measured now: at start it may have been left out, or disturbed.
	r.Clock.Calibration, r.Clock.Doubt = clock.Compare()
	hardware := tm.Hardware()
	for i := range r.Features {
		if f := &r.Features[i]; f.Name == "RTM" && f.Enabled && !hardware.On {
			f.Enabled, f.Reason = false, hardware.Reason // this build of the engine does without
		}
	}
	for _, s := range setting.Known() {
		r.Settings = append(r.Settings, settingReport{s.Name, setting.Get(s.Name), s.Values, s.Does})
	}
	return r
}

// print writes the report for a person.
func (r *processorReport) print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	name := strings.TrimSpace(r.Processor)
	if name == "" {
		name = "does not tell its name"
	}
	if r.Hypervisor != "" {
		name += " under " + r.Hypervisor
	}
	line := "unknown"
	if r.CacheLine > 0 {
		line = fmt.Sprint(r.CacheLine, " bytes")
	}
	fmt.Fprintf(t, "processor\t%s: %s, %d processors, cache line %s\n", r.Architecture, name, r.Processors, line)
	fmt.Fprintf(t, "atomics\t%s\n", r.Atomics)
	fmt.Fprintf(t, "pause\t%s\n", r.Pause)
	fmt.Fprintf(t, "validation\t%s\n", r.Kernel)
	r.Clock.print(t)
	fmt.Fprintf(t, "\nfeature\tfound\tenabled\tfor\twhy not; what switches it off\n")
	for _, f := range r.Features {
		why := f.Reason
		if f.Enabled {
			why = f.Switch
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", f.Name, yesNo(f.Found), yesNo(f.Enabled), f.Use, why)
	}
	fmt.Fprintf(t, "\nTMDEBUG\tvalue\tof\twhat it does\n")
	for _, s := range r.Settings {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", s.Name, s.Value, strings.Join(s.Values, " "), s.Does)
	}
	return t.Flush()
}

func (c *clockReport) print(w io.Writer) {
	fmt.Fprintf(w, "clock\t%s: %s\n", c.Name, c.Reason)
	verdict := "agree well enough to be the clock"
	if c.Doubt != "" {
		verdict = "cannot be the clock: " + c.Doubt
	}
	fmt.Fprintf(w, "calibration\tcycle counters %s\n", verdict)
	m := c.Calibration
	if m.Pairs == 0 {
		return
	}
	rate := ""
	if c.Rate > 0 {
		rate = fmt.Sprintf(" of %.1f MHz", float64(c.Rate)/1e6)
	}
	fmt.Fprintf(w, "\t%d processors, %d pairs; in steps%s: two readings %d, offset %d, message %d, least %d\n",
		m.Processors, m.Pairs, rate, m.Granularity, m.Offset, m.Latency, m.Least)
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
