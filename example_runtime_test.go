package tm_test

import (
	"fmt"

	"github.com/ungil/tm"
	"github.com/ungil/tm/orec"
)

// The examples of this file are for authors of runtimes, who have versions of
// their own; see also package runtime.

// cell is a transactional cell of a runtime; a cellVersion is one of its values.
type cell struct{ slot orec.Slot }

type cellVersion struct {
	orec.Version
	value int
}

// A version begins with orec.Version. It is filled in before it is given away.
func ExampleTx_Write() {
	var c orec.Slot
	tx := tm.Begin()
	v := &cellVersion{value: 7}
	tx.Write(&c, &v.Version)
	fmt.Println(tx.Commit())
	// Output: true
}

// Nil stands for the base value, which the caller knows.
func ExampleTx_Read() {
	var c cell
	tx := tm.Begin()
	fmt.Println(tx.Read(&c.slot) == nil)
	v := &cellVersion{value: 7}
	tx.Write(&c.slot, &v.Version)
	fmt.Println(tx.Read(&c.slot) == &v.Version)
	tx.Abort()
	// Output:
	// true
	// true
}

// What was written since the last savepoint may still be changed in place.
func ExampleTx_Pending() {
	var c cell
	tx := tm.Begin()
	v := &cellVersion{value: 7}
	tx.Write(&c.slot, &v.Version)
	fmt.Println(tx.Pending(&c.slot) == &v.Version)
	s := tx.Savepoint()
	fmt.Println(tx.Pending(&c.slot) == nil)
	tx.Release(s)
	tx.Abort()
	// Output:
	// true
	// true
}

// What was written before the last savepoint may be changed in place by who can put back what it held.
func ExampleTx_Rewrite() {
	var c cell
	tx := tm.Begin()
	fmt.Println(tx.Rewrite(&c.slot)) // tx has not written it
	first := &cellVersion{value: 7}
	tx.Write(&c.slot, &first.Version)
	s := tx.Savepoint()
	v, saved := tx.Rewrite(&c.slot)
	fmt.Println(v == &first.Version, saved)
	old := first.value
	first.value = 8
	v, saved = tx.Rewrite(&c.slot)
	fmt.Println(v == &first.Version, saved) // already
	first.value = old
	tx.Rollback(s)
	v, saved = tx.Rewrite(&c.slot)
	fmt.Println(v == &first.Version, saved) // what follows the rollback could be part of another savepoint's
	tx.Abort()
	// Output:
	// <nil> false
	// true false
	// true true
	// true false
}

func ExampleTx_Savepoint() {
	x := tm.NewVar(1)
	tx := tm.Begin()
	x.Set(tx, 2)
	s := tx.Savepoint()
	x.Set(tx, 3)
	tx.Rollback(s)
	fmt.Println(x.Get(tx), tx.Commit())
	// Output: 2 true
}

func ExampleTx_Release() {
	x := tm.NewVar(1)
	tx := tm.Begin()
	s := tx.Savepoint()
	x.Set(tx, 3)
	tx.Release(s) // keeps what was written
	tx.Commit()
	fmt.Println(x.Load())
	// Output: 3
}

func ExampleTx_Rollback() {
	x, y := tm.NewVar(1), tm.NewVar(1)
	tx := tm.Begin()
	outer := tx.Savepoint()
	x.Set(tx, 2)
	inner := tx.Savepoint()
	y.Set(tx, 2)
	tx.Rollback(inner) // in the reverse order of their making
	tx.Release(outer)
	tx.Commit()
	fmt.Println(x.Load(), y.Load())
	// Output: 2 1
}

func ExampleTx_Commit() {
	x := tm.NewVar(1)
	tx := tm.Begin()
	before := x.Get(tx)
	_ = tm.Atomically(func(tx *tm.Tx) error { x.Set(tx, 10); return nil }) // another is faster
	x.Set(tx, before+1)
	fmt.Println(tx.Commit(), x.Load())
	// Output: false 10
}

// Of two transactions that write the same Var the later one has the larger time.
func ExampleTx_CommitAt() {
	x := tm.NewVar(1)
	set := func(value int) (time uint64) {
		tx := tm.Begin()
		x.Set(tx, value)
		time, _ = tx.CommitAt()
		return time
	}
	first, second := set(2), set(3)
	fmt.Println(first < second)
	// Output: true
}

func ExampleTx_Abort() {
	x := tm.NewVar(1)
	tx := tm.Begin()
	x.Set(tx, 2)
	tx.Abort()
	fmt.Println(x.Load())
	// Output: 1
}

// Stop early when a conflict was seen: Commit will report false.
func ExampleTx_Doomed() {
	x, y := tm.NewVar(1), tm.NewVar(1)
	tx := tm.Begin()
	x.Get(tx)
	_ = tm.Atomically(func(tx *tm.Tx) error { x.Set(tx, 2); y.Set(tx, 2); return nil })
	fmt.Println(y.Get(tx), tx.Doomed()) // still the old value: one snapshot
	tx.Abort()
	// Output: 1 true
}

// A snapshot can move to now as long as nothing that was read has changed.
func ExampleTx_Extend() {
	x, y := tm.NewVar(1), tm.NewVar(1)
	tx := tm.Begin()
	x.Get(tx)
	_ = tm.Atomically(func(tx *tm.Tx) error { y.Set(tx, 2); return nil })
	fmt.Println(tx.Extend(), y.Get(tx))
	_ = tm.Atomically(func(tx *tm.Tx) error { x.Set(tx, 2); return nil })
	fmt.Println(tx.Extend(), x.Get(tx))
	tx.Abort()
	// Output:
	// true 2
	// false 1
}

func ExampleTx_ID() {
	a, b := tm.Begin(), tm.Begin()
	fmt.Println(a.ID() != b.ID())
	a.Abort()
	b.Abort()
	// Output: true
}

// With more than a few reads the validation may run in assembly.
func ExampleKernel() {
	fmt.Println(tm.Kernel() == "asm" || tm.Kernel() == "go")
	// Output: true
}

// A data structure goes down its nodes with Peek and reads with Read where the way has
// ended: a change further up does not make the transaction fail.
func ExampleTx_Peek() {
	var up, down cell
	write := func(c *cell, x int) {
		tx := tm.Begin()
		v := &cellVersion{value: x}
		tx.Write(&c.slot, &v.Version)
		tx.Commit()
	}
	tx := tm.Begin()
	fmt.Println(tx.Peek(&up.slot) == nil, tx.Read(&down.slot) == nil)
	v := &cellVersion{value: 1}
	tx.Write(&down.slot, &v.Version)
	write(&up, 2)
	fmt.Println(tx.Commit())
	// Output:
	// true true
	// true
}

// In a View the head's stamp tells whether the head is what Read returns.
func ExampleTx_Bound() {
	var c cell
	_ = tm.Atomically(func(tx *tm.Tx) error {
		v := &cellVersion{value: 7}
		tx.Write(&c.slot, &v.Version)
		return nil
	})
	_ = tm.View(func(tx *tm.Tx) error {
		head := c.slot.Head.Load()
		fmt.Println(head.Stamp.Load() <= tx.Bound(), head == tx.Read(&c.slot))
		return nil
	})
	// Output: true true
}

// A transaction that has written nothing needs no hooks of its own.
func ExampleTx_Wrote() {
	v := tm.NewVar(1)
	_ = tm.Atomically(func(tx *tm.Tx) error {
		fmt.Println(tx.Wrote())
		v.Set(tx, 2)
		fmt.Println(tx.Wrote())
		return nil
	})
	// Output:
	// false
	// true
}

// A transaction that is no function waits for what it has read.
func ExampleTx_Await() {
	var full tm.Var[bool]
	go func() { _ = tm.Atomically(func(tx *tm.Tx) error { full.Set(tx, true); return nil }) }()
	for {
		tx := tm.Begin()
		if !full.Get(tx) {
			tx.Await(nil)
			continue
		}
		tx.Commit()
		break
	}
	fmt.Println("full")
	// Output: full
}
