package main

import (
	"fmt"
	"math/rand/v2"
	"runtime"

	"github.com/ungil/tm"
)

// workloads are those on which managers of contention are usually shown to fail.
var workloads = []workload{
	// WWPathology of RSTM (Spear and others, PPoPP 2009): half of the goroutines increment all
	// elements of a list from the front, half from the back.
	{name: "list", goroutines: 4, watched: 4, make: list},
	// One long transaction reads everything and writes a little; others write.
	{name: "reader", goroutines: 4, watched: 1, make: reader},
	{name: "counter", goroutines: 8, watched: 8, make: counter},
	{name: "philosophers", goroutines: 5, watched: 5, make: philosophers},
	{name: "thousand", goroutines: 1000, watched: 1000, make: thousand},
}

func add(tx *tm.Tx, v *tm.Var[int], n int) { v.Set(tx, v.Get(tx)+n) }

// want checks the sum of some variables.
func want(vs []tm.Var[int], total int) error {
	got := 0
	for i := range vs {
		got += vs[i].Load()
	}
	if got != total {
		return fmt.Errorf("the variables hold %d in all, want %d", got, total)
	}
	return nil
}

func sum(commits []int) (n int) {
	for _, c := range commits {
		n += c
	}
	return n
}

func list() (func(*tm.Tx, int, int), func([]int) error) {
	elements := make([]tm.Var[int], 256)
	work := func(tx *tm.Tx, goroutine, _ int) {
		for i := range elements {
			at := i
			if goroutine%2 == 0 {
				at = len(elements) - 1 - i
			}
			add(tx, &elements[at], 1)
			yieldAt(i, 64)
		}
	}
	return work, func(commits []int) error { return want(elements, len(elements)*sum(commits)) }
}

func reader() (func(*tm.Tx, int, int), func([]int) error) {
	elements := make([]tm.Var[int], 256)
	var last tm.Var[int]
	work := func(tx *tm.Tx, goroutine, n int) {
		if goroutine > 0 {
			add(tx, &elements[(n*7+goroutine)%len(elements)], 1)
			runtime.Gosched()
			return
		}
		total := 0
		for i := range elements {
			total += elements[i].Get(tx)
			yieldAt(i, 16)
		}
		last.Set(tx, total)
	}
	return work, func(commits []int) error { return want(elements, sum(commits[1:])) }
}

func counter() (func(*tm.Tx, int, int), func([]int) error) {
	count := make([]tm.Var[int], 1)
	work := func(tx *tm.Tx, _, _ int) {
		n := count[0].Get(tx)
		runtime.Gosched()
		count[0].Set(tx, n+1)
	}
	return work, func(commits []int) error { return want(count, sum(commits)) }
}

// philosophers eat with two of five forks, all at one table; a fork counts its uses.
func philosophers() (func(*tm.Tx, int, int), func([]int) error) {
	forks := make([]tm.Var[int], 5)
	work := func(tx *tm.Tx, goroutine, _ int) {
		add(tx, &forks[goroutine], 1)
		runtime.Gosched() // with one fork in the hand
		add(tx, &forks[(goroutine+1)%len(forks)], 1)
	}
	return work, func(commits []int) error { return want(forks, 2*sum(commits)) }
}

// thousand move something from one of a few variables to another.
func thousand() (func(*tm.Tx, int, int), func([]int) error) {
	accounts := make([]tm.Var[int], 16)
	work := func(tx *tm.Tx, goroutine, n int) {
		random := rand.New(rand.NewPCG(uint64(goroutine), uint64(n)))
		add(tx, &accounts[random.IntN(len(accounts))], 1)
		runtime.Gosched()
		add(tx, &accounts[random.IntN(len(accounts))], -1)
	}
	return work, func([]int) error { return want(accounts, 0) }
}
