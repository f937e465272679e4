package value

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

func init() {
	AddMethods(&stringType, map[string]Func{
		"capitalize":     stringMap("capitalize", capitalize),
		"codepoint_ords": newView("codepoint_ords", &stringCodepointsType, true),
		"codepoints":     newView("codepoints", &stringCodepointsType, false),
		"count":          stringCount,
		"elem_ords":      newView("elem_ords", &stringElemsType, true),
		"elems":          newView("elems", &stringElemsType, false),
		"endswith":       stringAffix("endswith", strings.HasSuffix),
		"find":           stringFind("find", strings.Index, false),
		"format":         stringFormat,
		"index":          stringFind("index", strings.Index, true),
		"isalnum":        stringTest("isalnum", allRunes(func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })),
		"isalpha":        stringTest("isalpha", allRunes(unicode.IsLetter)),
		"isdigit":        stringTest("isdigit", allRunes(unicode.IsDigit)),
		"islower":        stringTest("islower", func(s string) bool { return hasCase(s) && s == strings.ToLower(s) }),
		"isspace":        stringTest("isspace", allRunes(unicode.IsSpace)),
		"istitle":        stringTest("istitle", isTitle),
		"isupper":        stringTest("isupper", func(s string) bool { return hasCase(s) && s == strings.ToUpper(s) }),
		"join":           stringJoin,
		"lower":          stringMap("lower", strings.ToLower),
		"lstrip":         stringStrip("lstrip", strings.TrimLeft, strings.TrimLeftFunc),
		"partition":      stringPartition("partition", strings.Index, 0),
		"removeprefix":   stringRemove("removeprefix", strings.TrimPrefix),
		"removesuffix":   stringRemove("removesuffix", strings.TrimSuffix),
		"replace":        stringReplace,
		"rfind":          stringFind("rfind", strings.LastIndex, false),
		"rindex":         stringFind("rindex", strings.LastIndex, true),
		"rpartition":     stringPartition("rpartition", strings.LastIndex, 2),
		"rsplit":         stringSplit("rsplit", rsplit, rsplitSpace),
		"rstrip":         stringStrip("rstrip", strings.TrimRight, strings.TrimRightFunc),
		"split":          stringSplit("split", splitN, splitSpace),
		"splitlines":     stringSplitLines,
		"startswith":     stringAffix("startswith", strings.HasPrefix),
		"strip":          stringStrip("strip", strings.Trim, strings.TrimFunc),
		"title":          stringMap("title", title),
		"upper":          stringMap("upper", strings.ToUpper),
	})
}

// stringMap makes a method of a function from string to string.
func stringMap(name string, f func(string) string) Func {
	return func(t *Thread, recv Value, args []Value, kwargs []KV) (Value, error) {
		t.Enter(recv)
		defer t.Leave()
		if err := Positional(name, args, kwargs, 0, 0); err != nil {
			return Value{}, err
		}
		s := recv.AsString()
		r := f(s)
		if r == s {
			return recv, nil
		}
		return Str(r), nil
	}
}

// stringTest makes a method of a predicate.
func stringTest(name string, f func(string) bool) Func {
	return func(t *Thread, recv Value, args []Value, kwargs []KV) (Value, error) {
		t.Enter(recv)
		defer t.Leave()
		return Bool(f(recv.AsString())), Positional(name, args, kwargs, 0, 0)
	}
}

// subject returns the part of recv that arguments 1 and 2 name, and where it
// begins.
func subject(name string, recv Value, args []Value) (string, int, error) {
	s := recv.AsString()
	start, end, err := spanArgs(name, args, 1, len(s))
	if err != nil {
		return "", 0, err
	}
	return s[start:end], start, nil
}

func stringCount(t *Thread, recv Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter(recv)
	defer t.Leave()
	if err := Positional("count", args, kwargs, 1, 3); err != nil {
		return Value{}, err
	}
	sub, err := StringArg("count", args, 0)
	if err != nil {
		return Value{}, err
	}
	s, _, err := subject("count", recv, args)
	return Int(int64(strings.Count(s, sub))), err
}

// stringFind makes find, rfind, index and rindex.
func stringFind(name string, find func(s, sub string) int, must bool) Func {
	return func(t *Thread, recv Value, args []Value, kwargs []KV) (Value, error) {
		t.Enter(recv)
		defer t.Leave()
		if err := Positional(name, args, kwargs, 1, 3); err != nil {
			return Value{}, err
		}
		sub, err := StringArg(name, args, 0)
		if err != nil {
			return Value{}, err
		}
		s, start, err := subject(name, recv, args)
		if err != nil {
			return Value{}, err
		}
		i := find(s, sub)
		if i >= 0 {
			return Int(int64(start + i)), nil
		}
		if must {
			return Value{}, fmt.Errorf("%s: substring not found", name)
		}
		return Int(-1), nil
	}
}

// stringAffix makes startswith and endswith.
func stringAffix(name string, has func(s, affix string) bool) Func {
	return func(t *Thread, recv Value, args []Value, kwargs []KV) (Value, error) {
		t.Enter(recv)
		defer t.Leave()
		if err := Positional(name, args, kwargs, 1, 3); err != nil {
			return Value{}, err
		}
		s, _, err := subject(name, recv, args)
		if err != nil {
			return Value{}, err
		}
		if args[0].IsString() {
			return Bool(has(s, args[0].AsString())), nil
		}
		tup := TupleOf(args[0])
		if tup == nil {
			return Value{}, fmt.Errorf("%s: got %s, want string or tuple of string", name, args[0].TypeName())
		}
		for i, v := range tup.Elems() {
			if !v.IsString() {
				return Value{}, fmt.Errorf("%s: want string, got %s, for element %d", name, v.TypeName(), i)
			}
			if has(s, v.AsString()) {
				return True, nil
			}
		}
		return False, nil
	}
}

func stringJoin(t *Thread, recv Value, args []Value, kwargs []KV) (Value, error) {
	if err := Positional("join", args, kwargs, 1, 1); err != nil {
		return Value{}, err
	}
	t.Enter(recv, args[0])
	defer t.Leave()
	vs, err := IterableArg(t, "join", args, 0)
	if err != nil {
		return Value{}, err
	}
	sep := recv.AsString()
	size := max(0, len(vs)-1) * len(sep)
	for _, v := range vs {
		if !v.IsString() {
			return Value{}, fmt.Errorf("join: in list, want string, got %s", v.TypeName())
		}
		if size += len(v.AsString()); size > maxBytes {
			return Value{}, fmt.Errorf("join: excessive result: more than %d bytes", maxBytes)
		}
	}
	if err := t.Reserve(size); err != nil {
		return Value{}, named("join", err)
	}
	var b strings.Builder
	b.Grow(size)
	for i, v := range vs {
		if i > 0 {
			b.WriteString(sep)
		}
		b.WriteString(v.AsString())
	}
	return Str(b.String()), nil
}

// stringPartition makes partition and rpartition; whole is the place of the
// string if the separator is not in it.
func stringPartition(name string, find func(s, sub string) int, whole int) Func {
	return func(t *Thread, recv Value, args []Value, kwargs []KV) (Value, error) {
		t.Enter(recv)
		defer t.Leave()
		if err := Positional(name, args, kwargs, 1, 1); err != nil {
			return Value{}, err
		}
		sep, err := StringArg(name, args, 0)
		if err != nil {
			return Value{}, err
		}
		if sep == "" {
			return Value{}, fmt.Errorf("%s: empty separator", name)
		}
		s := recv.AsString()
		i := find(s, sep)
		if i < 0 {
			parts := []Value{shortString(""), shortString(""), shortString("")}
			parts[whole] = recv
			return NewTuple(parts), nil
		}
		return NewTuple([]Value{Str(s[:i]), args[0], Str(s[i+len(sep):])}), nil
	}
}

// stringRemove makes removeprefix and removesuffix.
func stringRemove(name string, trim func(s, affix string) string) Func {
	return func(t *Thread, recv Value, args []Value, kwargs []KV) (Value, error) {
		t.Enter(recv)
		defer t.Leave()
		if err := Positional(name, args, kwargs, 1, 1); err != nil {
			return Value{}, err
		}
		affix, err := StringArg(name, args, 0)
		return Str(trim(recv.AsString(), affix)), err
	}
}

func stringReplace(t *Thread, recv Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter(recv)
	defer t.Leave()
	if err := Positional("replace", args, kwargs, 2, 3); err != nil {
		return Value{}, err
	}
	old, err := StringArg("replace", args, 0)
	if err != nil {
		return Value{}, err
	}
	with, err := StringArg("replace", args, 1)
	if err != nil {
		return Value{}, err
	}
	count, err := IntArg("replace", args, 2, -1)
	if err != nil {
		return Value{}, err
	}
	s := recv.AsString()
	found := strings.Count(s, old)
	if count >= 0 {
		found = min(found, count)
	}
	if found > 0 && len(s)/found+len(with) > maxBytes/found {
		return Value{}, errors.New("replace: excessive result")
	}
	if err := t.Reserve(len(s) + found*len(with)); err != nil {
		return Value{}, named("replace", err)
	}
	return Str(strings.Replace(s, old, with, count)), nil
}

// stringStrip makes strip, lstrip and rstrip.
func stringStrip(name string, trim func(s, chars string) string, trimSpace func(string, func(rune) bool) string) Func {
	return func(t *Thread, recv Value, args []Value, kwargs []KV) (Value, error) {
		t.Enter(recv)
		defer t.Leave()
		if err := Positional(name, args, kwargs, 0, 1); err != nil {
			return Value{}, err
		}
		s, chars := recv.AsString(), ""
		if len(args) > 0 {
			var err error
			if chars, err = StringArg(name, args, 0); err != nil {
				return Value{}, err
			}
		}
		r := ""
		if chars == "" {
			r = trimSpace(s, unicode.IsSpace)
		} else {
			r = trim(s, chars)
		}
		if len(r) == len(s) {
			return recv, nil
		}
		return Str(r), nil
	}
}
