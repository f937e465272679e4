package vm

import (
	"testing"
	"time"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark/compile"
	"github.com/ungil/tm/starlark/value"
)

// TestTimeoutOfAnotherWay: if a block that waits takes another way in its next attempt, the timeout of the wait there is its
// own; and that of the same wait goes on.
func TestTimeoutOfAnotherWay(t *testing.T) {
	const src = `
way, looks = cell(0), cell(0)

def f():
    for _ in atomic():
        looks.get()
        for i in range(2):
            if way.get() == 0:
                (lambda: waits(3600))()
            else:
                waits(1800)

t = thread.start(f)
for i in range(4):
    while attempts() <= i:
        pass
    looks.set(i + 1)
    way.set(i // 2)
t.cancel()
`
	for _, model := range []runtime.Model{runtime.GIL, runtime.STM, runtime.Auto, runtime.Locks} {
		var until []time.Time // of each attempt
		m := New(Config{World: runtime.NewWorld(runtime.Config{Model: model, Quantum: 100})})
		env := map[string]value.Value{
			"waits": value.NewBuiltin("waits", func(vt *value.Thread, _ value.Value, args []value.Value, _ []value.KV) (value.Value, error) {
				thread := threadOf(vt)
				expired, err := thread.Wait("waits", time.Duration(args[0].AsInt())*time.Second)
				m.mu.Lock()
				defer m.mu.Unlock()
				until = append(until, thread.until)
				return value.Bool(expired), err
			}),
			"attempts": value.NewBuiltin("attempts", func(*value.Thread, value.Value, []value.Value, []value.KV) (value.Value, error) {
				m.mu.Lock()
				defer m.mu.Unlock()
				return value.Int(int64(len(until))), nil
			}),
		}
		known := func(name string) bool { _, ok := env[name]; return ok || IsPredeclared(name) }
		p, err := compile.File("w.star", []byte(src), known, IsUniversal)
		if err != nil {
			t.Fatal(err)
		}
		before := time.Now()
		if _, _, err := m.NewThread().Exec(p, env, nil); err != nil {
			t.Fatal(Traceback(err))
		}
		if err := m.Wait(); err != nil {
			t.Error(err)
		}
		seen := map[time.Time]bool{}
		for _, u := range until {
			seen[u] = true
		}
		first, last := until[0].Sub(before), until[len(until)-1].Sub(before)
		// Once the block may have to begin its transaction first, where the time begins anew.
		if len(until) < 4 || len(seen) > 3 || first < time.Hour || last < time.Hour/2 || last > time.Hour*3/4 {
			t.Errorf("%v: the attempts wait until %v", model, until)
		}
	}
}
