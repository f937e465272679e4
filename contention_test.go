package tm

import (
	"context"
	"math"
	goruntime "runtime"
	"sync"
	"testing"

	"github.com/ungil/tm/internal/word"
)

// A transaction from Begin stays open on one goroutine while another runs, so
// these tests need no second goroutine and no luck.

// aged begins a transaction that has failed so often.
func aged(aborts int) (*Tx, *Age) {
	age := &Age{seniority{aborts: aborts}}
	return BeginAged(age), age
}

// attempts counts the attempts in which v is set to x.
func attempts[T any](v *Var[T], x T) (n int) {
	_ = Atomically(func(tx *Tx) error { n++; v.Set(tx, x); return nil })
	return n
}

// apart makes Vars of which a claim's filter tells one from the others: neighbours have different bits
// there, and Vars wherever the allocator puts them may share one.
func apart() *[3]Var[int] { return new([3]Var[int]) }

func skipUnlessManaged(t *testing.T) {
	if !managed {
		t.Skip("TMDEBUG has switched contention management off")
	}
}

func TestOthersGiveWay(t *testing.T) {
	skipUnlessManaged(t)
	vs := apart()
	x, y, other := &vs[0], &vs[1], &vs[2]
	young, _ := aged(karma - 1)
	x.Get(young)
	if n := attempts(x, 1); n != 1 {
		t.Errorf("%d attempts to set what a transaction without a claim has read, want 1", n)
	}
	y.Set(young, 1)
	if young.Commit() {
		t.Error("committed though it has read an old value")
	}

	// At the last rung, so that nobody rises above it.
	old, age := aged(topLevel * karma)
	x.Get(old)
	if n := attempts(other, 1); n != 1 {
		t.Errorf("%d attempts to set what nobody has read, want 1", n)
	}
	// One gives way as long as the patience lasts.
	patience := int(old.claim.Patience.Load())
	if n := attempts(x, 2); n != patience+1 {
		t.Errorf("%d attempts to set what a claim stands on, want %d", n, patience+1)
	}
	y.Set(old, 1)
	if old.Commit() {
		t.Error("committed though it has read an old value")
	}
	if age.seniority.aborts != topLevel*karma+1 || age.seniority.doublings != 1 {
		t.Errorf("after a failure without patience left: %+v", age.seniority)
	}

	again := BeginAged(age)
	x.Get(again)
	if p := int(again.claim.Patience.Load()); p < 2*patience {
		t.Errorf("the patience went from %d to %d, want twice as much at least", patience, p)
	}
	if n, p := attempts(x, 3), 2*patience; n < p+1 {
		t.Errorf("%d attempts after the patience has doubled, want at least %d", n, p+1)
	}
	again.Abort()
	if attention.word.Load() != 0 {
		t.Error("a claim is left")
	}
}

func TestProgressRenewsPatience(t *testing.T) {
	skipUnlessManaged(t)
	var vs [3]Var[int]
	old, _ := aged(karma)
	failures := 0
	for i := range vs {
		vs[i].Get(old)
		for range leastPatience() / 2 {
			tx := Begin()
			vs[0].Set(tx, 1)
			if tx.Commit() {
				t.Fatalf("overwrote what a claim stands on, after %d failures", failures)
			}
			failures++
		}
	}
	vs[1].Set(old, 1)
	if !old.Commit() {
		t.Error("the claim did not help")
	}
}

func TestOlderAndHigherGoFirst(t *testing.T) {
	skipUnlessManaged(t)
	for _, c := range []struct {
		what          string
		first, second int // aborts
		firstWins     bool
	}{
		{"equals", topLevel * karma, topLevel * karma, true},
		{"equals at the last rung, whatever the aborts", topLevel * karma, 9 * topLevel * karma, true},
		{"a higher one later", karma, 2 * karma, false},
	} {
		var x, y Var[int]
		first, _ := aged(c.first)
		second, _ := aged(c.second)
		x.Get(first)
		y.Get(second)
		y.Set(first, 1)
		x.Set(second, 1)
		// Each would overwrite what the other has read; the lower one tries first.
		winner, loser := first, second
		if !c.firstWins {
			winner, loser = second, first
		}
		if loser.Commit() {
			t.Errorf("%s: the lower one commits over the higher one's claim", c.what)
		}
		if !winner.Commit() {
			t.Errorf("%s: the higher one gives way", c.what)
		}
	}
}

// TestOldestStaysOldest: a transaction that fails keeps its place among those of its level; it does not
// go behind those that have come since.
func TestOldestStaysOldest(t *testing.T) {
	skipUnlessManaged(t)
	var spoiled, x, y Var[int]
	old, age := aged(topLevel * karma)
	spoiled.Get(old)
	y.Get(old)
	young, _ := aged(topLevel * karma)
	x.Get(young)
	higher, _ := aged(topLevel * karma)
	higher.Irrevocable() // nobody else would get at what old has read
	spoiled.Set(higher, 1)
	if !higher.Commit() || old.Extend() {
		t.Fatal("nothing has come in the way of the older one")
	}
	old.Abort()
	old = BeginAged(age)
	y.Get(old)
	x.Set(old, 1)
	y.Set(young, 1)
	if young.Commit() {
		t.Error("the younger one commits over the claim of the older one, which has failed meanwhile")
	}
	if !old.Commit() {
		t.Error("the older one gives way to the younger one")
	}
}

func TestAgeEndsWithTheTransaction(t *testing.T) {
	var x, y Var[int]
	tx, age := aged(3)
	x.Set(tx, 1)
	if !tx.Commit() || *age != (Age{}) {
		t.Errorf("after a commit: %+v", *age)
	}
	tx, age = aged(3)
	tx.Abort()
	if *age != (Age{}) {
		t.Errorf("after an abort that the program wanted: %+v", *age)
	}
	tx, age = aged(3)
	x.Get(tx)
	interfere(&x, 7)
	x.Set(tx, 1)
	if tx.Commit() || age.seniority.aborts != 4 {
		t.Errorf("after a conflict: %+v", *age)
	}
	tx, age = aged(3)
	x.Get(tx)
	interfere(&x, 8)
	if tx.Extend() {
		t.Error("extended over a change of what was read")
	}
	tx.Abort()
	if age.seniority.aborts != 4 {
		t.Errorf("after a snapshot that could not be extended: %+v", *age)
	}
	tx, age = aged(3)
	x.Get(tx)
	interfere(&x, 9)
	interfere(&y, 9)
	if y.Get(tx); !tx.Await(nil) || age.seniority.aborts != 4 {
		t.Errorf("after a conflict that was awaited: %+v", *age)
	}
	if tx := Begin(); tx.overdue || tx.aborts != 0 || tx.ticket != 0 {
		t.Errorf("a new transaction begins with %+v", tx.seniority)
	} else {
		tx.Abort()
	}
}

// TestDoomedClaimsNothing: others need not wait out the patience of a
// transaction that cannot commit.
func TestDoomedClaimsNothing(t *testing.T) {
	skipUnlessManaged(t)
	var x, y Var[int]
	old, _ := aged(karma)
	x.Get(old)
	attempts(&x, 1)
	attempts(&y, 1)
	y.Get(old) // newer than the snapshot, which cannot move
	if !old.Doomed() || old.claim != nil {
		t.Errorf("doomed %v, claim %v", old.Doomed(), old.claim)
	}
	if n := attempts(&y, 2); n != 1 {
		t.Errorf("%d attempts against a doomed transaction, want 1", n)
	}
	old.Abort()
}

// TestDroppedClaimIsFreed: collection ends what the program forgot to end.
func TestDroppedClaimIsFreed(t *testing.T) {
	skipUnlessManaged(t)
	if word.Exploring {
		t.Skip("the explorer's pool keeps every Tx, so nothing is cleaned up")
	}
	var x Var[int]
	func() {
		tx, _ := aged(karma)
		x.Get(tx)
	}()
	awaitCleanup(t, func() bool { return attention.word.Load()&priorities == 0 })
}

func awaitCleanup(t *testing.T, done func() bool) {
	t.Helper()
	for range 2000 {
		if done() {
			return
		}
		goruntime.GC()
		goruntime.Gosched()
	}
	t.Error("what a dropped transaction held is still held after collections")
}

// TestNestedAgainstAClaim: a nested transaction that gives way to the one around
// it would do so for very long.
func TestNestedAgainstAClaim(t *testing.T) {
	skipUnlessManaged(t)
	if word.Exploring {
		t.Skip("goroutines have no numbers in the explorer's build")
	}
	enough := topLevel*karma + 2 // attempts: before that the inner one rises above it
	for _, writes := range []int{1, 2 * indexFrom} {
		xs, y, runs := make([]Var[int], writes), NewVar(0), 0
		mustPanic(t, "use tx.Atomically", func() {
			_ = Atomically(func(tx *Tx) error {
				runs++
				xs[0].Get(tx)
				y.Set(tx, 1)
				return AtomicallyContext(context.Background(), func(tx *Tx) error {
					for i := range xs {
						xs[len(xs)-1-i].Set(tx, runs)
					}
					return nil
				}, WithAttempts(2*int(leastPatience())))
			})
		})
		if runs > enough {
			t.Errorf("%d writes: noticed in attempt %d", writes, runs)
		}
	}
}

// TestStarvingUpdater: one transaction reads everything and is long, the others
// are short. It commits within its bound, whatever they do. Attempts in which it gives
// way itself are not counted: it does so as often as it tries while the system has
// stopped somebody who goes first.
func TestStarvingUpdater(t *testing.T) {
	skipUnlessManaged(t)
	const writers = 3
	vs := make([]Var[int], 64)
	var all sync.WaitGroup
	stop := make(chan struct{})
	for g := range writers {
		all.Go(func() {
			for i := g; ; i += 7 {
				select {
				case <-stop:
					return
				default:
					_ = Atomically(func(tx *Tx) error { v := &vs[i%len(vs)]; v.Set(tx, v.Get(tx)+1); return nil })
				}
				goruntime.Gosched() // on one processor the others wait for the end of the time slice
			}
		})
	}
	for range 10 {
		n, doublings, before, gaveWay := 0, 0, uint64(0), uint64(0)
		_ = Atomically(func(tx *Tx) error {
			gaveWay = tx.counts[countGaveWay].Load()
			if n == 0 {
				before = gaveWay
			}
			n, doublings = n+1, tx.doublings
			sum := 0
			for i := range vs {
				sum += vs[i].Get(tx)
				goruntime.Gosched()
			}
			vs[0].Set(tx, sum)
			return nil
		})
		bound := topLevel*karma + writers + doublings + 1
		if other := n - int(gaveWay-before); other > bound {
			t.Errorf("%d attempts, %d besides those that gave way, want at most %d", n, other, bound)
		}
	}
	close(stop)
	all.Wait()
}

// TestPriorityOfTheUser: it counts from the first attempt on, and not while the
// transaction sleeps.
func TestPriorityOfTheUser(t *testing.T) {
	skipUnlessManaged(t)
	var x, y Var[int]
	before := ReadStats()
	run := 0
	err := AtomicallyContext(context.Background(), func(tx *Tx) error {
		run++
		x.Get(tx)
		rival := Begin()
		x.Set(rival, 1)
		if rival.Commit() {
			t.Error("a transaction without priority overwrites what one with a priority has read")
		}
		y.Set(tx, 1)
		return nil
	}, WithPriority(100))
	after := ReadStats()
	if err != nil || run != 1 {
		t.Errorf("%d runs, %v", run, err)
	}
	if after.GaveWay != before.GaveWay+1 || after.Priorities != before.Priorities+1 {
		t.Errorf("counted %d that gave way and %d priorities, want one each", after.GaveWay-before.GaveWay, after.Priorities-before.Priorities)
	}
}

// TestHighestPriority: failures do not take a priority away that is large already.
func TestHighestPriority(t *testing.T) {
	skipUnlessManaged(t)
	for _, p := range []int{1, topLevel, math.MaxInt} {
		tx := &Tx{terms: terms{priority: p}}
		for last := 0; tx.aborts <= 2*topLevel*karma; tx.aborts++ {
			if level := tx.level(); level < max(last, min(p, topLevel)) || level > topLevel {
				t.Fatalf("priority %d: level %d after %d aborts, %d before", p, level, tx.aborts, last)
			} else {
				last = level
			}
		}
	}
}

func TestSleepersClaimNothing(t *testing.T) {
	skipUnlessManaged(t)
	if word.Exploring {
		t.Skip("the explorer's build cannot sleep outside of the explorer")
	}
	var x, y Var[int]
	slept := make(chan error)
	go func() {
		slept <- AtomicallyContext(context.Background(), func(tx *Tx) error {
			y.Get(tx)
			tx.Check(x.Get(tx) != 0)
			return nil
		}, WithPriority(1))
	}()
	for attention.word.Load()&waiters == 0 || attention.word.Load()&priorities != 0 {
		goruntime.Gosched()
	}
	if n := attempts(&y, 0); n != 1 { // wakes it, and then it sleeps again or claims again
		t.Errorf("%d attempts to set what a sleeping transaction has read, want 1", n)
	}
	interfere(&x, 1)
	if err := <-slept; err != nil {
		t.Error(err)
	}
}
