package concurrent

import (
	"unsafe"

	"github.com/ungil/tm/starlark/value"
)

// A Local has fields of which each thread has its own. They are in a dict that only
// the thread can reach, and so never conflict with anything.
type Local struct{ value.Object }

var localType = value.Type{Name: "local", Kind: value.KindOther, Hash: value.HashIdentity}

func init() { // its functions refer to it
	localType.Attr = func(t *value.Thread, v value.Value, name string) (value.Value, error) {
		if d := fieldsOf(t, v); d != nil {
			x, _, err := d.Get(t, value.Str(name))
			return x, err
		}
		return value.Value{}, nil
	}
	localType.SetAttr = func(t *value.Thread, v value.Value, name string, x value.Value) error {
		d := fieldsOf(t, v)
		if d == nil {
			d = makeFields(t, v)
		}
		return d.Set(t, value.Str(name), x)
	}
	localType.AttrNames = func(t *value.Thread, v value.Value) (names []string) {
		if d := fieldsOf(t, v); d != nil {
			for _, key := range d.Keys(t) {
				names = append(names, key.AsString())
			}
		}
		return names
	}
}

// NewLocal is local().
var NewLocal = value.NewBuiltin("local", newLocal)

func newLocal(t *value.Thread, _ value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter()
	defer t.Leave()
	l := &Local{value.Object{Type: &localType}}
	return value.FromObject(&l.Object), noArgs("local", args, kwargs)
}

// fieldsOf returns the thread's fields, nil if there are none yet.
func fieldsOf(t *value.Thread, v value.Value) *value.Dict {
	d, _ := t.Private[v.Pointer()].(*value.Dict)
	return d
}

func makeFields(t *value.Thread, v value.Value) *value.Dict {
	d := value.NewDict(t, 0)
	t.KeepPrivate(v.Pointer(), d)
	if t.Logging() {
		t.PushUndo(noFields{t}, 0, v.Pointer(), 0)
	}
	return d
}

// noFields takes makeFields back: a dict that the failed part has made is not undone by itself.
type noFields struct{ t *value.Thread }

// Undo implements runtime.Undoable.
func (u noFields) Undo(_ int, local unsafe.Pointer, _ uint64) { delete(u.t.Private, local) }
