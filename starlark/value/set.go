package value

// A Set is a Starlark set: a dict whose values are all None. So it is
// logged, published and shared as a dict is, and elements conflict one by one.
type Set struct{ d Dict }

// NewSet makes an empty set.
func NewSet(t *Thread) *Set {
	return &Set{Dict{Object: Object{&setType}, epoch: t.Epoch}}
}

// setOf makes a set of elements, or says which cannot be hashed.
func setOf(t *Thread, elems []Value) (*Set, error) {
	s := NewSet(t)
	return s, s.addAll(t, elems)
}

// Value returns the set as a Value.
func (s *Set) Value() Value { return s.d.Value() }

// Len returns the number of elements.
func (s *Set) Len(t *Thread) int { return s.d.Len(t) }

// Elems returns the elements in order, in a slice of the caller's own.
func (s *Set) Elems(t *Thread) []Value { return s.d.Keys(t) }

// Has reports whether v is in the set. The error says that v cannot be hashed.
func (s *Set) Has(t *Thread, v Value) (bool, error) {
	_, found, err := s.d.Get(t, v)
	return found, err
}

// Add adds v. Adding what is there already changes nothing, and so conflicts with
// no other reader.
func (s *Set) Add(t *Thread, v Value) error {
	if err := s.d.mutable(t, "insert into"); err != nil {
		return err
	}
	if found, err := s.Has(t, v); err != nil || found {
		return err
	}
	return s.d.Set(t, v, None)
}

// Remove removes v and reports whether it was there.
func (s *Set) Remove(t *Thread, v Value) (found bool, err error) {
	_, found, err = s.d.Delete(t, v)
	return found, err
}

func (s *Set) addAll(t *Thread, elems []Value) error {
	for _, v := range elems {
		if err := s.Add(t, v); err != nil {
			return err
		}
	}
	return nil
}

// clone copies the set.
func (s *Set) clone(t *Thread) *Set {
	c := NewSet(t)
	for _, v := range s.Elems(t) {
		_ = c.Add(t, v) // it can be hashed, and nobody else has c
	}
	return c
}

// The operations below take any elements, so that they serve operators, whose
// right side is a set, and methods, whose argument is any iterable.

func (s *Set) union(t *Thread, elems []Value) (Value, error) {
	c := s.clone(t)
	return c.Value(), c.addAll(t, elems)
}

func (s *Set) difference(t *Thread, elems []Value) (Value, error) {
	c := s.clone(t)
	for _, v := range elems {
		if _, err := c.Remove(t, v); err != nil {
			return Value{}, err
		}
	}
	return c.Value(), nil
}

func (s *Set) intersection(t *Thread, elems []Value) (Value, error) {
	c := NewSet(t)
	for _, v := range elems {
		found, err := s.Has(t, v)
		if err == nil && found {
			err = c.Add(t, v)
		}
		if err != nil {
			return Value{}, err
		}
	}
	return c.Value(), nil
}

func (s *Set) symmetricDifference(t *Thread, elems []Value) (Value, error) {
	c := s.clone(t)
	for _, v := range elems {
		found, err := c.Remove(t, v)
		if err == nil && !found {
			err = c.Add(t, v)
		}
		if err != nil {
			return Value{}, err
		}
	}
	return c.Value(), nil
}

func (s *Set) isSuperset(t *Thread, elems []Value) (Value, error) {
	for _, v := range elems {
		if found, err := s.Has(t, v); err != nil || !found {
			return False, err
		}
	}
	return True, nil
}

// isSubset counts the distinct elements of s among elems, as far as needed.
func (s *Set) isSubset(t *Thread, elems []Value) (Value, error) {
	n, common := s.Len(t), NewSet(t)
	for _, v := range elems {
		if common.Len(t) == n {
			break
		}
		found, err := s.Has(t, v)
		if err == nil && found {
			err = common.Add(t, v)
		}
		if err != nil {
			return Value{}, err
		}
	}
	return Bool(common.Len(t) == n), nil
}

// setOperators are the operators between two sets.
var setOperators = map[Op]func(*Set, *Thread, []Value) (Value, error){
	OpOr: (*Set).union, OpSub: (*Set).difference, OpAnd: (*Set).intersection, OpXor: (*Set).symmetricDifference,
}

// compareSets implements < <= > >= by inclusion.
func compareSets(t *Thread, op Op, x, y *Set) (bool, error) {
	if op == OpLt || op == OpLe {
		x, y = y, x
	}
	n, m := x.Len(t), y.Len(t)
	if n < m || n == m && (op == OpLt || op == OpGt) {
		return false, nil
	}
	v, err := x.isSuperset(t, y.Elems(t))
	return err == nil && v.AsBool(), err
}
