// Command ungilbench measures the interpreter with the programs of bench/programs:
// `ungil run` under each model, CPython and starlark-go, each run in a process of its own,
// all sides in turn, several rounds. It is started in the root of the repository:
//
//	go run ./bench/ungilbench                      the tables, in Markdown
//	go run ./bench/ungilbench -filter 'fib|btree'  some programs only
//	go run ./bench/ungilbench -document            docs/language-benchmarks.md: head.md and the tables
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"time"

	"github.com/ungil/tm/bench"
	"github.com/ungil/tm/bench/programs"
)

// calibrationTime is how long each half of a calibration spins.
const calibrationTime = 100 * time.Millisecond

type options struct {
	rounds   int
	slow     int
	filter   string
	python   string
	sides    string
	middle   bool
	document bool
}

func main() {
	if len(os.Args) > 2 && os.Args[1] == referenceChild {
		os.Exit(runReference(os.Args[2], os.Args[3:]))
	}
	var o options
	flag.IntVar(&o.rounds, "rounds", 5, "rounds of each measurement")
	flag.IntVar(&o.slow, "reference-rounds", 1, "rounds of starlark-go, which takes about ten times as long as the others")
	flag.StringVar(&o.filter, "filter", "", "only programs whose name matches this regular expression")
	flag.StringVar(&o.sides, "sides", "", "only sides whose name matches this regular expression")
	flag.StringVar(&o.python, "python", "/usr/bin/python3", "CPython, 3.9 or later")
	flag.BoolVar(&o.middle, "middle", false, "smaller inputs, for a quick look")
	flag.BoolVar(&o.document, "document", false, "write docs/language-benchmarks.md instead of the standard output")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "ungilbench:", err)
		os.Exit(2)
	}
}

func run(o options) error {
	if flag.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flag.Arg(0))
	}
	if o.rounds < 1 || o.slow < 0 {
		return fmt.Errorf("-rounds %d, -reference-rounds %d: want at least 1, and at least 0", o.rounds, o.slow)
	}
	if _, err := os.Stat(shim); err != nil {
		return fmt.Errorf("there is no %s here: run it in the root of the repository", shim)
	}
	dir, err := os.MkdirTemp("", "ungilbench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	r, err := newRunner(o, dir)
	if err != nil {
		return err
	}
	results, err := r.measureAll(o)
	if err != nil {
		return err
	}
	if !o.document {
		write(os.Stdout, r.environment(o), results)
		return nil
	}
	f, err := os.Create("docs/language-benchmarks.md")
	if err != nil {
		return err
	}
	fmt.Fprint(f, head)
	write(f, r.environment(o), results)
	return f.Close()
}

// measureAll measures the selected programs, one after the other.
func (r *runner) measureAll(o options) ([]*result, error) {
	matching, err := regexp.Compile(o.filter)
	if err != nil {
		return nil, fmt.Errorf("-filter: %w", err)
	}
	var results []*result
	for _, p := range programs.All() {
		if !matching.MatchString(p.Name) {
			continue
		}
		args := p.Large
		if o.middle {
			args = p.Middle
		}
		m, err := r.measure(p, args, o)
		if err != nil {
			return nil, err
		}
		results = append(results, m)
	}
	if results == nil {
		return nil, fmt.Errorf("-filter %q: no program has such a name", o.filter)
	}
	return results, nil
}

// A result is what was measured of one program.
type result struct {
	program programs.Program
	args    []string
	runs    map[string][]figures // by side; one entry a round
	machine []float64            // how many times one goroutine's work two did; one entry a round
}

// measure runs a program on all sides in turn, several rounds.
func (r *runner) measure(p programs.Program, args []string, o options) (*result, error) {
	m := &result{program: p, args: args, runs: map[string][]figures{}}
	var output string
	for round := range o.rounds {
		if p.Threads {
			m.machine = append(m.machine, bench.Machine(parallel, calibrationTime))
		}
		for _, s := range r.sides {
			if p.Threads && s.sequential || !p.Threads && s.threads > 1 || s.sequential && round >= o.slow {
				continue
			}
			fmt.Fprintf(os.Stderr, "%s, round %d of %d: %s\n", p.Name, round+1, o.rounds, s.name)
			f, printed, err := s.run(p, args)
			if err != nil {
				return nil, fmt.Errorf("%s, %s: %w", p.Name, s.name, err)
			}
			if output == "" {
				output = printed
			}
			if printed != output {
				return nil, fmt.Errorf("%s: %s printed\n%s\nand another side\n%s", p.Name, s.name, printed, output)
			}
			m.runs[s.name] = append(m.runs[s.name], f)
		}
	}
	return m, nil
}

// A runner has what the sides need.
type runner struct {
	dir    string // for the command and the programs' files
	ungil  string
	sides  []side
	python string // what CPython says of its version, or why it is left out
}

// newRunner builds the command and finds out which sides there are.
func newRunner(o options, dir string) (*runner, error) {
	r := &runner{dir: dir, ungil: filepath.Join(dir, "ungil")}
	matching, err := regexp.Compile(o.sides)
	if err != nil {
		return nil, fmt.Errorf("-sides: %w", err)
	}
	build := exec.Command("go", "build", "-o", r.ungil, "./cmd/ungil")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return nil, fmt.Errorf("go build ./cmd/ungil: %w", err)
	}
	for _, p := range programs.All() {
		if err := os.WriteFile(r.file(p), p.Source(), 0o600); err != nil {
			return nil, err
		}
	}
	for _, s := range r.allSides(o.python) {
		if matching.MatchString(s.name) {
			r.sides = append(r.sides, s)
		}
	}
	if r.sides == nil {
		return nil, fmt.Errorf("-sides %q: no side has such a name", o.sides)
	}
	return r, nil
}

func (r *runner) file(p programs.Program) string { return filepath.Join(r.dir, p.Name+".star") }

// environment returns what the figures depend on.
func (r *runner) environment(o options) string {
	return regexp.MustCompile(`(?m)^gogc: .*\n`).ReplaceAllString(bench.Environment(), gogc()) + "python: " + r.python + "\n" +
		fmt.Sprintf("rounds: %d, of starlark-go %d\n", o.rounds, min(o.slow, o.rounds)) + "load: " + load() + "\n"
}

// gogc says what the collector of ungil is set to, which is not what this process is.
func gogc() string {
	if set := os.Getenv("GOGC"); set != "" {
		return "gogc: " + set + "\n"
	}
	return "gogc: chosen by ungil\n"
}

// load returns what the system says of its load at the end of the measurement.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	var one, five, fifteen string
	if _, err := fmt.Sscan(string(text), &one, &five, &fifteen); err != nil {
		return "unknown"
	}
	return fmt.Sprintf("%s, %s and %s in the last 1, 5 and 15 minutes, this measurement included", one, five, fifteen)
}

func write(w io.Writer, environment string, results []*result) {
	fmt.Fprint(w, "\n## Figures\n\n")
	for _, line := range splitLines(environment) {
		fmt.Fprintln(w, "    "+line)
	}
	writeBars(w, results)
	writeSequential(w, results)
	writeParallel(w, results)
}
