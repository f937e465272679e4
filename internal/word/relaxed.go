//go:build !tmexplore && !race && !386 && !arm && !mips && !mipsle

package word

import "unsafe"

// StoreUint64 stores v in a word that others read, without ordering it against
// other accesses of this goroutine. The caller says why that is enough. It is an
// ordinary store, which on a 64-bit machine cannot be seen half done. Under the race
// detector and on 32-bit machines it is an atomic one.
func StoreUint64(w *Uint64, v uint64) { *(*uint64)(unsafe.Pointer(w)) = v }

// StorePointer is StoreUint64 for a pointer.
func StorePointer[T any](w *Pointer[T], p *T) { *(**T)(unsafe.Pointer(w)) = p }
