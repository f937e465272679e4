package lib_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"go.starlark.net/lib/json"
	"go.starlark.net/lib/math"
	gotime "go.starlark.net/lib/time"
	reference "go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
	"go.starlark.net/syntax"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark"
)

// ours returns what an expression gives under a model, or its error.
func ours(m runtime.Model, expr string) string {
	var out bytes.Buffer
	_, err := starlark.Run("t.star", []byte("print(repr("+expr+"))"), starlark.Options{Model: m, Output: &out})
	if err != nil {
		return "error: " + err.Error()
	}
	return strings.TrimSuffix(out.String(), "\n")
}

var predeclared = reference.StringDict{
	"struct": reference.NewBuiltin("struct", starlarkstruct.Make), "json": json.Module, "math": math.Module, "time": gotime.Module,
}

// theirs is ours of starlark-go.
func theirs(expr string) string {
	v, err := reference.EvalOptions(&syntax.FileOptions{Set: true}, new(reference.Thread), "t.star", "repr("+expr+")", predeclared)
	if err != nil {
		return "error: " + err.Error()
	}
	return string(v.(reference.String))
}

var models = []runtime.Model{runtime.GIL, runtime.STM}

// same compares with starlark-go, values as well as errors.
func same(t *testing.T, exprs ...string) {
	t.Helper()
	for _, expr := range exprs {
		want := theirs(expr)
		for _, m := range models {
			if got := ours(m, expr); got != want {
				t.Errorf("%v: %s\ngot  %s\nwant %s", m, expr, got, want)
			}
		}
	}
}

func TestJSON(t *testing.T) {
	for _, v := range []string{
		`None`, `True`, `12`, `-0.0`, `1e300`, `1 << 100`, `"a\n\"\\\x01é"`, `"\u2028<>&"`, `[]`, `{}`, `[1, [2, ()]]`,
		`{"b": 1, "a": {"c": []}}`, `struct(x = 1, y = struct())`, `(1, "x")`, `range(3)`, `set([1])`,
		`float("nan")`, `float("inf")`, `{1: 2}`, `[len]`, `struct(f = len)`, `{"k": [1, len]}`, `b"x"`,
	} {
		same(t, "json.encode("+v+")", "json.encode_indent("+v+")", `json.encode_indent(`+v+`, prefix = ">", indent = "  ")`)
	}
	for _, text := range []string{
		``, ` `, `null`, `true`, `falsy`, `12`, `-1`, `01`, `1.5`, `1e3`, `-`, `1.`, `.5`, `1e`, `123456789012345678901234567890`, `1e400`, `NaN`,
		`"a"`, `"\u00e9\n\/"`, `"\x"`, `"\u12"`, `"open`, `"\ud83d\ude00"`, `"\ud83d"`, "\"\x01\"", `[]`, `[1, 2]`, `[1 2]`, `[1,]`, `[`, `[1`, `{}`, `{"a": 1, "b": [2]}`,
		`{"a": 1, "a": 2}`, `{1: 2}`, `{"a" 1}`, `{"a": }`, `{"a": 1 "b": 2}`, `{`, `{"a": 1`, `1 2`, `?`,
	} {
		same(t, fmt.Sprintf("json.decode(%q)", text), fmt.Sprintf("json.indent(%q)", text), fmt.Sprintf("json.decode(%q, default = 7)", text))
	}
	same(t, `json.decode()`, `json.decode(1)`, `json.encode()`, `json.encode(1, 2)`, `json.indent("[1]", prefix = "> ", indent = "..")`, `json.decode("[", None)`)
}

// TestJSONText: what is encoded can be decoded, also where starlark-go's cannot.
func TestJSONText(t *testing.T) {
	for _, m := range models {
		for _, expr := range []string{`"\x7f"`, `"\x00 ~\\\""`, `"é<"`} {
			if got := ours(m, "json.decode(json.encode("+expr+")) == "+expr); got != "True" {
				t.Errorf("%v: %s: %s", m, expr, got)
			}
		}
	}
}

// TestJSONSize: what would be too long is an error, and at once.
func TestJSONSize(t *testing.T) {
	// The list has one list in it many times.
	const src = "l = [\"x\" * 1000]\nfor i in range(50):\n    l = [l, l]\njson.encode(l)"
	thread := starlark.NewWorld(starlark.Config{Model: runtime.GIL}).NewThread("")
	thread.SetMaxAllocations(1 << 20)
	if _, err := starlark.ExecFile(thread, "t.star", src, nil); err == nil || !strings.Contains(err.Error(), "exceed the limit of 1048576 bytes") {
		t.Errorf("with a limit: %v", err)
	}
	const tooLong = "excessive result: more than 1073741824 bytes"
	for expr, want := range map[string]string{
		`json.encode_indent([1] * 1000, prefix = "x" * 2000000)`:         "error: json.encode_indent: " + tooLong,
		`json.indent("[" * 10000 + "]" * 10000, indent = "x" * 1000000)`: "error: json.indent: " + tooLong,
	} {
		if got := ours(runtime.GIL, expr); got != want {
			t.Errorf("%s: got %.100s, want %s", expr, got, want)
		}
	}
	same(t, `len(json.indent("[\"\\\"" + "[" * 100000 + "," * 100000 + "\", {\"a\":1}]", indent = "x" * 1000))`) // most of it is a string
}

// TestJSONNesting: what is too deep, or reaches itself, is an error and no crash.
func TestJSONNesting(t *testing.T) {
	for _, m := range models {
		for expr, want := range map[string]string{
			`json.decode("[" * 20000 + "]" * 20000)`:                "nested more than 10000 deep",
			`json.decode("[" * 9000 + "]" * 9000) != None`:          "True",
			`json.decode("{\"a\":" * 20000)`:                        "nested more than 10000 deep",
			`[json.encode(l) for l in [[1]] if not l.append(l)]`:    "cycle",
			`[json.encode(d) for d in [{}] if not d.update(d = d)]`: "cycle",
		} {
			if got := ours(m, expr); !strings.Contains(got, want) {
				t.Errorf("%v: %s: got %.200s, want %q", m, expr, got, want)
			}
		}
	}
}

func TestMath(t *testing.T) {
	args := []string{"0", "1", "-1", "0.5", "-2.5", "3.7", "1e300", "1 << 70", "float('nan')", "float('inf')", "-float('inf')"}
	for _, f := range []string{
		"ceil", "floor", "fabs", "round", "exp", "sqrt", "acos", "asin", "atan", "cos", "sin", "tan", "acosh", "asinh", "atanh", "cosh", "sinh", "tanh",
		"gamma", "degrees", "radians", "log",
	} {
		for _, x := range args {
			same(t, "math."+f+"("+x+")")
		}
		same(t, "math."+f+"()", "math."+f+"('1')", "math."+f+"(None)", "math."+f)
	}
	for _, f := range []string{"atan2", "copysign", "hypot", "mod", "pow", "remainder", "log"} {
		for _, x := range args {
			same(t, "math."+f+"("+x+", 2)", "math."+f+"(3.5, "+x+")")
		}
		same(t, "math."+f+"(1, 'x')", "math."+f+"(1, 2, 3)")
	}
	same(t, "math.e", "math.pi", "math.log(8, base = 2)", "math.log(1, 1)", "math.nothing", "dir(math)")
}

func TestTime(t *testing.T) {
	const noon, day = `time.time(year = 2020, month = 2, day = 29, hour = 12, minute = 30, second = 15, nanosecond = 7, location = "UTC")`, `time.time(year = 2021)`
	for _, d := range []string{"1h30m", "-5ms", "0", "1.5s", "x", "", "3"} {
		same(t, fmt.Sprintf("time.parse_duration(%q)", d))
	}
	for _, attr := range []string{"hours", "minutes", "seconds", "milliseconds", "microseconds", "nanoseconds", "days"} {
		same(t, `time.parse_duration("90061.5s").`+attr)
	}
	for _, attr := range []string{"year", "month", "day", "hour", "minute", "second", "nanosecond", "unix", "unix_nano", "week"} {
		same(t, noon+"."+attr)
	}
	same(t, noon, day, noon+" - "+day, noon+" < "+day, noon+" == "+noon, noon+" + time.hour", noon+" - time.second", "time.hour + "+noon, "time.hour - "+noon,
		noon+".in_location('US/Eastern')", noon+".in_location('Mars')", noon+".format('2006-01-02')", "hash("+noon+") == hash("+noon+")",
		"time.hour * 2", "2 * time.hour", "time.hour / time.minute", "time.hour / 2", "time.hour // time.second", "time.hour // 7", "time.hour / 0", "time.hour / time.parse_duration('0s')",
		"time.hour + time.minute", "time.hour - time.minute", "time.hour > time.minute", "time.hour == time.minute * 60", "time.hour + 1", "time.hour * 1.5", "time.hour % 2",
		"bool(time.parse_duration('0s'))", "{time.hour: 1}[time.minute * 60]", "-time.hour", "time.hour * (1 << 70)",
		`time.parse_time("2011-04-22T13:33:48Z")`, `time.parse_time("2011-04-22", format = "2006-01-02")`, `time.parse_time("x")`, `time.parse_time("2011-04-22T13:33:48Z", location = "Mars")`,
		`time.parse_time("2011-04-22 10", format = "2006-01-02 15", location = "US/Eastern")`,
		`time.from_timestamp(1e9)`, `time.from_timestamp(1000000000)`, `time.from_timestamp(1000000000, 5)`, `time.from_timestamp("1")`,
		`time.is_valid_timezone("UTC")`, `time.is_valid_timezone("Mars")`, `time.time(1)`, `time.time(location = "Mars")`, `time.time(years = 1)`,
		"time.nothing", "time.hour.nothing", "type(time.hour)", "type("+noon+")", "dir(time.hour)", "dir("+noon+")", "dir(time)")
	for _, m := range models {
		if got := ours(m, "[time.now() <= time.now(), type(time.now())]"); got != `[True, "time.time"]` {
			t.Errorf("%v: %s", m, got)
		}
	}
}

func TestStruct(t *testing.T) {
	same(t, "struct()", "struct(b = 1, a = [2])", "struct(a = 1) == struct(a = 1)", "struct(a = 1) == struct(a = 2)", "struct(a = 1) == struct(b = 1)", "struct(a = 1) == struct(a = 1, b = 2)",
		"struct(a = 1) + struct(b = 2)", "struct(a = 1) + struct(a = 2, c = 3)", "struct(a = 1) + 1", "1 + struct(a = 1)", "struct(a = 1) - struct(a = 1)", "struct(a = 1) < struct(a = 2)",
		"struct(1)", "struct(abc = 1).abd", "struct(abc = 1).abc", "dir(struct(b = 1, a = 2))", "hasattr(struct(a = 1), 'a')", "getattr(struct(a = 1), 'x', 5)", "type(struct())", "bool(struct())",
		"{struct(a = 1): 2}[struct(a = 1)]", "{struct(a = []): 2}", "len(struct(a = 1))", "[x for x in struct()]", "struct(a = struct(b = 1)).a.b", "struct(**{'x y': 1})")
}
