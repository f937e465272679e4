// Command tmbench runs the workloads of package bench and prints what it
// measured. See ci/bench, which runs it with both clocks.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime/debug"
	"time"

	"github.com/ungil/tm"
	"github.com/ungil/tm/bench"
	"github.com/ungil/tm/clock"
)

type options struct {
	rounds                       int
	length                       time.Duration
	filter, out, benchstat, save string
	markdown, containers         bool
	interpreter                  string
}

func main() {
	var o options
	flag.IntVar(&o.rounds, "rounds", 9, "rounds of each measurement")
	flag.DurationVar(&o.length, "time", 200*time.Millisecond, "length of one measurement")
	flag.StringVar(&o.filter, "filter", "", "only workloads whose name matches this regular expression")
	flag.BoolVar(&o.containers, "containers", false, "the workloads of package container, and the memory that their elements take")
	flag.StringVar(&o.out, "out", "", "write the tables, or the document, to this file instead of the standard output")
	flag.StringVar(&o.benchstat, "benchstat", "", "append lines for benchstat to this file")
	flag.StringVar(&o.save, "save", "", "write the measurement to this file, for -markdown")
	flag.BoolVar(&o.markdown, "markdown", false, "measure nothing: make docs/benchmarks.md from saved measurements, named as arguments")
	flag.StringVar(&o.interpreter, "interpreter", "", "with -markdown: file with the output of the interpreter's benchmark")
	flag.Parse()
	if err := run(o, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "tmbench:", err)
		os.Exit(2)
	}
}

func run(o options, args []string) error {
	if o.markdown {
		return document(o, args)
	}
	switch {
	case len(args) > 0:
		return fmt.Errorf("unexpected argument %q", args[0])
	case o.rounds < 1 || o.length <= 0:
		return fmt.Errorf("-rounds and -time must be positive")
	case o.interpreter != "":
		return fmt.Errorf("-interpreter is of use only with -markdown")
	}
	matching, err := regexp.Compile(o.filter)
	if err != nil {
		return fmt.Errorf("-filter: %w", err)
	}
	if os.Getenv("GOGC") == "" {
		os.Setenv("GOGC", "400") // shown with the figures
		debug.SetGCPercent(400)
	}
	var workloads []bench.Workload // nil: those of the engine
	if o.containers {
		workloads = bench.ContainerWorkloads()
	}
	lines, err := bench.Measure(bench.Config{
		Rounds: o.rounds, Time: o.length, Workloads: workloads, Select: matching.MatchString,
		Progress: func(name string) { fmt.Fprintf(os.Stderr, "%s\n", name) },
	})
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, tm.Hardware())
	return report(o, bench.Section{
		Clock:       clock.Name(),
		Environment: bench.Environment() + fmt.Sprintf("rounds: %d of %v\n", o.rounds, o.length),
		Lines:       lines,
	})
}

// report writes s in all the forms that are asked for.
func report(o options, s bench.Section) error {
	tables := func(w io.Writer) {
		s.Write(w)
		if o.containers {
			bench.Memory(w)
		}
	}
	if err := write(o.out, os.O_TRUNC, tables); err != nil {
		return err
	}
	if o.benchstat != "" {
		err := write(o.benchstat, os.O_APPEND, func(w io.Writer) {
			fmt.Fprint(w, s.Environment)
			bench.Benchstat(w, s.Lines)
		})
		if err != nil {
			return err
		}
	}
	if o.save == "" {
		return nil
	}
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return os.WriteFile(o.save, text, 0o644)
}

// write lets f write a file, or the standard output if name is empty.
func write(name string, flag int, f func(io.Writer)) error {
	if name == "" {
		f(os.Stdout)
		return nil
	}
	file, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|flag, 0o644)
	if err != nil {
		return err
	}
	f(file)
	return file.Close()
}

func document(o options, files []string) error {
	if len(files) == 0 {
		return fmt.Errorf("-markdown needs files that -save has written")
	}
	var sections []bench.Section
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		var s bench.Section
		if err := json.Unmarshal(text, &s); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		sections = append(sections, s)
	}
	var figures []byte
	if o.interpreter != "" {
		var err error
		if figures, err = os.ReadFile(o.interpreter); err != nil {
			return err
		}
	}
	return write(o.out, os.O_TRUNC, func(w io.Writer) { bench.Document(w, sections, string(figures)) })
}
