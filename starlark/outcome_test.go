package starlark_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ungil/tm/starlark"
)

// TestWaitBeside: goroutines wait for the threads of a world while others start more.
func TestWaitBeside(t *testing.T) {
	for _, m := range models {
		world := starlark.NewWorld(starlark.Config{Model: m})
		done := make(chan struct{})
		var waiters sync.WaitGroup
		for range 2 {
			waiters.Go(func() {
				for {
					if err := world.Wait(); err != nil {
						t.Error(err)
					}
					select {
					case <-done:
						return
					default:
					}
				}
			})
		}
		thread := world.NewThread("")
		for range 100 {
			_, err := starlark.ExecFile(thread, "t.star", "thread.start(lambda: 1)", nil)
			require.NoError(t, err, m)
		}
		close(done)
		waiters.Wait()
	}
}

// TestWaitTellsOnce: an error that nobody asked for is told once.
func TestWaitTellsOnce(t *testing.T) {
	for _, m := range models {
		thread, _ := execNew(t, m, "thread.start(lambda: fail(\"boom\"))", nil)
		require.ErrorContains(t, thread.World().Wait(), "thread 1 failed: fail: boom", m)
		require.NoError(t, thread.World().Wait(), m)
	}
}

// TestCancelAfterFailure: cancelling a thread that has failed does not hide that.
func TestCancelAfterFailure(t *testing.T) {
	const src = `
t = thread.start(lambda: fail("boom"))
while not t.done():
    pass
t.cancel()
`
	for _, m := range models {
		_, err := starlark.Run("t.star", []byte(src), starlark.Options{Model: m})
		require.ErrorContains(t, err, "thread 1 failed: fail: boom", m)
	}
}

// TestErrorsOfCallsFromGo: a built-in that Go code calls fails with its own error, not
// with one that it mentions.
func TestErrorsOfCallsFromGo(t *testing.T) {
	wrap := starlark.NewBuiltin("wrap", func(thread *starlark.Thread, args []starlark.Value, _ []starlark.KV) (starlark.Value, error) {
		_, err := starlark.Call(thread, args[0], nil, nil)
		return starlark.None, errors.Join(errors.New("wrapped"), err)
	})
	for _, m := range models {
		thread, globals := execNew(t, m, `
def f():
    fail("boom")
t = thread.start(f)
def done():
    while not t.done():
        pass
done()
join = t.join
`, nil)
		_, err := starlark.Call(thread, globals["join"], nil, nil)
		require.EqualError(t, err, "thread 1 failed: fail: boom", m)
		require.Regexp(t, "^Error in join: thread 1 failed: fail: boom\nIn thread 1:\nTraceback", starlark.Traceback(err), m)
		_, err = starlark.Call(thread, wrap, []starlark.Value{globals["f"]}, nil)
		require.EqualError(t, err, "wrapped\nfail: boom", m)
	}
}

// TestJoinInAtomically: joining inside a transaction is refused, as inside atomic: the thread might
// be one that begins when it has committed.
func TestJoinInAtomically(t *testing.T) {
	for _, m := range models {
		thread, globals := execNew(t, m, "def f(): return thread.start(lambda: 1)", nil)
		err := thread.Atomically(func() error {
			started, err := starlark.Call(thread, globals["f"], nil, nil)
			if err != nil {
				return err
			}
			join, err := starlark.Attr(thread, started, "join")
			if err != nil {
				return err
			}
			_, err = starlark.Call(thread, join, nil, nil)
			return err
		})
		require.ErrorContains(t, err, "inside atomic waiting for it would never end", m)
	}
}
