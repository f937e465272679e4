// Package tidy holds tests of the source tree itself: which package may import
// which, how long files and functions may get, and that what comments and
// documents refer to exists.
package tidy

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ungil/tm/internal/setting"
)

const (
	root   = "../.."
	module = "github.com/ungil/tm"
)

// layers lists the packages from the bottom up. A package may import those
// before it that its own line does not exclude; tests may import more.
var layers = []struct {
	dir   string
	allow []string // module packages, by folder
}{
	{"internal/setting", nil},
	{"internal/word", nil},
	{"orec", []string{"internal/word"}},
	{"asm", []string{"internal/setting"}},
	{"clock", []string{"internal/word", "internal/setting", "asm"}},
	{".", []string{"internal/word", "internal/setting", "orec", "asm", "clock"}},
	{"runtime", []string{"internal/word", "internal/setting", "orec", "clock", "."}},
	{"container", []string{"internal/word", "orec", "clock", "."}},
	{"starlark/compile", nil},
	{"starlark/value", []string{"orec", ".", "runtime", "internal/word"}},
	{"starlark/lib", []string{"starlark/value"}},
	{"starlark/concurrent", []string{"runtime", "starlark/value"}},
	{"starlark/vm", []string{"orec", ".", "runtime", "starlark/compile", "starlark/value", "starlark/lib", "starlark/concurrent"}},
	{"starlark", []string{"runtime", "starlark/compile", "starlark/value", "starlark/lib", "starlark/vm"}},
	{"internal/resident", nil},
	{"internal/gcpace", nil},
	{"cmd/ungil", []string{"internal/setting", "internal/resident", "internal/gcpace", "asm", "clock", ".", "runtime", "starlark"}},
	{"internal/explore", []string{"internal/word", "internal/explore/history"}},
	{"internal/explore/history", nil},
	{"internal/history", nil},
}

// outside lists the packages from other modules that a folder's code, not its
// tests, may import.
var outside = map[string][]string{
	"asm":              {"github.com/klauspost/cpuid/v2", "golang.org/x/sys/cpu"},
	"clock":            {"golang.org/x/sys/unix"}, // threads bound to processors, for the calibration
	"starlark/compile": {"go.starlark.net/syntax", "go.starlark.net/resolve"},
	"starlark/value":   {"go.starlark.net/syntax"}, // quoting of strings
	"cmd/ungil":        {"github.com/spf13/cobra", "golang.org/x/term", "golang.org/x/sys/unix"},
}

type source struct {
	path, dir string
	test      bool
	text      string
	file      *ast.File
	set       *token.FileSet
}

func sources(t *testing.T) (all []source) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != root && strings.ContainsAny(d.Name()[:1], "._") {
			return filepath.SkipDir // as the go command does
		}
		if d.IsDir() || filepath.Ext(path) != ".go" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, text, parser.ParseComments)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		all = append(all, source{
			path: filepath.ToSlash(name), dir: filepath.ToSlash(filepath.Dir(name)), test: strings.HasSuffix(name, "_test.go"),
			text: string(text), file: file, set: set,
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 20 {
		t.Fatalf("found only %d Go files", len(all))
	}
	return all
}

// TestImportsGoDown holds the import graph of docs/design.md.
func TestImportsGoDown(t *testing.T) {
	allowed := map[string][]string{}
	for _, layer := range layers {
		allowed[layer.dir] = layer.allow
	}
	for _, s := range sources(t) {
		below, listed := allowed[s.dir]
		if s.test || !listed {
			continue
		}
		for _, spec := range s.file.Imports {
			path := strings.Trim(spec.Path.Value, `"`)
			own, isOwn := strings.CutPrefix(path, module)
			own = strings.TrimPrefix(own, "/")
			if own == "" {
				own = "."
			}
			switch {
			case isOwn && !slices.Contains(below, own):
				t.Errorf("%s imports %s, which is not below it; see layers in this test", s.path, path)
			case !isOwn && strings.Contains(strings.Split(path, "/")[0], ".") && !slices.Contains(outside[s.dir], path):
				t.Errorf("%s imports %s; see outside in this test, and docs/design.md for the reason each dependency needs", s.path, path)
			case path == "sync/atomic" && spec.Name == nil && slices.Contains([]string{".", "orec", "clock", "runtime"}, s.dir):
				t.Errorf("%s imports sync/atomic; shared words come from internal/word, so that the explorer sees them", s.path)
			case path == "runtime" && (spec.Name == nil || spec.Name.Name != "goruntime"):
				t.Errorf("%s imports the standard package runtime; name it goruntime", s.path)
			}
		}
	}
}

// TestEveryPackageIsListed keeps TestImportsGoDown from passing over a new one.
func TestEveryPackageIsListed(t *testing.T) {
	free := []string{"internal/tidy", "bench", "examples", "ci"} // may import anything
	for _, s := range sources(t) {
		listed := slices.ContainsFunc(free, func(dir string) bool { return s.dir == dir || strings.HasPrefix(s.dir, dir+"/") })
		for _, layer := range layers {
			listed = listed || layer.dir == s.dir
		}
		if !listed {
			t.Errorf("%s: folder %s is not in layers", s.path, s.dir)
		}
	}
}

const (
	maxFileLines = 500
	maxFuncLines = 50
)

// longFunctions may exceed maxFuncLines; each has its reason.
var longFunctions = map[string]string{
	"starlark/vm/loop.go:run": "the dispatch loop is one switch on purpose",
}

func TestFilesAndFunctionsStayShort(t *testing.T) {
	for _, s := range sources(t) {
		if n := strings.Count(s.text, "\n"); n > maxFileLines && !s.test {
			if !strings.HasPrefix(s.path, "starlark/vm/loop") {
				t.Errorf("%s has %d lines; split it where a reader would look for the parts", s.path, n)
			}
		}
		if s.test {
			continue
		}
		for _, decl := range s.file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			lines := s.set.Position(f.End()).Line - s.set.Position(f.Pos()).Line + 1
			if _, excused := longFunctions[s.path+":"+f.Name.Name]; lines > maxFuncLines && !excused {
				t.Errorf("%s: %s has %d lines, more than %d", s.path, f.Name.Name, lines, maxFuncLines)
			}
		}
	}
}

// TestPackagesAreDocumented: each package has a comment that explains it, and
// each exported declaration outside internal/ has one.
func TestPackagesAreDocumented(t *testing.T) {
	documented := map[string]bool{}
	for _, s := range sources(t) {
		if !s.test {
			documented[s.dir] = documented[s.dir] || s.file.Doc != nil
		}
	}
	for dir, ok := range documented {
		if !ok {
			t.Errorf("no package comment in %s", dir)
		}
	}
	for _, s := range sources(t) {
		if s.test || strings.HasPrefix(s.dir, "internal") || s.file.Name.Name == "main" {
			continue
		}
		for _, decl := range s.file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Doc == nil && f.Name.IsExported() && exportedReceiver(f) {
				t.Errorf("%s: %s has no comment", s.path, f.Name.Name)
			}
		}
	}
}

// TestEveryOperationHasAnExample: each exported function and method of package tm
// has an example that godoc shows with it.
func TestEveryOperationHasAnExample(t *testing.T) {
	examples := map[string]bool{}
	for _, s := range sources(t) {
		for _, decl := range s.file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && s.dir == "." && s.file.Name.Name == "tm_test" {
				examples[f.Name.Name] = true
			}
		}
	}
	for _, s := range sources(t) {
		if s.dir != "." || s.test {
			continue
		}
		for _, decl := range s.file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || !f.Name.IsExported() || !exportedReceiver(f) || f.Name.Name == "ResetForExplorer" { // for tests alone
				continue
			}
			name := "Example" + f.Name.Name
			if f.Recv != nil {
				name = "Example" + receiver(f) + "_" + f.Name.Name
			}
			if !examples[name] {
				t.Errorf("%s: %s has no example: write %s", s.path, f.Name.Name, name)
			}
		}
	}
}

// receiver names the type that f is a method of.
func receiver(f *ast.FuncDecl) (name string) {
	ast.Inspect(f.Recv.List[0].Type, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && name == "" {
			name = id.Name
		}
		return true
	})
	return name
}

func exportedReceiver(f *ast.FuncDecl) bool {
	if f.Recv == nil {
		return true
	}
	return ast.IsExported(receiver(f))
}

// TestInvariantsExist: each rule that code cites is in docs/protocol.md, and each
// rule there is cited by code.
func TestInvariantsExist(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "docs/protocol.md"))
	if err != nil {
		t.Fatal(err)
	}
	defined := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\*\*([IA]\d+),`).FindAllStringSubmatch(string(text), -1) {
		defined[m[1]] = true
	}
	cited := map[string]bool{}
	cite := regexp.MustCompile(`\b(I\d+|A1)\b`)
	for _, s := range sources(t) {
		if s.test || s.dir != "." && s.dir != "orec" && s.dir != "clock" {
			continue
		}
		for _, group := range s.file.Comments {
			for _, rule := range cite.FindAllString(group.Text(), -1) {
				cited[rule] = true
				if !defined[rule] {
					t.Errorf("%s cites %s, which docs/protocol.md does not define", s.path, rule)
				}
			}
		}
	}
	for rule := range defined {
		if !cited[rule] {
			t.Errorf("docs/protocol.md defines %s, which no code cites", rule)
		}
	}
}

// TestSettingsAreDocumented: the table in docs/design.md has every name that
// TMDEBUG takes, and its values.
func TestSettingsAreDocumented(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "docs/design.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range setting.Known() {
		row := "| `" + s.Name + "` | " + strings.Join(s.Values, ", ") + " |"
		if !strings.Contains(string(text), row) {
			t.Errorf("docs/design.md has no row that begins with %q", row)
		}
	}
}

// TestPathsInDocumentsExist: what README.md and docs/ refer to by path is there.
func TestPathsInDocumentsExist(t *testing.T) {
	documents, err := filepath.Glob(filepath.Join(root, "docs/*.md"))
	if err != nil {
		t.Fatal(err)
	}
	path := regexp.MustCompile("`((?:[a-z_.]+/)+[a-z_.0-9]*)`")
	for _, document := range append(documents, filepath.Join(root, "README.md")) {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, m := range path.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join(root, m[1])); err != nil && !strings.Contains(strings.Split(m[1], "/")[0], ".") && m[1] != "sync/atomic" {
				t.Errorf("%s refers to %s, which does not exist", filepath.Base(document), m[1])
			}
		}
	}
}

// TestPlantedBugsAreDocumented: docs/testing.md names each deliberate bug.
func TestPlantedBugsAreDocumented(t *testing.T) {
	document, err := os.ReadFile(filepath.Join(root, "docs/testing.md"))
	if err != nil {
		t.Fatal(err)
	}
	var names [][]string
	for _, s := range sources(t) {
		if filepath.Base(s.path) == "bugs_planted.go" {
			names = append(names, regexp.MustCompile(`planted [!=]= "([a-z-]+)"`).FindAllStringSubmatch(s.text, -1)...)
		}
	}
	if len(names) < 40 {
		t.Fatalf("found only %d planted bugs", len(names))
	}
	for _, m := range names {
		if !strings.Contains(string(document), "\n| `"+m[1]+"` |") {
			t.Errorf("docs/testing.md has no row for the planted bug %s", m[1])
		}
	}
}
