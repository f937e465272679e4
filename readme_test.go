package tm_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestReadmePrograms runs the two programs that README.md shows and compares
// their output with what it says.
func TestReadmePrograms(t *testing.T) {
	if testing.Short() {
		t.Skip("builds programs")
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ language, file, want string }{
		{"go", "main.go", "8000\n"},
		{"python", "main.star", "3000 1000\n"},
	} {
		code := regexp.MustCompile("(?s)```" + c.language + "\n(.*?)```").FindSubmatch(readme)
		if code == nil {
			t.Fatalf("README.md has no %s program", c.language)
		}
		// Inside the module, so that it builds against this tree, in a folder that
		// the go command and the tests of the tree pass over.
		dir, err := os.MkdirTemp(".", "_readme")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		file := filepath.Join(dir, c.file)
		if err := os.WriteFile(file, code[1], 0o600); err != nil {
			t.Fatal(err)
		}
		args := []string{"run", "./" + file}
		if strings.HasSuffix(file, ".star") {
			args = []string{"run", "./cmd/ungil", "run", file}
		}
		out, err := exec.Command("go", args...).CombinedOutput()
		if err != nil || string(out) != c.want {
			t.Errorf("the %s program of README.md prints %q (%v), want %q", c.language, out, err, c.want)
		}
	}
}
