package vm

import (
	"testing"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark/compile"
)

// TestForgetsErrorsThatWereToldOf: of threads that have failed only those are kept that nobody has asked.
func TestForgetsErrorsThatWereToldOf(t *testing.T) {
	p, err := compile.File("f.star", []byte(`
unasked = [thread.start(fail, i) for i in range(3)]
for i in range(300):
    try_call(thread.start(fail).join)
for i in range(300):
    thread.start(event().wait).cancel()
`), IsPredeclared, IsUniversal)
	if err != nil {
		t.Fatal(err)
	}
	for _, model := range []runtime.Model{runtime.GIL, runtime.STM, runtime.Auto, runtime.Locks} {
		m := New(Config{World: runtime.NewWorld(runtime.Config{Model: model})})
		if _, _, err := m.NewThread().Exec(p, nil, nil); err != nil {
			t.Fatal(Traceback(err))
		}
		if err := m.Wait(); err == nil || len(err.(interface{ Unwrap() []error }).Unwrap()) != 3 {
			t.Errorf("%v: the errors are: %v, want three", model, err)
		}
		if n := len(m.failed); n > 100 {
			t.Errorf("%v: %d threads that have failed are kept", model, n)
		}
	}
}
