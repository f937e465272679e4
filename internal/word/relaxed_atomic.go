//go:build !tmexplore && (race || 386 || arm || mips || mipsle)

package word

// StoreUint64 stores v in a word that others read.
func StoreUint64(w *Uint64, v uint64) { w.Store(v) }

// StorePointer is StoreUint64 for a pointer.
func StorePointer[T any](w *Pointer[T], p *T) { w.Store(p) }
