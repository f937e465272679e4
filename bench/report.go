package bench

import (
	_ "embed"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/ungil/tm/clock"
)

// Environment returns what figures depend on, one "key: value" line each, in
// the form that benchstat reads.
func Environment() string {
	chosen := clock.Chosen()
	gc := os.Getenv("GOGC")
	if gc == "" {
		gc = "100"
	}
	lines := []string{
		"goos: " + runtime.GOOS,
		"goarch: " + runtime.GOARCH,
		"pkg: github.com/ungil/tm/bench",
		"cpu: " + processor(),
		fmt.Sprintf("cores: %d, of which Go uses %d", runtime.NumCPU(), runtime.GOMAXPROCS(0)),
		"go: " + runtime.Version(),
		"gogc: " + gc,
		fmt.Sprintf("clock: %s (%s)", chosen.Name, chosen.Reason),
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				lines = append(lines, "commit: "+s.Value)
			}
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

// processor returns the processor's name where the system tells it.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err == nil {
		for line := range strings.Lines(string(text)) {
			if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
				return strings.TrimSpace(value)
			}
		}
	}
	return "unknown"
}

// Benchstat writes one line a round, as go test -bench does.
func Benchstat(w io.Writer, lines []Line) {
	for _, l := range lines {
		for _, ns := range l.NsPerOp {
			fmt.Fprintf(w, "BenchmarkTM/%s/goroutines=%d/impl=%s \t1\t%.2f ns/op\n", l.Workload, l.Goroutines, l.Implementation, ns)
		}
	}
}

// Table writes a table for people, in Markdown.
func Table(w io.Writer, lines []Line) {
	last := ""
	for _, l := range lines {
		if l.Workload != last {
			last = l.Workload
			fmt.Fprintf(w, "\n### %s\n\n", last)
			fmt.Fprintln(w, "| goroutines | implementation | ns an operation | quartiles | ratio to mutex | scaling | machine's |")
			fmt.Fprintln(w, "|---|---|---|---|---|---|---|")
		}
		scaling := "-"
		if l.Scaling != 0 {
			scaling = fmt.Sprintf("%.2f", l.Scaling)
		}
		fmt.Fprintf(w, "| %d | %s | %.1f | %.1f to %.1f | %.2f | %s | %.2f |\n",
			l.Goroutines, l.Implementation, l.Median, l.Low, l.High, l.Ratio, scaling, l.Calibration)
	}
}

// head is the hand-written part of docs/benchmarks.md.
//
//go:embed head.md
var head string

// Section is one run of the harness in the document: the environment it ran in
// and its tables.
type Section struct {
	Title       string
	Environment string
	Lines       []Line
}

// Document writes docs/benchmarks.md.
func Document(w io.Writer, sections []Section) {
	fmt.Fprint(w, head)
	for _, s := range sections {
		fmt.Fprintf(w, "\n## %s\n\n", s.Title)
		for line := range strings.Lines(s.Environment) {
			fmt.Fprint(w, "    "+line)
		}
		Table(w, s.Lines)
	}
}
