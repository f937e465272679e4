package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	goruntime "runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark"
)

// row is one line of the comparison: a model with a number of threads. Times are
// medians over the rounds; the counts are those of the last round.
type row struct {
	Model        string  `json:"model"`
	Threads      int     `json:"threads"`
	WallSeconds  float64 `json:"wall_seconds"`
	CPUSeconds   float64 `json:"cpu_seconds"`
	Speedup      float64 `json:"speedup"` // over the first model, by default gil, with 1 thread
	Commits      uint64  `json:"commits"`
	Aborts       uint64  `json:"aborts"`
	Instructions uint64  `json:"instructions"`
	Wasted       uint64  `json:"wasted_instructions"`
	SameOutput   bool    `json:"same_output"` // as the first run of all, in every round

	model     runtime.Model
	wall, cpu []float64
	stats     runtime.Stats
}

// comparison is all that compare found out.
type comparison struct {
	File        string    `json:"file"`
	Args        []string  `json:"args"`
	Rounds      int       `json:"rounds"`
	Cores       int       `json:"cores"`       // that Go uses
	Goroutines  int       `json:"goroutines"`  // in the calibration
	Calibration float64   `json:"calibration"` // speed of that many spinning goroutines over one
	Rows        []*row    `json:"runs"`
	Reason      string    `json:"reason,omitempty"` // why stm, if it is the last model, did not win
	parallelism []float64 // one calibration a round
}

// options are those of compare.
type compareOptions struct {
	settings
	models string
	rounds int
	json   bool
}

func newCompare(stdout, stderr io.Writer) *cobra.Command {
	o := compareOptions{settings: settings{model: "stm"}}
	cmd := &cobra.Command{
		Use:   "compare [--models LIST] [--threads N] [--rounds N] [--quantum N] [--json] FILE [ARGS...]",
		Short: "Run a program under each model and thread count, and compare",
		Long: `compare runs the Starlark program in FILE several times under each model and
number of threads, in turns, and prints a table of the medians. The program's own
output is not shown, only whether all runs printed the same.`,
		DisableFlagsInUseLine: true,
		Args:                  needFile,
		RunE: func(_ *cobra.Command, args []string) error {
			c, err := o.compare(args, newProgress(stderr))
			if err != nil {
				return err
			}
			if o.json {
				e := json.NewEncoder(stdout)
				e.SetIndent("", "  ")
				return e.Encode(c)
			}
			c.print(stdout)
			return nil
		},
	}
	flags := cmd.Flags()
	flags.SetInterspersed(false)
	flags.StringVar(&o.models, "models", "gil,locks,auto,stm", "the models, separated by commas; speed-ups are over the first with one thread")
	flags.IntVar(&o.threads, "threads", 2, "the largest number of threads")
	flags.IntVar(&o.rounds, "rounds", 3, "how often each is run; the median counts")
	flags.IntVar(&o.quantum, "quantum", 0, "instructions between two switch points (0: chosen by the runtime)")
	flags.BoolVar(&o.json, "json", false, "print JSON instead of the table")
	return cmd
}

// parseModels returns the models of a list.
func parseModels(list string) (models []runtime.Model, err error) {
	for _, name := range strings.Split(list, ",") {
		m, err := runtime.ParseModel(strings.TrimSpace(name))
		if err != nil {
			return nil, fmt.Errorf("--models: %w", err)
		}
		models = append(models, m)
	}
	return models, nil
}

// threadCounts returns 1, 2, 4 and so on, and largest at the end.
func threadCounts(largest int) (counts []int) {
	for n := 1; n < largest; n *= 2 {
		counts = append(counts, n)
	}
	return append(counts, largest)
}

func (o *compareOptions) compare(args []string, p *progress) (*comparison, error) {
	defer p.clear()
	if _, err := o.check(); err != nil {
		return nil, err
	}
	if o.rounds < 1 || o.rounds > 1000 {
		return nil, fmt.Errorf("--rounds %d: want a number from 1 to 1000", o.rounds)
	}
	program, err := load(args[0])
	if err != nil {
		return nil, err
	}
	c := &comparison{File: args[0], Args: args[1:], Rounds: o.rounds,
		Cores: goruntime.GOMAXPROCS(0), Goroutines: max(o.threads, 2)}
	models, err := parseModels(o.models)
	if err != nil {
		return nil, err
	}
	for _, m := range models {
		for _, n := range threadCounts(o.threads) {
			c.Rows = append(c.Rows, &row{Model: m.String(), Threads: n, SameOutput: true, model: m})
		}
	}
	if err := o.runRounds(c, program, p); err != nil {
		return nil, err
	}
	c.finish()
	return c, nil
}

// runRounds runs every row once a round, so that what disturbs the machine for a
// while disturbs all rows.
func (o *compareOptions) runRounds(c *comparison, program *starlark.Program, p *progress) error {
	var expected []byte
	total := o.rounds * len(c.Rows)
	for round := range o.rounds {
		c.parallelism = append(c.parallelism, calibrate(c.Goroutines))
		for i, r := range c.Rows {
			p.show("run %d of %d: %s with %d threads", round*len(c.Rows)+i+1, total, r.Model, r.Threads)
			goruntime.GC() // each starts with the garbage of none
			output := outputHash{sha256.New()}
			m, err := measure(program, starlark.Options{
				Model: r.model, Threads: r.Threads, Quantum: o.quantum, Args: c.Args, Output: output, Source: starlark.Files,
			})
			if err != nil {
				p.clear()
				return &programError{fmt.Sprintf("under %s with %d threads:\n%s", r.Model, r.Threads, starlark.Traceback(err))}
			}
			sum := output.Sum(nil)
			if expected == nil {
				expected = sum
			}
			r.SameOutput = r.SameOutput && bytes.Equal(sum, expected)
			r.wall, r.cpu, r.stats = append(r.wall, m.wall), append(r.cpu, m.cpu), m.stats
		}
	}
	return nil
}

// outputHash takes a program's output and keeps only its hash.
type outputHash struct{ hash.Hash }

// finish computes what is derived.
func (c *comparison) finish() {
	c.Calibration = median(c.parallelism)
	for _, r := range c.Rows {
		r.WallSeconds, r.CPUSeconds = median(r.wall), median(r.cpu)
		r.Commits, r.Aborts = r.stats.Commits, r.stats.Aborts
		r.Instructions, r.Wasted = r.stats.Instructions, r.stats.Wasted
		r.Speedup = c.Rows[0].WallSeconds / r.WallSeconds
	}
	c.Reason = c.reason()
}

// progress shows on a terminal what is going on.
type progress struct {
	w     io.Writer // nil: not a terminal
	start time.Time
}

func (p *progress) show(format string, args ...any) {
	if p.w != nil {
		fmt.Fprintf(p.w, "\r\x1b[K%s (%.0f s)", fmt.Sprintf(format, args...), time.Since(p.start).Seconds())
	}
}

func (p *progress) clear() {
	if p.w != nil {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
