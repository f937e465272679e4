package value

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
	"unicode"
	"unicode/utf8"
)

// interpolate implements format % x.
func interpolate(t *Thread, format string, x Value) (Value, error) {
	args := []Value{x}
	if tup := TupleOf(x); tup != nil {
		args = tup.Elems()
	}
	mapping := DictOf(x)
	in := interpolation{t: t}
	used := 0
	for {
		literal, rest, found := strings.Cut(format, "%")
		in.WriteString(literal)
		if !found {
			break
		}
		if strings.HasPrefix(rest, "%") {
			in.WriteByte('%')
			format = rest[1:]
			continue
		}
		var arg Value
		var err error
		if strings.HasPrefix(rest, "(") {
			arg, rest, err = in.named(mapping, rest[1:])
		} else if used >= len(args) {
			err = errors.New("not enough arguments for format string")
		} else {
			arg = args[used]
		}
		if err != nil {
			return Value{}, err
		}
		if rest == "" {
			return Value{}, errors.New("incomplete format")
		}
		if err := in.convert(rest[0], arg); err != nil {
			return Value{}, err
		}
		format = rest[1:]
		used++
	}
	if used < len(args) && mapping == nil {
		return Value{}, errors.New("too many arguments for format string")
	}
	return Str(in.String()), nil
}

type interpolation struct {
	strings.Builder
	t *Thread
}

// named finds the argument of "%(key)", whose text from key on is rest.
func (in *interpolation) named(d *Dict, rest string) (arg Value, after string, err error) {
	key, after, found := strings.Cut(rest, ")")
	if !found {
		return Value{}, "", errors.New("incomplete format key")
	}
	if d == nil {
		return Value{}, "", errors.New("format requires a mapping")
	}
	arg, found, err = d.Get(in.t, Str(key))
	if err == nil && !found {
		err = fmt.Errorf("key not found: %s", key)
	}
	return arg, after, err
}

// convert writes arg by the conversion c.
func (in *interpolation) convert(c byte, arg Value) error {
	switch c {
	case 's':
		in.WriteString(Text(in.t, arg))
	case 'r':
		in.WriteString(Repr(in.t, arg))
	case 'd', 'i', 'o', 'x', 'X':
		return in.integer(c, arg)
	case 'e', 'f', 'g', 'E', 'F', 'G':
		if !isNumber(arg.Kind()) {
			return fmt.Errorf("%%%c format requires float, not %s", c, arg.TypeName())
		}
		f, err := number(arg)
		if err != nil {
			return err
		}
		in.WriteString(FormatFloat(f, c))
	case 'c':
		return in.char(arg)
	case '%':
		in.WriteByte('%')
	default:
		return fmt.Errorf("unknown conversion %%%c", c)
	}
	return nil
}

func (in *interpolation) integer(c byte, arg Value) error {
	v, err := ToInt(arg)
	if err != nil {
		return fmt.Errorf("%%%c format requires integer: %w", c, err)
	}
	i, _ := v.AsBigInt()
	switch c {
	case 'o':
		in.WriteString(i.Text(8))
	case 'x':
		in.WriteString(i.Text(16))
	case 'X':
		in.WriteString(strings.ToUpper(i.Text(16)))
	default:
		in.WriteString(i.Text(10))
	}
	return nil
}

func (in *interpolation) char(arg Value) error {
	switch {
	case isInteger(arg):
		if !arg.IsInt() || arg.AsInt() < 0 || arg.AsInt() > unicode.MaxRune {
			return fmt.Errorf("%%c format requires a valid Unicode code point, got %s", Repr(in.t, arg))
		}
		in.WriteRune(rune(arg.AsInt()))
	case arg.IsString():
		s := arg.AsString()
		if r, size := utf8.DecodeRuneInString(s); size == len(s) && size > 0 {
			in.WriteRune(r)
			return nil
		}
		return errors.New("%c format requires a single-character string")
	default:
		return fmt.Errorf("%%c format requires int or single-character string, not %s", arg.TypeName())
	}
	return nil
}

// parseInt reads an integer literal in base 2 to 36, or with the prefix that
// base 0 asks for.
func parseInt(s string, base int) (*big.Int, bool) {
	digits := strings.TrimLeft(s, "+-")
	if len(s)-len(digits) > 1 || strings.Contains(s, "_") || digits == "" {
		return nil, false
	}
	prefixed := len(digits) > 1 && digits[0] == '0'
	if prefixed {
		bases := map[byte]int{'b': 2, 'B': 2, 'o': 8, 'O': 8, 'x': 16, 'X': 16}
		if b := bases[digits[1]]; b != 0 && (base == 0 || base == b) {
			base = b
			digits = digits[2:]
		} else if base == 0 && strings.Trim(digits, "0") != "" {
			return nil, false // octal as in C
		}
	}
	if base == 0 {
		base = 10
	}
	if digits == "" || digits[0] == '+' || digits[0] == '-' {
		return nil, false
	}
	i, ok := new(big.Int).SetString(digits, base)
	if ok && s[0] == '-' {
		i.Neg(i)
	}
	return i, ok
}
