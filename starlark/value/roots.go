package value

import (
	"sync"
	"unsafe"
	"weak"

	"github.com/ungil/tm/orec"
	"github.com/ungil/tm/runtime"
)

// A roots is what a world that may become transactional has to publish then: the
// variables of all modules, and whatever was given to Publish before. All other
// objects can be reached from these, or by one thread only.
//
// It keeps nothing alive. What Go code got and has dropped, and what only a
// module that is gone has used, is forgotten.
type roots struct {
	mu      sync.Mutex
	shared  bool // the world has become transactional
	objects map[weak.Pointer[Object]]struct{}
	globals map[weak.Pointer[Globals]]struct{}
	limit   int // how many entries there may be before those of dead objects are removed
}

// minRoots is the smallest limit.
const minRoots = 1 << 10

// rootsOf returns the roots of a world.
func rootsOf(w *runtime.World) *roots {
	return w.Sharer(func() runtime.Sharer {
		return &roots{objects: map[weak.Pointer[Object]]struct{}{}, globals: map[weak.Pointer[Globals]]struct{}{}, limit: minRoots}
	}).(*roots)
}

// add remembers v. Go code can look into what is immutable without asking a
// thread, and keep a part of it, so the parts are roots as well.
func (r *roots) add(t *Thread, v Value) {
	r.mu.Lock()
	defer r.mu.Unlock()
	seen := map[unsafe.Pointer]bool{}
	reach(t, v, func(_ *Thread, v Value, push func(Value)) {
		if !seen[v.p] {
			seen[v.p] = true
			r.addOne(v, push)
		}
	})
	r.prune()
}

// addOne remembers v if Publish would have to mark it, and pushes what Go code can get
// out of it.
func (r *roots) addOne(v Value, push func(Value)) {
	ty := v.Type()
	var done bool // published or frozen
	switch ty.Kind {
	case KindList:
		done = (*List)(v.p).epoch >= frozenEpoch
	case KindDict, KindSet:
		done = (*Dict)(v.p).epoch >= frozenEpoch
	case KindCell:
		done = (*Cell)(v.p).epoch >= frozenEpoch
	case KindBuiltin:
		push((*Builtin)(v.p).Recv)
		return
	case KindTuple:
		if done = (*Tuple)(v.p).shared; !done {
			for _, e := range (*Tuple)(v.p).Elems() {
				push(e)
			}
		}
	default:
		if ty.Trace == nil {
			return
		}
		if ty.Shared != nil {
			mark := ty.Shared(v)
			done = mark == nil || *mark
		}
		if !done {
			ty.Trace(v, push)
		}
	}
	if !done {
		r.objects[weak.Make((*Object)(v.p))] = struct{}{}
	}
}

// newGlobals makes the variables of a module. It may be called outside of a
// quantum, so another thread may be making the world transactional.
func (r *roots) newGlobals(n int) *Globals {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.shared {
		return &Globals{slots: make([]orec.Slot, n)}
	}
	g := &Globals{plain: make([]Value, n)}
	r.globals[weak.Make(g)] = struct{}{}
	r.prune()
	return g
}

// prune removes what is dead, if there is much.
func (r *roots) prune() {
	if len(r.objects)+len(r.globals) < r.limit {
		return
	}
	for p := range r.objects {
		if p.Value() == nil {
			delete(r.objects, p)
		}
	}
	for p := range r.globals {
		if p.Value() == nil {
			delete(r.globals, p)
		}
	}
	r.limit = max(minRoots, 2*(len(r.objects)+len(r.globals)))
}

// Share implements runtime.Sharer. No thread is in a quantum, so nothing is logged:
// it cannot be undone and need not be.
func (r *roots) Share(rt *runtime.Thread) {
	t := new(Thread)
	t.Init(rt)
	r.mu.Lock()
	defer r.mu.Unlock()
	for p := range r.globals {
		if g := p.Value(); g != nil {
			g.share(t)
		}
	}
	for p := range r.objects {
		if o := p.Value(); o != nil {
			publishSlow(t, FromObject(o))
		}
	}
	r.shared, r.objects, r.globals = true, nil, nil
}
