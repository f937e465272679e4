package value

import "github.com/ungil/tm/runtime"

// A Kind classifies types. The kinds up to lastLeaf are leaves: immutable,
// and they reach no other object.
type Kind uint8

const (
	KindNone Kind = iota + 1
	KindBool
	KindInt
	KindBigInt
	KindFloat
	KindString
	KindBytes
	KindRange
	KindTuple
	KindList
	KindDict
	KindSet
	KindCell
	KindBuiltin
	KindFunction // of the machine
	KindModule
	KindOther // whatever else the machine defines

	lastLeaf = KindRange
)

// A Type describes the objects whose header points to it. The functions are
// for types defined outside this package; nil gives the default named with each.
type Type struct {
	Name string
	Kind Kind

	// Repr gives the representation; default: "<Name>".
	Repr func(t *Thread, v Value) string
	// Hash makes the type hashable; default: it is not. See HashIdentity.
	Hash func(t *Thread, v Value) (uint64, error)
	// Equal compares two values of the type; default: identity. If the type is hashable,
	// Hash and Equal must not look into lists, dicts or sets: they run while
	// a dict is locked.
	Equal func(t *Thread, x, y Value) (bool, error)
	// Attr returns a field or a bound method; an unset Value means there is
	// none. It is asked before Methods.
	Attr func(t *Thread, v Value, name string) (Value, error)
	// Field returns a field that never changes and needs no thread to be read; an
	// unset Value means that Attr has to be asked.
	Field func(v Value, name string) Value
	// AttrNames lists the fields for dir; methods are added by dir itself.
	AttrNames func(t *Thread, v Value) []string
	// Trace calls visit with every Value that an object of the type reaches, when
	// it is published or frozen. Default: it reaches none.
	Trace func(v Value, visit func(Value))
	// Shared returns where the object notes that it was published, so that what
	// it reaches is visited once; nil if the object reaches nothing. Types that reach
	// one object at most may leave it out.
	Shared func(v Value) *bool
	// Lock returns the object's lock, which Enter takes under the model Locks; nil: its
	// functions need none to be one step each.
	Lock func(v Value) *runtime.Lock
	// Iterate returns what a loop over v goes over: a list, tuple or range.
	Iterate func(t *Thread, v Value) (Value, error)
	// At is another way to be iterable: it returns element i >= 0, and whether
	// there is one. With Len the type can be indexed, too.
	At func(t *Thread, v Value, i int64) (Value, bool)
	// Get returns v[key], and Set assigns to it, for any key; default: by Len and At, and an error.
	Get func(t *Thread, v, key Value) (Value, error)
	Set func(t *Thread, v, key, x Value) error
	// Len returns the length; default: there is none.
	Len func(t *Thread, v Value) int
	// Truth returns bool(v); default: True.
	Truth func(t *Thread, v Value) bool
	// Binary applies an operator with v on the left or on the right of other. An
	// unset Value means that the type does not have it.
	Binary func(t *Thread, op Op, v, other Value, left bool) (Value, error)
	// Unary applies -, + or ~; as Binary.
	Unary func(t *Thread, op Op, v Value) (Value, error)
	// Order applies one of the operators < <= > >= to two values of the type.
	Order func(t *Thread, op Op, x, y Value) (bool, error)
	// SetAttr assigns to a field; default: an error.
	SetAttr func(t *Thread, v Value, name string, x Value) error
	// Call makes the type callable.
	Call Func
	// Methods by name. Set it before the first use; see AddMethods.
	Methods map[string]*Method

	selected []*Method // by Selector
}

// A KV is a keyword argument.
type KV struct {
	Name  string
	Value Value
}

// A Func is the body of a method or built-in. recv is unset in a built-in
// that is not a method. args and kwargs belong to the caller and must not be kept.
type Func func(t *Thread, recv Value, args []Value, kwargs []KV) (Value, error)

// A Method is a named Func.
type Method struct {
	Name string
	Fn   Func
}

// traced reports whether an object of the type is to be traced, by its Shared
// mark. It sets the mark; a rollback clears it.
func (ty *Type) traced(t *Thread, v Value) bool {
	if ty.Trace == nil {
		return false
	}
	if ty.Shared == nil {
		return true
	}
	mark := ty.Shared(v)
	return mark != nil && t.MarkShared(mark)
}

// A Builtin is a callable value: a built-in function, or a method together
// with its receiver.
type Builtin struct {
	Object
	*Method
	Recv Value // unset if not bound
}

// NewBuiltin makes a built-in function.
func NewBuiltin(name string, fn Func) Value {
	b := &Builtin{Object: Object{&builtinType}, Method: &Method{name, fn}}
	return FromObject(&b.Object)
}

// Bind makes a bound method.
func Bind(recv Value, m *Method) Value {
	b := &Builtin{Object: Object{&builtinType}, Method: m, Recv: recv}
	return FromObject(&b.Object)
}

// Call runs the built-in.
func (b *Builtin) Call(t *Thread, args []Value, kwargs []KV) (Value, error) {
	return b.Fn(t, b.Recv, args, kwargs)
}

// The types of this package.
var (
	noneType    = Type{Name: "NoneType", Kind: KindNone}
	boolType    = Type{Name: "bool", Kind: KindBool}
	intType     = Type{Name: "int", Kind: KindInt}
	bigIntType  = Type{Name: "int", Kind: KindBigInt}
	floatType   = Type{Name: "float", Kind: KindFloat}
	stringType  = Type{Name: "string", Kind: KindString}
	bytesType   = Type{Name: "bytes", Kind: KindBytes}
	rangeType   = Type{Name: "range", Kind: KindRange}
	tupleType   = Type{Name: "tuple", Kind: KindTuple}
	listType    = Type{Name: "list", Kind: KindList}
	dictType    = Type{Name: "dict", Kind: KindDict}
	setType     = Type{Name: "set", Kind: KindSet}
	cellType    = Type{Name: "cell", Kind: KindCell}
	builtinType = Type{Name: "builtin_function_or_method", Kind: KindBuiltin}
)

// A Selector is the number of a method name, so that the machine finds a method
// by an index instead of a look-up by name. Negative: no type has such a method.
type Selector int32

// selectors is written by AddMethods only, before any program runs.
var selectors = map[string]Selector{}

// SelectorOf returns the selector of a name.
func SelectorOf(name string) Selector {
	if s, ok := selectors[name]; ok {
		return s
	}
	return -1
}

// Select returns the method of ty with selector s, or nil.
func (ty *Type) Select(s Selector) *Method {
	if uint(s) < uint(len(ty.selected)) {
		return ty.selected[s]
	}
	return nil
}

// AddMethods gives a type its methods. Call it from an init function: the
// tables are not protected afterwards.
func AddMethods(ty *Type, methods map[string]Func) {
	if ty.Methods == nil {
		ty.Methods = make(map[string]*Method, len(methods))
	}
	for name, fn := range methods {
		s, ok := selectors[name]
		if !ok {
			s = Selector(len(selectors))
			selectors[name] = s
		}
		for int(s) >= len(ty.selected) {
			ty.selected = append(ty.selected, nil)
		}
		m := &Method{name, fn}
		ty.Methods[name] = m
		ty.selected[s] = m
	}
}

// isLeaf reports whether v reaches no mutable object, so that storing it in a
// published place publishes nothing.
func (v Value) isLeaf() bool { return (*Object)(v.p).Type.Kind <= lastLeaf }
