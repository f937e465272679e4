package tm

import (
	goruntime "runtime"
	"testing"
)

// awaiting begins a transaction that reads v and writes other, and awaits a change.
func awaiting(v, other *Var[int], done <-chan struct{}) <-chan bool {
	return async(func() bool {
		tx := Begin()
		v.Get(tx)
		other.Set(tx, 1)
		return tx.Await(done)
	})
}

func TestAwaitAChange(t *testing.T) {
	var flag, written, other Var[int]
	changed := awaiting(&flag, &written, nil)
	asleep(1)
	interfere(&other, 1)
	if written.Load() != 0 {
		t.Error("a transaction that waits has set something")
	}
	interfere(&flag, 1)
	if !<-changed {
		t.Error("woken without a change")
	}
	nobodyWaits(t)
}

func TestAwaitDone(t *testing.T) {
	var flag, written Var[int]
	done := make(chan struct{})
	changed := awaiting(&flag, &written, done)
	asleep(1)
	close(done)
	if <-changed {
		t.Error("a change that nobody made")
	}
	nobodyWaits(t)
}

// TestAwaitOvertaken: what was overwritten before is a change, also if the
// transaction has seen the conflict.
func TestAwaitOvertaken(t *testing.T) {
	for _, see := range []bool{false, true} {
		var flag, second Var[int]
		tx := Begin()
		flag.Get(tx)
		interfere(&flag, 1)
		if see {
			interfere(&second, 1)
			second.Get(tx)
		}
		if !tx.Await(nil) {
			t.Errorf("conflict seen: %v: no change", see)
		}
		nobodyWaits(t)
	}
}

// TestAwaitHoldsNothing: who sleeps keeps no history, and nobody gives way to it.
func TestAwaitHoldsNothing(t *testing.T) {
	var v Var[int]
	before := registrations.count.Load()
	tx, _ := aged(karma)
	v.Get(tx)
	changed := async(func() bool { return tx.Await(nil) })
	for queueOf(&v.slot).first.Load() == nil {
		goruntime.Gosched()
	}
	if n := registrations.count.Load(); n > before || attention.word.Load()&priorities != 0 {
		t.Errorf("%d registrations, before it %d; attention %#x", n, before, attention.word.Load())
	}
	interfere(&v, 1)
	if !<-changed {
		t.Error("no change")
	}
	nobodyWaits(t)
}

func TestAwaitMisuse(t *testing.T) {
	var v Var[int]
	empty := Begin()
	mustPanic(t, "has read nothing", func() { empty.Await(nil) })
	empty.Abort() // or it stays registered until it is collected, and other tests count registrations
	mustPanic(t, "did not come from Begin", func() {
		Atomically(func(tx *Tx) error { tx.Await(nil); return nil })
	})
	tx := Begin()
	tx.Irrevocable()
	v.Get(tx)
	mustPanic(t, "can not run again", func() { tx.Await(nil) })
	tx.Abort()
}
