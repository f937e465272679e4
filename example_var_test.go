package tm_test

import (
	"errors"
	"fmt"

	"github.com/ungil/tm"
)

// The zero value of a Var is ready, so Vars stand in structs and arrays by value.
func ExampleVar() {
	type account struct {
		owner   string
		balance tm.Var[int]
	}
	a := account{owner: "Ada"}
	_ = tm.Atomically(func(tx *tm.Tx) error {
		a.balance.Set(tx, 10)
		return nil
	})
	fmt.Println(a.owner, a.balance.Load())
	// Output: Ada 10
}

func ExampleNewVar() {
	name := tm.NewVar("Ada")
	fmt.Println(name.Load())
	// Output: Ada
}

// A transaction sees what it has set itself; others see it once it has committed.
func ExampleVar_Get() {
	x := tm.NewVar(1)
	_ = tm.Atomically(func(tx *tm.Tx) error {
		x.Set(tx, x.Get(tx)+1)
		fmt.Println(x.Get(tx), x.Load())
		return nil
	})
	fmt.Println(x.Load())
	// Output:
	// 2 1
	// 2
}

// A value in a Var is shared with everybody who has read it. So a new map is set,
// rather than the old one changed.
func ExampleVar_Set() {
	ages := tm.NewVar(map[string]int{"Ada": 36})
	before := ages.Load()
	_ = tm.Atomically(func(tx *tm.Tx) error {
		changed := map[string]int{"Alan": 41}
		for name, age := range ages.Get(tx) {
			changed[name] = age
		}
		ages.Set(tx, changed)
		return nil
	})
	fmt.Println(len(before), len(ages.Load()))
	// Output: 1 2
}

func ExampleVar_Load() {
	hits := tm.NewVar(42)
	fmt.Println(hits.Load()) // outside of any transaction
	// Output: 42
}

func ExampleVar_Update() {
	hits := tm.NewVar(41)
	_ = tm.Atomically(func(tx *tm.Tx) error {
		fmt.Println(hits.Update(tx, func(n int) int { return n + 1 }))
		return nil
	})
	// Output: 42
}

// Take everything that has been collected, and leave nothing.
func ExampleVar_Swap() {
	inbox := tm.NewVar([]string{"a letter", "a bill"})
	all, _ := tm.Do(func(tx *tm.Tx) ([]string, error) { return inbox.Swap(tx, nil), nil })
	fmt.Println(all, len(inbox.Load()))
	// Output: [a letter a bill] 0
}

func ExampleVar_Store() {
	var limit tm.Var[int]
	limit.Store(100) // outside of any transaction
	fmt.Println(limit.Load())
	// Output: 100
}

// An error undoes everything and is returned.
func ExampleAtomically() {
	from, to := tm.NewVar(5), tm.NewVar(0)
	errPoor := errors.New("not enough money")
	transfer := func(amount int) error {
		return tm.Atomically(func(tx *tm.Tx) error {
			to.Set(tx, to.Get(tx)+amount)
			from.Set(tx, from.Get(tx)-amount)
			if from.Get(tx) < 0 {
				return errPoor
			}
			return nil
		})
	}
	fmt.Println(transfer(3), from.Load(), to.Load())
	fmt.Println(transfer(3), from.Load(), to.Load())
	// Output:
	// <nil> 2 3
	// not enough money 2 3
}

func ExampleView() {
	x, y := tm.NewVar(1), tm.NewVar(2)
	_ = tm.View(func(tx *tm.Tx) error {
		fmt.Println(x.Get(tx) + y.Get(tx)) // of one moment
		return nil
	})
	// Output: 3
}
