package concurrent

import (
	"fmt"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark/value"
)

// A Cell is a variable that threads share.
type Cell struct {
	object
	value variable
}

var cellType = value.Type{Name: "cell", Kind: value.KindOther, Hash: value.HashIdentity}

func init() { // its functions refer to it
	cellType.Trace = func(v value.Value, visit func(value.Value)) { visit(cellOf(v).value.Value()) }
	cellType.Shared = func(v value.Value) *bool { return &cellOf(v).shared }
	cellType.Lock = func(v value.Value) *runtime.Lock { return &cellOf(v).lock }
	cellType.Repr = func(t *value.Thread, v value.Value) string {
		return "cell(" + value.Repr(t, cellOf(v).value.Get(t)) + ")"
	}
	cellType.Attr = func(t *value.Thread, v value.Value, name string) (value.Value, error) {
		if name == "value" {
			return cellOf(v).value.Get(t), nil
		}
		return value.Value{}, nil
	}
	cellType.SetAttr = func(t *value.Thread, v value.Value, name string, x value.Value) error {
		if name != "value" {
			return fmt.Errorf("can't assign to .%s field of cell", name)
		}
		if err := cellOf(v).value.mutable("set"); err != nil {
			return err
		}
		cellOf(v).value.Set(t, x)
		return nil
	}
	cellType.AttrNames = func(*value.Thread, value.Value) []string { return []string{"value"} }
	value.AddMethods(&cellType, map[string]value.Func{"get": cellGet, "set": cellSet})
}

func cellOf(v value.Value) *Cell { return (*Cell)(v.Pointer()) }

// NewCell is cell(value = None).
var NewCell = value.NewBuiltin("cell", newCell)

func newCell(t *value.Thread, _ value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter(args...)
	defer t.Leave()
	v := value.None
	if err := value.UnpackArgs("cell", args, kwargs, "value?", &v); err != nil {
		return value.Value{}, err
	}
	c := &Cell{object: object{Object: value.Object{Type: &cellType}}, value: newVariable(t, v)}
	return value.FromObject(&c.Object), nil
}

func cellGet(t *value.Thread, recv value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter(recv)
	defer t.Leave()
	if err := noArgs("get", args, kwargs); err != nil {
		return value.Value{}, err
	}
	return cellOf(recv).value.Get(t), nil
}

func cellSet(t *value.Thread, recv value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter(recv)
	defer t.Leave()
	if err := value.Positional("set", args, kwargs, 1, 1); err != nil {
		return value.Value{}, err
	}
	c := cellOf(recv)
	if err := c.value.mutable("set"); err != nil {
		return value.Value{}, err
	}
	c.value.Set(t, args[0])
	return value.None, nil
}
