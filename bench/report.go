package bench

import (
	_ "embed"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/ungil/tm"
	"github.com/ungil/tm/asm"
	"github.com/ungil/tm/clock"
)

// Environment returns what figures depend on, one "key: value" line each, in
// the form that benchstat reads.
func Environment() string {
	chosen, machine := clock.Chosen(), asm.Detect()
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
		"atomics: " + machine.Atomics,
		"pause: " + machine.Pause,
		"kernel: " + tm.Kernel(),
		"features: " + features(machine),
		"commit: " + commit(),
	}
	return strings.Join(lines, "\n") + "\n"
}

// features lists what the machine has of what the engine can use.
func features(m asm.Machine) string {
	var enabled []string
	for _, f := range m.Features {
		if f.Enabled {
			enabled = append(enabled, f.Name)
		}
	}
	if enabled == nil {
		return "none"
	}
	return strings.Join(enabled, ", ")
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

// commit returns the commit this program was built from, with a word if the tree
// held more. "go build -buildvcs=auto" puts it into the program.
func commit() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	revision, changed := "unknown", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = " with changes"
		}
	}
	return revision + changed
}

// Benchstat writes one line a round, as go test -bench does.
func Benchstat(w io.Writer, lines []Line) {
	for _, l := range lines {
		for i, ns := range l.NsPerOp {
			fmt.Fprintf(w, "BenchmarkTM/%s/goroutines=%d/impl=%s \t1\t%.2f ns/op\t%.0f B/op\t%.2f allocs/op\n",
				l.Workload, l.Goroutines, l.Implementation, ns, l.BytesPerOp[i], l.AllocsPerOp[i])
		}
	}
}

// Table writes a table for each workload, in Markdown.
func Table(w io.Writer, lines []Line) {
	last := ""
	for _, l := range lines {
		if l.Workload != last {
			last = l.Workload
			fmt.Fprintf(w, "\n### %s\n\n", last)
			fmt.Fprintln(w, "| goroutines | implementation | ns/op | quartiles | to mutex | quartiles | in transfers | scaling | machine's | B/op | allocs/op |")
			fmt.Fprintln(w, "|---|---|---|---|---|---|---|---|---|---|---|")
		}
		scaling := "-"
		if l.Scaling.Median != 0 {
			scaling = fmt.Sprintf("%.2f", l.Scaling.Median)
		}
		fmt.Fprintf(w, "| %d | %s | %.1f | %.1f to %.1f | %.2f | %.2f to %.2f | %.2f | %s | %.2f | %.0f | %.2f |\n",
			l.Goroutines, l.Implementation, l.Ns.Median, l.Ns.Low, l.Ns.High, l.Ratio.Median, l.Ratio.Low, l.Ratio.High,
			l.Transfers.Median, scaling, l.Machine.Median, l.Bytes.Median, l.Allocs.Median)
	}
}

// The hand-written parts of docs/benchmarks.md: its beginning, and what stands
// above the interpreter's figures.
var (
	//go:embed head.md
	head string
	//go:embed interpreter.md
	interpreter string
)

// Section is one run of the harness in the document: the environment it ran in
// and its tables.
type Section struct {
	Clock       string
	Environment string
	Lines       []Line
}

// Write writes the section in Markdown.
func (s Section) Write(w io.Writer) {
	fmt.Fprintf(w, "\n## Clock: %s\n\n", s.Clock)
	block(w, s.Environment)
	Bars(w, s.Clock, s.Lines)
	Table(w, s.Lines)
}

// Document writes docs/benchmarks.md. The interpreter's figures come from its own
// benchmark, as it printed them.
func Document(w io.Writer, sections []Section, interpreterFigures string) {
	fmt.Fprint(w, head)
	for _, s := range sections {
		s.Write(w)
	}
	fmt.Fprint(w, "\n"+interpreter)
	if interpreterFigures != "" {
		fmt.Fprintln(w)
		block(w, interpreterFigures)
	}
}

// block writes text as it stands.
func block(w io.Writer, text string) {
	for line := range strings.Lines(text) {
		fmt.Fprint(w, strings.TrimRight("    "+line, " \t\n")+"\n")
	}
}
