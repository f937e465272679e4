package value

import (
	"fmt"
	"sync"
	"testing"

	"github.com/ungil/tm/runtime"
)

// Threads move numbers between a shared list and a shared dict, and insert keys
// of their own; nothing may be lost or doubled. Under -race this also
// checks that publication hands everything over.
func TestThreadsOnSharedContainers(tt *testing.T) {
	const threads, rounds = 4, 150
	w := world(runtime.STM)
	l, d := published(w, numbers(50)), published(w, keysTo(0))
	var wg sync.WaitGroup
	for id := range threads {
		wg.Go(func() {
			t := newThread(w)
			for i := range rounds {
				do(t, func(t *Thread, _ int) {
					v, err := call(t, l, "pop")
					must(err)
					key := NewPair(Str(fmt.Sprint("t", id)), Int(int64(i)))
					must(SetIndex(t, d, key, NewList(t, []Value{v})))
				})
				do(t, func(t *Thread, _ int) {
					key := NewPair(Str(fmt.Sprint("t", id)), Int(int64(i)))
					v, err := Index(t, d, key)
					must(err)
					v, err = call(t, v, "pop")
					must(err)
					must(ListOf(l).Append(t, v))
					if i%3 == 0 {
						_, err = call(t, d, "pop", key)
						must(err)
					}
				})
			}
		})
	}
	wg.Wait()
	checkMoved(tt, w, l, d, threads*rounds*2/3)
}

// checkMoved looks at what the threads have left.
func checkMoved(tt *testing.T, w *runtime.World, l, d Value, entries int) {
	do(newThread(w), func(t *Thread, _ int) {
		vs := append([]Value(nil), ListOf(l).Snapshot(t)...)
		must(Sort(t, vs, vs, false))
		if got, want := Repr(t, NewList(t, vs)), Repr(t, numbers(50)(t)); got != want {
			tt.Errorf("numbers are %s", got)
		}
		items := DictOf(d).items(t)
		if len(items) != entries || DictOf(d).Len(t) != entries {
			tt.Errorf("%d entries, length %d, want %d", len(items), DictOf(d).Len(t), entries)
		}
		last := map[string]int64{}
		for _, e := range items {
			key := TupleOf(e.key).Elems()
			name, i := key[0].AsString(), key[1].AsInt()
			if before, seen := last[name]; seen && before >= i {
				tt.Errorf("%s inserted %d after %d", name, i, before)
			}
			last[name] = i
		}
	})
}

// Keys added by two threads at once end up in one node.
func TestTrieKeepsOneNodePerKey(tt *testing.T) {
	t := plain()
	var tr trie
	nodes := map[*trieNode]bool{}
	for range 2 {
		for i := range int64(3000) {
			for _, h := range []uint64{mix(uint64(i)), 42} { // 42: all collide
				if h == 42 && i >= 100 {
					continue
				}
				n := tr.find(t, Int(i), h)
				if n.key.AsInt() != i || n.hash != h {
					tt.Fatalf("key %d found %d", i, n.key.AsInt())
				}
				nodes[n] = true
			}
		}
	}
	if len(nodes) != 3100 {
		tt.Errorf("%d nodes, want 3100", len(nodes))
	}
	// Keys with different hashes spread: no path is long but that of the
	// hundred that collide.
	for i := range tr.roots.Load() {
		if i == 42 {
			continue
		}
		if n := height(tr.roots.Load()[i].Load()); n > 20 {
			tt.Errorf("root %d is %d high", i, n)
		}
	}
}

func height(n *trieNode) int {
	if n == nil {
		return 0
	}
	h := 0
	for i := range n.children {
		h = max(h, height(n.children[i].Load()))
	}
	return h + 1
}
