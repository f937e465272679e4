package value

import (
	"fmt"
	"slices"
)

// Attr implements x.name.
func Attr(t *Thread, x Value, name string) (Value, error) {
	t.Enter(x)
	defer t.Leave()
	ty := x.Type()
	if ty.Attr != nil {
		if v, err := ty.Attr(t, x, name); err != nil || v.IsSet() {
			return v, err
		}
	}
	if m := ty.Methods[name]; m != nil {
		return Bind(x, m), nil
	}
	return Value{}, NoAttr(t, x, name)
}

// NoAttr is the error of an attribute that x does not have.
func NoAttr(t *Thread, x Value, name string) error {
	return fmt.Errorf("%s has no .%s field or method%s", x.TypeName(), name, DidYouMean(".", name, AttrNames(t, x)))
}

// SetAttr implements x.name = v.
func SetAttr(t *Thread, x Value, name string, v Value) error {
	t.Enter(x, v)
	defer t.Leave()
	if f := x.Type().SetAttr; f != nil {
		return f(t, x, name, v)
	}
	return fmt.Errorf("can't assign to .%s field of %s", name, x.TypeName())
}

// HasAttrs reports whether values of x's type have fields or methods.
func HasAttrs(x Value) bool { return x.Type().Attr != nil || x.Type().Methods != nil }

// AttrNames lists fields and methods, sorted.
func AttrNames(t *Thread, x Value) []string {
	ty := x.Type()
	var names []string
	if ty.AttrNames != nil {
		names = slices.Clone(ty.AttrNames(t, x))
	}
	for name := range ty.Methods {
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
