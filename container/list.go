package container

import (
	"fmt"

	"github.com/ungil/tm"
	"github.com/ungil/tm/orec"
)

// A List is a sequence with two ends. The zero List is empty; it must not be
// copied after use.
//
// It is a ring of blocks of 32 cells. Elements stand between two positions, front and
// back; a cell is empty exactly when no element stands there, so an operation at one
// end finds out from a cell whether the list is empty, and need not look at the other end.
// When the ring is full, Append takes one of twice the size, with the same blocks in it.
// A block that Append has filled gets a copy of its elements in one piece, for those who
// read them one after another; the first change in the block drops the copy.
//
// Conflicts. Append conflicts with Append, Pop with Pop and with Append, PopFront with
// PopFront and with At and SetAt, whose index counts from the front. Operations at
// different ends do not conflict unless they meet in one element or the list is empty.
// At and SetAt of different elements do not conflict; two SetAts that are the
// first changes of a full block do, once. Append conflicts with none of the elements
// but when it fills a block: then with SetAt in that block. A growing ring, which happens
// when the length has doubled, conflicts with everything once.
type List[T any] struct {
	ring        orec.Slot // *ring[T], nil: no blocks
	front, back orec.Slot // *position, nil: 0
}

const (
	blockBits = 5
	blockSize = 1 << blockBits
)

// ring holds the blocks of positions: that of position p is blocks[p/blockSize
// mod len(blocks)].
type ring[T any] struct {
	orec.Version
	blocks []*block[T] // a power of two; the slice never changes
}

type block[T any] struct {
	cells [blockSize]orec.Slot // *cell[T]; nil: empty
	// packed holds a *pack[T] that says what all cells contain; if it is nil or
	// holds nil, only the cells say. Who changes a full cell reads packed, and
	// drops it; who makes it reads all cells.
	packed orec.Slot
}

type pack[T any] struct {
	orec.Version
	elements *[blockSize]T
}

type cell[T any] struct {
	orec.Version
	full  bool
	value T
}

type position struct {
	orec.Version
	at int64
}

// load returns what a slot with a position holds.
func load(tx *tm.Tx, s *orec.Slot) int64 {
	if v := tx.Read(s); v != nil {
		return as[position](v).at
	}
	return 0
}

func store(tx *tm.Tx, s *orec.Slot, at int64) {
	if v := tx.Pending(s); v != nil {
		as[position](v).at = at
		return
	}
	tx.Write(s, &(&position{at: at}).Version)
}

// blocks returns the ring's blocks, none at first.
func (l *List[T]) blocks(tx *tm.Tx) []*block[T] {
	if v := tx.Read(&l.ring); v != nil {
		return as[ring[T]](v).blocks
	}
	return nil
}

// blockOf returns the block of a position. There must be blocks.
func blockOf[T any](blocks []*block[T], p int64) *block[T] {
	return blocks[int(p>>blockBits)&(len(blocks)-1)]
}

// get returns the element at p, and whether there is one. The ring has at
// least one block, and p is less than a ring's length away from front or back.
func get[T any](tx *tm.Tx, blocks []*block[T], p int64) (x T, ok bool) {
	s := &blockOf(blocks, p).cells[p&(blockSize-1)]
	if cellUnlogged && tx.Peek(s) == nil {
		return x, false
	}
	v := tx.Read(s)
	if v == nil {
		return x, false
	}
	c := as[cell[T]](v)
	return c.value, c.full
}

// put gives position p an element, or takes it away.
func put[T any](tx *tm.Tx, blocks []*block[T], p int64, x T, full bool) {
	b := blockOf(blocks, p)
	if packedUnlogged && tx.Peek(&b.packed) == nil {
		// as if it were not to be logged that there is none
	} else if v := tx.Read(&b.packed); v != nil && as[pack[T]](v).elements != nil {
		tx.Write(&b.packed, &new(pack[T]).Version)
	}
	s := &b.cells[p&(blockSize-1)]
	if v := tx.Pending(s); v != nil {
		c := as[cell[T]](v)
		c.value, c.full = x, full
		return
	}
	tx.Write(s, &(&cell[T]{full: full, value: x}).Version)
}

// Append adds x at the back. It takes constant time on average: the ring grows
// by doubling.
func (l *List[T]) Append(tx *tm.Tx, x T) {
	blocks, p := l.blocks(tx), load(tx, &l.back)
	if p&(blockSize-1) == 0 {
		// The last cell of the block is empty exactly when nothing is left of the
		// round before.
		blocks = l.room(tx, blocks, p, p|(blockSize-1))
	}
	put(tx, blocks, p, x, true)
	store(tx, &l.back, p+1)
	if p&(blockSize-1) == blockSize-1 {
		fill(tx, blockOf(blocks, p))
	}
}

// room returns a ring in which p's block is free. It is if the cell of the
// position probe is empty: no elements stand beyond the front or back that is to move there.
func (l *List[T]) room(tx *tm.Tx, blocks []*block[T], p, probe int64) []*block[T] {
	if len(blocks) > 0 {
		if _, taken := get(tx, blocks, probe); !taken {
			return blocks
		}
	}
	bigger := make([]*block[T], max(1, 2*len(blocks)))
	front, back := load(tx, &l.front), load(tx, &l.back)
	if len(blocks) > 0 {
		for q := front &^ (blockSize - 1); q < back; q += blockSize {
			bigger[int(q>>blockBits)&(len(bigger)-1)] = blockOf(blocks, q)
		}
	}
	for i := range bigger {
		if bigger[i] == nil {
			bigger[i] = new(block[T])
		}
	}
	tx.Write(&l.ring, &(&ring[T]{blocks: bigger}).Version)
	return bigger
}

// fill packs a block if all its cells are full.
func fill[T any](tx *tm.Tx, b *block[T]) {
	var elements [blockSize]T
	for i := range b.cells {
		v := tx.Read(&b.cells[i])
		if v == nil || !as[cell[T]](v).full {
			return
		}
		elements[i] = as[cell[T]](v).value
	}
	tx.Write(&b.packed, &(&pack[T]{elements: &elements}).Version)
}

// Pop removes the last element and returns it; false: the list is empty.
// Constant time.
func (l *List[T]) Pop(tx *tm.Tx) (x T, ok bool) {
	p := load(tx, &l.back) - 1
	if x, ok = l.take(tx, p); ok {
		store(tx, &l.back, p)
	}
	return x, ok
}

// PopFront removes the first element and returns it; false: the list is empty.
// Constant time.
func (l *List[T]) PopFront(tx *tm.Tx) (x T, ok bool) {
	p := load(tx, &l.front)
	if x, ok = l.take(tx, p); ok {
		store(tx, &l.front, p+1)
	}
	return x, ok
}

// take empties the cell of a position at one end and returns what was in it.
func (l *List[T]) take(tx *tm.Tx, p int64) (x T, ok bool) {
	blocks := l.blocks(tx)
	if len(blocks) == 0 {
		return x, false
	}
	if x, ok = get(tx, blocks, p); ok {
		var none T
		put(tx, blocks, p, none, false)
	}
	return x, ok
}

// At returns element i, counted from the front. Constant time. It panics if
// there is no such element.
func (l *List[T]) At(tx *tm.Tx, i int) T {
	blocks, p := l.place(tx, i)
	if len(blocks) > 0 {
		if x, ok := get(tx, blocks, p); ok {
			return x
		}
	}
	panic(l.outOfRange(tx, i))
}

// SetAt gives element i the value x. Constant time. It panics if there is no
// such element.
func (l *List[T]) SetAt(tx *tm.Tx, i int, x T) {
	blocks, p := l.place(tx, i)
	if len(blocks) > 0 {
		if _, ok := get(tx, blocks, p); ok {
			put(tx, blocks, p, x, true)
			return
		}
	}
	panic(l.outOfRange(tx, i))
}

// place returns the blocks and the position of element i; no blocks if the
// ring is too short to have it. Beyond the elements the ring's cells are empty.
func (l *List[T]) place(tx *tm.Tx, i int) ([]*block[T], int64) {
	blocks := l.blocks(tx)
	if i < 0 || i >= len(blocks)*blockSize {
		return nil, 0
	}
	return blocks, load(tx, &l.front) + int64(i)
}

func (l *List[T]) outOfRange(tx *tm.Tx, i int) string {
	return fmt.Sprintf("container: index %d of a List of length %d", i, l.Len(tx))
}

// Len returns the number of elements. Constant time; it conflicts with
// operations at both ends.
func (l *List[T]) Len(tx *tm.Tx) int {
	return int(load(tx, &l.back) - load(tx, &l.front))
}

// holdsLast reports whether the list has n elements or more. It looks at the cell
// n positions before the back, so it conflicts with PopFront only if that takes
// the element there.
func (l *List[T]) holdsLast(tx *tm.Tx, n int) bool {
	blocks := l.blocks(tx)
	if n > len(blocks)*blockSize {
		return false
	}
	_, full := get(tx, blocks, load(tx, &l.back)-int64(n))
	return full
}

// Insert puts x in front of element i, or at the back if i is the length. It
// moves the elements on the shorter side, so it takes time linear in the distance to
// the nearer end, and conflicts with all operations there and at both ends. It panics if
// i is negative or greater than the length.
func (l *List[T]) Insert(tx *tm.Tx, i int, x T) {
	n := l.Len(tx)
	switch {
	case i < 0 || i > n:
		panic(l.outOfRange(tx, i))
	case i == n:
		l.Append(tx, x)
		return
	case i >= n/2:
		last := l.At(tx, n-1)
		l.Append(tx, last)
		for j := n - 1; j > i; j-- {
			l.SetAt(tx, j, l.At(tx, j-1))
		}
	default:
		l.prepend(tx, l.At(tx, 0))
		for j := 1; j < i; j++ {
			l.SetAt(tx, j, l.At(tx, j+1))
		}
	}
	l.SetAt(tx, i, x)
}

// prepend adds x at the front.
func (l *List[T]) prepend(tx *tm.Tx, x T) {
	blocks, p := l.blocks(tx), load(tx, &l.front)-1
	if p&(blockSize-1) == blockSize-1 {
		blocks = l.room(tx, blocks, p, p&^(blockSize-1))
	}
	put(tx, blocks, p, x, true)
	store(tx, &l.front, p)
}

// Remove removes element i and returns it. Cost and conflicts are those of
// Insert. It panics if there is no such element.
func (l *List[T]) Remove(tx *tm.Tx, i int) T {
	x, n := l.At(tx, i), l.Len(tx)
	if i >= n/2 {
		for j := i; j < n-1; j++ {
			l.SetAt(tx, j, l.At(tx, j+1))
		}
		l.Pop(tx)
	} else {
		for j := i; j > 0; j-- {
			l.SetAt(tx, j, l.At(tx, j-1))
		}
		l.PopFront(tx)
	}
	return x
}
