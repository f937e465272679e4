package value

import (
	"hash/maphash"
	"math/bits"
	"strconv"
	"strings"

	"github.com/ungil/tm/internal/word"
)

// A String is a Starlark string: bytes, usually UTF-8.
type String struct {
	Object
	s string
	// hash is computed at the first need; 0: not yet. Threads may compute it at
	// the same time, with the same result.
	hash word.Uint64
}

// Str makes a string.
func Str(s string) Value {
	if len(s) <= 1 {
		return shortString(s)
	}
	o := &String{Object: Object{&stringType}, s: s}
	return FromObject(&o.Object)
}

// shortStrings are the empty string and those of one byte.
var shortStrings [257]String

func init() {
	for i := range shortStrings {
		shortStrings[i].Type = &stringType
		if i > 0 {
			shortStrings[i].s = string([]byte{byte(i - 1)})
		}
	}
}

func shortString(s string) Value {
	if s == "" {
		return FromObject(&shortStrings[0].Object)
	}
	return byteString(s[0])
}

// byteString returns the string of one byte.
func byteString(b byte) Value { return FromObject(&shortStrings[int(b)+1].Object) }

// intStrings are the strings of the numbers from 0 on, in one piece of text: programs make
// keys of numbers, small ones over and over.
var intStrings [1024]String

func init() {
	var text strings.Builder
	var ends [len(intStrings)]int
	for i := range ends {
		text.WriteString(strconv.Itoa(i))
		ends[i] = text.Len()
	}
	begin := 0
	for i, end := range ends {
		intStrings[i] = String{Object: Object{&stringType}, s: text.String()[begin:end]}
		begin = end
	}
}

// intString returns str(i).
func intString(i int64) Value {
	switch {
	case 0 <= i && i < 10:
		return byteString('0' + byte(i))
	case 0 <= i && i < int64(len(intStrings)):
		return FromObject(&intStrings[i].Object)
	}
	return Str(strconv.FormatInt(i, 10))
}

// A slab makes many strings with one allocation; they live as long as any of
// them does.
type slab []String

// str makes a string in the slab.
func (sl *slab) str(s string) Value {
	if len(s) <= 1 {
		return shortString(s)
	}
	if len(*sl) == 0 {
		return Str(s)
	}
	o := &(*sl)[0]
	*sl = (*sl)[1:]
	o.Type, o.s = &stringType, s
	return FromObject(&o.Object)
}

// Strings makes a slice of strings with two allocations.
func Strings(ss []string) []Value {
	sl := make(slab, len(ss))
	vs := make([]Value, len(ss))
	for i, s := range ss {
		vs[i] = sl.str(s)
	}
	return vs
}

var seed = maphash.MakeSeed()

// hashOf returns the hash of a string's bytes.
func (o *String) hashOf() uint64 {
	if h := o.hash.Load(); h != 0 {
		return h
	}
	h := maphash.String(seed, o.s) | 1<<63 // not 0
	o.hash.Store(h)
	return h
}

// hashSeed makes the hashes of numbers differ between processes.
var hashSeed = maphash.String(seed, "numbers") | 1

// mix spreads 64 bits over all positions.
func mix(x uint64) uint64 {
	hi, lo := bits.Mul64(x^hashSeed, 0x9e3779b97f4a7c15)
	return hi ^ lo
}
