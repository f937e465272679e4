package main

import (
	"fmt"
	"io"
	"math"
	"slices"
)

// A bar is a figure that the interpreter is to reach. What it is taken of depends on which
// programs were measured; the figure is NaN if none of its own were.
type bar struct {
	what    string
	atLeast bool // the limit is a lower one
	limit   float64
	figure  func(results []*result) float64
}

// each returns f of the programs with threads or without.
func each(results []*result, threads bool, f func(m *result) float64) (all []float64) {
	for _, m := range kind(results, threads) {
		if x := f(m); !math.IsNaN(x) {
			all = append(all, x)
		}
	}
	return all
}

// Of several figures: their geometric mean, the largest, the smallest.
func mean(xs []float64) float64 { return geometricMean(xs) }

func largest(xs []float64) float64 {
	if len(xs) == 0 {
		return math.NaN()
	}
	return slices.Max(xs)
}

func smallest(xs []float64) float64 {
	if len(xs) == 0 {
		return math.NaN()
	}
	return slices.Min(xs)
}

// ofPrograms makes the figure of a bar: a ratio's median of each program, taken together.
func ofPrograms(together func([]float64) float64, threads bool, a, b string, x func(figures) float64) func([]*result) float64 {
	return func(results []*result) float64 {
		return together(each(results, threads, func(m *result) float64 { return m.ratio(a, b, x).Median }))
	}
}

// apart takes the smallest scaling of the programs whose threads share nothing.
func apart(results []*result) float64 {
	return smallest(each(results, true, func(m *result) float64 {
		if !m.program.Apart {
			return math.NaN()
		}
		return m.scaling("stm").Median
	}))
}

var bars = []bar{
	{"one thread: gil / CPython, geometric mean", false, 1, ofPrograms(mean, false, "gil", sidePython, cpu)},
	{"one thread: gil / CPython, the largest", false, 1.5, ofPrograms(largest, false, "gil", sidePython, cpu)},
	{"one thread: starlark-go / gil, geometric mean", true, 4, ofPrograms(mean, false, sideReference, "gil", cpu)},
	{"one thread: stm / gil, geometric mean", false, 1.15, ofPrograms(mean, false, "stm", "gil", cpu)},
	{"one thread: auto / gil, geometric mean", false, 1.02, ofPrograms(mean, false, "auto", "gil", cpu)},
	{"memory: gil / CPython, geometric mean", false, 1.5, ofPrograms(mean, false, "gil", sidePython, peak)},
	{"memory: gil / CPython, the largest", false, 1.5, ofPrograms(largest, false, "gil", sidePython, peak)},
	{"memory: stm / CPython, the largest", false, 1.5, ofPrograms(largest, false, "stm", sidePython, peak)},
	{"two threads on work apart: scaling of the machine's, the smallest", true, 0.8, apart},
	{"programs with threads: gil / stm with two, the smallest", true, 1, ofPrograms(smallest, true, "gil", with("stm", parallel), wall)},
}

// writeBars writes the bars whose programs were measured.
func writeBars(w io.Writer, results []*result) {
	fmt.Fprint(w, "\n### Bars\n\nRatios of processor time and of memory on one thread, of wall time with several.\n\n")
	header(w, "figure", "bar", "measured", "")
	for _, b := range bars {
		x := b.figure(results)
		if math.IsNaN(x) {
			continue
		}
		sign, verdict, met := "at most", "missed", x <= b.limit
		if b.atLeast {
			sign, met = "at least", x >= b.limit
		}
		if met {
			verdict = "met"
		}
		row(w, b.what, fmt.Sprintf("%s %.2f", sign, b.limit), fmt.Sprintf("%.2f", x), verdict)
	}
}
