package value

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// stringFormat implements the format method.
func stringFormat(t *Thread, recv Value, args []Value, kwargs []KV) (Value, error) {
	t.Enter(recv)
	defer t.Leave()
	f := formatter{t: t, args: args, kwargs: kwargs}
	rest := recv.AsString()
	for {
		literal, after, found := strings.Cut(rest, "{")
		if err := f.literal(literal); err != nil {
			return Value{}, err
		}
		if !found {
			return Str(f.String()), nil
		}
		if strings.HasPrefix(after, "{") {
			f.WriteByte('{')
			rest = after[1:]
			continue
		}
		field, after, found := strings.Cut(after, "}")
		if !found {
			return Value{}, errors.New("format: unmatched '{' in format")
		}
		if err := f.field(field); err != nil {
			return Value{}, err
		}
		if f.Len() > maxBytes {
			return Value{}, fmt.Errorf("format: excessive result: more than %d bytes", maxBytes)
		}
		rest = after
	}
}

type formatter struct {
	strings.Builder
	t            *Thread
	args         []Value
	kwargs       []KV
	next         int
	auto, manual bool // kinds of positional fields seen
}

// literal writes text outside of fields, in which "}}" stands for "}".
func (f *formatter) literal(s string) error {
	for {
		before, after, found := strings.Cut(s, "}")
		f.WriteString(before)
		if !found {
			return nil
		}
		if !strings.HasPrefix(after, "}") {
			return errors.New("format: single '}' in format")
		}
		f.WriteByte('}')
		s = after[1:]
	}
}

// field writes the argument that "name!conversion:spec" asks for.
func (f *formatter) field(s string) error {
	name, conversion, given := strings.Cut(s, "!")
	spec := ""
	if given {
		conversion, spec, _ = strings.Cut(conversion, ":")
	} else {
		conversion = "s"
		name, spec, _ = strings.Cut(s, ":")
	}
	v, err := f.argument(name)
	if err != nil {
		return err
	}
	if spec != "" {
		return fmt.Errorf("format spec features not supported in replacement fields: %s", spec)
	}
	switch conversion {
	case "s":
		f.WriteString(Text(f.t, v))
	case "r":
		f.WriteString(Repr(f.t, v))
	default:
		return fmt.Errorf("format: unknown conversion %q", conversion)
	}
	return nil
}

func (f *formatter) argument(name string) (Value, error) {
	if name == "" {
		if f.manual {
			return Value{}, errors.New("format: cannot switch from manual field specification to automatic field numbering")
		}
		f.auto = true
		f.next++
		return f.positional(f.next - 1)
	}
	if strings.Trim(name, "0123456789") == "" {
		i, err := strconv.Atoi(name)
		if err == nil {
			if f.auto {
				return Value{}, errors.New("format: cannot switch from automatic field numbering to manual field specification")
			}
			f.manual = true
			return f.positional(i)
		}
	}
	for _, kv := range f.kwargs {
		if kv.Name == name {
			return kv.Value, nil
		}
	}
	switch {
	case strings.Contains(name, "."):
		return Value{}, fmt.Errorf("format: attribute syntax x.y is not supported in replacement fields: %s", name)
	case strings.Contains(name, "["):
		return Value{}, fmt.Errorf("format: element syntax a[i] is not supported in replacement fields: %s", name)
	case strings.Contains(name, "{"):
		return Value{}, errors.New("format: nested replacement fields not supported")
	}
	return Value{}, fmt.Errorf("format: keyword %s not found", name)
}

func (f *formatter) positional(i int) (Value, error) {
	if i >= len(f.args) {
		return Value{}, errors.New("format: tuple index out of range")
	}
	return f.args[i], nil
}
