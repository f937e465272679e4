package tm_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ungil/tm"
)

// A mailbox that holds one message: take waits until there is one, put until there
// is none.
func ExampleTx_Retry() {
	var box tm.Var[*string]
	put := func(message string) {
		_ = tm.Atomically(func(tx *tm.Tx) error {
			if box.Get(tx) != nil {
				tx.Retry()
			}
			box.Set(tx, &message)
			return nil
		})
	}
	take := func() string {
		message, _ := tm.Do(func(tx *tm.Tx) (string, error) {
			m := box.Get(tx)
			if m == nil {
				tx.Retry()
			}
			box.Set(tx, nil)
			return *m, nil
		})
		return message
	}
	go func() {
		put("first")
		put("second")
	}()
	fmt.Println(take(), take())
	// Output: first second
}

// Wait until a condition over several Vars holds.
func ExampleTx_Check() {
	var workers, done tm.Var[int]
	_ = tm.Atomically(func(tx *tm.Tx) error { workers.Set(tx, 3); return nil })
	for range 3 {
		go func() {
			_ = tm.Atomically(func(tx *tm.Tx) error { done.Set(tx, done.Get(tx)+1); return nil })
		}()
	}
	_ = tm.View(func(tx *tm.Tx) error {
		tx.Check(done.Get(tx) == workers.Get(tx))
		return nil
	})
	fmt.Println("all done:", done.Load())
	// Output: all done: 3
}

// Take from whichever queue has something, the first one first.
func ExampleTx_OrElse() {
	urgent, normal := tm.NewVar([]string(nil)), tm.NewVar([]string{"a letter"})
	takeFrom := func(queue *tm.Var[[]string], taken *string) func(tx *tm.Tx) error {
		return func(tx *tm.Tx) error {
			q := queue.Get(tx)
			tx.Check(len(q) > 0)
			*taken = q[0]
			queue.Set(tx, q[1:])
			return nil
		}
	}
	var taken string
	_ = tm.Atomically(func(tx *tm.Tx) error {
		return tx.OrElse(takeFrom(urgent, &taken), takeFrom(normal, &taken))
	})
	fmt.Println(taken)
	// Output: a letter
}

// Wait no longer than a context lasts.
func ExampleAtomicallyContext() {
	var ready tm.Var[bool]
	ctx, cancel := context.WithCancel(context.Background())
	go cancel()
	err := tm.AtomicallyContext(ctx, func(tx *tm.Tx) error {
		tx.Check(ready.Get(tx))
		return nil
	}, tm.WithName("wait for ready"))
	fmt.Println(err, errors.Is(err, context.Canceled))
	// Output: transaction "wait for ready": context canceled true
}

// Take one ticket if there is one, and do not wait for it.
func ExampleDoContext() {
	tickets := tm.NewVar(7)
	take := func(tx *tm.Tx) (number int, err error) {
		tx.Check(tickets.Get(tx) > 0)
		number = tickets.Get(tx)
		tickets.Set(tx, number-1)
		return number, nil
	}
	fmt.Println(tm.DoContext(context.Background(), take, tm.WithAttempts(1)))
	// Output: 7 <nil>
}

// Wait for a condition, but no longer than a context lasts.
func ExampleViewContext() {
	var done tm.Var[int]
	ctx, cancel := context.WithCancel(context.Background())
	go cancel()
	err := tm.ViewContext(ctx, func(tx *tm.Tx) error {
		tx.Check(done.Get(tx) == 3)
		return nil
	})
	fmt.Println(err)
	// Output: context canceled
}

// With one attempt a transaction that would wait says so instead.
func ExampleWithAttempts() {
	tickets := tm.NewVar(0)
	err := tm.AtomicallyContext(context.Background(), func(tx *tm.Tx) error {
		tx.Check(tickets.Get(tx) > 0)
		tickets.Set(tx, tickets.Get(tx)-1)
		return nil
	}, tm.WithAttempts(1))
	fmt.Println(errors.Is(err, tm.ErrAttempts))
	// Output: true
}

func ExampleWithName() {
	err := tm.AtomicallyContext(context.Background(), func(tx *tm.Tx) error {
		var never tm.Var[bool]
		tx.Check(never.Get(tx))
		return nil
	}, tm.WithAttempts(1), tm.WithName("hopeless"))
	fmt.Println(err)
	// Output: transaction "hopeless": tm: the transaction has used up its attempts; nothing has happened
}

func ExampleWithPriority() {
	audits := tm.NewVar(0)
	err := tm.AtomicallyContext(context.Background(), func(tx *tm.Tx) error {
		audits.Set(tx, audits.Get(tx)+1)
		return nil
	}, tm.WithPriority(2))
	fmt.Println(err, audits.Load())
	// Output: <nil> 1
}

// What cannot be undone happens after the commit.
func ExampleTx_OnCommit() {
	stock := tm.NewVar(1)
	order := func() error {
		return tm.Atomically(func(tx *tm.Tx) error {
			if stock.Get(tx) == 0 {
				return errors.New("sold out")
			}
			stock.Set(tx, stock.Get(tx)-1)
			tx.OnCommit(func() { fmt.Println("send the parcel") })
			return nil
		})
	}
	fmt.Println(order())
	fmt.Println(order())
	// Output:
	// send the parcel
	// <nil>
	// sold out
}

func ExampleTx_OnAbort() {
	stock := tm.NewVar(0)
	err := tm.Atomically(func(tx *tm.Tx) error {
		tx.OnAbort(func() { fmt.Println("tell the customer") })
		if stock.Get(tx) == 0 {
			return errors.New("sold out")
		}
		return nil
	})
	fmt.Println(err)
	// Output:
	// tell the customer
	// sold out
}

// To publish the numbers where the program publishes its others:
//
//	expvar.Publish("tm", expvar.Func(func() any { return tm.ReadStats() }))
func ExampleReadStats() {
	before := tm.ReadStats()
	_ = tm.Atomically(func(tx *tm.Tx) error { return nil })
	after := tm.ReadStats()
	text, err := json.Marshal(after)
	fmt.Println(after.Commits > before.Commits, json.Valid(text), err)
	// Output: true true <nil>
}
