package compile

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

func isPredeclared(name string) bool { return name == "atomic" || name == "thread" || name == "args" }

func isUniversal(name string) bool {
	switch name {
	case "None", "True", "False", "range", "len", "print", "int", "str", "list", "fail":
		return true
	}
	return false
}

func compileSource(src string) (*Program, error) {
	return File("test.star", []byte(src), isPredeclared, isUniversal)
}

// A golden file is a list of cases: a line `# title`, the source, a line
// `----`, the disassembly, a line `====`.
type goldenCase struct{ title, src, want string }

func readGolden(t *testing.T) map[string][]goldenCase {
	t.Helper()
	files, err := filepath.Glob("testdata/*.golden")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	all := map[string][]goldenCase{}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range strings.Split(strings.TrimSuffix(string(data), "====\n"), "====\n") {
			src, want, _ := strings.Cut(c, "----\n")
			title, _, _ := strings.Cut(src, "\n")
			all[name] = append(all[name], goldenCase{title, src, want})
		}
	}
	return all
}

func TestGolden(t *testing.T) {
	for name, cases := range readGolden(t) {
		var out strings.Builder
		for _, c := range cases {
			p, err := compileSource(c.src)
			if err != nil {
				t.Fatalf("%s: %s: %v", name, c.title, err)
			}
			if err := verify(p); err != nil {
				t.Errorf("%s: %s: %v", name, c.title, err)
			}
			got := p.Disassemble()
			if got != c.want && !*update {
				t.Errorf("%s: %s\ngot:\n%s\nwant:\n%s", name, c.title, got, c.want)
			}
			out.WriteString(c.src + "----\n" + got + "====\n")
		}
		if *update {
			if err := os.WriteFile(name, []byte(out.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// The golden files show every opcode at least once.
func TestGoldenCoversOpcodes(t *testing.T) {
	seen := map[Op]bool{}
	for name, cases := range readGolden(t) {
		for _, c := range cases {
			p, err := compileSource(c.src)
			if err != nil {
				t.Fatalf("%s: %s: %v", name, c.title, err)
			}
			for _, f := range p.Funcs {
				for _, in := range f.Code {
					seen[in.Op] = true
				}
			}
		}
	}
	for op := Invalid + 1; op < NumOps; op++ {
		if !seen[op] {
			t.Errorf("no golden case uses %s", op)
		}
	}
}

func TestOpcodeNames(t *testing.T) {
	names := map[string]Op{}
	for op := Op(0); op < NumOps; op++ {
		name := op.String()
		if other, twice := names[name]; name == "" || twice {
			t.Errorf("opcode %d is called %q, as is %d", op, name, other)
		}
		names[name] = op
	}
}
