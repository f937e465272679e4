package lib

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/ungil/tm/starlark/value"
)

// JSON is the module json.
var JSON = module("json", true, map[string]value.Func{
	"encode": jsonEncode, "encode_indent": jsonEncodeIndent, "decode": jsonDecode, "indent": jsonIndent,
}, nil)

// maxNesting bounds the depth of what is encoded and decoded.
const maxNesting = 10_000

// maxResult bounds the length of a result, in bytes.
const maxResult = 1 << 30

var errNesting = fmt.Errorf("nested more than %d deep", maxNesting)

func jsonEncode(t *value.Thread, _ value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter(args...)
	defer t.Leave()
	s, err := encodeArg(t, "json.encode", args, kwargs)
	return value.Str(s), err
}

func encodeArg(t *value.Thread, name string, args []value.Value, kwargs []value.KV) (string, error) {
	var x value.Value
	if err := value.UnpackPositionalArgs(name, args, kwargs, 1, &x); err != nil {
		return "", err
	}
	e := encoder{t: t}
	if err := e.value(x); err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	return e.String(), nil
}

func jsonEncodeIndent(t *value.Thread, _ value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter(args...)
	defer t.Leave()
	const name = "json.encode_indent"
	prefix, indent := "", "\t"
	if err := value.UnpackArgs(name, nil, kwargs, "prefix?", &prefix, "indent?", &indent); err != nil {
		return value.Value{}, err
	}
	s, err := encodeArg(t, name, args, nil)
	if err != nil {
		return value.Value{}, err
	}
	return indented(t, name, s, prefix, indent)
}

func jsonIndent(t *value.Thread, _ value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter()
	defer t.Leave()
	const name = "json.indent"
	s, prefix, indent := "", "", "\t"
	if err := value.UnpackArgs(name, nil, kwargs, "prefix?", &prefix, "indent?", &indent); err != nil {
		return value.Value{}, err
	}
	if err := value.UnpackPositionalArgs(name, args, nil, 1, &s); err != nil {
		return value.Value{}, err
	}
	return indented(t, name, s, prefix, indent)
}

func indented(t *value.Thread, name, s, prefix, indent string) (value.Value, error) {
	if err := fits(t, indentedSize(s, prefix, indent)); err != nil {
		return value.Value{}, fmt.Errorf("%s: %w", name, err)
	}
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(s), prefix, indent); err != nil {
		return value.Value{}, fmt.Errorf("%s: %w", name, err)
	}
	return value.Str(b.String()), nil
}

// fits returns an error if a result of n bytes would be too long.
func fits(t *value.Thread, n int) error {
	if n > maxResult {
		return fmt.Errorf("excessive result: more than %d bytes", maxResult)
	}
	return t.Reserve(n)
}

// indentedSize returns how long s can be when it is indented, or something above maxResult.
func indentedSize(s, prefix, indent string) int {
	size, depth, quoted := len(s), 0, false
	for i := 0; i < len(s) && size <= maxResult; i++ {
		switch b := s[i]; {
		case b == '"':
			quoted = !quoted
			continue
		case quoted && b == '\\':
			i++ // perhaps a quote
			continue
		case quoted:
			continue
		case b == '[' || b == '{':
			depth++
		case b == ']' || b == '}':
			depth = max(depth-1, 0)
		case b == ':': // a space
			size++
			continue
		case b != ',':
			continue
		}
		line := int64(len(prefix)) + int64(depth)*int64(len(indent)) + 1
		size = int(min(int64(size)+line, maxResult+1))
	}
	return size
}

// An encoder writes a value as JSON.
type encoder struct {
	strings.Builder
	t    *value.Thread
	path []value.Value // the objects around the value being written
}

func (e *encoder) value(v value.Value) error {
	switch v.Kind() {
	case value.KindNone:
		e.WriteString("null")
	case value.KindBool:
		e.WriteString(strconv.FormatBool(v.AsBool()))
	case value.KindInt, value.KindBigInt:
		e.WriteString(value.Repr(e.t, v))
	case value.KindFloat:
		if f := v.AsFloat(); math.IsInf(f, 0) || math.IsNaN(f) {
			return fmt.Errorf("cannot encode non-finite float %s", value.Repr(e.t, v))
		}
		e.WriteString(value.Repr(e.t, v))
	case value.KindString:
		e.quote(v.AsString())
	default:
		return e.object(v)
	}
	return nil
}

// quote writes a string; encoding/json escapes what is not printable ASCII.
func (e *encoder) quote(s string) {
	if strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) < 0 {
		e.WriteString(strconv.Quote(s))
		return
	}
	b, _ := json.Marshal(s) // a string can be encoded
	e.Write(b)
}

// object writes what may contain other values.
func (e *encoder) object(v value.Value) error {
	if slices.Contains(e.path, v) {
		return errors.New("cycle in JSON structure")
	}
	if len(e.path) >= maxNesting {
		return errNesting
	}
	if err := fits(e.t, e.Len()); err != nil {
		return err
	}
	e.path = append(e.path, v)
	defer func() { e.path = e.path[:len(e.path)-1] }()
	switch {
	case value.DictOf(v) != nil:
		return e.dict(value.DictOf(v))
	case value.IsIterable(v):
		return e.array(v)
	case value.HasAttrs(v):
		return e.attributes(v)
	}
	return fmt.Errorf("cannot encode %s as JSON", v.TypeName())
}

func (e *encoder) dict(d *value.Dict) error {
	items := d.Items(e.t)
	for _, item := range items {
		if !item.Key.IsString() {
			return fmt.Errorf("dict has %s key, want string", item.Key.TypeName())
		}
	}
	slices.SortFunc(items, func(x, y value.KeyValue) int { return strings.Compare(x.Key.AsString(), y.Key.AsString()) })
	e.WriteByte('{')
	for i, item := range items {
		if i > 0 {
			e.WriteByte(',')
		}
		e.quote(item.Key.AsString())
		e.WriteByte(':')
		if err := e.value(item.Value); err != nil {
			return fmt.Errorf("in dict key %s: %w", value.Repr(e.t, item.Key), err)
		}
	}
	e.WriteByte('}')
	return nil
}

func (e *encoder) array(v value.Value) error {
	elems, err := value.Iterate(e.t, v)
	if err != nil {
		return err
	}
	e.WriteByte('[')
	for i, x := range elems {
		if i > 0 {
			e.WriteByte(',')
		}
		if err := e.value(x); err != nil {
			return fmt.Errorf("at %s index %d: %w", v.TypeName(), i, err)
		}
	}
	e.WriteByte(']')
	return nil
}

func (e *encoder) attributes(v value.Value) error {
	e.WriteByte('{')
	for i, name := range value.AttrNames(e.t, v) {
		if i > 0 {
			e.WriteByte(',')
		}
		e.quote(name)
		e.WriteByte(':')
		x, err := value.Attr(e.t, v, name)
		if err != nil {
			return fmt.Errorf("cannot access attribute %s.%s: %w", v.TypeName(), name, err)
		}
		if err := e.value(x); err != nil {
			return fmt.Errorf("in field .%s: %w", name, err)
		}
	}
	e.WriteByte('}')
	return nil
}
