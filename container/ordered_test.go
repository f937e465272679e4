package container

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ungil/tm"
)

func checkOrdered(t *testing.T, tx *tm.Tx, m *OrderedMap[int, int], model map[int]int) {
	t.Helper()
	require.Equal(t, len(model), m.Len(tx))
	keys := slices.Sorted(maps.Keys(model))
	var got []int
	for k, v := range m.All(tx) {
		got = append(got, k)
		require.Equal(t, model[k], v)
	}
	require.True(t, slices.Equal(keys, got), "want %v, got %v", keys, got)
	got = nil
	for k, v := range m.Backward(tx) {
		got = append(got, k)
		require.Equal(t, model[k], v)
	}
	slices.Reverse(got)
	require.True(t, slices.Equal(keys, got), "backward: want %v, got %v", keys, got)
	min, _, ok := m.Min(tx)
	require.Equal(t, len(keys) > 0, ok)
	max, v, ok := m.Max(tx)
	require.Equal(t, len(keys) > 0, ok)
	if ok {
		require.Equal(t, keys[0], min)
		require.Equal(t, keys[len(keys)-1], max)
		require.Equal(t, model[max], v)
	}
	if root := tx.Read(&m.root); root != nil {
		checkNode[int, int](t, tx, as[node[int]](root), nil, nil, true)
	}
}

// checkNode checks a subtree: keys in order and between the bounds, no node empty
// or too large, all leaves equally deep, every slot alive. It returns the depth.
func checkNode[K cmp.Ordered, V any](t *testing.T, tx *tm.Tx, n *node[K], from, to *K, root bool) int {
	t.Helper()
	require.True(t, slices.IsSorted(n.keys()))
	if !n.leaf {
		require.LessOrEqual(t, len(n.keys()), maxInner)
	}
	for _, k := range n.keys() {
		require.True(t, (from == nil || *from <= k) && (to == nil || k < *to), "a key outside of its node's bounds")
	}
	if n.leaf {
		require.Len(t, n.slots(), len(n.keys()))
		require.True(t, root || len(n.keys()) > 0, "an empty leaf")
		for _, s := range n.slots() {
			require.False(t, as[held[V]](tx.Read(s)).dead)
		}
		return 0
	}
	require.Len(t, n.slots(), len(n.keys())+1)
	require.True(t, !root || len(n.slots()) > 1, "a root with one child")
	depth := -1
	for i, s := range n.slots() {
		low, high := from, to
		if i > 0 {
			low = &n.keys()[i-1]
		}
		if i < len(n.keys()) {
			high = &n.keys()[i]
		}
		d := checkNode[K, V](t, tx, as[node[K]](tx.Read(s)), low, high, false)
		require.True(t, depth < 0 || depth == d, "leaves of different depth")
		depth = d
	}
	return depth + 1
}

func orderedScript(t *testing.T, bytes []byte) {
	s := &script{bytes}
	m, model := new(OrderedMap[int, int]), map[int]int{}
	key := func() int { return s.next(256) * (1 + s.next(8)) }
	drive(s, func(tx *tm.Tx) {
		switch s.next(9) {
		case 0, 1: // several at once, so that nodes split
			from, by := key(), 1+s.next(5)
			for i := range s.next(60) {
				m.Set(tx, from+i*by, i)
				model[from+i*by] = i
			}
		case 2: // and get empty
			from := key()
			for k := range from + s.next(100) {
				if k < from {
					continue
				}
				want, has := model[k]
				v, ok := m.Delete(tx, k)
				require.Equal(t, has, ok)
				require.Equal(t, want, v)
				delete(model, k)
			}
		case 3:
			k, v := key(), s.next(256)
			m.Set(tx, k, v)
			model[k] = v
		case 4:
			k := key()
			want, has := model[k]
			v, ok := m.Delete(tx, k)
			require.Equal(t, has, ok)
			require.Equal(t, want, v)
			delete(model, k)
		case 5:
			k := key()
			want, has := model[k]
			v, ok := m.Get(tx, k)
			require.Equal(t, has, ok)
			require.Equal(t, want, v)
		case 6:
			from, to := key(), key()
			var got, want []int
			for k := range m.Range(tx, from, to) {
				got = append(got, k)
			}
			for _, k := range slices.Sorted(maps.Keys(model)) {
				if from <= k && k < to {
					want = append(want, k)
				}
			}
			require.Equal(t, want, got)
			got = nil
			for k := range m.RangeBackward(tx, from, to) {
				got = append(got, k)
			}
			slices.Reverse(got)
			require.Equal(t, want, got)
		case 7:
			checkOrdered(t, tx, m, model)
		case 8: // changes in a loop
			last, up := -1, s.next(2) == 0
			loop := m.Range(tx, key(), key())
			if !up {
				last, loop = math.MaxInt, m.RangeBackward(tx, key(), key())
			}
			for k := range loop {
				require.True(t, k != last && k > last == up, "%d behind %d", k, last)
				last = k
				require.Contains(t, model, k)
				for _, other := range []int{k, k + 3, k - 2} {
					m.Delete(tx, other)
					delete(model, other)
				}
				m.Set(tx, k+2, 1)
				model[k+2] = 1
				if s.next(4) == 0 {
					break
				}
			}
		}
	}, func() func() {
		saved := maps.Clone(model)
		return func() { model = maps.Clone(saved) }
	})
	view(func(tx *tm.Tx) { checkOrdered(t, tx, m, model) })
}

func TestOrderedMapIsAnOrderedMap(t *testing.T) { scripts(t, 200, 400, orderedScript) }

func FuzzOrderedMap(f *testing.F) {
	f.Add([]byte{5, 5, 0, 7, 0, 1, 50, 0, 1, 2, 3, 50})
	f.Add([]byte{5, 5, 0, 7, 0, 1, 59, 0, 1, 0, 3, 50, 5, 1, 2, 7, 0, 99, 2, 99, 7})
	f.Fuzz(func(t *testing.T, b []byte) { orderedScript(t, b) })
}

// TestOrderedMapLarge: three levels up, and down again to nothing.
func TestOrderedMapLarge(t *testing.T) {
	n := rounds(30_000)
	var m OrderedMap[int, int]
	for i := range n {
		atomically(func(tx *tm.Tx) { m.Set(tx, i*7919%n, i) })
	}
	view(func(tx *tm.Tx) {
		depth := checkNode[int, int](t, tx, as[node[int]](tx.Read(&m.root)), nil, nil, true)
		require.True(t, depth >= 2 || testing.Short())
		require.Equal(t, n, m.Len(tx))
	})
	for i := range n {
		atomically(func(tx *tm.Tx) {
			v, ok := m.Delete(tx, i)
			require.True(t, ok)
			require.Equal(t, i, v*7919%n)
		})
	}
	view(func(tx *tm.Tx) {
		root := as[node[int]](tx.Read(&m.root))
		require.True(t, root.leaf)
		require.Empty(t, root.keys())
	})
}

func TestOrderedMapKeys(t *testing.T) {
	var m OrderedMap[float64, string]
	atomically(func(tx *tm.Tx) {
		_, _, ok := m.Min(tx)
		require.False(t, ok)
		for range m.All(tx) {
			t.Error("an empty map has no keys")
		}
		for range m.Backward(tx) {
			t.Error("an empty map has no keys")
		}
		m.Set(tx, 1, "one")
		m.Set(tx, math.NaN(), "nan")
		m.Set(tx, math.Inf(-1), "least")
		k, v, ok := m.Min(tx)
		require.True(t, ok && math.IsNaN(k))
		require.Equal(t, "nan", v)
		var back []string
		for _, v := range m.Backward(tx) {
			back = append(back, v)
		}
		require.Equal(t, []string{"one", "least", "nan"}, back)
		m.Set(tx, math.NaN(), "again")
		require.Equal(t, 3, m.Len(tx))
		v, ok = m.Get(tx, math.NaN())
		require.True(t, ok)
		require.Equal(t, "again", v)
	})
}

func TestOrderedMapConflicts(t *testing.T) {
	var m OrderedMap[int, int]
	var v tm.Var[int]
	atomically(func(tx *tm.Tx) {
		for i := range 2000 {
			m.Set(tx, 2*i, i)
		}
	})
	set := func(k int) func(tx *tm.Tx) { return func(tx *tm.Tx) { m.Set(tx, k, 1) } }
	get := func(k int) func(tx *tm.Tx) { return func(tx *tm.Tx) { m.Get(tx, k); v.Set(tx, 1) } }
	del := func(k int) func(tx *tm.Tx) { return func(tx *tm.Tx) { m.Delete(tx, k) } }
	for i := 0; i < 200; i += 2 {
		require.False(t, conflicts(set(i), set(i+2)), "neighbours, both there")
		require.False(t, conflicts(set(i), get(i+2)))
		require.False(t, conflicts(get(i), set(i+1)), "an insert beside it")
		require.False(t, conflicts(set(i), set(2001-i)), "an insert far away")
	}
	require.True(t, conflicts(set(2), set(2)))
	require.True(t, conflicts(set(2), get(2)))
	require.True(t, conflicts(get(3001), set(3001)), "one that is not there, and its insert")
	require.True(t, conflicts(del(4), get(4)))
	require.True(t, conflicts(set(6), del(6)))
	require.True(t, conflicts(set(4001), set(4003)), "two inserts in one leaf")
	require.False(t, conflicts(set(3003), set(1003)), "in different leaves")
	require.False(t, conflicts(set(3020), func(tx *tm.Tx) {
		for range m.Range(tx, 3000, 3020) {
		}
		v.Set(tx, 1)
	}), "the first key behind a range")
	require.True(t, conflicts(set(3013), func(tx *tm.Tx) {
		for range m.Range(tx, 3000, 3020) {
		}
		v.Set(tx, 1)
	}), "an insert and a range around it")
	require.True(t, conflicts(set(3113), func(tx *tm.Tx) {
		for range m.RangeBackward(tx, 3100, 3120) {
		}
		v.Set(tx, 1)
	}), "the same backward")
	require.False(t, conflicts(set(1115), func(tx *tm.Tx) {
		for range m.RangeBackward(tx, 2100, 2120) {
		}
		v.Set(tx, 1)
	}))
	require.False(t, conflicts(set(3015), func(tx *tm.Tx) {
		for range m.Range(tx, 2000, 2020) {
		}
		v.Set(tx, 1)
	}))
}

// TestLeafSearch: whatever the number of keys, and whatever is behind the last one.
func TestLeafSearch(t *testing.T) {
	for n := range maxLeaf + 1 {
		for _, behind := range []int{-1, 0, 2 * n, 1000} {
			l := &leaf[int]{node: node[int]{leaf: true, n: int32(n)}}
			for i := range l.keys {
				if l.keys[i] = 2 * i; i >= n {
					l.keys[i] = behind
				}
			}
			for k := -1; k <= 2*n+1; k++ {
				i, found := l.index(k)
				require.Equal(t, max(0, min((k+1)/2, n)), i, "%d among %d keys", k, n)
				require.Equal(t, k >= 0 && k < 2*n && k%2 == 0, found)
			}
		}
	}
}
