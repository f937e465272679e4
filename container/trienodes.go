package container

import (
	"slices"

	"github.com/ungil/tm/clock"
	"github.com/ungil/tm/internal/word"
)

// Versions of the places of a trie. What these functions return is fresh:
// nobody else can reach it.

func newLeaf[K comparable, V any](h uint64, k K, v V) *content {
	l := &leaf[K, V]{content{tag: tag(h, kindLeaf)}, k, v}
	return &l.content
}

func newBucketOf[K comparable, V any](h uint64, entries []entry[K, V]) *bucket[K, V] {
	return &bucket[K, V]{content{tag: tag(h, kindBucket)}, slices.Clone(entries)}
}

func newBucket[K comparable, V any](h uint64, entries ...entry[K, V]) *content {
	return &newBucketOf(h, entries).content
}

// split returns a branch, and in it as many others as are needed, that holds a
// and b, whose hashes differ. Their places are of no use to anybody until the
// branch is committed, so they are valid from the beginning of time.
func split(shift uint, hashA uint64, a *content, hashB uint64, b *content) *content {
	n := &branch{content: content{tag: uint64(kindBranch)}}
	i, j := hashA>>shift&branchMask, hashB>>shift&branchMask
	if i == j {
		n.fill(i, split(shift-branchBits, hashA, a, hashB, b))
	} else {
		n.fill(i, a)
		n.fill(j, b)
	}
	return &n.content
}

func (b *branch) fill(i uint64, c *content) {
	word.InitUint64(&c.Stamp, clock.First)
	word.InitPointer(&b.places[i].Head, &c.Version)
}

// index returns where k is in b, or -1.
func (b *bucket[K, V]) index(k K) int {
	return slices.IndexFunc(b.entries, func(e entry[K, V]) bool { return e.key == k })
}

// without returns what b's place is to hold when entry i is removed.
func (b *bucket[K, V]) without(i int) *content {
	n := newBucketOf(b.tag, slices.Delete(slices.Clone(b.entries), i, i+1))
	if len(n.entries) == 1 {
		return newLeaf(b.tag, n.entries[0].key, n.entries[0].value)
	}
	return &n.content
}
