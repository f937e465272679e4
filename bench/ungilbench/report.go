package main

import (
	_ "embed"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/ungil/tm/bench"
)

// head is the hand-written beginning of docs/language-benchmarks.md.
//
//go:embed head.md
var head string

func splitLines(text string) []string { return strings.Split(strings.TrimRight(text, "\n"), "\n") }

// What can be compared of two runs.
func wall(f figures) float64 { return f.wall }
func cpu(f figures) float64  { return f.cpu }
func peak(f figures) float64 { return f.peak }

// median returns the median of x over the rounds of a side, NaN if it was not measured.
func (m *result) median(side string, x func(figures) float64) float64 {
	return m.of(side, x).Median
}

func (m *result) of(side string, x func(figures) float64) bench.Spread {
	runs := m.runs[side]
	if len(runs) == 0 {
		return unknown
	}
	all := make([]float64, len(runs))
	for i, f := range runs {
		all[i] = x(f)
	}
	return bench.SpreadOf(all)
}

var unknown = bench.Spread{Median: math.NaN(), Low: math.NaN(), High: math.NaN()}

// ratio returns x of side a divided by that of side b, taken in each round that both had.
func (m *result) ratio(a, b string, x func(figures) float64) bench.Spread {
	all := make([]float64, min(len(m.runs[a]), len(m.runs[b])))
	if len(all) == 0 {
		return unknown
	}
	for i := range all {
		all[i] = x(m.runs[a][i]) / x(m.runs[b][i])
	}
	return bench.SpreadOf(all)
}

// scaling returns how many times as fast a side is with several threads as with one, in
// terms of what the machine gives in the same round.
func (m *result) scaling(model string) bench.Spread {
	one, several := m.runs[model], m.runs[with(model, parallel)]
	if len(one) == 0 || len(one) != len(several) {
		return unknown
	}
	all := make([]float64, len(one))
	for i := range all {
		all[i] = one[i].wall / several[i].wall / m.machine[i]
	}
	return bench.SpreadOf(all)
}

// geometricMean of the numbers among xs.
func geometricMean(xs []float64) float64 {
	xs = slices.DeleteFunc(slices.Clone(xs), math.IsNaN)
	sum := 0.0
	for _, x := range xs {
		sum += math.Log(x)
	}
	return math.Exp(sum / float64(len(xs)))
}

// show formats a figure; what was not measured is a dash.
func show(format string, x float64) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return "-"
	}
	return fmt.Sprintf(format, x)
}

// row writes a row of a table.
func row(w io.Writer, cells ...string) {
	fmt.Fprintln(w, "| "+strings.Join(cells, " | ")+" |")
}

// header writes the first rows of a table.
func header(w io.Writer, cells ...string) {
	row(w, cells...)
	fmt.Fprintln(w, "|"+strings.Repeat("---|", len(cells)))
}

// columns are the ratios of the tables, in their order.
type column struct {
	name string
	of   func(m *result) float64
}

func ratioColumn(a, b string, x func(figures) float64) column {
	return column{a + " / " + b, func(m *result) float64 { return m.ratio(a, b, x).Median }}
}

// writeRatios writes a table of columns, with their geometric means below.
func writeRatios(w io.Writer, results []*result, format string, columns []column) {
	names := []string{"program"}
	for _, c := range columns {
		names = append(names, c.name)
	}
	header(w, names...)
	all := make([][]float64, len(columns))
	for _, m := range results {
		cells := []string{m.program.Name}
		for i, c := range columns {
			x := c.of(m)
			all[i] = append(all[i], x)
			cells = append(cells, show(format, x))
		}
		row(w, cells...)
	}
	means := []string{"geometric mean"}
	for i := range columns {
		means = append(means, show(format, geometricMean(all[i])))
	}
	row(w, means...)
}

// writeTimes writes a table of what all sides took.
func writeTimes(w io.Writer, results []*result, sides []string, x func(figures) float64) {
	header(w, append([]string{"program", "arguments"}, sides...)...)
	for _, m := range results {
		cells := []string{m.program.Name, strings.Join(m.args, " ")}
		for _, s := range sides {
			spread := m.of(s, x)
			text := show("%.3f", spread.Median)
			if !math.IsNaN(spread.Median) {
				text += fmt.Sprintf(" (%.3f to %.3f)", spread.Low, spread.High)
			}
			cells = append(cells, text)
		}
		row(w, cells...)
	}
}

// kind returns the results of programs with threads, or of those without.
func kind(results []*result, threads bool) (selected []*result) {
	for _, m := range results {
		if m.program.Threads == threads {
			selected = append(selected, m)
		}
	}
	return selected
}

func writeSequential(w io.Writer, results []*result) {
	results = kind(results, false)
	if results == nil {
		return
	}
	fmt.Fprint(w, "\n### One thread\n\nProcessor time, medians and quartiles, in seconds:\n\n")
	writeTimes(w, results, []string{sidePython, "gil", "stm", "auto", sideReference}, cpu)
	fmt.Fprint(w, "\nRatios of processor time:\n\n")
	columns := func(x func(figures) float64) []column {
		return []column{ratioColumn("gil", sidePython, x), ratioColumn("stm", sidePython, x), ratioColumn("stm", "gil", x),
			ratioColumn("auto", "gil", x), ratioColumn(sideReference, "gil", x)}
	}
	writeRatios(w, results, "%.2f", columns(cpu))
	fmt.Fprint(w, "\nRatios of wall time:\n\n")
	writeRatios(w, results, "%.2f", columns(wall))
	writeMemory(w, results)
}

func writeParallel(w io.Writer, results []*result) {
	results = kind(results, true)
	if results == nil {
		return
	}
	several := with("stm", parallel)
	fmt.Fprint(w, "\n### Several threads\n\nWall time, medians and quartiles, in seconds:\n\n")
	writeTimes(w, results, []string{sidePython, "gil", "stm", "auto", several, with("auto", parallel)}, wall)
	fmt.Fprintf(w, "\nRatios of wall time; *machine* is how many times the work of one spinning goroutine %d did in the same rounds:\n\n", parallel)
	writeRatios(w, results, "%.2f", []column{
		ratioColumn("gil", sidePython, wall), ratioColumn("stm", "gil", wall), ratioColumn("auto", "gil", wall),
		{"gil / " + several, func(m *result) float64 { return m.ratio("gil", several, wall).Median }},
		{"stm / " + several, func(m *result) float64 { return m.ratio("stm", several, wall).Median }},
		{"machine", func(m *result) float64 { return bench.SpreadOf(m.machine).Median }},
		{"scaling of machine's", func(m *result) float64 { return m.scaling("stm").Median }},
		{several + " / gil, processor time", func(m *result) float64 { return m.ratio(several, "gil", cpu).Median }},
	})
	writeMemory(w, results)
}

func writeMemory(w io.Writer, results []*result) {
	fmt.Fprint(w, "\nMemory of the process at most, in MB:\n\n")
	side := func(name string) column {
		return column{name, func(m *result) float64 { return m.median(name, peak) }}
	}
	writeRatios(w, results, "%.1f", []column{side(sidePython), side("gil"), side("stm"), side("auto"),
		side(with("stm", parallel)), side(sideReference),
		ratioColumn("gil", sidePython, peak), ratioColumn("stm", sidePython, peak), ratioColumn("auto", sidePython, peak)})
}
