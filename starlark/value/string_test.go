package value

import (
	"math"
	"strconv"
	"testing"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// methodCalls are calls of string methods, on every subject.
var methodCalls = []struct {
	name string
	args []Value
}{
	{"capitalize", nil}, {"lower", nil}, {"upper", nil}, {"title", nil}, {"isalnum", nil}, {"isalpha", nil},
	{"isdigit", nil}, {"islower", nil}, {"isupper", nil}, {"isspace", nil}, {"istitle", nil},
	{"strip", nil}, {"lstrip", nil}, {"rstrip", nil}, {"strip", []Value{Str("a ")}}, {"lstrip", []Value{Str("Hx")}}, {"rstrip", []Value{Str("é\n")}}, {"strip", []Value{Int(1)}},
	{"split", nil}, {"rsplit", nil}, {"split", []Value{Str(",")}}, {"rsplit", []Value{Str(",")}}, {"split", []Value{Str("a"), Int(1)}}, {"rsplit", []Value{Str("a"), Int(1)}},
	{"split", []Value{None, Int(1)}}, {"rsplit", []Value{None, Int(1)}}, {"split", []Value{None, Int(0)}}, {"rsplit", []Value{None, Int(0)}}, {"split", []Value{Str("")}}, {"split", []Value{Int(1)}},
	{"split", []Value{Str(","), Int(0)}}, {"rsplit", []Value{Str(","), Int(0)}},
	{"splitlines", nil}, {"splitlines", []Value{True}}, {"splitlines", []Value{Int(1)}},
	{"count", []Value{Str("a")}}, {"count", []Value{Str("")}}, {"count", []Value{Str("l"), Int(1), Int(-1)}},
	{"find", []Value{Str("l")}}, {"rfind", []Value{Str("l")}}, {"index", []Value{Str("l")}}, {"rindex", []Value{Str("l"), Int(2)}}, {"find", []Value{Str("a"), Int(-3), Int(100)}}, {"find", []Value{Str("a"), Int(5), Int(2)}}, {"find", []Value{Str("a"), Str("b")}},
	{"startswith", []Value{Str("He")}}, {"endswith", []Value{Str("d")}}, {"startswith", []Value{NewPair(Str("x"), Str("a"))}}, {"endswith", []Value{NewPair(Str("x"), Int(1))}}, {"startswith", []Value{Int(1)}}, {"startswith", []Value{Str("l"), Int(2)}},
	{"partition", []Value{Str(",")}}, {"rpartition", []Value{Str(",")}}, {"partition", []Value{Str("")}}, {"removeprefix", []Value{Str("a")}}, {"removesuffix", []Value{Str("ld")}},
	{"replace", []Value{Str("a"), Str("bb")}}, {"replace", []Value{Str("a"), Str(""), Int(1)}}, {"replace", []Value{Str(""), Str("-")}}, {"replace", []Value{Str("a")}},
	{"join", []Value{NewPair(Str("x"), Str("y"))}}, {"join", []Value{NewTuple(nil)}}, {"join", []Value{NewPair(Str("x"), Int(1))}}, {"join", []Value{Int(1)}},
	{"format", []Value{Int(1), Str("b")}}, {"format", nil}, {"nonesuch", nil}, {"lower", []Value{Int(1)}}, {"split", []Value{None, None, None}},
}

var subjects = []string{"", "a", "Hello, World", "  a b\t c\n", "a,b,,c", "ABC", "abc1", "12", "é à", "Title Case", "TITLe", "\xff\xfe", "line1\nline2\n", "\n\n", "ǅx", "İ", "aaa",
	"{} {}", "{1} {0}", "{0!r}", "{", "}", "{{}}", "{x}", "{!z}", "{:d}", "{0}{}", "{}{0}", "{a.b}", "{a[0]}", "{5}"}

func TestStringMethodsAgreeWithOracle(tt *testing.T) {
	t := plain()
	for _, s := range subjects {
		recv := starlark.String(s)
		for _, c := range methodCalls {
			text, err := "", error(nil)
			if m, merr := Attr(t, Str(s), c.name); merr != nil {
				err = merr
			} else if v, cerr := BuiltinOf(m).Call(t, c.args, nil); cerr != nil {
				err = cerr
			} else {
				text = Repr(t, v)
			}
			var args starlark.Tuple
			for _, a := range c.args {
				args = append(args, oracle(t, a))
			}
			want, werr := "", error(nil)
			if m, _ := recv.Attr(c.name); m == nil {
				werr = NoAttr(t, Str(s), c.name)
			} else if v, cerr := starlark.Call(new(starlark.Thread), m, args, nil); cerr != nil {
				werr = cerr
			} else {
				want = v.String()
			}
			if text, want := result(text, err), result(want, werr); text != want {
				tt.Errorf("%q.%s%v: got %s, want %s", s, c.name, Repr(t, NewTuple(c.args)), text, want)
			}
		}
	}
}

func TestEveryStringMethodOfOracleExists(tt *testing.T) {
	for _, name := range starlark.String("").AttrNames() {
		if stringType.Methods[name] == nil {
			tt.Errorf("string has no method %s", name)
		}
	}
	for _, name := range new(starlark.Dict).AttrNames() {
		if dictType.Methods[name] == nil {
			tt.Errorf("dict has no method %s", name)
		}
	}
	for _, name := range new(starlark.List).AttrNames() {
		if listType.Methods[name] == nil {
			tt.Errorf("list has no method %s", name)
		}
	}
}

func TestStringParts(tt *testing.T) {
	t := plain()
	for name, want := range map[string]string{"elems": `["\xc3", "\xa9", "x"]`, "elem_ords": "[195, 169, 120]", "codepoints": `["é", "x"]`, "codepoint_ords": "[233, 120]"} {
		v, err := call(t, Str("éx"), name)
		if err != nil {
			tt.Fatal(err)
		}
		wantRepr(tt, t, v, `"éx".`+name+"()")
		all, err := call(t, Value{}, "list", v)
		if err != nil {
			tt.Fatal(err)
		}
		wantRepr(tt, t, all, want)
	}
}

// Slices and indexes of all sequences, against starlark-go's evaluation.
func TestSlicesAgreeWithOracle(tt *testing.T) {
	t := plain()
	bounds := []Value{None, Int(0), Int(1), Int(-1), Int(3), Int(5), Int(-5), Int(-7), Int(9), Int(1 << 30)}
	steps := []Value{None, Int(1), Int(2), Int(-1), Int(-2), Int(0)}
	for _, x := range []Value{Str("abcde"), list(t, 1, 2, 3, 4, 5), NewTuple([]Value{Int(1), Int(2), Int(3), Int(4), Int(5)}), Str(""), list(t)} {
		for _, lo := range bounds {
			for _, hi := range bounds {
				for _, step := range steps {
					got, err := Slice(t, x, lo, hi, step)
					text := ""
					if err == nil {
						text = Repr(t, got)
					}
					env := starlark.StringDict{"x": oracle(t, x), "lo": oracle(t, lo), "hi": oracle(t, hi), "step": oracle(t, step)}
					g, gerr := starlark.EvalOptions(&syntax.FileOptions{}, new(starlark.Thread), "", "x[lo:hi:step]", env)
					want := ""
					if gerr == nil {
						want = g.String()
					}
					if text, want := result(text, err), result(want, gerr); text != want {
						tt.Errorf("%s[%s:%s:%s]: got %s, want %s", Repr(t, x), Repr(t, lo), Repr(t, hi), Repr(t, step), text, want)
					}
				}
			}
			got, err := Index(t, x, lo)
			text := ""
			if err == nil {
				text = Repr(t, got)
			}
			g, gerr := starlark.EvalOptions(&syntax.FileOptions{}, new(starlark.Thread), "", "x[i]", starlark.StringDict{"x": oracle(t, x), "i": oracle(t, lo)})
			want := ""
			if gerr == nil {
				want = g.String()
			}
			if text, want := result(text, err), result(want, gerr); text != want {
				tt.Errorf("%s[%s]: got %s, want %s", Repr(t, x), Repr(t, lo), text, want)
			}
		}
	}
}

func TestIntStrings(tt *testing.T) {
	t := plain()
	n := int64(len(intStrings))
	for _, i := range []int64{math.MinInt64, -n, -10, -1, 0, 1, 9, 10, 11, 99, 100, n - 1, n, n + 1, math.MaxInt64} {
		v := intString(i)
		if want := strconv.FormatInt(i, 10); !v.IsString() || v.AsString() != want || Repr(t, v) != strconv.Quote(want) {
			tt.Errorf("%s, want %s", Repr(t, v), want)
		}
		if h, err := Hash(t, v); err != nil || h != (&String{s: v.AsString()}).hashOf() {
			tt.Errorf("the hash of %s is not that of an equal string: %v", v.AsString(), err)
		}
	}
	if intString(7) != Str("7") {
		tt.Error("the string of a digit is not that of one byte")
	}
}
