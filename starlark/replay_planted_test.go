//go:build tmbug

package starlark_test

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// replayBugs are deliberate bugs of the interpreter that TestReplay must find, and one of the engine's.
// See bugs.go in starlark/value, starlark/vm, runtime and the root.
var replayBugs = []string{
	"stale-globals", "detached-captures", "unlogged-lengths", "unlogged-base", "silent-inserts", "unlogged-keys", "keys-by-thread", "unsaved-rewrites",
	"drop-undo-entries", "keeps-blocks-writes", "output-at-once", "forgets-callers", "skip-validation",
}

// displaying are those that only show something else. All others let a thread see what never was, such as a list that
// is longer than its elements, and that may break the machine itself before a replay is compared.
var displaying = []string{"keys-by-thread", "output-at-once"}

var crash = regexp.MustCompile("(?m)^(panic|fatal error): ")

func found(bug, text string) bool {
	if strings.Contains(text, "panic: test timed out") {
		return false
	}
	return strings.Contains(text, "what stm did is not what gil does") || !slices.Contains(displaying, bug) && crash.MatchString(text)
}

// TestPlanted runs TestReplay with each bug, which must be found for the right reason, and
// with none.
func TestPlanted(t *testing.T) {
	for _, bug := range append([]string{"none"}, replayBugs...) {
		t.Run(bug, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run", "TestReplay$", "-test.v", "-test.timeout", "5m")
			cmd.Env = append(os.Environ(), "TMBUG="+bug)
			if bug != "none" {
				cmd.Env = append(cmd.Env, "REPLAY_SHRINK=0", "REPLAY_PROGRAMS=3000") // most need less than fifty
			}
			out, err := cmd.CombinedOutput()
			switch text := string(out); {
			case bug == "none" && err != nil:
				t.Errorf("without any bug: %v\n%s", err, text)
			case bug != "none" && (err == nil || !found(bug, text)):
				t.Errorf("not found: %v\n%s", err, text)
			default:
				t.Logf("%s", regexp.MustCompile("(?m)^.*(what stm did|programs, of which|panic: |fatal error: ).*$").FindString(text))
			}
		})
	}
}
