package value

import "unsafe"

// A Tuple is a Starlark tuple. It is immutable, but may reach what is not.
//
// Its elements stand behind it in the same allocation, which is a slice of Values: a
// pointer and numbers, like a Value, the Tuple takes the place of the first one.
//
// If all elements are scalars, no pointer in a tuple leads to the heap. Then the allocation
// is one without pointers, which the collector marks and does not look into.
type Tuple struct {
	Object
	n      uint32
	shared bool // published: all it reaches is
}

// A Tuple is as long as a Value.
const (
	_ = unsafe.Sizeof(Value{}) - unsafe.Sizeof(Tuple{})
	_ = unsafe.Sizeof(Tuple{}) - unsafe.Sizeof(Value{})
)

var emptyTuple = struct {
	Tuple
	_ Value // where its elements would begin
}{Tuple: Tuple{Object: Object{&tupleType}, shared: true}}

// NewTuple makes a tuple; elems are copied.
func NewTuple(elems []Value) Value {
	if len(elems) == 0 {
		return FromObject(&emptyTuple.Object)
	}
	for i := range elems {
		if !elems[i].isScalar() {
			tup, to := newTuple(len(elems))
			copy(to, elems)
			return FromObject(&tup.Object)
		}
	}
	return scalarTuple(elems)
}

// valueWords is how many words a Value has.
const valueWords = unsafe.Sizeof(Value{}) / unsafe.Sizeof(uintptr(0))

// scalarTuple makes a tuple of scalars. They are copied as words: a copy of Values would ask
// the collector's map of pointers, which this allocation has none of.
func scalarTuple(elems []Value) Value {
	var words []uintptr
	switch len(elems) {
	case 2:
		words = new([3 * valueWords]uintptr)[:]
	case 3:
		words = new([4 * valueWords]uintptr)[:]
	default:
		words = make([]uintptr, uintptr(len(elems)+1)*valueWords)
	}
	copy(words[valueWords:], unsafe.Slice((*uintptr)(unsafe.Pointer(&elems[0])), uintptr(len(elems))*valueWords))
	tup := (*Tuple)(unsafe.Pointer(&words[0]))
	tup.Type, tup.n, tup.shared = &tupleType, uint32(len(elems)), true // it reaches nothing
	return FromObject(&tup.Object)
}

// NewConstantTuple makes a tuple whose elements reach nothing that can change: it needs
// no publishing, so threads may share it from the beginning.
func NewConstantTuple(elems []Value) Value {
	v := NewTuple(elems)
	if tup := TupleOf(v); !tup.shared { // the empty one is everybody's
		tup.shared = true
	}
	return v
}

// NewPair makes a tuple of two.
func NewPair(x, y Value) Value {
	if x.isScalar() && y.isScalar() {
		return scalarTuple([]Value{x, y})
	}
	p := new([3]Value)
	p[1], p[2] = x, y
	tup, _ := tupleIn(p[:])
	return FromObject(&tup.Object)
}

// newTuple makes a tuple of n elements, n > 0, that the caller has to fill in.
func newTuple(n int) (*Tuple, []Value) {
	switch n {
	case 2:
		return tupleIn(new([3]Value)[:])
	case 3:
		return tupleIn(new([4]Value)[:])
	}
	return tupleIn(make([]Value, n+1))
}

// tupleIn makes a tuple of the first of vs; the others are its elements.
func tupleIn(vs []Value) (*Tuple, []Value) {
	tup := (*Tuple)(unsafe.Pointer(&vs[0]))
	tup.Type, tup.n = &tupleType, uint32(len(vs)-1)
	return tup, vs[1:]
}

// Len returns the number of elements.
func (tup *Tuple) Len() int { return int(tup.n) }

// At returns element i, which there must be.
func (tup *Tuple) At(i int) Value {
	return *(*Value)(unsafe.Add(unsafe.Pointer(tup), uintptr(i+1)*unsafe.Sizeof(Value{})))
}

// Elems returns the elements; the caller must not change them.
func (tup *Tuple) Elems() []Value {
	return unsafe.Slice((*Value)(unsafe.Add(unsafe.Pointer(tup), unsafe.Sizeof(Value{}))), tup.n)
}

// shortTuple is how many elements a tuple may have to be looked through at every Publish.
const shortTuple = 8

// isPlain reports whether a tuple is short and reaches nothing that can change. Such a one needs
// no mark, and never gets one.
func (tup *Tuple) isPlain() bool {
	if tup.n > shortTuple {
		return false
	}
	for _, v := range tup.Elems() {
		if !v.isLeaf() {
			return false
		}
	}
	return true
}

// publish visits the elements of a tuple that was not published yet.
func (tup *Tuple) publish(t *Thread, visit func(Value)) {
	if tup.isPlain() || !t.MarkShared(&tup.shared) {
		return
	}
	for _, v := range tup.Elems() {
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

// cut returns a slice of r. Where its end or step does not fit into 64 bits they wrap around, which its
// elements do not show.
func (r *Range) cut(c span) Value {
	z := &Range{Object: Object{&rangeType}, start: r.start + c.start*r.step, stop: r.start + c.end*r.step, step: r.step * c.by, n: c.count}
	return FromObject(&z.Object)
}

// Bounds returns first element, step and length.
func (r *Range) Bounds() (start, step, n int64) { return r.start, r.step, r.n }

// Len returns the number of elements.
func (r *Range) Len() int64 { return r.n }

// At returns element i.
func (r *Range) At(i int64) Value { return Int(r.start + i*r.step) }
