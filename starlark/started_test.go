package starlark_test

import (
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ungil/tm/starlark"
)

// Options.Started is called once for each thread of a program, on its own goroutine, but not for those of modules.
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
		var mu sync.Mutex
		goroutines := map[string]int{}
		_, err := starlark.Run("program.star", []byte(program), starlark.Options{
			Model: m, Output: io.Discard, Source: source, Started: func() {
				stack := make([]byte, 100)
				name, _, _ := strings.Cut(string(stack[:runtime.Stack(stack, false)]), "[") // goroutine N
				mu.Lock()
				defer mu.Unlock()
				goroutines[name]++
			},
		})
		require.NoError(t, err, m)
		require.Len(t, goroutines, 4, m)
		for name, n := range goroutines {
			require.Equal(t, 1, n, name)
		}
	}
}
