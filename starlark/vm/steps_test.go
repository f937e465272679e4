package vm

import (
	"testing"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark/compile"
)

// TestStepsBeforeBlockThatWaits: of a thread that waits in a block, the steps before the block count, and not
// those of the block's attempts that were undone.
func TestStepsBeforeBlockThatWaits(t *testing.T) {
	const src = `
def long(n):
    i = 0
    while i < n:
        i += 1

flag = cell(WAITS == 0)
def set():
    flag.set(True)

thread.start(set)
long(30000)
for _ in atomic():
    long(10000)
    check(flag.get())
`
	for _, model := range []runtime.Model{runtime.GIL, runtime.STM, runtime.Auto, runtime.Locks} {
		var steps [2]uint64
		for waits := range steps {
			p, err := compile.File("s.star", []byte("WAITS = "+string(rune('0'+waits))+"\n"+src), IsPredeclared, IsUniversal)
			if err != nil {
				t.Fatal(err)
			}
			m := New(Config{World: runtime.NewWorld(runtime.Config{Model: model})})
			thread := m.NewThread()
			if _, _, err := thread.Exec(p, nil, nil); err != nil {
				t.Fatal(Traceback(err))
			}
			if err := m.Wait(); err != nil {
				t.Error(err)
			}
			steps[waits] = thread.Control().Steps()
		}
		// A call before which a transaction ends counts twice.
		if more := int64(steps[1] - steps[0]); more < -1000 || more > 1000 {
			t.Errorf("%v: %d steps, %d when the block has to wait", model, steps[0], steps[1])
		}
	}
}
