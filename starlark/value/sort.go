package value

import (
	"cmp"
	"slices"
	"strings"
)

// Sort sorts vs by keys, which are as many and may be vs itself, and keeps the
// order of equal ones. The error says which two values have no order; vs is
// then in any order.
func Sort(t *Thread, keys, vs []Value, reverse bool) error {
	items := make([]sortItem, len(vs))
	for i := range items {
		items[i] = sortItem{keys[i], vs[i], i}
	}
	var failure error
	slices.SortFunc(items, func(a, b sortItem) int {
		c, err := order(t, a.key, b.key)
		if err != nil && failure == nil {
			failure = err
		}
		if reverse {
			c = -c
		}
		return cmp.Or(c, a.at-b.at)
	})
	for i := range items {
		vs[i] = items[i].v
	}
	return failure
}

// A sortItem knows its place, so that a fast sort is a stable one.
type sortItem struct {
	key, v Value
	at     int
}

// order compares two values of ordered types.
func order(t *Thread, x, y Value) (int, error) {
	if BothInts(x, y) {
		return cmp.Compare(x.AsInt(), y.AsInt()), nil
	}
	if x.IsString() && y.IsString() {
		return strings.Compare(x.AsString(), y.AsString()), nil
	}
	if isNumber(x.Kind()) && isNumber(y.Kind()) {
		return compareNumbers(x, y), nil
	}
	if less, err := compare(t, OpLt, x, y); err != nil || less {
		return -1, err
	}
	more, err := compare(t, OpLt, y, x)
	if more {
		return 1, err
	}
	return 0, err
}
