package value

import (
	"fmt"
	"hash/maphash"
	"math"
	"math/big"
)

// Hash returns a hash that is the same for equal values. The error says that
// v has none, or is nested too deeply.
func Hash(t *Thread, v Value) (uint64, error) {
	if v.IsInt() {
		return mix(v.bits), nil
	}
	if v.IsString() {
		return (*String)(v.p).hashOf(), nil
	}
	return hashSlow(t, v)
}

func hashSlow(t *Thread, v Value) (uint64, error) {
	ty := v.Type()
	switch ty.Kind {
	case KindNone:
		return mix(1 << 40), nil
	case KindBool:
		return mix(1<<41 + v.bits), nil
	case KindFloat:
		return hashFloat(v.AsFloat()), nil
	case KindBigInt:
		return hashBig(&(*BigInt)(v.p).i), nil
	case KindTuple:
		return hashTuple(t, (*Tuple)(v.p))
	case KindBytes:
		return (*String)(v.p).hashOf(), nil
	case KindBuiltin:
		return maphash.String(seed, (*Builtin)(v.p).Name), nil
	case KindRange:
		return 0, fmt.Errorf("unhashable: range")
	}
	if ty.Hash != nil {
		return ty.Hash(t, v)
	}
	return 0, fmt.Errorf("unhashable type: %s", ty.Name)
}

// HashIdentity is the Hash of a Type whose objects are equal only to themselves. It is the address:
// objects do not move, and no order depends on it.
func HashIdentity(_ *Thread, v Value) (uint64, error) { return mix(uint64(uintptr(v.p))), nil }

// hashFloat gives an integral float the hash of its integer.
func hashFloat(f float64) uint64 {
	if i := int64(f); float64(i) == f && f < 1<<63 {
		return mix(uint64(i))
	}
	if math.Abs(f) <= math.MaxFloat64 && f == math.Trunc(f) {
		i, _ := big.NewFloat(f).Int(nil)
		return hashBig(i)
	}
	return mix(math.Float64bits(f) + 1)
}

func hashBig(i *big.Int) uint64 {
	h := hashSeed
	for _, w := range i.Bits() {
		h = mix(h ^ uint64(w))
	}
	return h + uint64(int64(i.Sign()))
}

func hashTuple(t *Thread, tup *Tuple) (uint64, error) {
	if t.depth >= maxDepth {
		return 0, fmt.Errorf("hashing exceeded maximum recursion depth")
	}
	t.depth++
	defer func() { t.depth-- }()
	h := uint64(len(tup.Elems())) + 1<<42
	for _, v := range tup.Elems() {
		e, err := Hash(t, v)
		if err != nil {
			return 0, err
		}
		h = mix(h) ^ e
	}
	return mix(h), nil
}
