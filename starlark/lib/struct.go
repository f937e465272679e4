package lib

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ungil/tm/starlark/value"
)

// A Struct maps names to values. It is immutable.
type Struct struct {
	value.Object
	fields []field // sorted by name
	shared bool
}

type field struct {
	name string
	v    value.Value
}

var structType = value.Type{Name: "struct", Kind: value.KindOther}

func init() { // its functions refer to it
	structType.Repr = structRepr
	structType.Hash = structHash
	structType.Equal = structEqual
	structType.Attr = structAttr
	structType.Field = structField
	structType.AttrNames = structNames
	structType.Binary = structBinary
	structType.Trace = func(v value.Value, visit func(value.Value)) {
		for _, f := range structOf(v).fields {
			visit(f.v)
		}
	}
	structType.Shared = func(v value.Value) *bool { return &structOf(v).shared }
}

func structOf(v value.Value) *Struct { return (*Struct)(v.Pointer()) }

// NewStruct makes a struct; it takes over fields, whose names are distinct.
func NewStruct(fields []value.KV) value.Value {
	s := &Struct{Object: value.Object{Type: &structType}}
	for _, kv := range fields {
		s.fields = append(s.fields, field{kv.Name, kv.Value})
	}
	slices.SortStableFunc(s.fields, func(x, y field) int { return strings.Compare(x.name, y.name) })
	return value.FromObject(&s.Object)
}

// MakeStruct is struct(**fields).
var MakeStruct = value.NewBuiltin("struct", makeStruct)

func makeStruct(t *value.Thread, _ value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter()
	defer t.Leave()
	if len(args) > 0 {
		return value.Value{}, errors.New("struct: unexpected positional arguments")
	}
	return NewStruct(kwargs), nil
}

// MakeModule is module(name, **members).
var MakeModule = value.NewBuiltin("module", makeModule)

func makeModule(t *value.Thread, _ value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter()
	defer t.Leave()
	var name string
	if err := value.UnpackPositionalArgs("module", args, nil, 1, &name); err != nil {
		return value.Value{}, err
	}
	members := make(map[string]value.Value, len(kwargs))
	for _, kv := range kwargs {
		members[kv.Name] = kv.Value
	}
	return value.NewModule(name, members), nil
}

func structRepr(t *value.Thread, v value.Value) string {
	var b strings.Builder
	b.WriteString("struct(")
	for i, f := range structOf(v).fields {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(f.name + " = " + value.Repr(t, f.v))
	}
	return b.String() + ")"
}

func structHash(t *value.Thread, v value.Value) (uint64, error) {
	h := uint64(len(structOf(v).fields))
	for _, f := range structOf(v).fields {
		name, _ := value.Hash(t, value.Str(f.name)) // a string has one
		x, err := value.Hash(t, f.v)
		if err != nil {
			return 0, err
		}
		h = (h*31+name)*31 + x
	}
	return h, nil
}

func structEqual(t *value.Thread, x, y value.Value) (bool, error) {
	a, b := structOf(x).fields, structOf(y).fields
	if len(a) != len(b) {
		return false, nil
	}
	for i := range a {
		if a[i].name != b[i].name {
			return false, nil
		}
		if same, err := value.Equal(t, a[i].v, b[i].v); err != nil || !same {
			return false, err
		}
	}
	return true, nil
}

func structField(v value.Value, name string) value.Value {
	fields := structOf(v).fields
	for i := range fields {
		if fields[i].name == name {
			return fields[i].v
		}
	}
	return value.Value{}
}

func structAttr(_ *value.Thread, v value.Value, name string) (value.Value, error) {
	if x := structField(v, name); x.IsSet() {
		return x, nil
	}
	return value.Value{}, fmt.Errorf("struct has no .%s attribute%s", name, value.DidYouMean(".", name, structNames(nil, v)))
}

func structNames(_ *value.Thread, v value.Value) []string {
	var names []string
	for _, f := range structOf(v).fields {
		names = append(names, f.name)
	}
	return names
}

// structBinary is x + y: the fields of both, y's where both have one.
func structBinary(_ *value.Thread, op value.Op, v, other value.Value, left bool) (value.Value, error) {
	if op != value.OpAdd || other.Type() != &structType || !left {
		return value.Value{}, nil
	}
	var both []value.KV
	for _, f := range structOf(v).fields {
		both = append(both, value.KV{Name: f.name, Value: f.v})
	}
	for _, f := range structOf(other).fields {
		i := slices.IndexFunc(both, func(kv value.KV) bool { return kv.Name == f.name })
		if i >= 0 {
			both[i].Value = f.v
		} else {
			both = append(both, value.KV{Name: f.name, Value: f.v})
		}
	}
	return NewStruct(both), nil
}

// StructFields returns the fields of a struct in order of their names; ok is false
// if v is none.
func StructFields(v value.Value) (fields []value.KV, ok bool) {
	if v.Type() != &structType {
		return nil, false
	}
	for _, f := range structOf(v).fields {
		fields = append(fields, value.KV{Name: f.name, Value: f.v})
	}
	return fields, true
}
