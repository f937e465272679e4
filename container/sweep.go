package container

import (
	"context"

	"github.com/ungil/tm"
	"github.com/ungil/tm/internal/word"
	"github.com/ungil/tm/orec"
)

// changes counts, for a part, what may leave entries of absent keys behind. It is
// apart from the part, which all look-ups read, so that they do not miss it in the cache.
type changes struct {
	n     word.Int64 // entries added and keys removed, by attempts too that were rolled back
	limit word.Int64 // when n gets there, somebody is to look whether to sweep
	asked word.Int64 // no more are to before n gets there
}

// leastChanges is how many changes there are between two looks at least.
const leastChanges = 16

// sweepAttempts is enough to get the highest priority and be the first to have it. A
// sweep may still fail, beside an irrevocable transaction: then another one will do it.
const sweepAttempts = 64

// worthSweeping reports whether so many entries of absent keys are too many beside so
// many of keys that are there; they may be half as many, and a few.
func worthSweeping(absent, keys int) bool { return 2*absent > keys+leastChanges }

// until returns after how many changes a part with so many keys is to be looked at again.
// A look takes time for each entry, so there is one for half as many changes.
func until(keys int) int64 { return int64(max(leastChanges, keys/2)) }

func newChanges(keys int) *changes {
	c := new(changes)
	c.limit.Store(until(keys))
	return c
}

// changed notes that tx has added an entry to p, the part in s, or removed a key.
func (t *table[K, V]) changed(tx *tm.Tx, s *orec.Slot, p *part[K, V]) {
	c := p.changes
	n := c.n.Add(1)
	if n < c.limit.Load() || n < c.asked.Load() {
		return
	}
	// The hooks are forgotten if the attempt is to run again, so others are asked
	// too; but not for every one of a thousand changes.
	c.asked.Store(n + n/8 + leastChanges)
	// Not now: what a transaction of its own can do is not to make this one
	// longer, nor conflict with others.
	tidy := func() { t.tidy(s) }
	tx.OnCommit(tidy)
	tx.OnAbort(tidy)
}

// tidy sweeps the part in s if many more entries are in it than keys. It takes
// time in proportion to them, after as many changes.
func (t *table[K, V]) tidy(s *orec.Slot) {
	sweep := false
	_ = tm.View(func(tx *tm.Tx) error {
		sweep = false
		p := t.part(tx, s)
		n, limit := p.changes.n.Load(), p.changes.limit.Load()
		if n < limit {
			return nil // somebody else has looked
		}
		keys, absent := 0, 0
		for e := range p.row.Load().entries() {
			if present(tx.Read(&e.slot)) {
				keys++
			} else {
				absent++
			}
		}
		// One of those who have looked at the same time goes on.
		sweep = p.changes.limit.CompareAndSwap(limit, n+until(keys)) && worthSweeping(absent, keys)
		return nil
	})
	if sweep {
		t.sweep(s)
	}
}

// sweep replaces the part in s by one without the entries of absent keys. It conflicts
// with those who rely on one of them, and loses against those who add or remove keys.
func (t *table[K, V]) sweep(s *orec.Slot) {
	r := t.root()
	_ = tm.AtomicallyContext(context.Background(), func(tx *tm.Tx) error {
		if !sweepUncounted {
			r.count.Value(tx) // before the entries are looked at
		}
		v := tx.Read(s)
		if v == nil {
			return nil
		}
		var kept []*entry[K, V]
		for e := range as[part[K, V]](v).row.Load().entries() {
			if present(tx.Peek(&e.slot)) {
				kept = append(kept, e)
			}
		}
		tx.Write(s, &newPart(t, kept).Version)
		return nil
	}, tm.WithAttempts(sweepAttempts))
}
