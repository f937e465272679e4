package starlark_test

import (
	"io"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ungil/tm/starlark"
)

// Options.Started is called once for each thread of a program, but not for those of modules.
func TestStarted(t *testing.T) {
	const program = `
load("module.star", "x")
handles = [thread.start(lambda: x) for _ in range(3)]
[h.join() for h in handles]
`
	source := func(_, module string) (string, []byte, error) {
		return module, []byte("x = thread.start(lambda: 1).result()\n"), nil
	}
	for _, m := range models {
		var started atomic.Int32
		_, err := starlark.Run("program.star", []byte(program), starlark.Options{
			Model: m, Output: io.Discard, Source: source, Started: func() { started.Add(1) },
		})
		require.NoError(t, err, m)
		require.EqualValues(t, 4, started.Load(), m)
	}
}
