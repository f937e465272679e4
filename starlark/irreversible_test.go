package starlark_test

import (
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/ungil/tm/starlark"
)

// effects are built-ins with effects outside of Starlark, and what they have done.
type effects struct {
	mu       sync.Mutex
	sent     []int64
	deferred []int64
}

func (e *effects) predeclared() starlark.StringDict {
	return starlark.StringDict{
		"send": starlark.NewIrreversible("send", func(_ *starlark.Thread, args []starlark.Value, _ []starlark.KV) (starlark.Value, error) {
			if len(args) != 1 || !args[0].IsInt() {
				return starlark.Value{}, errors.New("send: want an int")
			}
			e.mu.Lock()
			defer e.mu.Unlock()
			e.sent = append(e.sent, args[0].AsInt())
			return args[0], nil
		}),
		"note": starlark.NewDeferred("note", func(args []any) {
			e.deferred = append(e.deferred, args[0].(int64))
		}),
	}
}

const effectsProgram = `
n, other = [0], [0]
def in_atomic(rounds):
    for _ in range(rounds):
        for _ in atomic():
            n[0] += 1
            note(n[0])
            send(n[0])
            other[0] += 1
def alone(rounds):
    for i in range(rounds):
        send(-1)
        for _ in atomic():
            n[0] += 1
            note(n[0])
            if other[0] < 0:
                fail("no")
            send(n[0])
def fails():
    for _ in atomic():
        n[0] += 1000
        note(5000)
        send(-2)
        fail("after")
threads = [thread.start(f, 15) for f in [in_atomic, alone, in_atomic]]
[t.join() for t in threads]
ok, err = try_call(fails)
print(err.message, n)
`

// TestEffectsHappenOnce: whatever conflicts there are, each call that stays has its effect once, in
// the order of commits.
func TestEffectsHappenOnce(t *testing.T) {
	want := make([]int64, 45)
	for i := range want {
		want[i] = int64(i + 1)
	}
	for _, c := range configs {
		for _, aborting := range []bool{false, c.model.String() == "stm"} {
			var out strings.Builder
			world := starlark.NewWorld(starlark.Config{Model: c.model, Quantum: c.quantum, Output: &out})
			if aborting {
				world.AbortEach()
			}
			var e effects
			_, err := starlark.ExecFile(world.NewThread("main"), "t.star", effectsProgram, e.predeclared())
			if err != nil || out.String() != "fail: after [45]\n" {
				t.Errorf("%v: %v, %s", c, err, &out)
			}
			if !reflect.DeepEqual(e.deferred, want) {
				t.Errorf("%v: deferred effects %v", c, e.deferred)
			}
			var counted []int64
			alone, failed := 0, 0
			for _, x := range e.sent {
				switch x {
				case -1:
					alone++
				case -2:
					failed++
				default:
					counted = append(counted, x)
				}
			}
			if !reflect.DeepEqual(counted, want) || alone != 15 || failed != 1 {
				t.Errorf("%v, aborting %v: effects %v, %d alone, %d of the block that failed", c, aborting, counted, alone, failed)
			}
		}
	}
}

// TestNoWaitAfterEffect: what cannot be undone cannot wait as a whole; outside of a block
// it is another step.
func TestNoWaitAfterEffect(t *testing.T) {
	const src = `
q = queue()
def wrong():
    for _ in atomic():
        send(1)
        q.get()
def alternative():
    return or_else(lambda: send(2) and q.get(), lambda: "second")
def right():
    send(3)
    t = thread.start(q.put, "x")
    return q.get()
print(try_call(wrong)[1].message)
print(try_call(alternative)[1].message)
print(right())
`
	const want = "get has to wait after something was done that cannot be undone\n" +
		"get has to wait after something was done that cannot be undone\nx\n"
	for _, c := range configs {
		var out strings.Builder
		var e effects
		world := starlark.NewWorld(starlark.Config{Model: c.model, Quantum: c.quantum, Output: &out})
		_, err := starlark.ExecFile(world.NewThread("main"), "t.star", src, e.predeclared())
		if err != nil || out.String() != want || !reflect.DeepEqual(e.sent, []int64{1, 2, 3}) {
			t.Errorf("%v: %v, sent %v, %s", c, err, e.sent, &out)
		}
	}
}

func TestDeferredArguments(t *testing.T) {
	for _, m := range models {
		var got []any
		env := starlark.StringDict{"note": starlark.NewDeferred("note", func(args []any) { got = append(got, args...) })}
		thread, _ := execNew(t, m, "l = [1]\ndef f():\n  note(l, 'x')\n  l.append(2)\natomic(f)\n", env)
		if want := []any{[]any{int64(1)}, "x"}; !reflect.DeepEqual(got, want) {
			t.Errorf("%v: got %v, want %v", m, got, want)
		}
		for src, want := range map[string]string{"note(len)": "for parameter 1", "note(a = 1)": "unexpected keyword"} {
			if _, err := starlark.ExecFile(thread, "t.star", src, env); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v: %s: %v", m, src, err)
			}
		}
	}
}
