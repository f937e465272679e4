//go:build tmexplore

package word

import "unsafe"

// StoreUint64 stores v in a word that others read, without ordering it against
// other accesses of this goroutine.
func StoreUint64(w *Uint64, v uint64) {
	if hook == nil || !hook.StorePlain(unsafe.Pointer(w), func() { w.v.Store(v) }) {
		w.Store(v)
	}
}

// StorePointer is StoreUint64 for a pointer.
func StorePointer[T any](w *Pointer[T], p *T) {
	if hook == nil || !hook.StorePlain(unsafe.Pointer(w), func() { w.v.Store(p) }) {
		w.Store(p)
	}
}

// LoadPlain loads the address in w as assembly does, without ordering the load
// against other accesses of this goroutine. It is a number because a weak load may
// give an old address, behind which there need not be anything any more.
func LoadPlain[T any](w *Pointer[T]) uintptr {
	if hook != nil {
		if bits, weak := hook.LoadPlain(unsafe.Pointer(w)); weak {
			return uintptr(bits)
		}
	}
	return uintptr(unsafe.Pointer(w.v.Load()))
}

// LoadBarrier orders all earlier loads of this goroutine ahead of all later ones.
func LoadBarrier() {
	if hook != nil {
		hook.Barrier()
	}
}
