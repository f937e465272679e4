package value

import (
	"maps"
	"slices"
	"strconv"
)

// A Module is a namespace. It is immutable.
type Module struct {
	Object
	name    string
	members map[string]Value
	shared  bool
}

var moduleType = Type{
	Name: "module", Kind: KindModule, Hash: noHash,
	Repr:      func(_ *Thread, v Value) string { return "<module " + strconv.Quote(moduleOf(v).name) + ">" },
	Attr:      func(_ *Thread, v Value, name string) (Value, error) { return moduleOf(v).members[name], nil },
	AttrNames: func(_ *Thread, v Value) []string { return slices.Sorted(maps.Keys(moduleOf(v).members)) },
	Trace: func(v Value, visit func(Value)) {
		for _, m := range moduleOf(v).members {
			visit(m)
		}
	},
	Shared: func(v Value) *bool { return &moduleOf(v).shared },
}

// NewModule makes a module; it takes over members. One whose members reach nothing
// that could be published is the same for all threads from the start.
func NewModule(name string, members map[string]Value) Value {
	m := &Module{Object: Object{&moduleType}, name: name, members: members, shared: true}
	for _, v := range members {
		if !reachesNothing(v) {
			m.shared = false
		}
	}
	return FromObject(&m.Object)
}

// NewMembersType makes a type for NewMembers.
func NewMembersType(name string) *Type {
	t := moduleType
	t.Name, t.Kind, t.Hash = name, KindOther, HashIdentity
	t.Repr = func(*Thread, Value) string { return "<" + name + ">" }
	return &t
}

// NewMembers makes an immutable value with members; it takes them over. It is equal to itself only.
func NewMembers(t *Type, members map[string]Value) Value {
	m := &Module{Object: Object{t}, members: members}
	return FromObject(&m.Object)
}

// reachesNothing reports whether publishing v would visit nothing.
func reachesNothing(v Value) bool {
	if b := BuiltinOf(v); b != nil {
		return !b.Recv.IsSet()
	}
	if shared := v.Type().Shared; shared != nil {
		mark := shared(v)
		return mark == nil || *mark
	}
	return v.isLeaf() || v.Kind() == KindOther && v.Type().Trace == nil
}

func moduleOf(v Value) *Module { return (*Module)(v.p) }
