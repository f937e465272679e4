package value

import (
	"unsafe"

	"github.com/ungil/tm/orec"
)

// Globals are the variables of a module, numbered. Under a global lock they
// are plain; under transactions each is a slot, and every thread keeps
// what it has read or written in the running transaction.
type Globals struct {
	plain []Value     // nil under transactions
	slots []orec.Slot // nil under a global lock
	base  []Value     // values of slots that were never written; nil: none has one
}

// A cachedGlobal is a variable as the running transaction knows it: valid
// while reading is the thread's Reading.
type cachedGlobal struct {
	v       Value
	reading uint64
}

// NewGlobals makes n unset variables for the world that t belongs to.
func NewGlobals(t *Thread, n int) *Globals {
	switch {
	case t.roots != nil:
		return t.roots.newGlobals(n)
	case t.Transactional() || t.locking:
		return &Globals{slots: make([]orec.Slot, n)}
	}
	return &Globals{plain: make([]Value, n)}
}

// share makes the variables slots, and publishes their values.
func (g *Globals) share(t *Thread) {
	for _, v := range g.plain {
		if v.p != nil && !v.isLeaf() {
			publishSlow(t, v)
		}
	}
	g.slots, g.base, g.plain = make([]orec.Slot, len(g.plain)), g.plain, nil
}

// Len returns the number of variables.
func (g *Globals) Len() int { return len(g.plain) + len(g.slots) }

// Known returns variable i as far as the running transaction has read or written it, else an unset
// Value. It is for the transactions of the loop only.
func (g *Globals) Known(t *Thread, i int) (v Value) {
	if t.cached == g && uint(i) < uint(len(t.globals)) {
		if c := &t.globals[i]; c.reading == t.Reading {
			v = c.v
		}
	}
	return v
}

// Get returns variable i, unset before its first assignment.
func (g *Globals) Get(t *Thread, i int) Value {
	if g.plain != nil {
		return g.plain[i]
	}
	return g.getShared(t, i)
}

func (g *Globals) getShared(t *Thread, i int) Value {
	if t.locking {
		if v := loadVariable(t, &g.slots[i]); v != nil {
			return v.v
		}
		return Value{}
	}
	if t.cached != g {
		t.cached, t.globals = g, make([]cachedGlobal, len(g.slots))
	}
	c := &t.globals[i]
	if c.reading == t.Reading || staleGlobals && c.reading != 0 {
		return c.v
	}
	c.reading, c.v = t.Reading, Value{}
	if g.base != nil {
		c.v = g.base[i]
	}
	if v := (*cellVersion)(unsafe.Pointer(t.Tx().Read(&g.slots[i]))); v != nil {
		c.v = v.v
	}
	return c.v
}

// Set assigns to variable i.
func (g *Globals) Set(t *Thread, i int, v Value) {
	if g.plain != nil && t.Epoch == 0 {
		g.plain[i] = v
		return
	}
	g.setSlow(t, i, v)
}

func (g *Globals) setSlow(t *Thread, i int, v Value) {
	if g.plain != nil {
		if t.Logging() {
			t.PushUndo((*globalUndo)(g), i, g.plain[i].p, g.plain[i].bits)
		}
		g.plain[i] = v
		return
	}
	if t.locking {
		Publish(t, v)
		storeVariable(t, &g.slots[i], v)
		return
	}
	var base Value
	if g.base != nil {
		base = g.base[i]
	}
	if holds(t.Tx(), &g.slots[i], base, v) {
		return
	}
	Publish(t, v)
	writeCell(t, &g.slots[i], v)
	if t.cached == g {
		t.globals[i] = cachedGlobal{v, t.Reading}
	}
}

// globalUndo puts an older value back into a plain variable.
type globalUndo Globals

func (g *globalUndo) Undo(at int, p unsafe.Pointer, bits uint64) { g.plain[at] = Value{p, bits} }

// FixedGlobals makes variables that nobody assigns to any more; values must be set and reach
// nothing that changes. All threads of all worlds may use them.
func FixedGlobals(values []Value) *Globals { return &Globals{plain: values} }
