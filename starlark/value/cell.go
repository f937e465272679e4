package value

import (
	"unsafe"

	"github.com/ungil/tm"
	"github.com/ungil/tm/orec"
)

// sharedEpoch marks a published object: no thread's Epoch ever equals it.
const sharedEpoch = ^uint64(0)

// frozenEpoch marks an object that cannot be changed any more.
const frozenEpoch = sharedEpoch - 1

// A cellVersion is one value of a slot: of a cell, a global or a list element, and the
// beginning of a dictVersion. An unset v in a list element means that there is none.
type cellVersion struct {
	orec.Version
	v Value
}

// writeCell stores v in s.
func writeCell(t *Thread, s *orec.Slot, v Value) {
	if overwrite(t, s, v) {
		return
	}
	w := &cellVersion{v: v}
	t.Tx().Write(s, &w.Version)
}

// overwrite stores v in s if the running transaction has written a version there, and
// reports whether. The version stays the same one, also behind a savepoint: an entry of
// the undo log costs less than another version.
func overwrite(t *Thread, s *orec.Slot, v Value) bool {
	own, saved := t.Tx().Rewrite(s)
	if own == nil {
		return false
	}
	w := (*cellVersion)(unsafe.Pointer(own))
	if !saved && !(unsavedRewrites && w.v.IsSet() && v.IsSet()) {
		t.PushUndo((*overwritten)(w), 0, w.v.p, w.v.bits)
	}
	w.v = v
	return true
}

// overwritten puts an older value back into a version.
type overwritten cellVersion

func (w *overwritten) Undo(_ int, p unsafe.Pointer, bits uint64) {
	// After a commit that has failed others may be looking at the version, see holds; and
	// nobody needs the older value.
	if w.Stamp.Load()&orec.PendingBit == 0 {
		w.v = Value{p, bits}
	}
}

// holds reports whether s, whose value is base if it was never written, has v already,
// as far as the running transaction sees. Then that counts as read, and v need not be written: threads that
// store what is there do not make each other's transactions fail. If not, mostly no trace is left.
func holds(tx *tm.Tx, s *orec.Slot, base, v Value) bool {
	// The head, whoever wrote it, is only a hint. Pairs with the compare-and-swap that
	// installed it, as in tm.Tx.Read: its value is complete.
	return valueIn(s.Head.Load(), base) == v && valueIn(tx.Read(s), base) == v
}

// valueIn returns the value of a cellVersion; base if there is none.
func valueIn(version *orec.Version, base Value) Value {
	if w := (*cellVersion)(unsafe.Pointer(version)); w != nil {
		return w.v
	}
	return base
}

// A Cell is a variable captured by a closure.
type Cell struct {
	Object
	epoch uint64
	v     Value // the base value once published
	slot  orec.Slot
}

// NewCell makes a cell that holds v, which may be unset.
func NewCell(t *Thread, v Value) *Cell {
	t.Charge(int(unsafe.Sizeof(Cell{})))
	return &Cell{Object: Object{&cellType}, epoch: t.Epoch, v: v}
}

// Value returns the cell as a Value.
func (c *Cell) Value() Value { return FromObject(&c.Object) }

// Get returns the variable's value, unset before its first assignment.
func (c *Cell) Get(t *Thread) Value {
	if c.epoch != sharedEpoch {
		return c.v
	}
	return c.getShared(t)
}

func (c *Cell) getShared(t *Thread) Value {
	if t.locking {
		if v := loadVariable(t, &c.slot); v != nil {
			return v.v
		}
		return c.v
	}
	return valueIn(t.Tx().Read(&c.slot), c.v)
}

// Set assigns to the variable.
func (c *Cell) Set(t *Thread, v Value) {
	if c.epoch == t.Epoch {
		c.v = v
		return
	}
	c.setSlow(t, v)
}

func (c *Cell) setSlow(t *Thread, v Value) {
	if c.epoch == sharedEpoch {
		if t.locking {
			Publish(t, v)
			storeVariable(t, &c.slot, v)
		} else if !holds(t.Tx(), &c.slot, c.v, v) {
			Publish(t, v)
			writeCell(t, &c.slot, v)
		}
		return
	}
	if t.Logging() {
		t.PushUndo((*cellUndo)(c), 0, c.v.p, c.v.bits)
	}
	c.epoch = t.Epoch
	c.v = v
}

// cellUndo puts an older value back into a local cell.
type cellUndo Cell

func (c *cellUndo) Undo(_ int, p unsafe.Pointer, bits uint64) { c.v = Value{p, bits} }

// cellUnpublish makes a cell local again.
type cellUnpublish Cell

func (c *cellUnpublish) Undo(_ int, _ unsafe.Pointer, epoch uint64) { c.epoch = epoch }

// publish makes a cell shared; reports whether it was not yet.
func (c *Cell) publish(t *Thread) bool {
	if c.epoch >= frozenEpoch {
		return false
	}
	if t.Logging() {
		t.PushUndo((*cellUnpublish)(c), 0, nil, c.epoch)
	}
	c.epoch = sharedEpoch
	return true
}
