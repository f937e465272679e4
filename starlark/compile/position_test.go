package compile

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Where an instruction fails is where starlark-go says it does: at the
// operator, the bracket, the dot, the parenthesis of the call, the for.
func TestPositions(t *testing.T) {
	const src = `def f(a, b):
    x = a +  b
    x = a[ b ]
    x = a.y . z
    x = f (1)( b )
    if a <  b: pass
    for x in a: pass
    for x in range( a): pass
    a[b] += 1
    x, y = a
    a.m( b)
    x = {a: 1, b : 2}
    return a[1:] + u
u = -f
`
	p, err := compileSource(src)
	if err != nil {
		t.Fatal(err)
	}
	f := p.Funcs[1]
	var got []string
	for pc, in := range f.Code {
		switch in.Op {
		case Move, LoadInt, LoadNone, MakeDict, JumpBack, RangeNext, IterNext:
			continue // cannot fail
		}
		line, col := f.Position(pc)
		got = append(got, fmt.Sprintf("%s %d:%d", in.Op, line, col))
	}
	want := []string{
		"Add 2:11", "Index 3:10", "Attr 4:10", "Attr 4:13",
		"GetGlobal 5:9", "Call 5:11", "Call 5:14",
		"JumpGe 6:10", "IterInit 7:5", "RangeInit 8:19",
		"Index 9:6", "AddInt 9:10", "SetIndex 9:6",
		"Unpack 10:10", "CallMethod 11:8", "DictUnique 12:11", "DictUnique 12:18",
		"Slice 13:13", "GetGlobal 13:20", "Add 13:18", "Return 13:5",
	}
	if a, b := strings.Join(got, "\n"), strings.Join(want, "\n"); a != b {
		t.Errorf("got:\n%s\nwant:\n%s", a, b)
	}
	if f.Line != 1 || f.Col != 1 {
		t.Errorf("function at %d:%d", f.Line, f.Col)
	}
	if line, col := p.Toplevel.Position(len(p.Toplevel.Code) - 2); line != 14 || col != 1 {
		t.Errorf("last statement at %d:%d", line, col)
	}
}

// The prologue that clears locals moves code, jumps and positions alike.
func TestPrologueMovesPositions(t *testing.T) {
	p, err := compileSource("def f(a):\n  for x in a: pass\n  return x\n")
	if err != nil {
		t.Fatal(err)
	}
	f := p.Funcs[1]
	if f.Code[0].Op != Unset {
		t.Fatalf("no prologue:\n%s", p.Disassemble())
	}
	for pc, in := range f.Code {
		if line, _ := f.Position(pc); in.Op == CheckLocal && line != 3 || in.Op == IterInit && line != 2 {
			t.Errorf("%s is said to be on line %d", in.Op, line)
		}
	}
}

// Every chunk of starlark-go's own tests that compiles gives code that keeps
// the rules; what does not compile is refused by name.
func TestStarlarkGoSuite(t *testing.T) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "go.starlark.net").Output()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(dir)), "starlark", "testdata", "*.star"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	compiled := 0
	// Any other name is one that assert.star or the host would bring.
	known := func(name string) bool { return !isUniversal(name) }
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for i, chunk := range strings.Split(string(data), "\n---\n") {
			var src strings.Builder
			for _, line := range strings.SplitAfter(chunk, "\n") {
				if !strings.HasPrefix(line, "load(") {
					src.WriteString(line)
				}
			}
			p, err := File(filepath.Base(name), []byte(src.String()), known, isUniversal)
			if err != nil {
				expected := strings.Contains(chunk, "###") || strings.Contains(err.Error(), "not supported yet")
				if !expected {
					t.Errorf("%s chunk %d: %v", name, i, err)
				}
				t.Logf("%s chunk %d: %.200v", filepath.Base(name), i, err)
				continue
			}
			if err := verify(p); err != nil {
				t.Errorf("%s chunk %d: %.2000v", name, i, err)
			}
			compiled++
		}
	}
	if compiled < 90 {
		t.Errorf("only %d chunks compiled", compiled)
	}
	t.Logf("%d chunks compiled", compiled)
}
