package starlark_test

import (
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ungil/tm/starlark"
)

// TestUnset: the zero Value is refused where it comes from Go, and no crash later.
func TestUnset(t *testing.T) {
	for _, m := range models {
		thread, globals := execNew(t, m, "l = [1]\nd = {}\ndef f(x): return x", nil)
		var unset starlark.Value
		l, one := globals["l"], starlark.MakeInt(1)
		call := func(fn starlark.Value, args []starlark.Value, kwargs []starlark.KV) error {
			_, err := starlark.Call(thread, fn, args, kwargs)
			return err
		}
		toValue := func(x any) error {
			_, err := starlark.ToValue(thread, x)
			return err
		}
		only := func(_ any, err error) error { return err }
		for what, err := range map[string]error{
			"Index":            only(starlark.Index(thread, unset, one)),
			"Index by it":      only(starlark.Index(thread, l, unset)),
			"SetIndex of it":   starlark.SetIndex(thread, unset, one, one),
			"SetIndex by it":   starlark.SetIndex(thread, globals["d"], unset, one),
			"SetIndex":         starlark.SetIndex(thread, l, starlark.MakeInt(0), unset),
			"Attr":             only(starlark.Attr(thread, unset, "x")),
			"Elements":         only(starlark.Elements(thread, unset)),
			"Equal":            only(starlark.Equal(thread, one, unset)),
			"Freeze":           starlark.Freeze(thread, unset),
			"FromValue":        only(starlark.FromValue(thread, unset)),
			"ToValue":          toValue(unset),
			"ToValue, a list":  toValue([]starlark.Value{unset}),
			"ToValue, a map":   toValue(map[string]starlark.Value{"a": unset}),
			"Call":             call(unset, nil, nil),
			"Call, argument":   call(globals["f"], []starlark.Value{unset}, nil),
			"Call, by keyword": call(globals["f"], nil, []starlark.KV{{Name: "x"}}),
			"predeclared":      only(starlark.ExecFile(thread, "t.star", "print(x)", starlark.StringDict{"x": unset})),
		} {
			require.ErrorContains(t, err, "a starlark.Value is not set", "%v: %s", m, what)
		}
		require.Panics(t, func() { starlark.Tuple(one, unset) })
		require.Equal(t, -1, starlark.Len(thread, unset))
		require.Equal(t, "<unset>", starlark.Repr(thread, unset))
		starlark.Share(thread, unset)
	}
}

// TestOddGoValues: a nil pointer is None, and a key that is not equal to itself keeps its value.
func TestOddGoValues(t *testing.T) {
	thread, _ := execNew(t, models[0], "", nil)
	v, err := starlark.ToValue(thread, []any{(*big.Int)(nil), (*int)(nil), map[float64]string{math.NaN(): "x"}})
	require.NoError(t, err)
	require.Equal(t, `[None, None, {nan: "x"}]`, starlark.Repr(thread, v))
}

// TestValuesOfCancelledThreads: what looks at values has nothing to stop; some of it could
// not even tell.
func TestValuesOfCancelledThreads(t *testing.T) {
	for _, m := range models {
		var kept starlark.Value
		env := starlark.StringDict{"keep": starlark.NewBuiltin("keep",
			func(_ *starlark.Thread, args []starlark.Value, _ []starlark.KV) (starlark.Value, error) {
				kept = args[0]
				return starlark.None, nil
			})}
		thread, globals := execNew(t, m, "l = [1, 2]\nkeep([0])", env)
		thread.Cancel("enough")
		require.Equal(t, 2, starlark.Len(thread, globals["l"]), m)
		require.Equal(t, "[1, 2]", starlark.Repr(thread, globals["l"]), m)
		starlark.Share(thread, kept)
		other := thread.World().NewThread("")
		done := make(chan error)
		go func() { done <- starlark.SetIndex(other, kept, starlark.MakeInt(0), starlark.MakeInt(1)) }()
		require.NoError(t, starlark.SetIndex(thread, kept, starlark.MakeInt(0), starlark.MakeInt(1)), m)
		require.NoError(t, <-done, m)
		_, err := starlark.ExecFile(thread, "t.star", "1", nil)
		require.ErrorContains(t, err, "enough", m)
	}
}
