package value

import (
	"unsafe"

	"github.com/ungil/tm"
	"github.com/ungil/tm/internal/word"
	"github.com/ungil/tm/orec"
)

// A trie maps the keys that a published dict did not have when it was
// published to their slots. It only grows: asking for an absent key adds it,
// because that it is absent has to be logged somewhere. Adding is lock-free: one
// CAS of a nil pointer, which nobody ever changes again. It is not part of any
// transaction; a key whose slot was never written is not in the dict.
//
// Every node holds a key; where two keys meet, the later one goes on to the
// child that the next three bits of its hash name.
type trie struct {
	roots word.Pointer[trieRoots] // made at the first use
}

const (
	rootBits  = 6
	childBits = 3
)

type trieRoots [1 << rootBits]word.Pointer[trieNode]

// A trieNode is 96 bytes, a size class of the allocator.
type trieNode struct {
	// key is immutable. It may be local to the thread that asked for it first, but for its
	// tuples: it is compared with others, and a program sees it only if the same object was inserted.
	key      Value
	hash     uint64
	slot     orec.Slot
	children [1 << childBits]word.Pointer[trieNode]
}

// find returns the node of key, adding it if need be.
func (tr *trie) find(t *Thread, key Value, h uint64) *trieNode {
	roots := tr.roots.Load()
	if roots == nil {
		// The CAS hands over the zeroed roots; it pairs with the load above.
		tr.roots.CompareAndSwap(nil, new(trieRoots))
		roots = tr.roots.Load()
	}
	at := &roots[h&(1<<rootBits-1)]
	rest := h >> rootBits
	var fresh *trieNode
	for {
		// Pairs with the CAS below: the node's key and hash are complete.
		n := at.Load()
		if n == nil {
			if fresh == nil {
				fresh = &trieNode{key: detach(key), hash: h}
			}
			if at.CompareAndSwap(nil, fresh) {
				return fresh
			}
			n = at.Load() // somebody else was first
		}
		if n.hash == h && (n.key == key || sameKey(t, n.key, key)) {
			return n
		}
		at = &n.children[rest&(1<<childBits-1)]
		rest >>= childBits
	}
}

// detach returns a key that other threads may see before, or without, the
// commit of the transaction that asked for it: tuples are copied, because a
// tuple notes whether it was published.
func detach(key Value) Value {
	tup := TupleOf(key)
	if tup == nil {
		return key
	}
	if tup.n == 0 {
		return key
	}
	c, elems := newTuple(int(tup.n))
	for i, v := range tup.Elems() {
		elems[i] = detach(v)
	}
	c.shared = true
	return FromObject(&c.Object)
}

// collect appends the entries that are present in tx.
func (tr *trie) collect(tx *tm.Tx, to []orderedEntry) []orderedEntry {
	roots := tr.roots.Load()
	if roots == nil {
		return to
	}
	var todo []*trieNode
	for i := range roots {
		if n := roots[i].Load(); n != nil {
			todo = append(todo, n)
		}
	}
	for len(todo) > 0 {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if w := (*dictVersion)(unsafe.Pointer(tx.Read(&n.slot))); w != nil && w.v.IsSet() {
			to = append(to, placed(n.key, &n.slot, w))
		}
		for i := range n.children {
			if c := n.children[i].Load(); c != nil {
				todo = append(todo, c)
			}
		}
	}
	return to
}
