//go:build !tmexplore

// Package word is the seam between the engine and shared memory. Every word
// that more than one goroutine may touch has a type from here.
//
// In a normal build the types are aliases of sync/atomic's, so nothing stands
// between the engine and the instruction: a method call inlines to one load,
// exchange or compare-and-swap. Under the build tag tmexplore the same names
// are types whose every operation is first announced to the interleaving
// explorer (package internal/explore), which decides who goes next. The engine's
// source is the same in both builds: what is explored is the real code.
package word

import (
	"sync"
	"sync/atomic"
	"unsafe"
)

// Exploring reports whether this build announces its accesses. It is a
// constant, so code that depends on it costs nothing in a normal build.
const Exploring = false

type (
	// Uint64 is a shared 64-bit word.
	Uint64 = atomic.Uint64
	// Int64 is a shared 64-bit word with a sign.
	Int64 = atomic.Int64
	// Pointer is a shared pointer.
	Pointer[T any] = atomic.Pointer[T]
	// Pool keeps objects for reuse; the explorer's is deterministic.
	Pool = sync.Pool
)

// InitUint64 writes v to a word that no other goroutine can reach yet. A plain
// store is enough: the atomic operation that publishes the object around w
// orders it. On amd64 the difference is a MOV instead of an XCHG.
func InitUint64(w *Uint64, v uint64) { *(*uint64)(unsafe.Pointer(w)) = v }

// InitPointer is InitUint64 for a pointer. The store is an ordinary Go store,
// so the collector's write barrier sees it.
func InitPointer[T any](w *Pointer[T], p *T) { *(**T)(unsafe.Pointer(w)) = p }

// Yield marks a point at which a goroutine waits for others to get on; in a
// normal build the caller backs off by itself.
func Yield() {}

// Clock gives the explorer's simulated time; there is none in a normal build.
func Clock(tick bool) (now uint64, simulated bool) { return 0, false }

// Address gives a word's place in the order of addresses.
func Address(p unsafe.Pointer) uintptr { return uintptr(p) }
