package container

import (
	"iter"

	"github.com/ungil/tm"
	"github.com/ungil/tm/orec"
)

// All iterates over indices and elements, as they are counted when the loop
// begins. It conflicts with operations at both ends, and with changes of what it has
// passed. Insert and Remove move elements, so inside the loop they may make it
// produce one twice or not at all.
func (l *List[T]) All(tx *tm.Tx) iter.Seq2[int, T] {
	return func(yield func(int, T) bool) {
		s := l.scan(tx)
		for front := s.from; s.next(); {
			for i, x := range s.run {
				if !yield(int(s.from-front)+i, x) {
					return
				}
				if tx.Wrote() && s.changed(i) {
					break
				}
			}
		}
	}
}

// Values iterates over the elements, as All.
func (l *List[T]) Values(tx *tm.Tx) iter.Seq[T] {
	return func(yield func(T) bool) {
		for s := l.scan(tx); s.next(); {
			for i, x := range s.run {
				if !yield(x) {
					return
				}
				if tx.Wrote() && s.changed(i) {
					break
				}
			}
		}
	}
}

// A scan goes through a list in runs of elements that are in one piece.
type scan[T any] struct {
	tx     *tm.Tx
	blocks []*block[T]
	// run holds the elements from position from up to position to.
	run            []T
	from, to, back int64
	single         [1]T // a run that came from a cell
	// The run is part of the copy in packed, version copied; nil: of none.
	packed *orec.Slot
	copied *orec.Version
}

func (l *List[T]) scan(tx *tm.Tx) *scan[T] {
	front := load(tx, &l.front)
	return &scan[T]{tx: tx, blocks: l.blocks(tx), from: front, to: front, back: load(tx, &l.back)}
}

// next finds the next run and reports whether there is one.
func (s *scan[T]) next() bool {
	for s.from = s.to; s.from < s.back; s.from++ {
		b := blockOf(s.blocks, s.from)
		if s.copied = s.tx.Read(&b.packed); s.copied != nil {
			if p := as[pack[T]](s.copied); p.elements != nil {
				s.packed = &b.packed
				s.run = p.elements[s.from&(blockSize-1):]
				s.run = s.run[:min(int64(len(s.run)), s.back-s.from)]
				s.to = s.from + int64(len(s.run))
				return true
			}
		}
		if x, ok := get(s.tx, s.blocks, s.from); ok {
			s.packed, s.single[0] = nil, x
			s.run, s.to = s.single[:], s.from+1
			return true
		}
	}
	return false
}

// changed reports whether the run, of which element i was produced, no longer
// stands because the loop itself has changed it. The next run then begins behind i.
func (s *scan[T]) changed(i int) bool {
	if s.packed == nil || s.tx.Peek(s.packed) == s.copied {
		return false
	}
	s.to = s.from + int64(i) + 1
	return true
}
