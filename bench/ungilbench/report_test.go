package main

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ungil/tm/bench/programs"
	"github.com/ungil/tm/internal/resident"
)

// measured makes the result of a program whose sides all took the same in each round.
func measured(p programs.Program, machine float64, sides map[string]figures) *result {
	m := &result{program: p, args: p.Large, runs: map[string][]figures{}}
	for range 3 {
		m.machine = append(m.machine, machine)
		for name, f := range sides {
			m.runs[name] = append(m.runs[name], f)
		}
	}
	return m
}

func sample() []*result {
	return []*result{
		measured(programs.Program{Name: "alone"}, 0, map[string]figures{
			sidePython: {4, 4, 10}, "gil": {1, 2, 20}, "stm": {2, 2.2, 20}, sideReference: {16, 16, 30},
		}),
		measured(programs.Program{Name: "other"}, 0, map[string]figures{
			sidePython: {4, 1, 10}, "gil": {1, 2, 10}, "stm": {2, 2.2, 20}, sideReference: {4, 4, 30},
		}),
		measured(programs.Program{Name: "apart", Threads: true, Apart: true}, 2, map[string]figures{
			"gil": {10, 10, 1}, "stm": {12, 12, 1}, with("stm", 2): {8, 12, 1},
		}),
		measured(programs.Program{Name: "shared", Threads: true}, 2, map[string]figures{
			"gil": {10, 10, 1}, "stm": {12, 12, 1}, with("stm", 2): {12, 24, 1},
		}),
	}
}

func TestBars(t *testing.T) {
	var out bytes.Buffer
	writeBars(&out, sample())
	for _, row := range []string{
		"| one thread: gil / CPython, geometric mean | at most 1.00 | 1.00 | met |", // 1/2 and 2
		"| one thread: gil / CPython, the largest | at most 1.50 | 2.00 | missed |",
		"| one thread: starlark-go / gil, geometric mean | at least 4.00 | 4.00 | met |", // 8 and 2
		"| one thread: stm / gil, geometric mean | at most 1.15 | 1.10 | met |",
		"| memory: gil / CPython, geometric mean | at most 1.50 | 1.41 | met |", // 2 and 1
		"| memory: gil / CPython, the largest | at most 1.50 | 2.00 | missed |",
		"| two threads on work apart: scaling of the machine's, the smallest | at least 0.80 | 0.75 | missed |",
		"| programs with threads: gil / stm with two, the smallest | at least 1.00 | 0.83 | missed |",
	} {
		require.Contains(t, out.String(), row+"\n")
	}
	require.NotContains(t, out.String(), "auto", "it was not measured")
	require.NotContains(t, out.String(), "NaN")
}

func TestTables(t *testing.T) {
	var out bytes.Buffer
	write(&out, "cpu: some\n", sample())
	for _, row := range []string{
		"    cpu: some",
		"| alone | 0.50 | 0.55 | 1.10 | - | 8.00 |",
		"| geometric mean | 1.00 | 1.10 | 1.10 | - | 4.00 |",
		"| apart | - | 1.20 | - | 1.25 | 1.50 | 2.00 | 0.75 | 1.20 |",
		"| alone | 10.0 | 20.0 | 20.0 | - | - | 30.0 | 2.0 | 2.0 | - |",
	} {
		require.Contains(t, out.String(), "\n"+row+"\n")
	}
}

// A round that is missing on one side is left out of the ratio.
func TestRatioOfRounds(t *testing.T) {
	m := &result{runs: map[string][]figures{"a": {{wall: 6}, {wall: 100}}, "b": {{wall: 2}, {wall: 50}, {wall: 1}}}}
	require.InDelta(t, 2.5, m.ratio("a", "b", wall).Median, 1e-9)
	require.True(t, math.IsNaN(m.ratio("a", "c", wall).Median))
}

// TestDocumentIsCurrent: the document was made with these words and these programs.
func TestDocumentIsCurrent(t *testing.T) {
	file, err := os.ReadFile("../../docs/language-benchmarks.md")
	require.NoError(t, err)
	text := string(file)
	require.True(t, strings.HasPrefix(text, head), "docs/language-benchmarks.md does not begin with bench/ungilbench/head.md; run ungilbench -document")
	for _, p := range programs.All() {
		require.Regexp(t, `(?m)^\| `+regexp.QuoteMeta(p.Name)+` \|`, text, "no figures of %s", p.Name)
	}
}

// TestUngilSide runs the command: what the side reads is what ungil prints.
func TestUngilSide(t *testing.T) {
	r := &runner{dir: t.TempDir()}
	r.ungil = filepath.Join(r.dir, "ungil")
	_, _, _, err := execute("go", "build", "-o", r.ungil, "../../cmd/ungil")
	require.NoError(t, err)
	p := programs.All()[0]
	require.NoError(t, os.WriteFile(r.file(p), p.Source(), 0o600))
	_, output, err := r.runUngil("stm", 2, p, p.Small)
	require.NoError(t, err)
	require.Equal(t, p.Output(), output)
	// Milliseconds are printed, and the small one may take less than half of one.
	f, _, err := r.runUngil("stm", 2, p, p.Middle)
	require.NoError(t, err)
	require.Positive(t, f.wall)
	require.Less(t, f.wall, 60.0)
	if resident.Peak() > 0 { // as where the figures were made
		require.Greater(t, f.peak, 1.0)
		require.Less(t, f.peak, 1000.0)
	}
}

// What the sides parse.
func TestStatsOfUngil(t *testing.T) {
	const stats = "model stm, 2 threads ran, 1.234 s wall, 2.345 s cpu\n5 commits, 0 aborts\n27.5 MB of memory at most\n"
	require.Equal(t, []string{"1.234", "2.345"}, times.FindStringSubmatch(stats)[1:])
	require.Equal(t, "27.5", memory.FindStringSubmatch(stats)[1])
}
