package lib

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ungil/tm/starlark/value"
)

func jsonDecode(t *value.Thread, _ value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter()
	defer t.Leave()
	var s string
	var missing value.Value
	if err := value.UnpackArgs("json.decode", args, kwargs, "x", &s, "default?", &missing); err != nil {
		return value.Value{}, err
	}
	if len(args) < 1 {
		return value.Value{}, errors.New("json.decode: unexpected keyword argument x")
	}
	d := decoder{t: t, s: s}
	v, err := d.document()
	switch {
	case err == nil:
		return v, nil
	case missing.IsSet():
		return missing, nil
	}
	return value.Value{}, fmt.Errorf("json.decode: at offset %d, %w", d.pos, err)
}

// A decoder reads JSON. After an error pos is where it happened.
type decoder struct {
	t     *value.Thread
	s     string
	pos   int
	depth int
}

func (d *decoder) document() (value.Value, error) {
	v, err := d.value()
	if err == nil && d.skipSpace() {
		err = fmt.Errorf("unexpected character %q after value", d.s[d.pos])
	}
	return v, err
}

// skipSpace reports whether there is anything after spaces.
func (d *decoder) skipSpace() bool {
	for ; d.pos < len(d.s); d.pos++ {
		switch d.s[d.pos] {
		case ' ', '\t', '\n', '\r':
			continue
		}
		return true
	}
	return false
}

// next returns the first byte after spaces, without taking it.
func (d *decoder) next() (byte, error) {
	if !d.skipSpace() {
		return 0, errors.New("unexpected end of file")
	}
	return d.s[d.pos], nil
}

func (d *decoder) value() (value.Value, error) {
	b, err := d.next()
	if err != nil {
		return value.Value{}, err
	}
	switch {
	case b == '"':
		return d.string()
	case b == '[':
		return d.nested(d.array)
	case b == '{':
		return d.nested(d.object)
	case b == '-' || '0' <= b && b <= '9':
		return d.number()
	}
	for word, v := range map[string]value.Value{"null": value.None, "true": value.True, "false": value.False} {
		if strings.HasPrefix(d.s[d.pos:], word) {
			d.pos += len(word)
			return v, nil
		}
	}
	return value.Value{}, fmt.Errorf("unexpected character %q", b)
}

func (d *decoder) nested(f func() (value.Value, error)) (value.Value, error) {
	if d.depth >= maxNesting {
		return value.Value{}, errNesting
	}
	d.depth++
	d.pos++ // the bracket
	v, err := f()
	d.depth--
	return v, err
}

// list reads what stands between brackets, calling element before each comma.
// what is the place for the error.
func (d *decoder) list(closing byte, what string, element func() error) error {
	b, err := d.next()
	for first := true; err == nil && b != closing; first = false {
		if !first {
			if b != ',' {
				return fmt.Errorf("%sgot %q, want ',' or '%c'", what, b, closing)
			}
			d.pos++
		}
		if err = element(); err == nil {
			b, err = d.next()
		}
	}
	if err == nil {
		d.pos++ // the closing bracket
	}
	return err
}

func (d *decoder) array() (value.Value, error) {
	var elems []value.Value
	err := d.list(']', "", func() error {
		v, err := d.value()
		elems = append(elems, v)
		return err
	})
	return value.NewList(d.t, elems), err
}

func (d *decoder) object() (value.Value, error) {
	dict := value.NewDict(d.t, 0)
	err := d.list('}', "in object, ", func() error {
		k, err := d.value()
		if err != nil {
			return err
		}
		if !k.IsString() {
			return fmt.Errorf("got %s for object key, want string", k.TypeName())
		}
		b, err := d.next()
		if err != nil {
			return err
		}
		if b != ':' {
			return fmt.Errorf("after object key, got %q, want ':' ", b)
		}
		d.pos++
		v, err := d.value()
		if err != nil {
			return err
		}
		return dict.Set(d.t, k, v)
	})
	return dict.Value(), err
}

// string leaves escapes and UTF-8 to encoding/json.
func (d *decoder) string() (value.Value, error) {
	plain := true
	end := d.pos + 1
	for ; end < len(d.s) && d.s[end] != '"'; end++ {
		if d.s[end] == '\\' {
			end++
			plain = false
		} else if d.s[end] >= utf8.RuneSelf {
			plain = false
		}
	}
	if end >= len(d.s) {
		return value.Value{}, errors.New("unclosed string literal")
	}
	literal := d.s[d.pos : end+1]
	d.pos = end + 1
	if plain {
		return value.Str(literal[1 : len(literal)-1]), nil
	}
	var s string
	err := json.Unmarshal([]byte(literal), &s)
	return value.Str(s), err
}

func (d *decoder) number() (value.Value, error) {
	end, isFloat := d.pos+1, false
	for ; end < len(d.s); end++ {
		if b := d.s[end]; strings.IndexByte(".eE+-", b) >= 0 {
			isFloat = true
		} else if b < '0' || b > '9' {
			break
		}
	}
	literal := d.s[d.pos:end]
	d.pos = end
	digits := strings.TrimPrefix(literal, "-")
	invalid := digits == "" || len(digits) > 1 && digits[0] == '0' && '0' <= digits[1] && digits[1] <= '9'
	if !invalid && isFloat {
		if f, err := strconv.ParseFloat(literal, 64); err == nil {
			return value.Float(f), nil
		}
	} else if !invalid {
		if i, ok := new(big.Int).SetString(literal, 10); ok {
			return value.Big(i), nil
		}
	}
	return value.Value{}, fmt.Errorf("invalid number: %s", literal)
}
