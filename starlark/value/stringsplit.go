package value

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// stringSplit makes split and rsplit. Both functions take the highest number
// of splits, negative for no limit.
func stringSplit(name string, by func(s, sep string, most int) []string, bySpace func(s string, most int) []string) Func {
	return func(t *Thread, recv Value, args []Value, kwargs []KV) (Value, error) {
		t.Enter(recv)
		defer t.Leave()
		if err := Positional(name, args, kwargs, 0, 2); err != nil {
			return Value{}, err
		}
		most, err := IntArg(name, args, 1, -1)
		if err != nil {
			return Value{}, err
		}
		s, sep := recv.AsString(), optional(args, 0, None)
		switch {
		case sep.IsNone():
			if most < 0 {
				return NewList(t, fields(s)), nil
			}
			return NewList(t, Strings(bySpace(s, most))), nil
		case !sep.IsString():
			return Value{}, fmt.Errorf("split: got %s for separator, want string", sep.TypeName())
		case sep.AsString() == "":
			return Value{}, errors.New("split: empty separator")
		}
		return NewList(t, Strings(by(s, sep.AsString(), most))), nil
	}
}

// asciiSpace marks the ASCII white space.
var asciiSpace = [256]bool{'\t': true, '\n': true, '\v': true, '\f': true, '\r': true, ' ': true}

// spaceAt reports whether the character at s[i] is white space, and its width.
func spaceAt(s string, i int) (space bool, width int) {
	if c := s[i]; c < utf8.RuneSelf {
		return asciiSpace[c], 1
	}
	r, width := utf8.DecodeRuneInString(s[i:])
	return unicode.IsSpace(r), width
}

// fields splits at white space. The fields are counted first, so that the
// strings can be made in one slab, without a slice of Go strings in between.
func fields(s string) []Value {
	n := countFields(s)
	sl := make(slab, n)
	vs := make([]Value, 0, n)
	start := -1
	for i := 0; i < len(s); {
		space, width := spaceAt(s, i)
		switch {
		case !space && start < 0:
			start = i
		case space && start >= 0:
			vs = append(vs, sl.str(s[start:i]))
			start = -1
		}
		i += width
	}
	if start >= 0 {
		vs = append(vs, sl.str(s[start:]))
	}
	return vs
}

// countFields returns the number of fields.
func countFields(s string) (n int) {
	before := true
	for i := 0; i < len(s); {
		space, width := spaceAt(s, i)
		if before && !space {
			n++
		}
		before = space
		i += width
	}
	return n
}

func splitN(s, sep string, most int) []string {
	if most < 0 {
		return strings.Split(s, sep)
	}
	return strings.SplitN(s, sep, most+1)
}

func rsplit(s, sep string, most int) []string {
	var parts []string
	for most != 0 {
		i := strings.LastIndex(s, sep)
		if i < 0 {
			break
		}
		parts = append(parts, s[i+len(sep):])
		s = s[:i]
		most--
	}
	parts = append(parts, s)
	slices.Reverse(parts)
	return parts
}

func splitSpace(s string, most int) []string {
	var parts []string
	for {
		s = strings.TrimLeftFunc(s, unicode.IsSpace)
		if s == "" {
			return parts
		}
		i := strings.IndexFunc(s, unicode.IsSpace)
		if i < 0 || len(parts) == most {
			return append(parts, s)
		}
		parts = append(parts, s[:i])
		s = s[i:]
	}
}

func rsplitSpace(s string, most int) []string {
	var parts []string
	for {
		s = strings.TrimRightFunc(s, unicode.IsSpace)
		if s == "" {
			break
		}
		i := strings.LastIndexFunc(s, unicode.IsSpace)
		if i < 0 || len(parts) == most {
			parts = append(parts, s)
			break
		}
		_, size := utf8.DecodeRuneInString(s[i:])
		parts = append(parts, s[i+size:])
		s = s[:i]
	}
	slices.Reverse(parts)
	return parts
}

func stringSplitLines(t *Thread, recv Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter(recv)
	defer t.Leave()
	if err := Positional("splitlines", args, kwargs, 0, 1); err != nil {
		return Value{}, err
	}
	keep := optional(args, 0, False)
	if !keep.IsBool() {
		return Value{}, wrongType("splitlines", 0, keep, "bool")
	}
	s := recv.AsString()
	if s == "" {
		return NewList(t, nil), nil
	}
	var lines []string
	if keep.AsBool() {
		lines = strings.SplitAfter(s, "\n")
	} else {
		lines = strings.Split(s, "\n")
	}
	if strings.HasSuffix(s, "\n") {
		lines = lines[:len(lines)-1]
	}
	return NewList(t, Strings(lines)), nil
}

// allRunes makes a predicate: f holds for all runes, and there are some.
func allRunes(f func(rune) bool) func(string) bool {
	return func(s string) bool {
		return s != "" && strings.IndexFunc(s, func(r rune) bool { return !f(r) }) < 0
	}
}

func runeHasCase(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || unicode.SimpleFold(r) != r
}

func hasCase(s string) bool { return strings.IndexFunc(s, runeHasCase) >= 0 }

// isTitle reports whether upper-case letters follow only caseless ones and
// lower-case letters only cased ones.
func isTitle(s string) bool {
	any, previous := false, false
	for _, r := range s {
		upper := 'A' <= r && r <= 'Z' || unicode.IsTitle(r)
		lower := unicode.IsLower(r)
		switch {
		case upper && previous, lower && !previous, !upper && !lower && unicode.IsUpper(r):
			return false
		}
		previous = upper || lower
		any = any || previous
	}
	return any
}

func title(s string) string {
	previous := false
	return strings.Map(func(r rune) rune {
		if previous {
			r = unicode.ToLower(r)
		} else {
			r = unicode.ToTitle(r)
		}
		previous = runeHasCase(r)
		return r
	}, s)
}

func capitalize(s string) string {
	first := true
	return strings.Map(func(r rune) rune {
		if first {
			first = false
			return unicode.ToTitle(r)
		}
		return unicode.ToLower(r)
	}, s)
}
