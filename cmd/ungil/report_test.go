package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/ungil/tm/runtime"
)

// comparisonOf makes a comparison of four runs from what stm with two threads did.
func comparisonOf(calibration float64, gil, stm1, stm2, cpu float64, stats runtime.Stats) *comparison {
	return &comparison{Goroutines: 2, Calibration: calibration, Rows: []*row{
		{Model: "gil", Threads: 1, WallSeconds: gil, Speedup: 1, SameOutput: true, model: runtime.GIL},
		{Model: "gil", Threads: 2, WallSeconds: gil, Speedup: 1, SameOutput: true, model: runtime.GIL},
		{Model: "stm", Threads: 1, WallSeconds: stm1, Speedup: gil / stm1, SameOutput: true, model: runtime.STM},
		{Model: "stm", Threads: 2, WallSeconds: stm2, CPUSeconds: cpu, Speedup: gil / stm2, SameOutput: true,
			Aborts: stats.Aborts, model: runtime.STM, stats: stats},
	}}
}

func TestReason(t *testing.T) {
	fine := runtime.Stats{Threads: 3, Instructions: 100}
	aborts := runtime.Stats{Threads: 3, Instructions: 100, Wasted: 100, Aborts: 7}
	cases := []struct {
		name string
		c    *comparison
		want string
	}{
		{"won", comparisonOf(2, 2, 2, 1, 2, fine), ""},
		{"one thread", comparisonOf(2, 2, 2, 2, 2, runtime.Stats{Threads: 1}), "one thread only"},
		{"aborts", comparisonOf(1, 2, 2, 2, 4, aborts), "7 aborts threw away 50 %"},
		{"no core", comparisonOf(1.02, 2, 2, 2, 2, fine), "1.02 times"},
		{"overhead", comparisonOf(2, 2, 4, 2, 4, fine), "2.00 times as long"},
		{"waiting", comparisonOf(2, 2, 2, 2, 2, fine), "1.00 cores"},
		{"memory", comparisonOf(2, 2, 2, 2, 4, fine), "in parallel"},
	}
	for _, c := range cases {
		got := c.c.reason()
		if c.want == "" && got != "" || !strings.Contains(got, c.want) || strings.Contains(got, "\n") {
			t.Errorf("%s: %q, want one line with %q", c.name, got, c.want)
		}
	}
	differs := comparisonOf(2, 2, 2, 1, 2, fine)
	differs.Rows[1].SameOutput = false
	if got := differs.reason(); !strings.Contains(got, "differs") {
		t.Errorf("different output: %q", got)
	}
}

func TestThreadCounts(t *testing.T) {
	for largest, want := range map[int][]int{1: {1}, 2: {1, 2}, 3: {1, 2, 3}, 8: {1, 2, 4, 8}} {
		if got := threadCounts(largest); !slices.Equal(got, want) {
			t.Errorf("%d: %v, want %v", largest, got, want)
		}
	}
}

func TestMedian(t *testing.T) {
	for want, xs := range map[float64][]float64{2: {3, 1, 2}, 2.5: {4, 1, 2, 3}, 7: {7}} {
		if got := median(xs); got != want {
			t.Errorf("median of %v is %v", xs, got)
		}
	}
}
