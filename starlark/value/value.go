// Package value holds the values of the Starlark interpreter: their
// representation, operators, methods and the built-ins that need no call back
// into the machine.
//
// # Values
//
// A Value is two words: a pointer to an object's header and 64 bits. None,
// booleans, integers that fit 64 bits and floats carry their payload in the
// bits and point to one static header a kind, so they need no allocation.
// Every other value points to a heap object, and its bits are zero; hence two
// Values that are == are the same object or the same scalar. Integers that do
// not fit become BigInt objects, and results that fit again become small.
//
// # Objects: local until published
//
// A list, dict or cell starts local: plain contents, written in place by the
// one thread that can reach it. A mutation first compares the object's epoch
// with the thread's; if they differ, what the change destroys is remembered, so
// that the runtime can put it back: up to 64 elements the whole object, once per
// transaction; above, each change. Under a global lock, and for
// objects that only one thread reaches, nothing else ever happens.
//
// Under the transactional model, storing an object where other threads can see
// it publishes it and all it reaches (publish.go). From then on its plain
// contents are immutable and serve as the base under an overlay of
// transactional slots, made at the first write near them (vector.go). A slot
// nobody has written means the base value. So publishing copies nothing.
// A world that becomes transactional later publishes then what would have been
// published before (roots.go). Under the model with locks, contents that are
// published stay plain, but only the holder of the object's lock touches them.
//
// A published object is marked by an epoch no thread ever has, and its plain
// contents are moved aside, so the fast paths for local objects need no test
// of their own: they find the epoch different and the plain contents empty.
//
// # Prologue
//
// Every method and built-in begins with Thread.Enter, which names the objects
// it touches, and ends with Leave. Under the model with a lock for each object they
// take and give back the locks (locking.go); elsewhere they do nothing.
package value

import (
	"math"
	"math/big"
	"unsafe"
)

// A Value is any Starlark value. The zero Value is not one: it stands for
// "unset" (a variable before its assignment, an absent dict entry).
type Value struct {
	p    unsafe.Pointer // an Object; never nil in a set Value
	bits uint64         // int64, float64 or bool payload of a scalar; else 0
}

// An Object is the header every value points to; the first field of every
// heap object, also of those defined outside this package.
type Object struct {
	Type *Type
}

// Headers of the scalar kinds, in one piece, so that one comparison finds a scalar.
var scalars = struct{ none, bool, int, float Object }{
	Object{&noneType}, Object{&boolType}, Object{&intType}, Object{&floatType},
}

// The constants of the language.
var (
	None  = Value{p: unsafe.Pointer(&scalars.none)}
	True  = Value{p: unsafe.Pointer(&scalars.bool), bits: 1}
	False = Value{p: unsafe.Pointer(&scalars.bool)}
)

// IsSet reports whether v is a value at all.
func (v Value) IsSet() bool { return v.p != nil }

// Type returns the type of a set Value.
func (v Value) Type() *Type { return (*Object)(v.p).Type }

// Kind returns the kind of v's type.
func (v Value) Kind() Kind { return (*Object)(v.p).Type.Kind }

// TypeName returns what type(v) returns.
func (v Value) TypeName() string { return (*Object)(v.p).Type.Name }

// Pointer returns the object v points to, for a type defined elsewhere.
func (v Value) Pointer() unsafe.Pointer { return v.p }

// FromObject makes a Value of a heap object that begins with o.
func FromObject(o *Object) Value { return Value{p: unsafe.Pointer(o)} }

// Bool makes a boolean.
func Bool(b bool) Value {
	if b {
		return True
	}
	return False
}

// Int makes an integer.
func Int(i int64) Value { return Value{p: unsafe.Pointer(&scalars.int), bits: uint64(i)} }

// Float makes a float.
func Float(f float64) Value {
	return Value{p: unsafe.Pointer(&scalars.float), bits: math.Float64bits(f)}
}

// isScalar reports whether v is None, a boolean, an integer of 64 bits or a float: what v
// points to is no object of the heap.
func (v Value) isScalar() bool {
	return uintptr(v.p)-uintptr(unsafe.Pointer(&scalars)) < unsafe.Sizeof(scalars)
}

// IsNone reports whether v is None.
func (v Value) IsNone() bool { return v.p == unsafe.Pointer(&scalars.none) }

// IsBool reports whether v is a boolean.
func (v Value) IsBool() bool { return v.p == unsafe.Pointer(&scalars.bool) }

// IsInt reports whether v is an integer of 64 bits; a BigInt is not.
func (v Value) IsInt() bool { return v.p == unsafe.Pointer(&scalars.int) }

// IsFloat reports whether v is a float.
func (v Value) IsFloat() bool { return v.p == unsafe.Pointer(&scalars.float) }

// IsString reports whether v is a string.
func (v Value) IsString() bool { return (*Object)(v.p).Type == &stringType }

// BothInts reports whether x and y are integers of 64 bits.
func BothInts(x, y Value) bool { return x.p == unsafe.Pointer(&scalars.int) && y.p == x.p }

// BothFloats reports whether x and y are floats.
func BothFloats(x, y Value) bool { return x.p == unsafe.Pointer(&scalars.float) && y.p == x.p }

// AsBool returns the payload of a boolean.
func (v Value) AsBool() bool { return v.bits != 0 }

// AsInt returns the payload of an integer of 64 bits.
func (v Value) AsInt() int64 { return int64(v.bits) }

// AsFloat returns the payload of a float.
func (v Value) AsFloat() float64 { return math.Float64frombits(v.bits) }

// IsBytes reports whether v is of type bytes.
func (v Value) IsBytes() bool { return (*Object)(v.p).Type == &bytesType }

// AsString returns the contents of a string, or of a value of type bytes.
func (v Value) AsString() string { return (*String)(v.p).s }

// AddInts adds two integers of 64 bits; ok is false if the sum does not fit.
func AddInts(x, y Value) (sum Value, ok bool) {
	a, b := int64(x.bits), int64(y.bits)
	s := a + b
	return Int(s), (s^a)&(s^b) >= 0
}

// SubInts subtracts two integers of 64 bits; ok is false if the difference
// does not fit.
func SubInts(x, y Value) (difference Value, ok bool) {
	a, b := int64(x.bits), int64(y.bits)
	d := a - b
	return Int(d), (a^b)&(a^d) >= 0
}

// A BigInt is an integer that does not fit 64 bits. It is immutable.
type BigInt struct {
	Object
	i big.Int
}

// Big makes an integer of any size; it takes over i.
func Big(i *big.Int) Value {
	if i.IsInt64() {
		return Int(i.Int64())
	}
	b := &BigInt{Object: Object{&bigIntType}}
	b.i = *i
	return FromObject(&b.Object)
}

// AsBigInt returns an integer of any size; ok is false if v is no integer.
// The result must not be changed.
func (v Value) AsBigInt() (i *big.Int, ok bool) {
	switch v.Kind() {
	case KindInt:
		return big.NewInt(int64(v.bits)), true
	case KindBigInt:
		return &(*BigInt)(v.p).i, true
	}
	return nil, false
}

// ListOf returns v as a list, or nil if it is none.
func ListOf(v Value) *List {
	if (*Object)(v.p).Type == &listType {
		return (*List)(v.p)
	}
	return nil
}

// DictOf returns v as a dict, or nil if it is none.
func DictOf(v Value) *Dict {
	if (*Object)(v.p).Type == &dictType {
		return (*Dict)(v.p)
	}
	return nil
}

// SetOf returns v as a set, or nil if it is none.
func SetOf(v Value) *Set {
	if (*Object)(v.p).Type == &setType {
		return (*Set)(v.p)
	}
	return nil
}

// TupleOf returns v as a tuple, or nil if it is none.
func TupleOf(v Value) *Tuple {
	if (*Object)(v.p).Type == &tupleType {
		return (*Tuple)(v.p)
	}
	return nil
}

// RangeOf returns v as a range, or nil if it is none.
func RangeOf(v Value) *Range {
	if (*Object)(v.p).Type == &rangeType {
		return (*Range)(v.p)
	}
	return nil
}

// CellOf returns v as a cell; v must be one.
func CellOf(v Value) *Cell { return (*Cell)(v.p) }

// BuiltinOf returns v as a built-in, or nil if it is none.
func BuiltinOf(v Value) *Builtin {
	if (*Object)(v.p).Type == &builtinType {
		return (*Builtin)(v.p)
	}
	return nil
}
