package value

import (
	"cmp"
	"slices"
	"unsafe"

	"github.com/ungil/tm/orec"
	"github.com/ungil/tm/runtime"
)

// Under the model Locks objects are local until published, too. A published list,
// dict or set has a lock, and its contents, which are not local any more, are
// touched by its holder only. A published variable is one word that leads to its
// value: reading it takes no lock.
//
// Enter takes the locks of the objects that a built-in names, in one order, so the
// built-in is one step on all of them. What it finds inside of these it locks one by
// one, for as long as it takes to copy it (runtime.Thread.Guard), without
// keeping the others. So it must not rely on what it saw in a named object
// before it compared, printed or hashed something that may contain objects.

// takeLocks takes locks in the order in which all threads take them, each once.
// It is a variable for a test that takes them in another order.
var takeLocks = func(t *Thread, locks []*runtime.Lock) {
	if len(locks) > 1 {
		slices.SortFunc(locks, func(a, b *runtime.Lock) int {
			return cmp.Compare(uintptr(unsafe.Pointer(a)), uintptr(unsafe.Pointer(b)))
		})
		locks = slices.Compact(locks)
	}
	t.LockAll(locks)
}

// LockOf returns the lock of v, nil if it has none: it is nothing that changes, not
// published, or frozen.
func LockOf(v Value) *runtime.Lock {
	if v.p == nil {
		return nil
	}
	switch v.Kind() {
	case KindList:
		if s := (*List)(v.p).shared; s != nil {
			return &s.locked().lock
		}
	case KindDict, KindSet:
		if s := (*Dict)(v.p).shared; s != nil {
			return &s.locked().lock
		}
	case KindOther:
		if lock := v.Type().Lock; lock != nil {
			return lock(v)
		}
	}
	return nil
}

// enterLocked is Enter under Locks. Inside of another built-in that holds
// something nothing more is taken: what is touched is guarded one by one.
func (t *Thread) enterLocked(objects []Value) {
	t.entered++
	if len(t.Locked()) > 0 {
		return
	}
	wanted := t.wanted[:0]
	for _, v := range objects {
		if l := LockOf(v); l != nil {
			wanted = append(wanted, l)
		}
	}
	t.wanted = wanted
	if len(wanted) == 0 {
		return
	}
	takeLocks(t, wanted)
	t.holder = t.entered
}

// leaveLocked is Leave under Locks. Inlined it would only make others' code longer.
//
//go:noinline
func (t *Thread) leaveLocked() {
	if t.entered == t.holder {
		t.UnlockAll()
		t.holder = 0
	}
	t.entered--
}

// A Held is what LetGo has given back.
type Held struct {
	entered, holder int
	locks           []*runtime.Lock
}

// LetGo gives back what built-ins hold, before Go code calls a function of the
// program. TakeBack ends it.
func (t *Thread) LetGo() (h Held) {
	if !t.locking {
		return h
	}
	h = Held{t.entered, t.holder, slices.Clone(t.Locked())}
	t.UnlockAll()
	t.entered, t.holder = 0, 0
	return h
}

// TakeBack takes again what LetGo gave back. The objects may have changed.
func (t *Thread) TakeBack(h Held) {
	if !t.locking {
		return
	}
	t.LockAll(h.locks)
	t.entered, t.holder = h.entered, h.holder
}

// loadVariable returns what was last stored in a variable, nil if nothing was. What a
// savepoint of another thread has stored may yet be taken back: it waits for that.
func loadVariable(t *Thread, s *orec.Slot) *cellVersion {
	t.Saw(unsafe.Pointer(s))
	for {
		// Pairs with storeVariable: the value is complete.
		v := (*cellVersion)(unsafe.Pointer(s.Head.Load()))
		if v == nil {
			return nil
		}
		betweenLoads(t)
		n := v.Stamp.Load()
		if n == 0 {
			return v
		}
		// Written inside a savepoint. If that has been closed and v is still there, it
		// was kept: no value comes back.
		if skipsWaiting || !t.Await(n) && (takesUndone || s.Head.Load() == &v.Version) {
			return v
		}
	}
}

// storeVariable makes v the value of a variable.
func storeVariable(t *Thread, s *orec.Slot, v Value) {
	w := &cellVersion{v: v}
	g := t.Guard(nil) // so that no savepoint of another thread is open
	if n := t.Exclusive(); n != 0 {
		w.Stamp.Store(n)
		t.PushUndo((*variableUndo)(s), 0, unsafe.Pointer(s.Head.Load()), 0)
	}
	s.Head.Store(&w.Version) // hands over w
	t.Changes(unsafe.Pointer(s))
	t.Unguard(nil, g)
}

// variableUndo puts an older value back into a variable.
type variableUndo orec.Slot

func (s *variableUndo) Undo(_ int, p unsafe.Pointer, _ uint64) {
	(*orec.Slot)(s).Head.Store((*orec.Version)(p))
}
