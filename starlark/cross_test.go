package starlark_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

// crossValues are arguments and operands: of each type, with its edges.
var crossValues = []string{
	"None", "True", "0", "1", "-1", "3", "1 << 70", "-(1 << 70)", "1.5", `float("nan")`, `""`, `"a"`, `"ab c"`, `"é"`, `"%s"`, `"{}{}"`, `b""`, `b"a\xff"`,
	"()", `(1, "a")`, "[]", "[1, 2]", `["a", "b"]`, "[(1, 2), (3, 4)]", "[[1], 2]", "{}", `{"a": 1}`, "set()", "set([1])", `set(["a"])`, "range(3)", "range(0)", "range(9, 1, -3)",
	"len", "lambda *a: a[0] if a else 0", `"aé".elems()`, `"aé".codepoints()`, "struct(a = 1)", `json.decode("[1]")`,
}

// crossNamed are arguments that are no plain values.
var crossNamed = []string{`sep = "x"`, "key = len", "key = lambda x: x", "reverse = True", "a = 1", "x = [1]", "base = 8", "default = 7", "*[1, 2]", `**{"b": 2}`}

var crossMethods = []struct{ receivers, names string }{
	{`""; "abc"; "a b\tc\n é世\xff"; "Hello World"; "{}-{0}"; "{a}{b!r}"; "aXbXc"`, `capitalize codepoint_ords codepoints count elem_ords elems endswith find format index isalnum isalpha isdigit islower isspace
		istitle isupper join lower lstrip partition removeprefix removesuffix replace rfind rindex rpartition rsplit rstrip split splitlines startswith strip title upper nosuch`},
	{`b""; b"abc"; b"\xff\x00a"`, "elems nosuch"},
	{`[]; [1, 2, 3]; ["b", "a"]; [1, "a", None]`, "append clear extend index insert pop remove nosuch"},
	{`{}; {"a": 1, "b": 2}; {1: 2, (1,): 3}`, "clear get items keys pop popitem setdefault update values nosuch"},
	{`set(); set([1, 2, 3]); set(["a", "b"])`, "add clear difference discard intersection issubset issuperset pop remove symmetric_difference union update nosuch"},
}

const crossFunctions = `abs all any bool bytes chr dict dir enumerate fail float getattr hasattr hash int len list max min ord print range repr reversed set sorted str tuple type zip struct json.encode json.decode
	json.indent json.encode_indent math.ceil math.sqrt math.pow math.log math.floor math.round math.atan2 math.gamma math.hypot math.copysign math.exp math.mod math.remainder math.degrees
	time.parse_duration time.from_timestamp time.is_valid_timezone time.time time.parse_time`

const crossFormats = `%s %r %d %i %o %x %X %e %f %g %E %G %c %% %z % %(a)s %(a)d %s%s %(a) %(b)s %-5d %5s %.2f %a%d
	{} {0} {1} {a} {a!r} {!x} {0}{} {}{0} { } {{ {a.b} {a[0]} {:>5} {!r} {a!s} {-1} {00} {a!} {!}`

// crossSuffixes are what stands behind a value, crossStatements what is done to x.
const crossSuffixes = `[0] [1] [-1] [5] [-9] [1<<70] [None] ["a"] [1.5] [()] [:] [1:] [:1] [::-1] [::2] [5:1:-1] [::0] [1:2:"a"] ["a":] [-5:5] [1<<70:] [:-(1<<70)] [::-(1<<70)] [True] .a .nosuch () (1) (x=1)`

const crossStatements = `a, b = x; (a, (b, c)) = x; for a in x: print(a); for a, b in x: print(a, b); print([a for a in x]); print({a: 1 for a in x}); print(dir(x)); print(-x); print(+x); print(~x); print(not x);
	print({x: 1}); print(x < x, x == x); print((lambda p, q = 1, *r, s, **t: [p, q, r, s, t])(*x, s = 1)); print((lambda p = 1, **t: [p, t])(**x)); print(x if x else "no"); print([i for i in range(3) if x][0]);
	for a in x: x.append(1); for a in x: x[a] = 1; for a in x: x.add(a); print(struct(a = 1) + x); print("%s %s" % x); x += x; x |= x`

// crossPrograms calls f with small programs: methods and built-ins with up to two arguments of all kinds, operators, slices, formatting.
func crossPrograms(f func(src string)) {
	arguments := append(append([]string{}, crossValues...), crossNamed...)
	calls := func(f func(arguments string)) {
		f("")
		for i, a := range arguments {
			f(a)
			for _, b := range arguments {
				if i < len(crossValues) { // else b may not follow
					f(a + ", " + b)
				}
			}
		}
	}
	for _, m := range crossMethods {
		for _, receiver := range strings.Split(m.receivers, "; ") {
			for _, name := range strings.Fields(m.names) {
				calls(func(arguments string) {
					f(fmt.Sprintf("x = %s\ny = x.%s(%s)\nprint(x, type(y), repr(y))\n", receiver, name, arguments))
				})
			}
		}
	}
	for _, name := range strings.Fields(crossFunctions) {
		calls(func(arguments string) { f(fmt.Sprintf("y = %s(%s)\nprint(type(y), repr(y))\n", name, arguments)) })
	}
	for _, a := range crossValues {
		for _, format := range strings.Fields(crossFormats) {
			for _, how := range []string{"%%q %%%% (%s)", "%%q %%%% (%s,)", "%%q %%%% {\"a\": %s}", "%%q.format(%s)", "%%q.format(%s, a = 2)", "%%q.format(a = %s)"} {
				f(fmt.Sprintf("print("+fmt.Sprintf(how, a)+")\n", format))
			}
		}
		for _, suffix := range strings.Fields(crossSuffixes) {
			f(fmt.Sprintf("x = (%s)\nprint(repr(x%s))\n", a, suffix))
			if !strings.HasPrefix(suffix, "(") {
				f(fmt.Sprintf("x = (%s)\nx%s = 3\nprint(repr(x))\n", a, suffix))
				f(fmt.Sprintf("x = (%s)\nx%s += 3\nprint(repr(x))\n", a, suffix))
			}
		}
		for _, statement := range strings.Split(crossStatements, ";") {
			f(fmt.Sprintf("x = (%s)\n%s\nprint(x)\n", a, strings.TrimSpace(statement)))
		}
		for _, b := range crossValues {
			for _, op := range strings.Fields("+ - * / // % & | ^ << >> == != < <= in and or") {
				f(fmt.Sprintf("x = (%s)\ny = (%s)\nz = x %s y\nprint(type(z), repr(z))\n", a, b, op))
			}
			for _, op := range strings.Fields("+ - * / // % & | ^ << >>") {
				f(fmt.Sprintf("def f():\n    x = (%s)\n    w = x\n    x %s= (%s)\n    print(x, w)\nf()\n", a, op, b))
			}
		}
	}
}

// TestCrossSameAsReference compares what each method, built-in, operator and format does with values of
// each type with starlark-go: some thousands of programs of 870,000, all of them with CROSS_STRIDE=1.
func TestCrossSameAsReference(t *testing.T) {
	stride := 211
	if s := os.Getenv("CROSS_STRIDE"); s != "" {
		var err error
		if stride, err = strconv.Atoi(s); err != nil || stride < 1 {
			t.Fatalf("CROSS_STRIDE=%s: want a number from 1", s)
		}
	}
	i, compared, failed := 0, 0, 0
	crossPrograms(func(src string) {
		i++
		if i%stride != 0 {
			return
		}
		want := runReference("cross.star", src)
		compared++
		c := configs[compared%len(configs)]
		if got := run(t, c, "cross.star", src); !sameAsReference(got, want) && failed < 20 {
			failed++
			t.Errorf("%v: %s\nprogram:\n%s", c, diff(want, got), src)
		}
	})
	t.Logf("%d of %d programs compared", compared, i)
}
