//go:build tmexplore

package explore

import (
	"sync/atomic"
	"unsafe"

	"github.com/ungil/tm/internal/word"
)

// maxThreads is bounded by the bits of a set; programs have two to four.
const maxThreads = 8

// Program is what is explored.
type Program struct {
	Name string
	// Setup builds a fresh instance. It is called before every run and may use
	// package word: nothing is announced meanwhile.
	Setup func() Instance
}

// Instance is a program ready to run once.
type Instance struct {
	// Threads are the bodies of the virtual threads, at most 8.
	Threads []func(*Thread)
	// Outcome describes what happened, after all threads have ended. Equal
	// outcomes are checked once. It may be nil.
	Outcome func() string
	// Check tells what is wrong with the outcome. It may be nil, and it may depend
	// on nothing but the outcome, if there is one.
	Check func() error
	// MaySleep tells what is wrong if the given thread sleeps where all that are not
	// stopped have ended or sleep. It may be nil; nothing is announced meanwhile.
	MaySleep func(thread int) error
	// Time is above every time that Setup has read from the program's own clock;
	// a simulated one begins there.
	Time uint64
}

// Thread is a virtual thread, as its body sees it.
type Thread struct {
	run  *run
	id   int
	own  int // steps it has made
	next func() (struct{}, bool)
	stop func()

	weak weakThread

	yield  func(struct{}) bool
	op     operation // announced and not yet done
	began  bool      // Begin was called since the last step
	ended  bool      // End was called since the last step
	done   bool
	atomic bool    // it is in the middle of a step that is announced as a whole
	dying  bool    // the run is over without it; it unwinds
	at     []int32 // place in the run of each own step
	// yielded is the number of own steps before the last word.Yield.
	yielded int
	err     error
}

// operation is an access that was announced.
type operation struct {
	p     unsafe.Pointer
	old   uint64
	loc   int32
	kind  word.Kind
	done  <-chan struct{} // that ends a Sleep
	begin bool            // the first of an attempt
	plain bool            // a load without order
	where string          // the calling function, in a verbose run
}

// ID is the thread's number, from 0.
func (t *Thread) ID() int { return t.id }

// Own is the number of steps the thread has made.
func (t *Thread) Own() int { return t.own }

// Done reports whether the thread has ended.
func (t *Thread) Done() bool { return t.done }

// Ready reports whether the thread can make a step: it has not ended and does not
// sleep.
func (t *Thread) Ready() bool { return !t.done && !t.op.asleep() }

// asleep reports whether o is a Sleep whose word is still zero.
func (o *operation) asleep() bool {
	if o.kind != word.Sleep || atomic.LoadUint64((*uint64)(o.p)) != 0 {
		return false
	}
	select {
	case <-o.done:
		return false
	default:
		return true
	}
}

// Ended reports whether an attempt ended with the thread's last step.
func (t *Thread) Ended() bool { return t.ended }

// Yielded is the number of steps that the thread had made when it last called
// word.Yield, which it does between two attempts of a transaction.
func (t *Thread) Yielded() int { return t.yielded }

// Begin says that an attempt begins with the thread's next step. Real time is
// as strict as it can be: all that ended up to the step before has ended before.
func (t *Thread) Begin() { t.began = true }

// End says that an attempt has ended with the thread's last step.
func (t *Thread) End() { t.ended = true }

// Global turns the thread's own step k, from 0, into its place in the whole
// run. A step that was not made stands after all others.
func (t *Thread) Global(k int) int {
	if k < 0 {
		return -1
	}
	if k >= len(t.at) {
		return 1 << 30
	}
	return int(t.at[k])
}

// As runs f, which may use package word, as if on the given thread and without
// announcing anything. Setup uses it to fill the pools of each thread.
func As(thread int, f func()) {
	word.SetHook(direct(thread))
	defer word.SetHook(nil)
	f()
}

// direct is a hook that lets everything act at once.
type direct int

func (direct) Access(unsafe.Pointer, word.Kind, uint64) {}
func (direct) LoadPlain(unsafe.Pointer) (uint64, bool)  { return 0, false }
func (direct) StorePlain(unsafe.Pointer, func()) bool   { return false }
func (direct) Barrier()                                 {}
func (direct) Atomic(f func())                          { f() }
func (direct) Sleep(unsafe.Pointer, <-chan struct{})    { panic("explore: a thread sleeps in Setup") }
func (direct) Yield()                                   {}
func (direct) Clock(bool) (uint64, bool)                { return 0, false }
func (d direct) Thread() int                            { return int(d) }
