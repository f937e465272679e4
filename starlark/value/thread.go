package value

import (
	"unsafe"

	"github.com/ungil/tm/runtime"
)

// A Thread is the state that operations on values need of the thread they run
// on. The machine embeds it in its own thread.
type Thread struct {
	*runtime.Thread

	// Marks are the lists and dicts this thread iterates at the moment, innermost
	// last: changing one of them is an error. They are private to the thread,
	// so that iterating is no write. The machine copies them at its checkpoints.
	Marks []unsafe.Pointer

	// Private has what objects keep for this thread alone, by object. It is not undone: who
	// changes it sees to that.
	Private map[unsafe.Pointer]any

	Allocated       uint64 // bytes; see Charge
	AllocationLimit uint64

	// Host is for the machine: the thread this one is part of.
	Host any

	order   uint64 // of the newest dict insertion: thread number, then a count
	globals []cachedGlobal

	// The key this thread last looked up in a published dict, and its node.
	lastDict *sharedDict
	lastKey  Value
	lastNode *trieNode

	seen [seenSegments]seenSegment

	locking bool            // the model is Locks
	entered int             // calls of Enter that were not ended by Leave
	holder  int             // entered after the one that took locks; 0: none did
	wanted  []*runtime.Lock // kept between calls of Enter

	roots  *roots   // of a world that may become transactional, else nil
	cached *Globals // whose variables globals caches
	depth  int      // of recursion in repr, comparison and hashing
}

// An insertion's sequence is a thread number above a count. It orders
// insertions with one commit time: those of one transaction, by the count, and,
// with a clock that gives equal times to unrelated commits, those of different
// threads in some fixed order. So that many threads may share a number.
const (
	orderBits  = 44
	threadBits = 19 // the bit above them is keyedBit
)

// Init makes t ready to run on rt.
func (t *Thread) Init(rt *runtime.Thread) {
	n := uint64(rt.ID())
	t.Thread, t.AllocationLimit = rt, noLimit
	t.order = n % (1 << threadBits) << orderBits
	switch rt.World().Model() {
	case runtime.Auto:
		t.roots = rootsOf(rt.World())
	case runtime.Locks:
		t.locking = true
	}
}

// KeepPrivate puts x into Private.
func (t *Thread) KeepPrivate(object unsafe.Pointer, x any) {
	if t.Private == nil {
		t.Private = map[unsafe.Pointer]any{}
	}
	t.Private[object] = x
}

// Enter names the objects that a built-in is about to touch, before it
// touches them. Every built-in and method begins with it. Under Locks it takes their
// locks. The operations that programs need most test locking before they call it,
// so that they do not gather the objects in vain.
func (t *Thread) Enter(objects ...Value) {
	if t.locking {
		t.enterLocked(objects)
	}
}

// Leave ends what Enter began.
func (t *Thread) Leave() {
	if t.locking {
		t.leaveLocked()
	}
}

// Mark notes that this thread begins to iterate x.
func (t *Thread) Mark(x Value) { t.Marks = append(t.Marks, x.p) }

// Unmark ends the innermost iteration. The object is not to live on because of it.
func (t *Thread) Unmark() {
	last := len(t.Marks) - 1
	t.Marks[last] = nil
	t.Marks = t.Marks[:last]
}

// UnmarkTo ends the innermost iterations until n are left.
func (t *Thread) UnmarkTo(n int) {
	clear(t.Marks[n:])
	t.Marks = t.Marks[:n]
}

// marked reports whether this thread iterates the object at p. It is not inlined, so
// that those who ask seldom stay small.
//
//go:noinline
func (t *Thread) marked(p unsafe.Pointer) bool {
	for _, m := range t.Marks {
		if m == p {
			return true
		}
	}
	return false
}

// Forget drops what the thread remembers of variables and objects that it has read, so that this does
// not keep them alive. It will be read again.
func (t *Thread) Forget() {
	t.lastDict, t.lastKey, t.lastNode = nil, Value{}, nil
	clear(t.globals)
	clear(t.seen[:])
}

// maxDepth bounds recursion over nested values: repr, comparison, hashing.
const maxDepth = 3000

// maxBytes bounds what one operation may allocate.
const maxBytes = 1 << 30
