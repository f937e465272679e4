package container

import (
	"errors"
	"maps"
	"math"
	goruntime "runtime"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ungil/tm"
)

// checkTable compares a table with a map in every way that the table can be read.
func checkTable(t *testing.T, tx *tm.Tx, m *table[int, int], model map[int]int) {
	t.Helper()
	require.Equal(t, len(model), int(m.root().count.Value(tx)), "length")
	seen := map[int]int{}
	m.all(tx, func(k, v int) bool {
		require.NotContains(t, seen, k, "a key twice")
		seen[k] = v
		return true
	})
	require.Equal(t, model, seen)
	for k, v := range model {
		got, ok := m.get(tx, k)
		require.True(t, ok, "key %d", k)
		require.Equal(t, v, got, "key %d", k)
	}
}

// mapScript drives a table whose hashes meet often: hash is chosen by the script.
func mapScript(t *testing.T, bytes []byte) {
	s := &script{bytes}
	spread := []func(int) uint64{
		func(k int) uint64 { return uint64(k) * 0x9e3779b97f4a7c15 },
		func(k int) uint64 { return uint64(k % 7) },     // one part; many have the same hash
		func(k int) uint64 { return uint64(k) },         // one part, neighbouring places
		func(k int) uint64 { return uint64(k%3) << 50 }, // all in the first place
	}
	hash := spread[s.next(len(spread))]
	m, model := &table[int, int]{hash: hash}, map[int]int{}
	drive(s, func(tx *tm.Tx) {
		k := s.next(40)
		switch want, has := model[k]; s.next(6) {
		case 0, 1:
			v := s.next(256)
			m.set(tx, k, v)
			model[k] = v
		case 2:
			v, ok := m.delete(tx, k)
			require.Equal(t, has, ok)
			require.Equal(t, want, v)
			delete(model, k)
		case 3:
			v, ok := m.get(tx, k)
			require.Equal(t, has, ok)
			require.Equal(t, want, v)
		case 4:
			checkTable(t, tx, m, model)
		case 5:
			part := &m.root().parts[hash(k)>>partShift]
			tx.OnCommit(func() { m.sweep(part) })
		}
	}, func() func() {
		saved := maps.Clone(model)
		return func() { model = maps.Clone(saved) }
	})
	view(func(tx *tm.Tx) { checkTable(t, tx, m, model) })
}

func TestMapIsAMap(t *testing.T) { scripts(t, 400, 300, mapScript) }

func FuzzMap(f *testing.F) {
	f.Add([]byte{0, 5, 5, 1, 0, 7, 2, 2, 3})
	f.Add([]byte{1, 5, 1, 1, 0, 7, 8, 0, 9, 15, 0, 3, 8, 2, 1, 2})
	f.Fuzz(func(t *testing.T, b []byte) { mapScript(t, b) })
}

func TestMap(t *testing.T) {
	var m Map[string, int]
	view(func(tx *tm.Tx) {
		require.Zero(t, m.Len(tx))
		_, ok := m.Get(tx, "")
		require.False(t, ok)
	})
	atomically(func(tx *tm.Tx) {
		for i, k := range []string{"one", "two", "three"} {
			m.Set(tx, k, i+1)
		}
		m.Set(tx, "two", 22)
		v, ok := m.Delete(tx, "one")
		require.True(t, ok)
		require.Equal(t, 1, v)
		_, ok = m.Delete(tx, "one")
		require.False(t, ok)
	})
	view(func(tx *tm.Tx) {
		require.Equal(t, map[string]int{"two": 22, "three": 3}, maps.Collect(m.All(tx)))
		keys, sum := map[string]bool{}, 0
		for k := range m.Keys(tx) {
			keys[k] = true
		}
		for v := range m.Values(tx) {
			sum += v
		}
		require.Equal(t, map[string]bool{"two": true, "three": true}, keys)
		require.Equal(t, 25, sum)
		for range m.All(tx) {
			break
		}
	})
}

// TestMapKeys: keys of which Go's map says something special.
func TestMapKeys(t *testing.T) {
	var floats Map[float64, int]
	atomically(func(tx *tm.Tx) {
		floats.Set(tx, math.NaN(), 1)
		floats.Set(tx, math.NaN(), 2)
		floats.Set(tx, 0, 3)
		floats.Set(tx, math.Copysign(0, -1), 4)
		_, ok := floats.Get(tx, math.NaN())
		require.False(t, ok, "a NaN is equal to nothing")
		_, ok = floats.Delete(tx, math.NaN())
		require.False(t, ok)
		v, _ := floats.Get(tx, 0)
		require.Equal(t, 4, v, "0 equals -0")
		require.Equal(t, 3, floats.Len(tx))
		n := 0
		for range floats.All(tx) {
			n++
		}
		require.Equal(t, 3, n)
	})
	var anys Map[any, int]
	atomically(func(tx *tm.Tx) {
		for i, k := range []any{nil, 1, int64(1), "1", [2]string{"a", "b"}, struct{ x any }{2.5}, (*int)(nil)} {
			anys.Set(tx, k, i)
		}
		require.Equal(t, 7, anys.Len(tx))
		v, ok := anys.Get(tx, nil)
		require.True(t, ok)
		require.Equal(t, 0, v)
		v, _ = anys.Get(tx, struct{ x any }{2.5})
		require.Equal(t, 5, v)
		require.Panics(t, func() { anys.Set(tx, []int{1}, 0) }, "as in Go's map")
	})
	type large struct{ words [100]int }
	var larges Map[large, large]
	atomically(func(tx *tm.Tx) {
		for i := range 50 {
			larges.Set(tx, large{[100]int{99: i}}, large{[100]int{50: i}})
		}
		for i := range 50 {
			v, ok := larges.Get(tx, large{[100]int{99: i}})
			require.True(t, ok)
			require.Equal(t, i, v.words[50])
		}
	})
}

// TestMapChangesInLoop: what All promises to a loop that changes the map.
func TestMapChangesInLoop(t *testing.T) {
	var m Map[int, int]
	atomically(func(tx *tm.Tx) {
		for i := range 3000 {
			m.Set(tx, i, i)
		}
	})
	atomically(func(tx *tm.Tx) {
		seen := map[int]bool{}
		for k := range m.All(tx) {
			require.False(t, seen[k], "%d twice", k)
			seen[k] = true
			if k >= 3000 {
				continue
			}
			m.Delete(tx, k)        // itself
			m.Set(tx, k+10_000, k) // may be produced or not
			if other := (k * 7) % 3000; !seen[other] {
				m.Delete(tx, other)
				seen[other] = true // so the loop must not come to it
			}
		}
		for i := range 3000 {
			_, ok := m.Get(tx, i)
			require.False(t, ok)
		}
	})
}

// entries counts the entries of a map, in all parts.
func entries[K comparable, V any](m *Map[K, V]) (n int) {
	view(func(tx *tm.Tx) {
		for i := range m.table.root().parts {
			if v := tx.Read(&m.table.root().parts[i]); v != nil {
				for range as[part[K, V]](v).row.Load().entries() {
					n++
				}
			}
		}
	})
	return n
}

// TestMapForgets: entries of absent keys do not pile up, wherever they came from.
func TestMapForgets(t *testing.T) {
	// At most these for each part, and as many as keys.
	const few = 3 * leastChanges << partBits
	t.Run("emptied", func(t *testing.T) {
		var m Map[int, int]
		n := rounds(10_000)
		for i := range n {
			atomically(func(tx *tm.Tx) { m.Set(tx, i, i) })
		}
		require.Equal(t, n, entries(&m))
		for i := range n {
			atomically(func(tx *tm.Tx) { m.Delete(tx, i) })
		}
		require.Less(t, entries(&m), few)
	})
	t.Run("keys that come and go", func(t *testing.T) {
		var m Map[int, int]
		for i := range rounds(20_000) {
			atomically(func(tx *tm.Tx) { m.Set(tx, i, i); m.Delete(tx, i-1000) })
		}
		require.Less(t, entries(&m), 2000+few)
		view(func(tx *tm.Tx) { require.Equal(t, 1000, m.Len(tx)) })
	})
	t.Run("keys that are never there", func(t *testing.T) {
		var m Map[int, int]
		for i := range rounds(20_000) {
			atomically(func(tx *tm.Tx) { m.Get(tx, i) })
		}
		require.Less(t, entries(&m), few)
	})
	t.Run("keys of what fails", func(t *testing.T) {
		var m Map[int, int]
		wrong := errors.New("wrong")
		for i := range rounds(20_000) {
			require.Equal(t, wrong, tm.Atomically(func(tx *tm.Tx) error { m.Set(tx, i, i); return wrong }))
		}
		require.Less(t, entries(&m), few)
	})
}

// TestMapSweepBeside: what was begun before a sweep sees what it saw, and what the
// sweep has left in place is the same for those who have found it before.
func TestMapSweepBeside(t *testing.T) {
	m := &table[int, int]{hash: keyHash}
	set := func(k, v int) { atomically(func(tx *tm.Tx) { m.set(tx, k, v) }) }
	get := func(tx *tm.Tx, k int) int { v, _ := m.get(tx, k); return v }
	sweep := func() { m.sweep(&m.root().parts[0]) }
	set(0, 10)
	set(1, 11)
	old, update := tm.Begin(), tm.Begin()
	require.Equal(t, 10, get(old, 0))
	m.set(update, 1, get(update, 1)+10)
	atomically(func(tx *tm.Tx) { m.delete(tx, 0) })
	sweep()
	set(0, 20)
	set(2, 12)
	require.Equal(t, []int{10, 11, 0}, []int{get(old, 0), get(old, 1), get(old, 2)})
	require.True(t, old.Doomed(), "so it went on with its snapshot")
	require.Equal(t, map[int]int{0: 10, 1: 11}, collect(old, m))
	old.Abort()
	require.True(t, update.Commit(), "a sweep does not conflict with an update of a key that is there")
	view(func(tx *tm.Tx) { require.Equal(t, map[int]int{0: 20, 1: 21, 2: 12}, collect(tx, m)) })

	miss, insert := tm.Begin(), tm.Begin()
	require.Zero(t, get(miss, 3))
	m.set(miss, 2, 0)
	m.set(insert, 3, 13)
	sweep()
	require.False(t, miss.Commit(), "the entry for the key that was missed is gone")
	require.False(t, insert.Commit())
	view(func(tx *tm.Tx) { require.Equal(t, map[int]int{0: 20, 1: 21, 2: 12}, collect(tx, m)) })
}

// TestMapWaiting: who waits for a key that nobody has asked for before is woken, in
// transactions of both kinds, also by a sweep that takes the entry away.
func TestMapWaiting(t *testing.T) {
	for name, run := range map[string]func(func(tx *tm.Tx) error) error{"update": tm.Atomically, "view": tm.View} {
		t.Run(name, func(t *testing.T) {
			m := &table[int, int]{hash: keyHash}
			done := make(chan int)
			var runs atomic.Int64 // that have not found the key
			go func() {
				var x int
				_ = run(func(tx *tm.Tx) error {
					v, ok := m.get(tx, 1)
					if !ok {
						runs.Add(1)
						tx.Retry()
					}
					x = v
					return nil
				})
				done <- x
			}()
			for range 5 {
				before := runs.Load()
				m.sweep(&m.root().parts[0]) // at first there is nothing to sweep
				for runs.Load() == before {
					goruntime.Gosched()
				}
			}
			atomically(func(tx *tm.Tx) { m.set(tx, 1, 7) })
			require.Equal(t, 7, <-done)
		})
	}
}

func TestSet(t *testing.T) {
	var s Set[string]
	atomically(func(tx *tm.Tx) {
		require.True(t, s.Add(tx, "a"))
		require.False(t, s.Add(tx, "a"))
		require.True(t, s.Add(tx, "b"))
		require.True(t, s.Has(tx, "b"))
		require.True(t, s.Delete(tx, "b"))
		require.False(t, s.Delete(tx, "b"))
		require.Equal(t, 1, s.Len(tx))
		for k := range s.All(tx) {
			require.Equal(t, "a", k)
		}
	})
}
