//go:build tmbug

package value

import (
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/ungil/tm/runtime"
)

// TestPlanted runs TestLoadBeside with bugs in loadVariable, which must be found, and with none.
func TestPlanted(tt *testing.T) {
	for _, bug := range []string{"none", "takes-undone", "skips-waiting"} {
		cmd := exec.Command(os.Args[0], "-test.run", "TestLoadBeside$", "-test.timeout", "1m")
		cmd.Env = append(os.Environ(), "TMBUG="+bug)
		out, err := cmd.CombinedOutput()
		if found := strings.Contains(string(out), "was taken back"); found != (bug != "none") || (err != nil) != found {
			tt.Errorf("%s: %v\n%s", bug, err, out)
		}
	}
}

// TestLoadBeside stops a thread that reads a variable between the two loads that this takes, while
// another one's block goes on. What is read must be what was there before the block, or is there behind it.
func TestLoadBeside(tt *testing.T) {
	defer func() { betweenLoadsHook = nil }()
	for _, test := range []struct {
		name                   string
		before, between, after string // what the other thread does; see steps
		want                   int64
	}{
		{"kept", "b=1", "e", "", 1},
		{"taken back", "b=1", "u", "", 0},
		{"kept after both loads", "b=1", "", "e", 1},
		{"taken back after both loads", "b=1", "", "u", 0},
		{"taken back in part", "bb=1", "u", "e", 0},
		{"taken back, and assigned again in the next block", "b=1", "ub=2", "u", 0},
		{"taken back, and kept in the next block", "b=1", "ub=2", "e", 2},
	} {
		tt.Run(test.name, func(tt *testing.T) {
			if got := loadBeside(test.before, test.between, test.after); got != test.want {
				tt.Errorf("read %d, want %d: the other value was taken back, or may be yet", got, test.want)
			}
		})
	}
}

// loadBeside reads a variable that is 0 at first.
func loadBeside(before, between, after string) (got int64) {
	w := world(runtime.Locks)
	reader, writer := newThread(w), newThread(w)
	var c *Cell
	do(writer, func(t *Thread, _ int) {
		c = NewCell(t, Int(0))
		Publish(t, c.Value())
	})
	running, begun, stopped, done, over := make(chan bool), make(chan bool), make(chan bool), make(chan bool), make(chan bool)
	go func() {
		defer close(over)
		do(writer, func(t *Thread, _ int) {
			var open []runtime.Savepoint
			<-running // the reader's gate is known
			open = steps(t, c, open, before)
			close(begun)
			<-stopped
			open = steps(t, c, open, between)
			close(done)
			steps(t, c, open, after)
		})
	}()
	var once sync.Once
	betweenLoadsHook = func(t *Thread) {
		if t == reader {
			once.Do(func() { close(stopped); <-done })
		}
	}
	do(reader, func(t *Thread, _ int) {
		close(running)
		<-begun
		got = c.Get(t).AsInt()
	})
	<-over
	return got
}

// steps does what a string says, and returns the blocks that are open: b begins a block, e ends the innermost, u
// undoes it, =1 assigns.
func steps(t *Thread, c *Cell, open []runtime.Savepoint, what string) []runtime.Savepoint {
	for i := 0; i < len(what); i++ {
		last := len(open) - 1
		switch what[i] {
		case 'b':
			open = append(open, t.Savepoint())
		case 'e':
			t.Release(open[last])
			open = open[:last]
		case 'u':
			t.Rollback(open[last])
			open = open[:last]
		case '=':
			i++
			c.Set(t, Int(int64(what[i]-'0')))
		}
	}
	return open
}
