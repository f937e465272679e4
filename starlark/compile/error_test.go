package compile

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestErrors(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"syntax", "x = (1", "test.star:1:7: got end of file, want ')'"},
		{"not in the grammar", "class X: pass", "test.star:1:1: got class, want primary expression"},
		{"undefined", "x = 1\nx = y1 + 2", "test.star:2:5: undefined: y1"},
		{"all of them", "a = u1\nb = u2\nreturn", "test.star:1:5: undefined: u1\ntest.star:2:5: undefined: u2\ntest.star:3:1: return statement not within a function"},
		{"no loop", "break", "test.star:1:1: break not in a loop"},
		{"load in a loop", "for x in []:\n  load('a.star', 'x')", "test.star:2:3: load statement within a loop"},
		{"set comprehension", "x = {i for i in [1]}", "test.star:1:11: got for, want ':'"},
		{"set", "x = set([1])", "test.star:1:5: undefined: set"},
		{"atomic with two variables", "for a, b in atomic(): pass", "test.star:1:5: the variable of an atomic block must be a single name"},
		{"atomic, assigned element", "l = [1]\nfor l[0] in atomic(): pass", "test.star:2:5: the variable of an atomic block must be a single name"},
		{"errors of the compiler in dead code too", "def f():\n  return\n  for a, b in atomic(): pass\n  load('a', 'b')", "test.star:4:3: load statement within a function"},
		{"the same, all of them", "while True: pass\nfor a, b in atomic(): pass\nfor c, d in atomic(): pass\n",
			"test.star:2:5: the variable of an atomic block must be a single name\ntest.star:3:5: the variable of an atomic block must be a single name"},
		{"a block of the interpreter's own", "for _ in __try__(): pass", "test.star:1:10: undefined: __try__"},
	} {
		p, err := compileSource(c.src)
		if err == nil {
			t.Errorf("%s: no error:\n%s", c.name, p.Disassemble())
			continue
		}
		var list ErrorList
		if !errors.As(err, &list) || len(list) == 0 {
			t.Errorf("%s: %T is no ErrorList", c.name, err)
		}
		if got := err.Error(); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
	}
}

// TestAtomicIsAValue: only the head of a block, which has no arguments, is special.
func TestAtomicIsAValue(t *testing.T) {
	for _, src := range []string{"x = atomic", "x = atomic(1)", "x = [1 for _ in atomic()]", "print(atomic)", "for _ in atomic(1): pass"} {
		p, err := compileSource(src)
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		for _, in := range p.Toplevel.Code {
			if in.Op == AtomicBegin {
				t.Errorf("%s: a block", src)
			}
		}
	}
}

// TestBuiltinBlocks: a function of the interpreter's own goes on behind a block that stops errors,
// and that code may have them is not a matter of names alone.
func TestBuiltinBlocks(t *testing.T) {
	const src = "def f(g):\n  err = None\n  for err in __try__():\n    for _ in __alternative__():\n      return g()\n  return err\n"
	known := func(name string) bool { return strings.HasPrefix(name, "__") }
	p, err := Builtins("test.star", []byte(src), known, isUniversal)
	if err != nil {
		t.Fatal(err)
	}
	if err := verify(p); err != nil {
		t.Errorf("%v\n%s", err, p.Disassemble())
	}
	var kinds []uint8
	for _, in := range p.Funcs[1].Code {
		if in.Op == AtomicBegin {
			kinds = append(kinds, in.N)
		}
	}
	if !slices.Equal(kinds, []uint8{BlockTry, BlockAlternative}) {
		t.Errorf("blocks of kinds %v in\n%s", kinds, p.Disassemble())
	}
	if p, err = File("test.star", []byte(src), known, isUniversal); err != nil {
		t.Fatal(err)
	}
	for _, in := range p.Funcs[1].Code {
		if in.Op == AtomicBegin {
			t.Error("a program has such a block")
		}
	}
}

// A name of the program's own hides atomic and range.
func TestShadowing(t *testing.T) {
	p, err := compileSource("def f(atomic, range):\n  for x in atomic(): pass\n  for x in range(3): pass\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range p.Funcs[1].Code {
		if in.Op == AtomicBegin || in.Op == RangeInit {
			t.Errorf("%s for a parameter of that name", in.Op)
		}
	}
}

// What sixteen bits cannot count is refused with a position.
func TestLimits(t *testing.T) {
	many := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	for _, c := range []struct{ name, src, want string }{
		{"instructions", "g = 1\ndef f(a):\n" + many(70000, "  a = a + g # %d\n"), "function f is too long"},
		{"instructions, forward jump", "def f(a, g):\n  if a:\n" + many(70000, "    a = a + g # %d\n") + "  return a\n", "function f is too long"},
		{"locals", "def f():\n" + many(66000, "  a%d = 1\n"), "function f needs more than 65535 registers"},
		{"temporaries", "x = (" + strings.Repeat("len,", 66000) + ")", "function <toplevel> needs more than 65535 registers"},
		{"targets", "def f(a):\n  (" + many(66000, "a[%d],") + ") = a", "function f needs more than 65535 registers"},
		{"constants", "def f(a):\n" + many(66000, "  a == 'x%d'\n"), "65535"},
		{"globals", many(66000, "g%d = 1\n"), "too many global variables"},
		{"nested brackets", "x = " + strings.Repeat("(", 100000), "excessive nesting"},
		{"unary operators", "x = " + strings.Repeat("- ", 100000) + "1", "excessive nesting"},
		{"not", "x = " + strings.Repeat("not \\\n", 100000) + "1", "excessive nesting"},
		{"lambda", "x = " + strings.Repeat("lambda: ", 100000) + "1", "excessive nesting"},
		{"else", "x = " + strings.Repeat("1 if 2 else ", 100000) + "1", "excessive nesting"},
		{"additions", "x = 1" + strings.Repeat("+1", 100000), "too deeply nested"},
		{"subscripts", "x = [1]" + strings.Repeat("[0]", 100000), "too deeply nested"},
		{"elif", "if 1: pass\n" + strings.Repeat("elif 2: pass\n", 100000), "too deeply nested"},
		{"size", strings.Repeat(" ", maxSource+1), "file is too large"},
	} {
		_, err := compileSource(c.src)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %.200v, want %s", c.name, err, c.want)
			continue
		}
		if e := err.(ErrorList)[0]; e.Line == 0 && c.name != "size" {
			t.Errorf("%s: no position: %v", c.name, e)
		}
	}
}

// Near the limits the code is still right.
func TestJustBelowLimits(t *testing.T) {
	for _, src := range []string{
		"def f(a, g):\n  if a:\n" + strings.Repeat("    a = a + g\n", 65000) + "  return a\n",
		"x = [" + strings.Repeat("(1, [2]),\n", 12000) + "]",
		"x = (" + strings.Repeat("(1, 2.5, None),\n", 70000) + ")",
		"x = " + strings.Repeat("(1, ", 70) + "len" + strings.Repeat(")", 70),
		"x = " + strings.Repeat("(", 70) + "1" + strings.Repeat(")", 70),
		"g = 1\nx = 1" + strings.Repeat("+g", 5000),
		"x = [" + strings.Repeat("-1, lambda: 2,\n", 4000) + "]",
	} {
		p, err := compileSource(src)
		if err != nil {
			t.Errorf("%.40q...: %.200v", src, err)
		} else if err := verify(p); err != nil {
			t.Errorf("%.40q...: %.200v", src, err)
		}
	}
}
