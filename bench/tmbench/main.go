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

	"github.com/ungil/tm/bench"
	"github.com/ungil/tm/clock"
)

func main() {
	rounds := flag.Int("rounds", 9, "rounds of each measurement")
	length := flag.Duration("time", 200*time.Millisecond, "length of one measurement")
	filter := flag.String("filter", "", "only workloads whose name matches this regular expression")
	benchstat := flag.String("benchstat", "", "append lines for benchstat to this file")
	save := flag.String("save", "", "write the measurement to this file, for -document")
	document := flag.Bool("document", false, "measure nothing: print docs/benchmarks.md from saved measurements, named as arguments")
	flag.Parse()
	if err := run(*rounds, *length, *filter, *benchstat, *save, *document); err != nil {
		fmt.Fprintln(os.Stderr, "tmbench:", err)
		os.Exit(2)
	}
}

func run(rounds int, length time.Duration, filter, benchstat, save string, document bool) error {
	if document {
		return printDocument(flag.Args())
	}
	if rounds < 1 || length <= 0 {
		return fmt.Errorf("-rounds and -time must be positive")
	}
	matching, err := regexp.Compile(filter)
	if err != nil {
		return fmt.Errorf("-filter: %w", err)
	}
	if os.Getenv("GOGC") == "" {
		os.Setenv("GOGC", "400") // shown with the figures
		debug.SetGCPercent(400)
	}
	lines, err := bench.Measure(bench.Config{
		Rounds: rounds, Time: length, Select: matching.MatchString,
		Progress: func(name string) { fmt.Fprintf(os.Stderr, "%s\n", name) },
	})
	if err != nil {
		return err
	}
	environment := bench.Environment()
	fmt.Print(environment)
	bench.Table(os.Stdout, lines)
	if benchstat != "" {
		err := appendTo(benchstat, func(w io.Writer) {
			fmt.Fprint(w, environment)
			bench.Benchstat(w, lines)
		})
		if err != nil {
			return err
		}
	}
	if save == "" {
		return nil
	}
	text, err := json.Marshal(bench.Section{Title: "Clock: " + clock.Name(), Environment: environment, Lines: lines})
	if err != nil {
		return err
	}
	return os.WriteFile(save, text, 0o644)
}

func appendTo(name string, write func(io.Writer)) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	write(f)
	return f.Close()
}

func printDocument(files []string) error {
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
	bench.Document(os.Stdout, sections)
	return nil
}
