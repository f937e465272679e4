package container_test

import (
	"fmt"

	"github.com/ungil/tm"
	"github.com/ungil/tm/container"
)

// An element goes from one list to another: nobody ever sees it in both, or in
// neither.
func Example() {
	var list1, list2 container.List[string]
	_ = tm.Atomically(func(tx *tm.Tx) error { list1.Append(tx, "x"); return nil })

	for {
		t := tm.Begin()
		x, ok := list1.Pop(t)
		if ok {
			list2.Append(t, x)
		}
		if t.Commit() {
			break
		}
	}

	_ = tm.View(func(tx *tm.Tx) error {
		fmt.Println(list1.Len(tx), list2.Len(tx), list2.At(tx, 0))
		return nil
	})
	// Output: 0 1 x
}

// Work goes through two queues. Whoever takes from the first puts into the second
// in the same transaction, so no work is ever lost between them.
func ExampleQueue() {
	parse, send := container.NewQueue[int](8), container.NewQueue[string](8)
	go func() {
		for i := range 3 {
			_ = tm.Atomically(func(tx *tm.Tx) error { parse.Put(tx, i); return nil })
		}
		_ = tm.Atomically(func(tx *tm.Tx) error { parse.Close(tx); return nil })
	}()
	go func() {
		for more := true; more; {
			_ = tm.Atomically(func(tx *tm.Tx) error {
				var x int
				if x, more = parse.Take(tx); more { // sleeps while there is nothing
					send.Put(tx, fmt.Sprint("item ", x))
				} else {
					send.Close(tx)
				}
				return nil
			})
		}
	}()
	for {
		var s string
		var ok bool
		_ = tm.Atomically(func(tx *tm.Tx) error { s, ok = send.Take(tx); return nil })
		if !ok {
			break
		}
		fmt.Println(s)
	}
	// Output:
	// item 0
	// item 1
	// item 2
}

// A report over an index that others are changing: a View sees one moment.
func ExampleOrderedMap_Range() {
	var prices container.OrderedMap[string, int]
	_ = tm.Atomically(func(tx *tm.Tx) error {
		for i, name := range []string{"pear", "apple", "fig", "banana"} {
			prices.Set(tx, name, 10*i)
		}
		return nil
	})
	_ = tm.View(func(tx *tm.Tx) error {
		for name, price := range prices.Range(tx, "b", "g") {
			fmt.Println(name, price)
		}
		fmt.Println(prices.Len(tx))
		return nil
	})
	// Output:
	// banana 30
	// fig 20
	// 4
}

// The best bids of an order book, the highest first.
func ExampleOrderedMap_Backward() {
	var bids container.OrderedMap[int, int] // how much at which price
	_ = tm.Atomically(func(tx *tm.Tx) error {
		for price := range 100 {
			bids.Set(tx, price, 10*price)
		}
		return nil
	})
	_ = tm.View(func(tx *tm.Tx) error {
		for price, amount := range bids.Backward(tx) {
			fmt.Println(price, amount)
			if price == 98 {
				break
			}
		}
		for price := range bids.RangeBackward(tx, 0, 50) {
			fmt.Println("the best below 50:", price)
			break
		}
		return nil
	})
	// Output:
	// 99 990
	// 98 980
	// the best below 50: 49
}

// Goroutines count without getting into each other's way.
func ExampleCounter() {
	var hits container.Counter
	var pages container.Map[string, int]
	visit := func(page string) {
		_ = tm.Atomically(func(tx *tm.Tx) error {
			n, _ := pages.Get(tx, page)
			pages.Set(tx, page, n+1)
			hits.Add(tx, 1)
			return nil
		})
	}
	visit("/")
	visit("/about")
	visit("/")
	_ = tm.View(func(tx *tm.Tx) error {
		n, _ := pages.Get(tx, "/")
		fmt.Println(n, hits.Value(tx))
		return nil
	})
	// Output: 2 3
}
