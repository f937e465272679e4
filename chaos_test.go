//go:build !tmexplore

package tm

import (
	"context"
	"errors"
	"math/rand/v2"
	goruntime "runtime"
	"sync"
	"sync/atomic"
	"testing"
	"unsafe"

	"github.com/ungil/tm/orec"
)

// TestChaos does to the engine what a bad day does to a program: bodies and hooks
// that panic or exit, contexts that end, transactions that are begun and
// forgotten, with far more goroutines than processors, while the collector is forced
// to run and the number of processors changes. Nothing may be lost, no transaction
// may see a broken invariant, and nothing may be left behind.
func TestChaos(t *testing.T) {
	goroutines, each := 500*min(goruntime.NumCPU(), mostProcessors), 50
	if testing.Short() || raceEnabled {
		goroutines, each = 60, 40
	}
	// What stays for good grows with the most that was ever in use at one time: Go's
	// own records of goroutines, and the ids of transactions. All goroutines that a
	// round can have at one time have lived before the first one; ids are counted.
	liveTogether(2*goroutines + 2)
	runChaos(t, 1, goroutines, each)
	before, ids := liveHeap(), descriptors.Len()
	for seed := range uint64(2) {
		runChaos(t, seed+2, goroutines, each)
	}
	const perID = unsafe.Sizeof(orec.Descriptor{}) + unsafe.Sizeof(orec.Counts{}) + 2*unsafe.Sizeof(orec.Entry{})
	before += (descriptors.Len() - ids) * uint64(perID)
	if after := liveHeap(); after > before+1<<19 {
		t.Errorf("%d bytes are live, %d more than after the first round", after, after-before)
	}
}

// liveTogether starts n goroutines that end when the last one has started.
func liveTogether(n int) {
	var all sync.WaitGroup
	started := make(chan struct{})
	for range n {
		all.Go(func() { <-started })
	}
	close(started)
	all.Wait()
}

func liveHeap() uint64 {
	var m goruntime.MemStats
	goruntime.GC()
	goruntime.GC() // what the first one has found dead in pools
	goruntime.ReadMemStats(&m)
	return m.HeapAlloc
}

// chaos is one round. Its invariants: the accounts have a fixed sum, and as many
// transfers have happened as their hooks say.
type chaos struct {
	t         *testing.T
	accounts  [32]Var[int]
	transfers Var[int]
	buffer    Var[[]int]
	put       atomic.Int64 // sums of what has gone into buffer and come out
	got       atomic.Int64

	begun     atomic.Int64 // transfers that were tried
	committed atomic.Int64 // as their hooks say
	aborted   atomic.Int64
}

const fortune = 100 // of an account, in the beginning

func runChaos(t *testing.T, seed uint64, goroutines, each int) {
	c := &chaos{t: t}
	atomically(t, func(tx *Tx) error {
		for i := range c.accounts {
			c.accounts[i].Set(tx, fortune)
		}
		return nil
	})
	started, before := goruntime.NumGoroutine(), ReadStats()
	stop := async2(func(stop <-chan struct{}) { disturb(seed, stop) })
	var all sync.WaitGroup
	for g := range goroutines {
		all.Go(func() {
			rnd := rand.New(rand.NewPCG(seed, uint64(g)))
			for range each {
				c.step(rnd)
			}
		})
	}
	all.Wait()
	stop()
	c.check(before, started)
}

// async2 runs f on a goroutine until the function that it returns is called,
// which waits for its end.
func async2(f func(stop <-chan struct{})) (end func()) {
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		f(stop)
	}()
	return func() { close(stop); <-ended }
}

// mostProcessors are in use while the number changes.
const mostProcessors = 4

// disturb changes what the program runs on.
func disturb(seed uint64, stop <-chan struct{}) {
	defer goruntime.GOMAXPROCS(goruntime.GOMAXPROCS(0))
	rnd := rand.New(rand.NewPCG(seed, 1<<40))
	for {
		select {
		case <-stop:
			return
		default:
			goruntime.GOMAXPROCS(1 + rnd.IntN(mostProcessors))
			goruntime.GC()
			goruntime.Gosched()
		}
	}
}

var errChaos = errors.New("chaos")

// step does one thing of those that go wrong in programs. What panics or exits
// does so on a goroutine of its own.
func (c *chaos) step(rnd *rand.Rand) {
	switch rnd.IntN(8) {
	case 0, 1, 2:
		c.apart(func() { c.transfer(rnd) })
	case 3:
		c.look(rnd)
	case 4:
		c.explicit(rnd)
	case 5:
		c.forget(rnd)
	case 6:
		c.produce(rnd)
	case 7:
		c.consume(rnd)
	}
}

// apart runs f where it may panic and exit.
func (c *chaos) apart(f func()) {
	var all sync.WaitGroup
	all.Add(1)
	go func() {
		defer all.Done()
		defer func() {
			if e := recover(); e != nil && e != errChaos {
				c.t.Errorf("panic: %v", e)
			}
		}()
		f()
	}()
	all.Wait()
}

// misbehave returns, panics, exits or fails.
func misbehave(how int) error {
	switch how {
	case 0:
		panic(errChaos)
	case 1:
		goruntime.Goexit()
	case 2:
		return errChaos
	}
	return nil
}

// transfer moves money, and perhaps goes wrong: in the body, in an inner part, in
// an alternative or in a hook.
func (c *chaos) transfer(rnd *rand.Rand) {
	from, to := &c.accounts[rnd.IntN(len(c.accounts))], &c.accounts[rnd.IntN(len(c.accounts))]
	body, inner, hook, amount := rnd.IntN(12), rnd.IntN(12), rnd.IntN(12), rnd.IntN(10)
	c.begun.Add(1)
	_ = Atomically(func(tx *Tx) error {
		tx.OnAbort(func() { c.aborted.Add(1) })
		tx.OnCommit(func() { _ = misbehave(hook) })
		tx.OnCommit(func() { c.committed.Add(1) }) // also if the one before went wrong
		from.Set(tx, from.Get(tx)-amount)
		if err := misbehave(body); err != nil {
			return err
		}
		_ = tx.Atomically(func(tx *Tx) error {
			c.transfers.Set(tx, -1)
			tx.OnCommit(func() { c.t.Error("the hook of an inner part that was undone has run") })
			if inner == 1 {
				inner = 2 // it is to exit only once the body may
			}
			if err := misbehave(inner); err != nil {
				return err
			}
			return errChaos
		})
		return tx.OrElse(func(tx *Tx) error {
			to.Set(tx, -1)
			tx.Retry()
			return nil
		}, func(tx *Tx) error {
			to.Set(tx, to.Get(tx)+amount)
			c.transfers.Set(tx, c.transfers.Get(tx)+1)
			return nil
		})
	})
}

// look sums up in a View, or in an update.
func (c *chaos) look(rnd *rand.Rand) {
	run := View
	if rnd.IntN(4) == 0 {
		run = Atomically
	}
	_ = run(func(tx *Tx) error { c.mustBalance(tx); return nil })
}

func (c *chaos) mustBalance(tx *Tx) {
	total := 0
	for i := range c.accounts {
		total += c.accounts[i].Get(tx)
	}
	if total != fortune*len(c.accounts) {
		c.t.Errorf("a transaction has seen a total of %d", total)
	}
}

// explicit moves money between Begin and Commit or Abort.
func (c *chaos) explicit(rnd *rand.Rand) {
	from, to := &c.accounts[rnd.IntN(len(c.accounts))], &c.accounts[rnd.IntN(len(c.accounts))]
	c.begun.Add(1)
	tx := Begin()
	tx.OnCommit(func() { c.committed.Add(1) })
	tx.OnAbort(func() { c.aborted.Add(1) })
	from.Set(tx, from.Get(tx)-1)
	goruntime.Gosched()
	to.Set(tx, to.Get(tx)+1)
	c.transfers.Set(tx, c.transfers.Get(tx)+1)
	if rnd.IntN(3) == 0 {
		tx.Abort()
	} else {
		tx.Commit()
	}
}

// forget begins a transaction and does not end it. Until it is collected, writers
// keep history for it.
func (c *chaos) forget(rnd *rand.Rand) {
	if rnd.IntN(4) != 0 {
		return
	}
	tx := Begin()
	tx.OnAbort(func() { c.t.Error("a transaction that was forgotten has run a hook") })
	c.accounts[rnd.IntN(len(c.accounts))].Set(tx, 1<<30)
	c.mustBalanceBut(tx)
}

// mustBalanceBut reads all, in a transaction that has spoilt the sum itself.
func (c *chaos) mustBalanceBut(tx *Tx) {
	for i := range c.accounts {
		c.accounts[i].Get(tx)
	}
}

// produce waits for room in the buffer, consume for something in it; both until a
// context ends, which may be before they have begun.
func (c *chaos) produce(rnd *rand.Rand) {
	x := rnd.IntN(1000)
	err := c.patiently(rnd, func(tx *Tx) error {
		b := c.buffer.Get(tx)
		tx.Check(len(b) < 3)
		c.buffer.Set(tx, append(b[:len(b):len(b)], x))
		return nil
	})
	if err == nil {
		c.put.Add(int64(x))
	}
}

func (c *chaos) consume(rnd *rand.Rand) {
	x := 0
	err := c.patiently(rnd, func(tx *Tx) error {
		b := c.buffer.Get(tx)
		tx.Check(len(b) > 0)
		x = b[0]
		c.buffer.Set(tx, b[1:])
		return nil
	})
	if err == nil {
		c.got.Add(int64(x))
	}
}

func (c *chaos) patiently(rnd *rand.Rand, fn func(tx *Tx) error) error {
	ctx, cancel := context.WithCancel(context.Background())
	end := make(chan struct{})
	if rnd.IntN(3) == 0 {
		cancel()
		close(end)
	} else {
		go func() {
			defer close(end)
			goruntime.Gosched()
			cancel()
		}()
	}
	err := AtomicallyContext(ctx, fn, WithAttempts(1+rnd.IntN(20)))
	if err != nil && err != context.Canceled && err != ErrAttempts {
		c.t.Errorf("error %v", err)
	}
	cancel()
	<-end
	return err
}

// checkForgotten waits until the transactions that were forgotten are collected.
// Cleanups that a processor has queued wait as long as it is out of use (Go 1.26
// does not flush them when GOMAXPROCS falls), so all are in use meanwhile that were
// at any time.
func (c *chaos) checkForgotten() {
	defer goruntime.GOMAXPROCS(goruntime.GOMAXPROCS(max(goruntime.GOMAXPROCS(0), mostProcessors)))
	for tries := 0; registrations.count.Load() != 0; tries++ {
		if tries == 1000 {
			c.t.Fatalf("%d registrations are left", registrations.count.Load())
		}
		goruntime.GC()
		goruntime.Gosched()
	}
}

func (c *chaos) check(before Stats, started int) {
	c.t.Helper()
	left := 0
	for _, x := range c.buffer.Load() {
		left += x
	}
	if put, got := c.put.Load(), c.got.Load(); put != got+int64(left) {
		c.t.Errorf("%d went into the buffer, %d came out and %d are left", put, got, left)
	}
	atomically(c.t, func(tx *Tx) error { c.mustBalance(tx); return nil })
	if n := int64(c.transfers.Load()); n != c.committed.Load() || c.begun.Load() != n+c.aborted.Load() {
		c.t.Errorf("%d transfers were begun, %d have happened; their hooks say %d have, and %d have not",
			c.begun.Load(), n, c.committed.Load(), c.aborted.Load())
	}
	nobodyWaits(c.t)
	c.checkForgotten()
	for goruntime.NumGoroutine() > started { // those that have done all but return
		goruntime.Gosched()
	}
	s := ReadStats().minus(before)
	c.t.Logf("%d transfers of %d; %+v", c.committed.Load(), c.begun.Load(), s)
	if s.Panics == 0 || s.Errors == 0 || s.Cancelled == 0 || s.Waits == 0 || s.Retries == 0 {
		c.t.Errorf("chaos was not chaotic: %+v", s)
	}
}
