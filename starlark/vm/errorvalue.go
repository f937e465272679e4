package vm

import (
	"strconv"

	"github.com/ungil/tm/starlark/value"
)

// An errorValue is an error as try_call returns it. It is immutable.
type errorValue struct {
	value.Object
	err *EvalError
}

var errorType = value.Type{Name: "error", Kind: value.KindOther}

func init() { // its functions refer to it
	errorType.Repr = func(_ *value.Thread, v value.Value) string {
		return "error(" + strconv.Quote(errorOf(v).err.Msg) + ")"
	}
	errorType.Attr = func(_ *value.Thread, v value.Value, name string) (value.Value, error) {
		switch name {
		case "message":
			return value.Str(errorOf(v).err.Msg), nil
		case "traceback":
			return value.Str(errorOf(v).err.Backtrace()), nil
		}
		return value.Value{}, nil
	}
	errorType.AttrNames = func(*value.Thread, value.Value) []string { return []string{"message", "traceback"} }
}

func newError(err *EvalError) value.Value {
	e := &errorValue{Object: value.Object{Type: &errorType}, err: err}
	return value.FromObject(&e.Object)
}

func errorOf(v value.Value) *errorValue { return (*errorValue)(v.Pointer()) }
