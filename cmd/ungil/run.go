package main

import (
	"fmt"
	"io"
	"math/bits"
	"strings"

	"github.com/spf13/cobra"
	"github.com/ungil/tm/internal/resident"
	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark"
)

const maxThreads = 1024

// settings are the options of run, repl and compare about how a program runs.
type settings struct {
	model   string
	threads int
	quantum int
}

func (s *settings) check() (runtime.Model, error) {
	if s.threads < 1 || s.threads > maxThreads {
		return 0, fmt.Errorf("--threads %d: want a number from 1 to %d", s.threads, maxThreads)
	}
	if s.quantum < 0 {
		return 0, fmt.Errorf("--quantum %d: want a number of instructions, or 0 for the default", s.quantum)
	}
	model, err := runtime.ParseModel(s.model)
	if err != nil {
		return 0, fmt.Errorf("--model: %w", err)
	}
	return model, nil
}

func newRun(stdout, stderr io.Writer) *cobra.Command {
	var s settings
	var stats bool
	cmd := &cobra.Command{
		Use:   "run [--model auto|stm|locks|gil] [--threads N] [--quantum N] [--stats] FILE [ARGS...]",
		Short: "Run a program",
		Long: `run executes the Starlark program in FILE. What follows FILE is the program's
own and reaches it as the list args.`,
		DisableFlagsInUseLine: true,
		Args:                  needFile,
		RunE: func(_ *cobra.Command, args []string) error {
			model, err := s.check()
			if err != nil {
				return err
			}
			p, err := load(args[0])
			if err != nil {
				return err
			}
			m, err := measure(p, starlark.Options{
				Model: model, Threads: s.threads, Quantum: s.quantum, Args: args[1:], Output: stdout, Source: starlark.Files,
			})
			if stats {
				printStats(stderr, model, m)
			}
			if err != nil {
				return asProgramError(err)
			}
			return nil
		},
	}
	addSettings(cmd, &s)
	flags := cmd.Flags()
	flags.SetInterspersed(false) // options after FILE are the program's
	flags.BoolVar(&stats, "stats", false, "print statistics to standard error at the end")
	return cmd
}

// addSettings gives a command the options of settings.
func addSettings(cmd *cobra.Command, s *settings) {
	flags := cmd.Flags()
	flags.StringVar(&s.model, "model", "auto", "auto (one lock until a second thread starts, then stm), stm (transactions), locks (one an object) or gil (one lock)")
	flags.IntVar(&s.threads, "threads", 2, "what the program finds in thread.count")
	flags.IntVar(&s.quantum, "quantum", 0, "instructions between two switch points (0: chosen by the runtime)")
}

// printStats describes a run on w.
func printStats(w io.Writer, model runtime.Model, m measurement) {
	s := m.stats
	fmt.Fprintf(w, "model %v, %d threads ran, %.3f s wall, %.3f s cpu\n", model, s.Threads, m.wall, m.cpu)
	if model == runtime.Auto {
		fmt.Fprintf(w, "%d turns of the lock while there was one thread\n", s.Alone)
	}
	switch model {
	case runtime.GIL:
		fmt.Fprintf(w, "%d turns of the lock, %d instructions\n", s.Commits, s.Instructions)
	case runtime.Locks:
		fmt.Fprintf(w, "%d quanta, %d instructions\n", s.Commits, s.Instructions)
	default:
		fmt.Fprintf(w, "%d commits, %d aborts, %d instructions, %d more wasted by aborts (%.1f %%)\n",
			s.Commits-s.Alone, s.Aborts, s.Instructions, s.Wasted, 100*wastedShare(s))
	}
	if peak := resident.Peak(); peak > 0 {
		fmt.Fprintf(w, "%.1f MB of memory at most\n", float64(peak)/1e6)
	}
	if s.ShortestQuantum == s.LongestQuantum {
		fmt.Fprintf(w, "a quantum is %d instructions\n", s.LongestQuantum)
	} else {
		fmt.Fprintf(w, "the shortest quantum was %d instructions, the longest %d\n", s.ShortestQuantum, s.LongestQuantum)
	}
	if s.Places != [64]uint64{} {
		fmt.Fprintln(w, "quanta by the place in the code where they begin, as they were at the end:")
		printHistogram(w, s.Places, "places")
	}
	fmt.Fprintln(w, "instructions from one switch point to the next:")
	printHistogram(w, s.Quanta, "times")
}

// printHistogram prints counts by powers of two.
func printHistogram(w io.Writer, counts [64]uint64, what string) {
	for i, n := range counts {
		if n == 0 {
			continue
		}
		bar := strings.Repeat("#", bits.Len64(n))
		fmt.Fprintf(w, "  %10d and more %12d %s %s\n", uint64(1)<<i, n, what, bar)
	}
}

// wastedShare is the part of all instructions run that aborts threw away.
func wastedShare(s runtime.Stats) float64 {
	if s.Wasted == 0 {
		return 0
	}
	return float64(s.Wasted) / float64(s.Wasted+s.Instructions)
}
