package container

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ungil/tm"
)

// What conflicts with what: two transactions that overlap, of which the second
// one to commit fails exactly if they conflict.

// conflicts reports whether b fails when a commits while b runs, or the other
// way round.
func conflicts(a, b func(tx *tm.Tx)) bool {
	for _, order := range [][2]func(tx *tm.Tx){{a, b}, {b, a}} {
		t1, t2 := tm.Begin(), tm.Begin()
		order[0](t1)
		order[1](t2)
		if !t1.Commit() {
			panic("the first one to commit failed")
		}
		if !t2.Commit() {
			return true
		}
	}
	return false
}

// mixed is a hash that is the same in every process, so that sweeps come at the same
// moments.
func mixed(k int) uint64 { // splitmix64, Steele, Lea and Flood 2014
	x := uint64(k) * 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func TestMapConflicts(t *testing.T) {
	var m Map[int, int]
	atomically(func(tx *tm.Tx) {
		for i := range 1000 {
			m.Set(tx, i, i)
		}
	})
	set := func(k int) func(tx *tm.Tx) { return func(tx *tm.Tx) { m.Set(tx, k, 1) } }
	get := func(k int) func(tx *tm.Tx) { return func(tx *tm.Tx) { m.Get(tx, k); m.Set(tx, 999, 3) } }
	length := func(tx *tm.Tx) { m.Len(tx); m.Set(tx, 999, 3) }
	for i := range 500 {
		require.False(t, conflicts(set(i), set(i+400)), "updates of %d and %d", i, i+400)
		require.False(t, conflicts(set(i), get(i+400)))
		require.False(t, conflicts(set(i), length), "an update changes no length")
	}
	require.True(t, conflicts(set(1), set(1)))
	require.True(t, conflicts(set(1), get(1)))
	n := 2000
	insert := func(tx *tm.Tx) { n++; m.Set(tx, n, 1) }
	require.True(t, conflicts(insert, length))
	require.True(t, conflicts(insert, func(tx *tm.Tx) {
		for range m.All(tx) {
		}
		m.Set(tx, 999, 3)
	}))
}

// TestMapInsertsDoNotConflict: nor do a map's growth, and looking for keys that are
// not there.
func TestMapInsertsDoNotConflict(t *testing.T) {
	var m Map[int, int]
	m.table.hash = mixed
	for i := range rounds(3000) {
		a, b, c, d := 4*i, 4*i+1, 4*i+2, 4*i+3
		t1, t2 := tm.Begin(), tm.Begin()
		m.Set(t1, a, 1)
		m.Set(t2, b, 1)
		m.Set(t1, c+2, 1)
		if i%4 == 0 { // seldom, so that no part comes to be worth sweeping by chance
			m.Get(t2, c)
			m.Get(t1, d)
		}
		require.True(t, t1.Commit())
		require.True(t, t2.Commit(), "%d to %d of a map of %d", a, d, i)
	}
	var v tm.Var[int]
	miss := func(tx *tm.Tx) { m.Get(tx, -1); v.Set(tx, 1) }
	require.True(t, conflicts(miss, func(tx *tm.Tx) { m.Set(tx, -1, 1) }))
}

// TestMapSweepConflicts: beside keys that come and go inserts conflict with a sweep,
// of which there is one for many removals, and only in its part.
func TestMapSweepConflicts(t *testing.T) {
	var m Map[int, int]
	m.table.hash = mixed
	pairs := rounds(5000)
	met := 0
	for i := range pairs {
		t1, t2 := tm.Begin(), tm.Begin()
		m.Set(t1, 2*i, 1)
		m.Set(t2, 2*i+1, 1)
		require.True(t, t1.Commit())
		if !t2.Commit() {
			met++
		}
		atomically(func(tx *tm.Tx) {
			m.Delete(tx, 2*i)
			m.Delete(tx, 2*i+1)
			if i%3 == 0 { // or the changes of a part are even in number whenever a key is removed
				m.Get(tx, -i-1)
			}
		})
	}
	// Each part is swept after 16 changes or more, so one commit in 16 sweeps at
	// most, and one insert in 64 is in the same part.
	t.Logf("%d of %d pairs of inserts conflict", met, pairs)
	require.Less(t, met, 3*pairs/(16*64)+10)
}

// TestMapLargeTransaction: one that adds very many keys registers few hooks to look
// after the parts, and what it has left behind when it is undone does not stay.
func TestMapLargeTransaction(t *testing.T) {
	var m Map[int, int]
	m.table.hash = mixed
	n := rounds(100_000)
	wrong := errors.New("wrong")
	asked := 0
	require.Equal(t, wrong, tm.Atomically(func(tx *tm.Tx) error {
		for i := range n {
			p := m.table.part(tx, &m.table.root().parts[mixed(i)>>partShift])
			before := p.changes.asked.Load()
			m.table.set(tx, i, i)
			if p.changes.asked.Load() != before {
				asked++
			}
		}
		return wrong
	}))
	require.Greater(t, asked, 0)
	require.Less(t, asked, 64<<partBits)
	require.Less(t, entries(&m), 3*leastChanges<<partBits)
}

func TestListConflicts(t *testing.T) {
	var l List[int]
	var v tm.Var[int]
	atomically(func(tx *tm.Tx) {
		for i := range 70 { // two full blocks and a part of the third
			l.Append(tx, i)
		}
	})
	app := func(tx *tm.Tx) { l.Append(tx, 1) }
	pop := func(tx *tm.Tx) { l.Pop(tx) }
	front := func(tx *tm.Tx) { l.PopFront(tx) }
	at := func(i int) func(tx *tm.Tx) {
		return func(tx *tm.Tx) { v.Set(tx, l.At(tx, i)) }
	}
	set := func(i int) func(tx *tm.Tx) { return func(tx *tm.Tx) { l.SetAt(tx, i, 5) } }
	require.True(t, conflicts(app, app))
	require.True(t, conflicts(pop, pop))
	require.True(t, conflicts(pop, app))
	require.True(t, conflicts(front, front))
	require.False(t, conflicts(app, front))
	require.False(t, conflicts(pop, front))
	for i := range 20 { // not so many that the ring grows
		require.False(t, conflicts(app, at(3*i)), "Append and At(%d)", 3*i)
	}
	atomically(func(tx *tm.Tx) {
		for range 40 {
			l.Pop(tx)
		}
	})
	for i := range 20 {
		require.True(t, conflicts(set(i), set(i)))
		require.False(t, conflicts(app, set(i)), "Append and SetAt(%d)", i)
		require.False(t, conflicts(set(i), set(i+1)))
		require.False(t, conflicts(set(i), at(i+20)))
	}

	// A queue whose ends meet: no conflict unless it is empty.
	var q List[int]
	app = func(tx *tm.Tx) { q.Append(tx, 1) }
	front = func(tx *tm.Tx) { q.PopFront(tx); v.Set(tx, 1) }
	atomically(app)
	atomically(front)
	require.True(t, conflicts(app, front), "one needs to know that the list is empty")
	atomically(app)
	require.False(t, conflicts(app, front))
}

// TestListPacked: the copy of a block that an Append fills never differs from its
// cells, whatever else is done to them at the same time.
func TestListPacked(t *testing.T) {
	for _, other := range []func(l *List[int], tx *tm.Tx){
		func(l *List[int], tx *tm.Tx) { l.SetAt(tx, 5, 99) },
		func(l *List[int], tx *tm.Tx) { l.PopFront(tx) },
		func(l *List[int], tx *tm.Tx) { l.Pop(tx) },
	} {
		for _, fillFirst := range []bool{true, false} {
			var l List[int]
			atomically(func(tx *tm.Tx) {
				for i := range blockSize - 1 {
					l.Append(tx, i)
				}
			})
			t1, t2 := tm.Begin(), tm.Begin()
			l.Append(t1, -1)
			other(&l, t2)
			if fillFirst {
				require.True(t, t1.Commit())
				require.False(t, t2.Commit(), "it has seen the block without a copy")
			} else {
				require.True(t, t2.Commit())
				require.False(t, t1.Commit(), "it has copied what was changed")
			}
			view(func(tx *tm.Tx) {
				i := 0
				for x := range l.Values(tx) {
					require.Equal(t, l.At(tx, i), x)
					i++
				}
				require.Equal(t, l.Len(tx), i)
			})
		}
	}
}

func TestCounterConflicts(t *testing.T) {
	var c Counter
	var v tm.Var[int]
	add := func(tx *tm.Tx) { c.Add(tx, 1) }
	value := func(tx *tm.Tx) { c.Value(tx); v.Set(tx, 1) }
	for range 10 {
		require.False(t, conflicts(add, add))
	}
	require.True(t, conflicts(add, value))
}
