package tm

import (
	"context"
	"testing"
)

// pingPong hands a turn to another goroutine and back, b.N times.
func pingPong(b *testing.B, give, take func(side int)) {
	go func() {
		for range b.N {
			take(1)
			give(0)
		}
	}()
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		give(1)
		take(0)
	}
}

// BenchmarkHandOver is a round trip between two goroutines that sleep in turns.
func BenchmarkHandOver(b *testing.B) {
	var turns [2]Var[bool]
	set := func(side int, x bool) {
		_ = Atomically(func(tx *Tx) error {
			tx.Check(turns[side].Get(tx) != x)
			turns[side].Set(tx, x)
			return nil
		})
	}
	pingPong(b, func(side int) { set(side, true) }, func(side int) { set(side, false) })
}

// BenchmarkHandOverChannel is the baseline: the same over two channels.
func BenchmarkHandOverChannel(b *testing.B) {
	turns := [2]chan bool{make(chan bool, 1), make(chan bool, 1)}
	pingPong(b, func(side int) { turns[side] <- true }, func(side int) { <-turns[side] })
}

// BenchmarkIncrementOthersWait is BenchmarkIncrement while goroutines sleep that
// wait for something else.
func BenchmarkIncrementOthersWait(b *testing.B) {
	ctx, cancel := context.WithCancel(context.Background())
	var never Var[bool]
	const sleepers = 100
	ended := make(chan error)
	for range sleepers {
		go func() {
			ended <- AtomicallyContext(ctx, func(tx *Tx) error { tx.Check(never.Get(tx)); return nil })
		}()
	}
	asleep(sleepers)
	BenchmarkIncrement(b)
	cancel()
	for range sleepers {
		<-ended
	}
}
