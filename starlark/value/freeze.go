package value

import "unsafe"

// Freeze makes v and all that it reaches immutable, for good: changing any of it
// is an error from then on. What is frozen needs no log and no transaction, so
// many worlds may share it.
//
// Nobody else may be using what v reaches: under the transactional model, contents
// that were published become plain again, which other transactions would not
// notice. It is meant for the results of a module's execution, before
// anybody else sees them.
func Freeze(t *Thread, v Value) {
	if v.p == nil || v.isLeaf() {
		return
	}
	seen := map[unsafe.Pointer]bool{} // tuples and the like have no mark that says frozen
	reach(t, v, func(t *Thread, v Value, push func(Value)) {
		if seen[v.p] {
			return
		}
		seen[v.p] = true
		freezeOne(t, v, push)
	})
}

// freezeOne freezes v and pushes what it reaches. Marks of published objects are
// set as well, so that Publish stops here.
func freezeOne(t *Thread, v Value, push func(Value)) {
	switch ty := v.Type(); ty.Kind {
	case KindTuple:
		tup := (*Tuple)(v.p)
		if tup.isPlain() {
			return // other threads may have it without a mark
		}
		t.MarkShared(&tup.shared)
		for _, e := range tup.Elems() {
			push(e)
		}
	case KindList:
		(*List)(v.p).freeze(t, push)
	case KindDict, KindSet:
		(*Dict)(v.p).freeze(t, push)
	case KindCell:
		c := (*Cell)(v.p)
		c.freeze(t)
		push(c.v)
	case KindBuiltin:
		push((*Builtin)(v.p).Recv)
	default:
		if ty.Trace != nil {
			ty.traced(t, v)
			ty.Trace(v, push)
		}
	}
}

// A cellState is what freezing a cell changes.
type cellState struct {
	v     Value
	epoch uint64
}

// Each freeze keeps the old state for a rollback.
type (
	listUnfreeze List
	dictUnfreeze Dict
	cellUnfreeze Cell
)

func (l *List) freeze(t *Thread, push func(Value)) {
	if l.epoch == frozenEpoch {
		return
	}
	elems := l.Snapshot(t)
	if t.Logging() {
		old := *l
		t.PushUndo((*listUnfreeze)(l), 0, unsafe.Pointer(&old), 0)
	}
	l.elems, l.shared, l.epoch = elems, nil, frozenEpoch
	for _, v := range elems {
		push(v)
	}
}

func (l *listUnfreeze) Undo(_ int, p unsafe.Pointer, _ uint64) { *l = *(*listUnfreeze)(p) }

func (d *Dict) freeze(t *Thread, push func(Value)) {
	if d.epoch == frozenEpoch {
		return
	}
	tab := d.tab
	if d.shared != nil {
		items := d.shared.items(t)
		flat := table{entries: items, live: len(items)}
		tab = flat.rebuilt(t)
	}
	if t.Logging() {
		old := *d
		t.PushUndo((*dictUnfreeze)(d), 0, unsafe.Pointer(&old), 0)
	}
	d.tab, d.shared, d.epoch = tab, nil, frozenEpoch
	for _, e := range tab.entries {
		push(e.key) // unset in a hole
		push(e.value)
	}
}

func (d *dictUnfreeze) Undo(_ int, p unsafe.Pointer, _ uint64) { *d = *(*dictUnfreeze)(p) }

func (c *Cell) freeze(t *Thread) {
	v := c.Get(t)
	if t.Logging() {
		t.PushUndo((*cellUnfreeze)(c), 0, unsafe.Pointer(&cellState{c.v, c.epoch}), 0)
	}
	c.v, c.epoch = v, frozenEpoch
}

// Frozen reports whether the variable cannot be assigned to any more. Set does not ask: a
// captured variable is only assigned to by the function that has it, before it is frozen.
func (c *Cell) Frozen() bool { return c.epoch == frozenEpoch }

func (c *cellUnfreeze) Undo(_ int, p unsafe.Pointer, _ uint64) {
	old := (*cellState)(p)
	c.v, c.epoch = old.v, old.epoch
}
