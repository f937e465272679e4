package vm

import (
	"errors"
	"testing"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark/compile"
	"github.com/ungil/tm/starlark/value"
)

// TestLoadsAgain: a program that a thread executes again loads again, also what could not be loaded before.
func TestLoadsAgain(t *testing.T) {
	p, err := compile.File("l.star", []byte("load(\"m\", \"x\")\ny = x\n"), IsPredeclared, IsUniversal)
	if err != nil {
		t.Fatal(err)
	}
	for _, model := range []runtime.Model{runtime.GIL, runtime.STM, runtime.Auto, runtime.Locks} {
		loads := 0
		m := New(Config{World: runtime.NewWorld(runtime.Config{Model: model}), Load: func(*Thread, string, string) (map[string]value.Value, error) {
			if loads++; loads == 1 {
				return nil, errors.New("not yet")
			}
			return map[string]value.Value{"x": value.Int(int64(loads))}, nil
		}})
		if model == runtime.STM {
			m.SetGuest(AbortEach)
		}
		thread := m.NewThread()
		if _, _, err := thread.Exec(p, nil, nil); err == nil || err.Error() != "cannot load m: not yet" {
			t.Errorf("%v: the first time: %v", model, err)
		}
		for want := int64(2); want < 4; want++ {
			globals, _, err := thread.Exec(p, nil, nil)
			if err != nil {
				t.Errorf("%v: %v", model, err)
			} else if got := globals["y"]; got != value.Int(want) {
				t.Errorf("%v: y is %d, want %d", model, got.AsInt(), want)
			}
		}
	}
}
