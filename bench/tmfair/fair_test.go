package main

import (
	"bytes"
	"os"
	"regexp"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestMain lets compare find this program in the test's.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "-both=false" {
		main()
		return
	}
	os.Exit(m.Run())
}

// TestBounds: with contention management no transaction needs more attempts than
// docs/protocol.md says: 32 to the last rung, one for each other transaction, and one for
// each time that patience doubles, which no run is long enough to do 20 times. That
// holds while the transactions run in turn, so there is one processor: on several, one
// fails as often as it tries while the system has stopped an older one in the middle.
func TestBounds(t *testing.T) {
	if setting() != "on" {
		t.Skip("TMDEBUG has switched contention management off")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, w := range workloads {
		r := measure(w, 50*time.Millisecond)
		require.NoError(t, r.err, w.name)
		require.LessOrEqual(t, max(r.quantile(1), r.givenUp), 32+w.goroutines-1+20+1, w.name)
	}
}

// TestSums: on any number of processors, and with any setting, nothing is lost.
func TestSums(t *testing.T) {
	for _, w := range workloads {
		require.NoError(t, measure(w, 20*time.Millisecond).err, w.name)
	}
}

func TestCompare(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(&out, 10*time.Millisecond, "counter", true))
	require.Regexp(t, regexp.MustCompile(`(?m)^\| counter \| 8 \| on \|.*\|$\n^\| counter \| 8 \| off \|.*\|$`), out.String())
	require.Error(t, run(&out, time.Millisecond, "(", true))
}
