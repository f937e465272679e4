package programs

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark"
)

// TestOutputs: each program prints under each model and with several numbers of threads
// what CPython has printed; starlark-go agrees on those without threads.
func TestOutputs(t *testing.T) {
	counts, quanta := []int{1, 2, 3}, []int{0, 50}
	if testing.Short() { // as under the race detector
		counts, quanta = []int{2}, []int{0}
	}
	for _, p := range All() {
		if !p.Threads {
			var out bytes.Buffer
			_, err := RunReference(p.Name, p.Source(), p.Small, &out)
			require.NoError(t, err, p.Name)
			require.Equal(t, p.Output(), out.String(), "%s under starlark-go", p.Name)
		}
		code, err := starlark.Compile(p.Name+".star", p.Source())
		require.NoError(t, err)
		for _, model := range []runtime.Model{runtime.GIL, runtime.STM} {
			for _, threads := range counts {
				for _, quantum := range quanta {
					var out bytes.Buffer
					_, err := code.Run(starlark.Options{Model: model, Threads: threads, Quantum: quantum, Args: p.Small, Output: &out})
					require.NoError(t, err)
					require.Equal(t, p.Output(), out.String(), "%s under %v, %d threads, quantum %d", p.Name, model, threads, quantum)
				}
				if !p.Threads {
					break
				}
			}
		}
	}
}

// TestUnderPython: the same files run under CPython. TM_RECORD=1 writes what it prints to
// testdata.
func TestUnderPython(t *testing.T) {
	const python = "/usr/bin/python3"
	check := exec.Command(python, "-c", "import sys; sys.exit(sys.version_info < (3, 9))")
	if err := check.Run(); err != nil {
		t.Skipf("no CPython of version 3.9 or later: %s: %v", python, err)
	}
	for _, p := range All() {
		for _, threads := range []int{1, 2} {
			args := append([]string{"../../examples/python.py", fmt.Sprintf("--threads=%d", threads), p.Name + ".star"}, p.Small...)
			out, err := exec.Command(python, args...).Output()
			require.NoError(t, err, p.Name)
			if os.Getenv("TM_RECORD") != "" {
				require.NoError(t, os.WriteFile(filepath.Join("testdata", p.Name+".out"), out, 0o644))
				continue
			}
			require.Equal(t, p.Output(), string(out), "%s under CPython, %d threads", p.Name, threads)
		}
	}
}
