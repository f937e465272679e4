package bench

import (
	"fmt"
	"sync"

	"github.com/tidwall/btree"

	"github.com/ungil/tm"
	"github.com/ungil/tm/container"
)

const (
	mapKeys     = 10_000
	orderedKeys = 1 << 16
	listLength  = 1000
	// SyncMap is the implementation by the standard library's concurrent map.
	SyncMap = "syncmap"
	// One operation in so many is an update.
	updateEvery = 10
)

// ContainerWorkloads returns the workloads of package container. The baseline
// is Go's own type under a mutex; for the ordered map, which Go has not, a B-tree library's.
func ContainerWorkloads() []Workload {
	all := []int{1, 2}
	return []Workload{
		{"container=map/keys=10000/updates=10", all, func(impl string, g int) Run { return makeTable(impl, g, false) }, []string{SyncMap}},
		{"container=map/keys=10000/churn=10", all, func(impl string, g int) Run { return makeTable(impl, g, true) }, []string{SyncMap}},
		{"container=ordered/keys=65536/updates=10", all, makeOrdered, nil},
		{"container=list/sum=1000", all, makeListSum, nil},
		{"container=counter", all, makeContainerCounter, nil},
	}
}

// A table is what the workloads of maps need of a map. Key k always has a value
// that leaves k when divided by the number of keys.
type table struct {
	get    func(k int) (int, bool)
	set    func(k, v int)
	remove func(k int)
	all    func(yield func(k, v int) bool)
}

// makeTable looks keys up, and once in ten times sets one, which is there; with
// churn it removes it if it is there, and adds it otherwise.
func makeTable(impl string, goroutines int, churn bool) Run {
	t := newTable(impl)
	for k := range mapKeys {
		t.set(k, k)
	}
	r := tableRun(t, mapKeys, goroutines)
	if churn {
		r.Batch = churning(t, newPairs(goroutines, false))
		r.Check = func() error { return t.check(mapKeys) }
	}
	return r
}

// tableRun is the work on a table of so many keys.
func tableRun(t table, keys, goroutines int) Run {
	p := newPairs(goroutines, false)
	missing := make([]tally, goroutines)
	return Run{Batch: func(worker, n int) int {
		random := &p.random[worker]
		for i := range n {
			x := random.Uint64()
			k := int(x % uint64(keys))
			if i%updateEvery == 0 {
				t.set(k, k+keys*int(x>>44))
			} else if _, ok := t.get(k); !ok {
				missing[worker].n++
			}
		}
		return n
	}, Check: func() error {
		if n := sumTallies(missing); n != 0 {
			return fmt.Errorf("%d keys were missing", n)
		}
		n := 0
		t.all(func(_, _ int) bool { n++; return true })
		if n != keys {
			return fmt.Errorf("%d keys, want %d", n, keys)
		}
		return t.check(keys)
	}, spoil: func() { t.set(0, 1) }}
}

// check looks for keys with values of others.
func (t *table) check(keys int) (err error) {
	t.all(func(k, v int) bool {
		if v%keys != k%keys {
			err = fmt.Errorf("key %d has value %d", k, v)
		}
		return err == nil
	})
	return err
}

// churning works on twice as many keys, of which about half are there.
func churning(t table, p *pairs) func(worker, n int) int {
	return func(worker, n int) int {
		random := &p.random[worker]
		for i := range n {
			k := int(random.Uint64() % (2 * mapKeys))
			_, ok := t.get(k)
			switch {
			case i%updateEvery != 0:
			case ok:
				t.remove(k)
			default:
				t.set(k, k)
			}
		}
		return n
	}
}

func newTable(impl string) table {
	switch impl {
	case Baseline:
		return guardedTable()
	case SyncMap:
		var m sync.Map
		return table{
			get: func(k int) (int, bool) {
				v, ok := m.Load(k)
				if !ok {
					return 0, false
				}
				return v.(int), true
			},
			set:    func(k, v int) { m.Store(k, v) },
			remove: func(k int) { m.Delete(k) },
			all:    func(yield func(k, v int) bool) { m.Range(func(k, v any) bool { return yield(k.(int), v.(int)) }) },
		}
	}
	m := new(container.Map[int, int])
	return table{
		get: func(k int) (v int, ok bool) {
			_ = tm.View(func(tx *tm.Tx) error { v, ok = m.Get(tx, k); return nil })
			return v, ok
		},
		set:    func(k, v int) { _ = tm.Atomically(func(tx *tm.Tx) error { m.Set(tx, k, v); return nil }) },
		remove: func(k int) { _ = tm.Atomically(func(tx *tm.Tx) error { m.Delete(tx, k); return nil }) },
		all: func(yield func(k, v int) bool) {
			_ = tm.View(func(tx *tm.Tx) error { m.All(tx)(yield); return nil })
		},
	}
}

func guardedTable() table {
	var mu sync.Mutex
	m := map[int]int{}
	return table{
		get:    func(k int) (int, bool) { mu.Lock(); v, ok := m[k]; mu.Unlock(); return v, ok },
		set:    func(k, v int) { mu.Lock(); m[k] = v; mu.Unlock() },
		remove: func(k int) { mu.Lock(); delete(m, k); mu.Unlock() },
		all: func(yield func(k, v int) bool) {
			for k, v := range m {
				if !yield(k, v) {
					return
				}
			}
		},
	}
}

func makeOrdered(impl string, goroutines int) Run {
	var t table
	if impl == Baseline {
		var mu sync.Mutex
		m := btree.NewMap[int, int](0)
		t = table{
			get: func(k int) (int, bool) { mu.Lock(); v, ok := m.Get(k); mu.Unlock(); return v, ok },
			set: func(k, v int) { mu.Lock(); m.Set(k, v); mu.Unlock() },
			all: func(yield func(k, v int) bool) { m.Scan(yield) },
		}
	} else {
		m := new(container.OrderedMap[int, int])
		t = table{
			get: func(k int) (v int, ok bool) {
				_ = tm.View(func(tx *tm.Tx) error { v, ok = m.Get(tx, k); return nil })
				return v, ok
			},
			set: func(k, v int) { _ = tm.Atomically(func(tx *tm.Tx) error { m.Set(tx, k, v); return nil }) },
			all: func(yield func(k, v int) bool) {
				_ = tm.View(func(tx *tm.Tx) error { m.All(tx)(yield); return nil })
			},
		}
	}
	for i := range orderedKeys {
		k := i * 40_503 % orderedKeys // each once, in no order
		t.set(k, k)
	}
	return tableRun(t, orderedKeys, goroutines)
}

// makeListSum adds the elements of a list up, in a view.
func makeListSum(impl string, _ int) Run {
	wrong := new(wrongSums)
	const want = listLength * initial
	note := func(s int) {
		if s != want {
			wrong.n.Add(1)
		}
	}
	if impl == Baseline {
		g := newGuarded(listLength)
		return Run{Batch: func(_, n int) int {
			for range n {
				g.mu.Lock()
				s := 0
				for _, x := range g.ints {
					s += x
				}
				g.mu.Unlock()
				note(s)
			}
			return n
		}, Check: wrong.check, spoil: g.spoil}
	}
	l := new(container.List[int])
	for range listLength {
		_ = tm.Atomically(func(tx *tm.Tx) error { l.Append(tx, initial); return nil })
	}
	return Run{Batch: func(_, n int) int {
		for range n {
			var result int
			_ = tm.View(func(tx *tm.Tx) error {
				s := 0
				for x := range l.Values(tx) {
					s += x
				}
				result = s
				return nil
			})
			note(result)
		}
		return n
	}, Check: wrong.check, spoil: func() {
		_ = tm.Atomically(func(tx *tm.Tx) error { l.SetAt(tx, 7, 0); return nil })
	}}
}

// makeContainerCounter lets all goroutines add to one counter.
func makeContainerCounter(impl string, goroutines int) Run {
	done := make([]tally, goroutines)
	if impl == Baseline {
		return makeCounter(impl, goroutines)
	}
	var c container.Counter
	add := func(n int64) { _ = tm.Atomically(func(tx *tm.Tx) error { c.Add(tx, n); return nil }) }
	return Run{Batch: func(worker, n int) int {
		for range n {
			add(1)
		}
		done[worker].n += n
		return n
	}, Check: func() error {
		value, _ := tm.Do(func(tx *tm.Tx) (int64, error) { return c.Value(tx), nil })
		return total(int(value), sumTallies(done))
	}, spoil: func() { add(1) }}
}
