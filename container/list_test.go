package container

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ungil/tm"
)

func checkList(t *testing.T, tx *tm.Tx, l *List[int], model []int) {
	t.Helper()
	require.Equal(t, len(model), l.Len(tx))
	var got []int
	for i, x := range l.All(tx) {
		require.Equal(t, len(got), i)
		got = append(got, x)
	}
	require.True(t, slices.Equal(model, got), "want %v, got %v", model, got)
	for i, x := range model {
		require.Equal(t, x, l.At(tx, i))
	}
	// Cells outside of the list are empty, and a packed block is full.
	blocks := l.blocks(tx)
	full := 0
	for _, b := range blocks {
		in := 0
		for i := range b.cells {
			if v := tx.Read(&b.cells[i]); v != nil && as[cell[int]](v).full {
				in++
			}
		}
		full += in
		if v := tx.Read(&b.packed); v != nil && as[pack[int]](v).elements != nil {
			require.Equal(t, blockSize, in)
		}
	}
	require.Equal(t, len(model), full)
}

func listScript(t *testing.T, bytes []byte) {
	s := &script{bytes}
	l, model := new(List[int]), []int(nil)
	drive(s, func(tx *tm.Tx) {
		n := len(model)
		switch s.next(12) {
		case 0, 1:
			for range s.next(40) {
				x := s.next(256)
				l.Append(tx, x)
				model = append(model, x)
			}
		case 2:
			x, ok := l.Pop(tx)
			require.Equal(t, n > 0, ok)
			if ok {
				require.Equal(t, model[n-1], x)
				model = model[:n-1]
			}
		case 3, 4:
			for range s.next(40) {
				x, ok := l.PopFront(tx)
				require.Equal(t, len(model) > 0, ok)
				if ok {
					require.Equal(t, model[0], x)
					model = model[1:]
				}
			}
		case 5, 6:
			i, x := s.next(n+1), s.next(256)
			l.Insert(tx, i, x)
			model = slices.Insert(model, i, x)
		case 7:
			if n > 0 {
				i := s.next(n)
				require.Equal(t, model[i], l.Remove(tx, i))
				model = slices.Delete(model, i, i+1)
			}
		case 8, 9:
			if n > 0 {
				i, x := s.next(n), s.next(256)
				l.SetAt(tx, i, x)
				model[i] = x
			}
		case 10:
			i := n + s.next(200)
			require.Panics(t, func() { l.At(tx, i) })
			require.Panics(t, func() { l.SetAt(tx, i, 0) })
		case 11:
			checkList(t, tx, l, model)
		}
	}, func() func() {
		saved := slices.Clone(model)
		model = slices.Clone(model)
		return func() { model = slices.Clone(saved) }
	})
	view(func(tx *tm.Tx) { checkList(t, tx, l, model) })
}

func TestListIsASlice(t *testing.T) { scripts(t, 500, 400, listScript) }

func FuzzList(f *testing.F) {
	f.Add([]byte{5, 5, 0, 39, 1, 2, 3})
	f.Add([]byte{5, 5, 0, 39, 1, 2, 3, 4, 5, 6, 7, 8, 9, 3, 35, 7, 1, 5, 0, 5, 0, 3, 3, 3})
	f.Fuzz(func(t *testing.T, b []byte) { listScript(t, b) })
}

// TestListMisuse: a wrong index is named with the length.
func TestListMisuse(t *testing.T) {
	var l List[int]
	atomically(func(tx *tm.Tx) {
		require.PanicsWithValue(t, "container: index 0 of a List of length 0", func() { l.At(tx, 0) })
		l.Append(tx, 1)
		require.PanicsWithValue(t, "container: index -1 of a List of length 1", func() { l.SetAt(tx, -1, 2) })
		require.PanicsWithValue(t, "container: index 2 of a List of length 1", func() { l.Insert(tx, 2, 2) })
		require.PanicsWithValue(t, "container: index 1 of a List of length 1", func() { l.Remove(tx, 1) })
	})
	a := NewArray[int](2)
	atomically(func(tx *tm.Tx) {
		require.PanicsWithValue(t, "container: index 2 of an Array of length 2", func() { a.At(tx, 2) })
	})
	require.Panics(t, func() { NewArray[int](-1) })
}

// TestListChangesInLoop: what All promises to a loop that changes the list.
func TestListChangesInLoop(t *testing.T) {
	var l List[int]
	atomically(func(tx *tm.Tx) {
		for i := range 100 {
			l.Append(tx, i)
		}
	})
	atomically(func(tx *tm.Tx) {
		var got []int
		for i, x := range l.All(tx) {
			got = append(got, x)
			if i+1 < l.Len(tx) {
				l.SetAt(tx, i+1, x+2) // seen in the next round
			}
			if i >= 10 && i < 20 {
				l.Pop(tx)
			}
			l.Append(tx, -1) // not produced: the loop was shorter when it began
			l.Pop(tx)
		}
		require.Len(t, got, 90)
		for i, x := range got {
			require.Equal(t, 2*i, x)
		}
	})
}

func TestArray(t *testing.T) {
	var none Array[int]
	require.Zero(t, none.Len())
	a := NewArray[string](3)
	atomically(func(tx *tm.Tx) {
		a.SetAt(tx, 1, "x")
		var got []string
		for _, x := range a.All(tx) {
			got = append(got, x)
		}
		require.Equal(t, []string{"", "x", ""}, got)
		require.Equal(t, "x", a.At(tx, 1))
	})
}

// TestCounter: also with more transactions than the first stripes.
func TestCounter(t *testing.T) {
	var c Counter
	var open []*tm.Tx
	for i := range 40 {
		tx := tm.Begin()
		open = append(open, tx)
		c.Add(tx, int64(i))
		c.Add(tx, 1)
	}
	for _, tx := range open {
		require.True(t, tx.Commit(), "adds do not conflict")
	}
	view(func(tx *tm.Tx) { require.EqualValues(t, 40*39/2+40, c.Value(tx)) })
	atomically(func(tx *tm.Tx) {
		before := c.Value(tx)
		_ = tx.Atomically(func(tx *tm.Tx) error { c.Add(tx, 5); return errUndone })
		c.Add(tx, 7)
		require.Equal(t, before+7, c.Value(tx))
	})
}
