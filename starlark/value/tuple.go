package value

// A Tuple is a Starlark tuple. It is immutable, but may reach what is not.
type Tuple struct {
	Object
	elems  []Value
	shared bool // published: all it reaches is
}

var emptyTuple = Tuple{Object: Object{&tupleType}, shared: true}

// NewTuple makes a tuple; it takes over elems.
func NewTuple(elems []Value) Value {
	if len(elems) == 0 {
		return FromObject(&emptyTuple.Object)
	}
	tup := &Tuple{Object: Object{&tupleType}, elems: elems}
	return FromObject(&tup.Object)
}

// NewPair makes a tuple of two with one allocation.
func NewPair(x, y Value) Value {
	p := &struct {
		Tuple
		pair [2]Value
	}{pair: [2]Value{x, y}}
	p.Tuple = Tuple{Object: Object{&tupleType}, elems: p.pair[:]}
	return FromObject(&p.Object)
}

// Elems returns the elements; the caller must not change them.
func (tup *Tuple) Elems() []Value { return tup.elems }

// publish visits the elements of a tuple that was not published yet.
func (tup *Tuple) publish(t *Thread, visit func(Value)) {
	if !t.MarkShared(&tup.shared) {
		return
	}
	for _, v := range tup.elems {
		if !v.isLeaf() {
			visit(v)
		}
	}
}

// A Range is what range returns: immutable.
type Range struct {
	Object
	start, stop, step int64
	n                 int64
}

// NewRange makes range(start, stop, step); step is not 0.
func NewRange(start, stop, step int64) Value {
	var n uint64
	// In unsigned arithmetic: the distance may exceed the range of int64.
	if step > 0 && start < stop {
		n = (uint64(stop)-uint64(start)-1)/uint64(step) + 1
	} else if step < 0 && start > stop {
		n = (uint64(start)-uint64(stop)-1)/-uint64(step) + 1
	}
	r := &Range{Object: Object{&rangeType}, start: start, stop: stop, step: step, n: int64(min(n, 1<<63-1))}
	return FromObject(&r.Object)
}

// Bounds returns first element, step and length.
func (r *Range) Bounds() (start, step, n int64) { return r.start, r.step, r.n }

// Len returns the number of elements.
func (r *Range) Len() int64 { return r.n }

// At returns element i.
func (r *Range) At(i int64) Value { return Int(r.start + i*r.step) }
