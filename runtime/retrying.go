package runtime

import (
	"sync"
	"unsafe"

	"github.com/ungil/tm/internal/word"
)

// Waiting for what a block has looked at (Locks)
//
// There is no transaction to tell what an atomic block has read. So a thread that has a savepoint
// open notes the objects and variables that it looks at, by their addresses: Guard notes a lock, the
// guest a variable (Saw). If the block has to wait, the thread enters itself for each of
// them before it lets the others go on, and whoever changes one of them (Changes) wakes it.
//
// Nothing is lost: changes are made by threads that hold their gate, which the block had
// taken from all. So each was made before the block began to look, or by a thread that finds the entry. Changes
// of a block are told when it is kept, and not at all if it is taken back: two blocks
// that wait for each other would wake each other all the time.

// maxSeen is how many objects a block may look at, or change while others wait, before the notes would cost more
// than looking again too often.
const maxSeen = 1 << 10

// A notebook is a set of addresses, of which a few may be there twice.
type notebook struct {
	list   []unsafe.Pointer
	recent [64]unsafe.Pointer // those noted last, by hash
	full   bool               // there were more
}

func (b *notebook) note(p unsafe.Pointer) {
	r := &b.recent[uintptr(p)>>4%uintptr(len(b.recent))]
	if *r == p {
		return
	}
	*r = p
	if b.full = b.full || len(b.list) == maxSeen; !b.full {
		b.list = append(b.list, p)
	}
}

func (b *notebook) clear() {
	if len(b.list) > 0 {
		clear(b.list)
		b.list, b.recent, b.full = b.list[:0], [64]unsafe.Pointer{}, false
	}
}

// retrying is the threads that wait for what they have looked at.
type retrying struct {
	// threads counts them. It is stored while all gates are held, but for threads that
	// leave; who holds his gate reads it.
	threads word.Int64
	mu      sync.Mutex
	at      map[unsafe.Pointer][]*Thread
}

// Saw notes that the guest looks at a variable, for an atomic block that may have to wait for it. Only
// Locks needs it. Wait-free but for memory allocation.
func (t *Thread) Saw(p unsafe.Pointer) {
	if t.exclusive {
		t.seen.note(p)
	}
}

// Changes tells threads that wait for it that the guest changes an object, named by its lock, or a
// variable. The guest must have called Guard. Only Locks needs it. Blocking, for some instructions, if
// a thread waits for anything; else wait-free.
func (t *Thread) Changes(p unsafe.Pointer) {
	if t.world.retrying.threads.Load() != 0 {
		t.tellOf(p)
	}
}

func (t *Thread) tellOf(p unsafe.Pointer) {
	if t.exclusive {
		t.changed.note(p)
		return
	}
	t.world.retrying.ring(p)
}

// ring wakes who waits for p.
func (r *retrying) ring(p unsafe.Pointer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, u := range r.at[p] {
		u.reads.ring()
	}
}

// tellChanges wakes who waits for what the block, which is kept, has changed.
func (t *Thread) tellChanges() {
	r := &t.world.retrying
	for _, p := range t.changed.list {
		r.ring(p)
	}
	if !t.changed.full {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, waiting := range r.at {
		for _, u := range waiting {
			u.reads.ring()
		}
	}
}

// WillWait says that the guest is about to roll back its outermost savepoint and to return
// Wait, for what it has looked at since it opened it. Only Locks needs it.
func (t *Thread) WillWait() { t.retries = t.exclusive && !t.seen.full }

// enlistReads makes t wait for what it has seen. All gates are held.
func (t *Thread) enlistReads() {
	r := &t.world.retrying
	t.enlisted, t.readsSeen = true, t.reads.seen()
	r.threads.Add(1)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.at == nil {
		r.at = make(map[unsafe.Pointer][]*Thread)
	}
	for _, p := range t.seen.list {
		r.at[p] = append(r.at[p], t)
	}
}

// dropReads takes WillWait back.
func (t *Thread) dropReads() {
	t.retries = false
	if !t.enlisted {
		return
	}
	t.enlisted = false
	r := &t.world.retrying
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range t.seen.list {
		r.remove(p, t)
	}
	r.threads.Add(-1)
	t.seen.clear()
}

// remove takes t out of those that wait for p.
func (r *retrying) remove(p unsafe.Pointer, t *Thread) {
	kept := r.at[p][:0]
	for _, u := range r.at[p] {
		if u != t {
			kept = append(kept, u)
		}
	}
	if len(kept) == 0 {
		delete(r.at, p)
		return
	}
	clear(r.at[p][len(kept):])
	r.at[p] = kept
}
