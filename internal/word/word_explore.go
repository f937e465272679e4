//go:build tmexplore

package word

import (
	"sync"
	"sync/atomic"
	"unsafe"
)

// Exploring reports whether this build announces its accesses.
const Exploring = true

// Kind says what an operation does to its word.
type Kind uint8

const (
	// Read leaves the word as it is.
	Read Kind = iota + 1
	// Write replaces it unseen.
	Write
	// ReadWrite reads and replaces it in one step: Add, Swap, And, Or, and a CompareAndSwap that succeeds.
	ReadWrite
	// CompareAndSwap is announced as such: whether it will fail, and so is a Read, is known only when it acts.
	CompareAndSwap
	// Everything is what Atomic announces: any operations on any words.
	Everything
	// Sleep reads the word once it is not zero.
	Sleep
)

// Hook decides who goes next. All its methods are called on the goroutine that
// runs the operation.
type Hook interface {
	// Access is called before an operation on the word at p acts, and returns
	// when it may. old is the bits that a CompareAndSwap expects.
	Access(p unsafe.Pointer, kind Kind, old uint64)
	// Atomic runs f as one step: what f does is not announced again.
	Atomic(f func())
	// Sleep is called before a goroutine sleeps, and returns once the word at p is
	// not zero or done is closed.
	Sleep(p unsafe.Pointer, done <-chan struct{})
	// LoadPlain is Access for a load without order. It returns the bits that the
	// load gives, unless memory is as strong as atomic operations are.
	LoadPlain(p unsafe.Pointer) (bits uint64, weak bool)
	// StorePlain reports whether it will call act, a store without order, later.
	StorePlain(p unsafe.Pointer, act func()) bool
	// Barrier orders the caller's loads so far ahead of its later ones.
	Barrier()
	// Yield notes that the caller would wait for others to get on.
	Yield()
	// Clock is the simulated time, if there is one.
	Clock(tick bool) (now uint64, simulated bool)
	// Thread numbers the virtual thread that runs; pools are kept apart by it.
	Thread() int
}

// hook is set only while a single goroutine runs at a time. With none, every
// operation acts at once on real atomics, so that ordinary tests run with the tag too.
var hook Hook

// SetHook sets the hook, or none. No other goroutine may use this package meanwhile.
func SetHook(h Hook) { hook = h }

func announce(p unsafe.Pointer, kind Kind) {
	if hook != nil {
		hook.Access(p, kind, 0)
	}
}

func announceCAS(p unsafe.Pointer, old uint64) {
	if hook != nil {
		hook.Access(p, CompareAndSwap, old)
	}
}

// Uint64 is a shared 64-bit word.
type Uint64 struct{ v atomic.Uint64 }

// Load reads the word.
func (w *Uint64) Load() uint64 {
	announce(unsafe.Pointer(w), Read)
	return w.v.Load()
}

// Store writes the word.
func (w *Uint64) Store(x uint64) {
	announce(unsafe.Pointer(w), Write)
	w.v.Store(x)
}

// Swap writes the word and returns what was there.
func (w *Uint64) Swap(x uint64) uint64 {
	announce(unsafe.Pointer(w), ReadWrite)
	return w.v.Swap(x)
}

// CompareAndSwap writes the word if it holds old.
func (w *Uint64) CompareAndSwap(old, x uint64) bool {
	announceCAS(unsafe.Pointer(w), old)
	return w.v.CompareAndSwap(old, x)
}

// Add adds to the word and returns the sum.
func (w *Uint64) Add(d uint64) uint64 {
	announce(unsafe.Pointer(w), ReadWrite)
	return w.v.Add(d)
}

// And clears the bits that are not in mask and returns the old word.
func (w *Uint64) And(mask uint64) uint64 {
	announce(unsafe.Pointer(w), ReadWrite)
	return w.v.And(mask)
}

// Or sets the bits that are in mask and returns the old word.
func (w *Uint64) Or(mask uint64) uint64 {
	announce(unsafe.Pointer(w), ReadWrite)
	return w.v.Or(mask)
}

// Int64 is a shared 64-bit word with a sign.
type Int64 struct{ v atomic.Int64 }

// Load reads the word.
func (w *Int64) Load() int64 {
	announce(unsafe.Pointer(w), Read)
	return w.v.Load()
}

// Store writes the word.
func (w *Int64) Store(x int64) {
	announce(unsafe.Pointer(w), Write)
	w.v.Store(x)
}

// Swap writes the word and returns what was there.
func (w *Int64) Swap(x int64) int64 {
	announce(unsafe.Pointer(w), ReadWrite)
	return w.v.Swap(x)
}

// CompareAndSwap writes the word if it holds old.
func (w *Int64) CompareAndSwap(old, x int64) bool {
	announceCAS(unsafe.Pointer(w), uint64(old))
	return w.v.CompareAndSwap(old, x)
}

// Add adds to the word and returns the sum.
func (w *Int64) Add(d int64) int64 {
	announce(unsafe.Pointer(w), ReadWrite)
	return w.v.Add(d)
}

// Pointer is a shared pointer.
type Pointer[T any] struct{ v atomic.Pointer[T] }

// Load reads the pointer.
func (w *Pointer[T]) Load() *T {
	announce(unsafe.Pointer(w), Read)
	return w.v.Load()
}

// Store writes the pointer.
func (w *Pointer[T]) Store(p *T) {
	announce(unsafe.Pointer(w), Write)
	w.v.Store(p)
}

// Swap writes the pointer and returns what was there.
func (w *Pointer[T]) Swap(p *T) *T {
	announce(unsafe.Pointer(w), ReadWrite)
	return w.v.Swap(p)
}

// CompareAndSwap writes the pointer if it is old.
func (w *Pointer[T]) CompareAndSwap(old, p *T) bool {
	announceCAS(unsafe.Pointer(w), uint64(uintptr(unsafe.Pointer(old))))
	return w.v.CompareAndSwap(old, p)
}

// InitUint64 writes v to a word that no other goroutine can reach yet.
func InitUint64(w *Uint64, v uint64) { *(*uint64)(unsafe.Pointer(w)) = v }

// InitPointer is InitUint64 for a pointer.
func InitPointer[T any](w *Pointer[T], p *T) { *(**T)(unsafe.Pointer(w)) = p }

// Atomic runs f, which may do any number of operations on any words, as one step.
// It stands for what a processor does in one: a hardware transaction. There is no
// Atomic in a normal build.
func Atomic(f func()) {
	if hook == nil {
		f()
		return
	}
	hook.Atomic(f)
}

// Thread numbers the virtual thread that runs; -1 without a hook.
func Thread() int {
	if hook == nil {
		return -1
	}
	return hook.Thread()
}

// Yield marks a point at which a goroutine waits for others to get on.
func Yield() {
	if hook != nil {
		hook.Yield()
	}
}

// Clock gives the explorer's simulated time, if one is set.
func Clock(tick bool) (now uint64, simulated bool) {
	if hook == nil {
		return 0, false
	}
	return hook.Clock(tick)
}

// Pool keeps objects for reuse: last in, first out, and one list for each
// virtual thread, as sync.Pool has one for each processor. So which object Get
// returns does not depend on how the other threads were scheduled, and no
// operation on a pool needs to be announced. It never drops an object.
type Pool struct {
	// New makes an object when there is none to reuse; nil: Get returns nil.
	New func() any

	mu    sync.Mutex // for goroutines that run without a hook
	epoch uint64
	lists [][]any
}

// poolEpoch is the run the pools belong to; see ResetPools.
var poolEpoch uint64

// ResetPools empties every pool, so that each run starts alike. No other
// goroutine may use this package meanwhile.
func ResetPools() { poolEpoch++ }

// list returns the caller's list. The pool is locked.
func (p *Pool) list() *[]any {
	if p.epoch != poolEpoch {
		p.epoch, p.lists = poolEpoch, nil
	}
	i := 0 // without a hook
	if hook != nil {
		i = hook.Thread() + 1
	}
	for len(p.lists) <= i {
		p.lists = append(p.lists, nil)
	}
	return &p.lists[i]
}

// Get takes the object that was put last, or a new one.
func (p *Pool) Get() any {
	if x := p.take(); x != nil {
		return x
	}
	if p.New == nil {
		return nil
	}
	return p.New() // unlocked: New may use this package, and so be stopped by the hook
}

func (p *Pool) take() any {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.list()
	n := len(*l) - 1
	if n < 0 {
		return nil
	}
	x := (*l)[n]
	(*l)[n] = nil
	*l = (*l)[:n]
	return x
}

// Put gives x back.
func (p *Pool) Put(x any) {
	if x == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.list()
	*l = append(*l, x)
}

// numbers has the words in the order in which Address was first asked; nil:
// addresses are used.
var numbers map[unsafe.Pointer]uintptr

// numbersMu is for goroutines that run without a hook, after a test that numbers.
var numbersMu sync.Mutex

// NumberAddresses lets Address number words as it meets them, from the start.
// Where words are allocated while the explorer runs, their addresses differ from run to
// run, and what depends on their order would too.
func NumberAddresses() { numbers = map[unsafe.Pointer]uintptr{} }

// Address gives a word's place in the order of addresses.
func Address(p unsafe.Pointer) uintptr {
	if numbers == nil {
		return uintptr(p)
	}
	numbersMu.Lock()
	defer numbersMu.Unlock()
	n, ok := numbers[p]
	if !ok {
		n = uintptr(len(numbers)+1) * unsafe.Sizeof(n)
		numbers[p] = n
	}
	return n
}
