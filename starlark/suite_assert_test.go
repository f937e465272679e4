package starlark_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark"
	"github.com/ungil/tm/starlark/lib"
	"github.com/ungil/tm/starlark/value"
)

// The suite's own module assert is Starlark, over a few built-ins.

// assertModule executes it, in a world with a global lock, and freezes it.
func assertModule(t *testing.T) starlark.StringDict {
	t.Helper()
	src, err := os.ReadFile(filepath.Join(moduleDir(t), "starlarktest", "assert.star"))
	if err != nil {
		t.Fatal(err)
	}
	src = checks.ReplaceAll(src, []byte("$0    count()\n")) // lines move, which only complaints show
	thread := starlark.NewWorld(starlark.Config{Model: runtime.GIL}).NewThread("assert")
	globals, err := starlark.ExecFile(thread, "assert.star", src, starlark.StringDict{
		"error":    starlark.NewBuiltin("error", suiteError),
		"catch":    starlark.NewBuiltin("catch", suiteCatch),
		"count":    starlark.NewBuiltin("count", suiteCount),
		"matches":  starlark.NewBuiltin("matches", suiteMatches),
		"module":   lib.MakeModule,
		"_freeze":  starlark.NewBuiltin("freeze", suiteFreeze),
		"_floateq": starlark.NewBuiltin("floateq", suiteFloatEq),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range globals {
		if err := starlark.Freeze(thread, v); err != nil {
			t.Fatal(err)
		}
	}
	return globals
}

// suiteModule is what the suite's load statements find.
func suiteModule(assert starlark.StringDict, name string) (starlark.StringDict, error) {
	switch name {
	case "assert.star":
		return assert, nil
	case "json.star":
		return starlark.StringDict{"json": lib.JSON}, nil
	case "math.star":
		return starlark.StringDict{"math": lib.Math}, nil
	case "time.star":
		return starlark.StringDict{"time": lib.Time}, nil
	}
	return nil, fmt.Errorf("no such module")
}

var suitePredeclared = starlark.StringDict{
	"struct":    lib.MakeStruct,
	"hasfields": starlark.NewBuiltin("hasfields", newHasFields),
	"fibonacci": fibonacci,
}

func suiteError(thread *starlark.Thread, args []starlark.Value, kwargs []starlark.KV) (starlark.Value, error) {
	var v starlark.Value
	if err := starlark.UnpackPositionalArgs("error", args, kwargs, 1, &v); err != nil {
		return v, err
	}
	text := value.Text(&thread.VM().Thread, v)
	where := thread.VM().Backtrace()
	thread.Defer(func() { thread.Local("reporter").(*reporter).add("%s%s", where, text) })
	return starlark.None, nil
}

// suiteCatch returns the message of the error of a call, or None.
func suiteCatch(thread *starlark.Thread, args []starlark.Value, kwargs []starlark.KV) (starlark.Value, error) {
	var f starlark.Callable
	if err := starlark.UnpackArgs("catch", args, kwargs, "fn", &f); err != nil {
		return starlark.Value{}, err
	}
	_, err := starlark.Call(thread, f.Value, nil, nil)
	if starlark.IsControl(err) {
		return starlark.Value{}, err
	}
	if err != nil {
		return starlark.String(err.Error()), nil
	}
	return starlark.None, nil
}

// suiteCount counts a check; see countChecks.
func suiteCount(thread *starlark.Thread, _ []starlark.Value, _ []starlark.KV) (starlark.Value, error) {
	thread.Defer(func() {
		if r, ok := thread.Local("reporter").(*reporter); ok {
			r.checks++ // effects happen one at a time
		}
	})
	return starlark.None, nil
}

// checks finds the beginnings of the functions of assert that check something.
var checks = regexp.MustCompile(`(?m)^def _(eq|ne|true|lt|contains|fails)\(.*:\n`)

func suiteMatches(_ *starlark.Thread, args []starlark.Value, kwargs []starlark.KV) (starlark.Value, error) {
	var pattern, text string
	if err := starlark.UnpackArgs("matches", args, kwargs, "pattern", &pattern, "str", &text); err != nil {
		return starlark.Value{}, err
	}
	found, err := regexp.MatchString(pattern, text)
	return starlark.Bool(found), err
}

func suiteFreeze(thread *starlark.Thread, args []starlark.Value, kwargs []starlark.KV) (starlark.Value, error) {
	var v starlark.Value
	if err := starlark.UnpackPositionalArgs("freeze", args, kwargs, 1, &v); err != nil {
		return v, err
	}
	return v, starlark.Freeze(thread, v)
}

func suiteFloatEq(_ *starlark.Thread, args []starlark.Value, kwargs []starlark.KV) (starlark.Value, error) {
	var x, y float64
	if err := starlark.UnpackPositionalArgs("floateq", args, kwargs, 2, &x, &y); err != nil {
		return starlark.Value{}, err
	}
	a, b := math.Float64bits(x), math.Float64bits(y)
	return starlark.Bool(x == y || x != x && y != y || a == b+1 || b == a+1), nil
}

// fibonacci is an endless iterable.
var fibonacci = func() starlark.Value {
	ty := &value.Type{Name: "fib", Kind: value.KindOther, At: func(_ *value.Thread, _ value.Value, i int64) (value.Value, bool) {
		x, y := int64(0), int64(1)
		for range i {
			x, y = y, x+y
		}
		return value.Int(x), true
	}}
	return value.FromObject(&value.Object{Type: ty})
}()

// A hasFields is an object with any fields.
type hasFields struct {
	value.Object
	fields *value.Dict
}

var hasFieldsType = value.Type{
	Name: "hasfields", Kind: value.KindOther,
	Hash:  func(*value.Thread, value.Value) (uint64, error) { return 42, nil },
	Repr:  func(*value.Thread, value.Value) string { return "hasfields" },
	Trace: func(v value.Value, visit func(value.Value)) { visit(hasFieldsOf(v).fields.Value()) },
	Attr: func(t *value.Thread, v value.Value, name string) (value.Value, error) {
		x, _, err := hasFieldsOf(v).fields.Get(t, value.Str(name))
		return x, err
	},
	AttrNames: hasFieldsNames,
	SetAttr: func(t *value.Thread, v value.Value, name string, x value.Value) error {
		if strings.HasPrefix(name, "no") {
			return fmt.Errorf("no .%s field%s", name, value.DidYouMean(".", name, hasFieldsNames(t, v)))
		}
		if err := hasFieldsOf(v).fields.Set(t, value.Str(name), x); err != nil {
			return fmt.Errorf("cannot set field on a frozen hasfields")
		}
		return nil
	},
	Binary: func(_ *value.Thread, op value.Op, _, other value.Value, _ bool) (value.Value, error) {
		if op == value.OpAdd && value.ListOf(other) != nil {
			return value.Int(42), nil
		}
		return value.Value{}, nil
	},
}

func hasFieldsNames(t *value.Thread, v value.Value) (names []string) {
	for _, k := range hasFieldsOf(v).fields.Keys(t) {
		names = append(names, k.AsString())
	}
	return names
}

func hasFieldsOf(v value.Value) *hasFields { return (*hasFields)(v.Pointer()) }

func newHasFields(thread *starlark.Thread, _ []starlark.Value, _ []starlark.KV) (starlark.Value, error) {
	h := &hasFields{value.Object{Type: &hasFieldsType}, value.NewDict(&thread.VM().Thread, 0)}
	return value.FromObject(&h.Object), nil
}
