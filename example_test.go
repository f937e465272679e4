package tm_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/ungil/tm"
)

// Transfers between accounts, from many goroutines, with a view of the total.
func Example() {
	accounts := make([]tm.Var[int], 10)
	_ = tm.Atomically(func(tx *tm.Tx) error {
		for i := range accounts {
			accounts[i].Set(tx, 100)
		}
		return nil
	})
	errPoor := errors.New("not enough money")
	transfer := func(from, to *tm.Var[int], amount int) error {
		return tm.Atomically(func(tx *tm.Tx) error {
			if from.Get(tx) < amount {
				return errPoor // nothing happens
			}
			from.Set(tx, from.Get(tx)-amount)
			to.Set(tx, to.Get(tx)+amount)
			return nil
		})
	}
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			for i := range 1000 {
				_ = transfer(&accounts[(g+i)%10], &accounts[i*7%10], i%50)
			}
		})
	}
	all.Wait()
	_ = tm.View(func(tx *tm.Tx) error {
		total := 0
		for i := range accounts {
			total += accounts[i].Get(tx)
		}
		fmt.Println("total", total)
		return nil
	})
	// Output: total 1000
}

func ExampleDo() {
	ticket := tm.NewVar(41)
	mine, err := tm.Do(func(tx *tm.Tx) (int, error) {
		ticket.Set(tx, ticket.Get(tx)+1)
		return ticket.Get(tx), nil
	})
	fmt.Println(mine, err)
	// Output: 42 <nil>
}

// A sum of one moment.
func ExampleDoView() {
	accounts := make([]tm.Var[int], 3)
	for i := range accounts {
		accounts[i].Store(100 * i)
	}
	total, err := tm.DoView(func(tx *tm.Tx) (sum int, _ error) {
		for i := range accounts {
			sum += accounts[i].Get(tx)
		}
		return sum, nil
	})
	fmt.Println(total, err)
	// Output: 300 <nil>
}

// Move an element from one list to another, with explicit begin and commit.
func ExampleBegin() {
	list1, list2 := tm.NewVar([]string{"a", "b"}), tm.NewVar([]string{"c"})
	for {
		t := tm.Begin()
		from, to := list1.Get(t), list2.Get(t)
		last := len(from) - 1
		list1.Set(t, from[:last])
		// A value in a Var is shared: build a new slice, do not append in place.
		list2.Set(t, append(append([]string(nil), to...), from[last]))
		if t.Commit() {
			break
		}
	}
	fmt.Println(list1.Load(), list2.Load())
	// Output: [a] [c b]
}

// An error in the inner part undoes the inner part alone.
func ExampleTx_Atomically() {
	log, stock := tm.NewVar(""), tm.NewVar(0)
	_ = tm.Atomically(func(tx *tm.Tx) error {
		err := tx.Atomically(func(tx *tm.Tx) error {
			stock.Set(tx, stock.Get(tx)-1)
			if stock.Get(tx) < 0 {
				return errors.New("out of stock")
			}
			return nil
		})
		log.Set(tx, fmt.Sprint("order: ", err))
		return nil
	})
	fmt.Println(stock.Load(), log.Load())
	// Output: 0 order: out of stock
}

// BeginAged is Begin in a loop: the transaction grows older with each attempt, and
// others give way to it in the end.
func ExampleBeginAged() {
	from, to := tm.NewVar(10), tm.NewVar(0)
	var age tm.Age
	for {
		t := tm.BeginAged(&age)
		x := from.Get(t)
		from.Set(t, 0)
		to.Set(t, to.Get(t)+x)
		if t.Commit() {
			break
		}
	}
	fmt.Println(from.Load(), to.Load())
	// Output: 0 10
}

// What cannot be done twice comes behind Irrevocable: the attempt is certain to
// commit from there on.
func ExampleTx_Irrevocable() {
	printed := tm.NewVar(0)
	_ = tm.Atomically(func(tx *tm.Tx) error {
		n := printed.Get(tx) + 1
		tx.Irrevocable()
		fmt.Println("page", n) // once, whatever others do
		printed.Set(tx, n)
		return nil
	})
	fmt.Println(printed.Load())
	// Output:
	// page 1
	// 1
}

// A transaction that would wait for another irrevocable one until somebody stops it.
func ExampleTx_IrrevocableUntil() {
	first, second := tm.Begin(), tm.Begin()
	first.Irrevocable()
	stopped := make(chan struct{})
	close(stopped)
	fmt.Println(second.IrrevocableUntil(stopped), second.Doomed())
	first.Abort()
	fmt.Println(second.IrrevocableUntil(nil), second.Commit())
	// Output:
	// false false
	// true true
}

// Whether commits are tried as hardware transactions, and why not, depends on the
// processor.
func ExampleHardware() {
	report := tm.Hardware()
	fmt.Println(report.Reason != "")
	// Output: true
}

// The report in one line, for people.
func ExampleHardwareReport_String() {
	report := tm.HardwareReport{Reason: "the processor has no RTM"}
	fmt.Println(strings.Contains(report.String(), report.Reason))
	// Output: true
}
