package value

import (
	"math"
	"unsafe"
)

// SetInt, SetFloat and SetBool assign a scalar to a register. The pointer word
// is written only if it changes: a register mostly holds one type, and a
// pointer write costs a test of the collector's write barrier, and while the
// collector runs the barrier itself.

// SetInt makes *v the integer i.
func (v *Value) SetInt(i int64) {
	if v.p != unsafe.Pointer(&scalars.int) {
		v.p = unsafe.Pointer(&scalars.int)
	}
	v.bits = uint64(i)
}

// SetFloat makes *v the float f.
func (v *Value) SetFloat(f float64) {
	if v.p != unsafe.Pointer(&scalars.float) {
		v.p = unsafe.Pointer(&scalars.float)
	}
	v.bits = math.Float64bits(f)
}

// SetBool makes *v the boolean b.
func (v *Value) SetBool(b bool) {
	*v = Bool(b)
}

// Fast returns variable i if no transaction has to be asked, else an unset Value.
func (g *Globals) Fast(i int) Value {
	if uint(i) < uint(len(g.plain)) {
		return g.plain[i]
	}
	return Value{}
}

// Fast returns the variable's value if the cell is local, else an unset Value.
func (c *Cell) Fast() Value {
	if c.epoch != sharedEpoch {
		return c.v
	}
	return Value{}
}
