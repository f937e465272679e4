//go:build linux && amd64

package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// exitFailure is the status when the emulator fails, and not the program.
const exitFailure = 125

// environment tells the program that XBEGIN works although CPUID denies it.
const environment = "TMRTM=emulated"

func main() {
	o := &options{codes: statuses{statusConflict | statusRetry}, lengths: map[uint64]int{}}
	flag.Usage = usage
	flag.Uint64Var(&o.seed, "seed", 0, "repeat the decisions of an earlier run; 0 takes a new seed")
	flag.Float64Var(&o.inject, "inject", 0, "probability that a transaction is made to abort")
	flag.Var(&o.codes, "code", "statuses of these aborts, joined by commas: numbers, or none, explicit=N, retry, conflict, capacity, debug, nested joined by +")
	flag.StringVar(&o.place, "at", placeAny, "where they abort: any instruction, begin (before the first), end (before XEND)")
	flag.Var(&o.always, "always", "abort every transaction at once with this status")
	flag.IntVar(&o.lines, "lines", 512, "cache lines that a transaction may write")
	flag.IntVar(&o.readLines, "readlines", 4096, "cache lines that a transaction may access")
	flag.IntVar(&o.steps, "steps", 5000, "instructions that a transaction may execute")
	flag.Float64Var(&o.switches, "switch", 0.05, "probability, at each instruction of a transaction, of a switch to another thread")
	flag.IntVar(&o.burst, "burst", 20, "mean of the instructions that this thread then executes")
	flag.StringVar(&o.execute, "execute", executeFast, "how instructions are executed: fast (common ones by the emulator, the others by the processor), step (all by the processor), both (and the two compared)")
	stats := flag.String("stats", "", "append a line of JSON with the counts to this file")
	quiet := flag.Bool("q", false, "no summary on standard error")
	check := flag.Bool("check", false, "find out whether transactions can be emulated here; the exit status says")
	flag.Parse()
	switch {
	case *check:
		os.Exit(checkHere())
	case flag.NArg() == 0:
		usage()
		os.Exit(2)
	case o.place != placeAny && o.place != placeBegin && o.place != placeEnd:
		fmt.Fprintf(os.Stderr, "rtmemu: -at %s: it is any, begin or end\n", o.place)
		os.Exit(2)
	}
	if o.execute != executeFast && o.execute != executeStep && o.execute != executeBoth {
		fmt.Fprintf(os.Stderr, "rtmemu: -execute %s: it is fast, step or both\n", o.execute)
		os.Exit(2)
	}
	if o.seed == 0 {
		o.seed = uint64(time.Now().UnixNano())&(1<<32-1) + 1
	}
	w, err := emulate(o, flag.Args())
	if err != nil {
		fatal("%v", err)
	}
	if !*quiet {
		fmt.Fprintln(os.Stderr, "rtmemu:", w.stats.summary(o.seed))
	}
	if *stats != "" {
		if err := w.stats.appendTo(*stats, filepath.Base(flag.Arg(0)), w.code, o.seed); err != nil {
			fatal("%v", err)
		}
	}
	os.Exit(w.code)
}

func usage() {
	fmt.Fprint(flag.CommandLine.Output(), "usage: rtmemu [options] program [arguments]\n       rtmemu -check\n\nRuns a program and emulates Intel's hardware transactions for it.\n\n")
	flag.PrintDefaults()
}

// emulate runs a program to its end.
func emulate(o *options, args []string) (*world, error) {
	path, err := exec.LookPath(args[0])
	if err != nil {
		return nil, err
	}
	w := &world{options: o, stats: newStatistics(), threads: map[int]*thread{}, random: rand.New(rand.NewPCG(o.seed, 1<<63))}
	if err := w.start(path, args, append(os.Environ(), environment)); err != nil {
		return nil, err
	}
	forwardSignals(w.program)
	return w, w.run()
}

// forwardSignals passes on what is sent to the emulator in place of the program;
// go test sends SIGQUIT to have the goroutines of a test that takes too long. A
// terminal sends its SIGINT to both. A second SIGTERM ends the emulator, and the
// program with it.
func forwardSignals(id int) {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGQUIT, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2)
	signal.Ignore(syscall.SIGINT)
	go func() {
		terminating := false
		for s := range signals {
			if s == syscall.SIGTERM && terminating {
				fatal("ended by a second SIGTERM")
			}
			terminating = terminating || s == syscall.SIGTERM
			_ = syscall.Kill(id, s.(syscall.Signal))
		}
	}()
}
