package bench

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"

	"github.com/tidwall/btree"

	"github.com/ungil/tm"
	"github.com/ungil/tm/container"
)

// heapOf returns the bytes of heap that what make returns takes for each of n
// elements.
func heapOf(n int, make func() any) float64 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.GC() // pools are emptied in two collections
	runtime.ReadMemStats(&before)
	x := make()
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(x)
	return float64(int64(after.HeapAlloc)-int64(before.HeapAlloc)) / float64(n)
}

// A footprint is what an element of a container takes.
type footprint struct {
	container, implementation string
	bytes                     float64
}

// footprints measures all containers, with elements that were written once, and
// again when each was written a second time: then its last version but one is kept.
func footprints() []footprint {
	return slices.Concat(mapFootprints(), orderedFootprints(), listFootprints())
}

func add(all *[]footprint, what, impl string, n int, make func() any) {
	*all = append(*all, footprint{what, impl, heapOf(n, make)})
}

// write calls set for each key below n, in no order, in transactions of their own, as often.
func write(n, times int, set func(tx *tm.Tx, k int)) {
	for range times {
		for k := range n {
			_ = tm.Atomically(func(tx *tm.Tx) error { set(tx, k*40_503%n); return nil })
		}
	}
}

var times = map[int]string{1: "tm", 2: "tm, written twice"}

func mapFootprints() (all []footprint) {
	const what = "map of 10000"
	add(&all, what, "Go", mapKeys, func() any {
		m := map[int]int{}
		for k := range mapKeys {
			m[k] = k
		}
		return m
	})
	add(&all, what, "sync.Map", mapKeys, func() any {
		m := new(sync.Map)
		for k := range mapKeys {
			m.Store(k, k)
		}
		return m
	})
	for n := 1; n <= 2; n++ {
		add(&all, what, times[n], mapKeys, func() any {
			m := new(container.Map[int, int])
			write(mapKeys, n, func(tx *tm.Tx, k int) { m.Set(tx, k, k) })
			return m
		})
	}
	return all
}

func orderedFootprints() (all []footprint) {
	const what = "ordered map of 65536"
	add(&all, what, "tidwall/btree", orderedKeys, func() any {
		m := btree.NewMap[int, int](0)
		for i := range orderedKeys {
			m.Set(i*40_503%orderedKeys, i)
		}
		return m
	})
	for n := 1; n <= 2; n++ {
		add(&all, what, times[n], orderedKeys, func() any {
			m := new(container.OrderedMap[int, int])
			write(orderedKeys, n, func(tx *tm.Tx, k int) { m.Set(tx, k, k) })
			return m
		})
	}
	return all
}

func listFootprints() (all []footprint) {
	const what = "list of 10000"
	add(&all, what, "Go", mapKeys, func() any {
		var s []int
		for k := range mapKeys {
			s = append(s, k)
		}
		return s
	})
	add(&all, what, "tm", mapKeys, func() any {
		l := new(container.List[int])
		write(mapKeys, 1, func(tx *tm.Tx, k int) { l.Append(tx, k) })
		return l
	})
	return all
}

// Memory writes a table of what an element takes, in Markdown. Keys, values and
// elements are ints, of 8 bytes.
func Memory(w io.Writer) {
	fmt.Fprint(w, "\n### memory\n\n| container | implementation | bytes an element |\n|---|---|---|\n")
	for _, f := range footprints() {
		fmt.Fprintf(w, "| %s | %s | %.0f |\n", f.container, f.implementation, f.bytes)
	}
}
