//go:build tmexplore

package container

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ungil/tm/internal/explore"
)

// plantedBugs lists the deliberate bugs of bugs.go, and what shows each of them. To
// add one: a constant there, a row here, and an exploration if none shows it.
var plantedBugs = []struct {
	bug         string // TMBUG
	exploration string
	preemptions int
}{
	{"miss-unlogged", "miss-insert", 1},
	{"part-unlogged", "sweep-insert-new", 2},
	{"loop-uncounted", "loop-insert", 1},
	{"sweep-uncounted", "sweep-insert-new", 1},
	{"grow-unclosed", "grow-late", 1},
	{"untagged-unseen", "insert-get", 1},
	{"leaf-unlogged", "ordered-miss", 1},
	{"dead-is-alive", "ordered-comes-back", 2},
	{"cell-unlogged", "empty-skew", 1},
	{"packed-unlogged", "fill-change", 1},
}

// TestPlanted explores each row's program; with the bug of that name in, it fails.
func TestPlanted(t *testing.T) {
	for _, row := range plantedBugs {
		t.Run(row.bug, func(t *testing.T) {
			r := explore.Search(named(t, row.exploration).explorable(), explore.Config{Preemptions: row.preemptions, OwnSteps: 2000})
			t.Logf("%s: %v", row.exploration, r)
			if r.Failure != nil {
				t.Error(r.Failure)
			}
		})
	}
}

func named(t *testing.T, name string) *exploration {
	for i := range explorations {
		if explorations[i].name == name {
			return &explorations[i]
		}
	}
	t.Fatalf("there is no exploration %q", name)
	return nil
}

// TestPlantedBugs builds the tests with the bugs in and shows that each is caught.
func TestPlantedBugs(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "planted.test")
	out, err := exec.Command("go", "test", "-c", "-tags", "tmexplore,tmbug", "-o", binary, ".").CombinedOutput()
	require.NoError(t, err, "the tests do not build with the bugs in: %s", out)
	for _, row := range plantedBugs {
		t.Run(row.bug, func(t *testing.T) {
			cmd := exec.Command(binary, "-test.v", "-test.run=^TestPlanted$/^"+row.bug+"$")
			cmd.Env = append(os.Environ(), "TMBUG="+row.bug)
			out, err := cmd.CombinedOutput()
			text := string(out)
			if err == nil || !strings.Contains(text, "explore: violation") {
				t.Fatalf("not caught by %s: %v\n%s", row.exploration, err, text)
			}
			for line := range strings.Lines(text) {
				if strings.Contains(line, "schedules,") || strings.Contains(line, "violation") {
					t.Log(strings.TrimSpace(line))
				}
			}
		})
	}
}
