package starlark_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	goruntime "runtime"
	"strings"
	"testing"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark"
)

const (
	longList = "l = list(range(1000000))\n"
	useList  = longList + `
def each(me):
    n = 0
    for x in l:
        n += x
    for i in range(me, len(l), 1000):
        n += l[i]
    return n
def far(me):
    for i in range(me, len(l), 100000):
        l[i] = -1
def run(f):
    for h in [thread.start(f, me) for me in range(3)]:
        h.join()
run(each)
`
)

// memoryCases are what a program does with a list of a million elements; the first is the measure.
var memoryCases = []struct {
	name  string
	model runtime.Model
	src   string
}{
	{"plain", runtime.GIL, longList},
	{"published", runtime.STM, longList},
	{"read by three threads", runtime.STM, useList},
	{"written here and there", runtime.STM, useList + "run(far)"},
}

// heapInUse runs a program and returns how many bytes of the heap are in use for what it leaves behind.
func heapInUse(t *testing.T, model runtime.Model, src string) uint64 {
	w := starlark.NewWorld(starlark.Config{Model: model, Output: new(bytes.Buffer)})
	globals, err := starlark.ExecFile(w.NewThread("main"), "m.star", src, nil)
	if err != nil {
		t.Fatal(starlark.Traceback(err))
	}
	var m goruntime.MemStats
	for range 3 { // pools are emptied by the second
		goruntime.GC()
	}
	goruntime.ReadMemStats(&m)
	goruntime.KeepAlive(globals)
	return m.HeapAlloc
}

// TestSharedListMemory: a shared list of a million elements takes at most 1.3 times the memory of a plain
// one, also when threads have read it all, and written a few. Each is measured in a process of
// its own, where nothing is left of another.
func TestSharedListMemory(t *testing.T) {
	if name := os.Getenv("MEMORY_CASE"); name != "" {
		for _, c := range memoryCases {
			if c.name == name {
				fmt.Printf("bytes %d\n", heapInUse(t, c.model, c.src))
			}
		}
		return
	}
	if testing.Short() {
		t.Skip("it says nothing about races, and takes long under the race detector")
	}
	plain := 0.0
	for _, c := range memoryCases {
		cmd := exec.Command(os.Args[0], "-test.run", "^TestSharedListMemory$")
		cmd.Env = append(os.Environ(), "MEMORY_CASE="+c.name)
		out, err := cmd.CombinedOutput()
		var n float64
		if _, scanned := fmt.Sscanf(strings.TrimSpace(string(out)), "bytes %g", &n); err != nil || scanned != nil {
			t.Fatalf("%s: %v, %v\n%s", c.name, err, scanned, out)
		}
		if c.model == runtime.GIL {
			plain = n
		}
		t.Logf("%s: %.2f MB, %.3f times the plain list", c.name, n/1e6, n/plain)
		if n > 1.3*plain || n < 16e6 { // a million values of 16 bytes
			t.Errorf("%s: %.0f bytes, the plain list takes %.0f", c.name, n, plain)
		}
	}
}
