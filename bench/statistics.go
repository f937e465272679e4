package bench

import "slices"

// A Spread is a median and its quartiles.
type Spread struct{ Median, Low, High float64 }

// A Line sums up one workload, implementation and number of goroutines. Ratios
// are those of figures of the same round.
type Line struct {
	Workload       string
	Implementation string
	Goroutines     int

	// What was measured, one entry a round, in order.
	NsPerOp, BytesPerOp, AllocsPerOp []float64

	Ns        Spread // an operation
	Ratio     Spread // of the time to the baseline's, for the same work on as many goroutines
	Transfers Spread // the time in yardsticks: transfers under a mutex on one goroutine
	Scaling   Spread // throughput against this implementation's on one goroutine; zero if that is not measured
	Machine   Spread // what the machine gives: spinning goroutines against one
	OfMachine Spread // Scaling in terms of Machine
	Bytes     Spread // allocated by an operation
	Allocs    Spread
}

// SpreadOf returns the median and the quartiles of some figures, at least one.
func SpreadOf(xs []float64) Spread { return spread(xs) }

// spread returns the median and the quartiles of some figures, interpolated
// between neighbours.
func spread(xs []float64) Spread {
	sorted := slices.Sorted(slices.Values(xs))
	at := func(q float64) float64 {
		position := q * float64(len(sorted)-1)
		i := int(position)
		if i+1 >= len(sorted) {
			return sorted[len(sorted)-1]
		}
		return sorted[i] + (position-float64(i))*(sorted[i+1]-sorted[i])
	}
	return Spread{Median: at(0.5), Low: at(0.25), High: at(0.75)}
}

// over returns the spread of f over the rounds.
func over(rounds []round, f func(r round) float64) Spread {
	return spread(each(rounds, f))
}

func each(rounds []round, f func(r round) float64) (xs []float64) {
	for _, r := range rounds {
		xs = append(xs, f(r))
	}
	return xs
}

// summarize makes the lines of one workload.
func summarize(w Workload, rounds []round) (lines []Line) {
	for _, g := range w.Goroutines {
		for _, impl := range w.implementations() {
			here, base, alone := position{impl, g}, position{Baseline, g}, position{impl, 1}
			l := Line{
				Workload: w.Name, Implementation: impl, Goroutines: g,
				NsPerOp:     each(rounds, func(r round) float64 { return r.costs[here].ns }),
				BytesPerOp:  each(rounds, func(r round) float64 { return r.costs[here].bytes }),
				AllocsPerOp: each(rounds, func(r round) float64 { return r.costs[here].allocs }),
				Ratio:       over(rounds, func(r round) float64 { return r.costs[here].ns / r.costs[base].ns }),
				Transfers:   over(rounds, func(r round) float64 { return r.costs[here].ns / r.transfer }),
				Machine:     over(rounds, func(r round) float64 { return r.machine[g] }),
			}
			l.Ns, l.Bytes, l.Allocs = spread(l.NsPerOp), spread(l.BytesPerOp), spread(l.AllocsPerOp)
			if slices.Contains(w.Goroutines, 1) {
				l.Scaling = over(rounds, func(r round) float64 { return r.costs[alone].ns / r.costs[here].ns })
				l.OfMachine = over(rounds, func(r round) float64 { return r.costs[alone].ns / r.costs[here].ns / r.machine[g] })
			}
			lines = append(lines, l)
		}
	}
	return lines
}
