package starlark_test

import (
	"fmt"
	"io"
	"math"
	"testing"
	"time"

	"github.com/ungil/tm/bench/programs"
	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark"
)

// sequential returns the benchmark programs without threads, which starlark-go
// can run too.
func sequential() (all []programs.Program) {
	for _, p := range programs.All() {
		if !p.Threads {
			all = append(all, p)
		}
	}
	return all
}

// BenchmarkPrograms runs each program whole: starlark-go, the lock, transactions
// on one thread.
//
//	go test -run - -bench Programs -benchtime 1x ./starlark
func BenchmarkPrograms(b *testing.B) {
	for _, p := range sequential() {
		b.Run(p.Name+"/starlark-go", func(b *testing.B) {
			for b.Loop() {
				timeReference(b, p)
			}
		})
		for _, m := range []runtime.Model{runtime.GIL, runtime.STM, runtime.Auto} {
			b.Run(p.Name+"/"+m.String(), func(b *testing.B) {
				for b.Loop() {
					timeProgram(b, p, m)
				}
			})
		}
	}
}

// BenchmarkRatios prints one line for each program, of the best of three runs,
// and the geometric means: how often starlark-go's time is the lock's, and how
// often the lock's is that of transactions on one thread, and of auto.
//
//	go test -run - -bench Ratios -benchtime 1x ./starlark
func BenchmarkRatios(b *testing.B) {
	for b.Loop() {
		fmt.Printf("%-10s %11s %9s %9s %14s %8s %8s %8s %7s %9s\n",
			"program", "starlark-go", "gil", "stm", "starlark-go/gil", "stm/gil", "auto/gil", "commits", "aborts", "quantum")
		var overGIL, overReference, auto float64
		for _, p := range sequential() {
			ref := timeReference(b, p)
			gil, stm, alone := time.Duration(math.MaxInt64), time.Duration(math.MaxInt64), time.Duration(math.MaxInt64)
			var stats runtime.Stats
			for range 3 {
				d, _ := timeProgram(b, p, runtime.GIL)
				gil = min(gil, d)
				d, _ = timeProgram(b, p, runtime.Auto)
				alone = min(alone, d)
				d, s := timeProgram(b, p, runtime.STM)
				stm, stats = min(stm, d), s
			}
			faster, slower := ref.Seconds()/gil.Seconds(), stm.Seconds()/gil.Seconds()
			overReference += math.Log(faster)
			overGIL += math.Log(slower)
			auto += math.Log(alone.Seconds() / gil.Seconds())
			fmt.Printf("%-10s %9dms %7dms %7dms %14.2fx %7.2fx %7.2fx %8d %7d %9d\n", p.Name,
				ref.Milliseconds(), gil.Milliseconds(), stm.Milliseconds(), faster, slower, alone.Seconds()/gil.Seconds(),
				stats.Commits, stats.Aborts, stats.Instructions/stats.Commits)
		}
		n := float64(len(sequential()))
		fmt.Printf("geometric means: gil is %.2f times as fast as starlark-go; stm takes %.2f times as long as gil, auto %.2f times\n",
			math.Exp(overReference/n), math.Exp(overGIL/n), math.Exp(auto/n))
		b.ReportMetric(math.Exp(overReference/n), "starlark-go/gil")
		b.ReportMetric(math.Exp(overGIL/n), "stm/gil")
	}
}

// timeProgram runs a program once with its middle arguments; compiling does not count.
func timeProgram(b *testing.B, p programs.Program, m runtime.Model) (time.Duration, runtime.Stats) {
	b.Helper()
	code, err := starlark.Compile(p.Name, p.Source())
	if err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	stats, err := code.Run(starlark.Options{Model: m, Output: io.Discard, Args: p.Middle})
	if err != nil {
		b.Fatal(starlark.Traceback(err))
	}
	return time.Since(start), stats
}

// timeReference runs a program once under starlark-go.
func timeReference(b *testing.B, p programs.Program) time.Duration {
	b.Helper()
	d, err := programs.RunReference(p.Name, p.Source(), p.Middle, io.Discard)
	if err != nil {
		b.Fatal(err)
	}
	return d
}
