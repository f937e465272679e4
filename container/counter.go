package container

import (
	"github.com/ungil/tm"
	"github.com/ungil/tm/clock"
	"github.com/ungil/tm/internal/word"
	"github.com/ungil/tm/orec"
)

// A Counter is a number that many transactions may add to at the same time. The
// zero Counter holds 0 and takes about 270 bytes; it must not be copied after
// use.
//
// It has a stripe for each transaction that may be running: tm.Tx.ID says which.
// No other running transaction has the same number, so no two ever add to the
// same stripe, and the counter's value is the sum. The idea is old; see "sloppy
// counters" (Boyd-Wickizer et al., "An Analysis of Linux Scalability to Many
// Cores", OSDI 2010), with transactions in the place of processors.
type Counter struct {
	first [firstStripes]stripe
	next  orec.Slot // more stripes, a *stripes
}

const (
	firstStripes = 4
	lineSize     = 64 // stripes written by different cores stand on different lines
)

type stripe struct {
	slot orec.Slot
	_    [lineSize - 8]byte
}

// stripes are more stripes, twice as many as those before them in the list.
type stripes struct {
	orec.Version
	stripes []stripe
	next    orec.Slot
}

// amount is a version of a stripe.
type amount struct {
	orec.Version
	n int64
}

// Add adds n. It takes constant time (the logarithm of the number of running
// transactions), and conflicts with Value only, not with other Adds.
func (c *Counter) Add(tx *tm.Tx, n int64) {
	s := c.stripe(tx.ID())
	if v := tx.Pending(s); v != nil {
		as[amount](v).n += n
		return
	}
	v := &amount{n: n}
	if old := tx.Read(s); old != nil {
		v.n += as[amount](old).n
	}
	tx.Write(s, &v.Version)
}

// Value returns the sum of all that was added. It reads a stripe for each
// transaction that has ever run at the same time as others, and conflicts with
// every Add.
func (c *Counter) Value(tx *tm.Tx) (n int64) {
	// The end of the list is read too: a transaction with a new number, which
	// makes the list longer, conflicts. This transaction's own stripe must be
	// there before, or its own Add would.
	c.stripe(tx.ID())
	n = sum(tx, c.first[:])
	for more := tx.Read(&c.next); more != nil; {
		m := as[stripes](more)
		n += sum(tx, m.stripes)
		more = tx.Read(&m.next)
	}
	return n
}

func sum(tx *tm.Tx, all []stripe) (n int64) {
	for i := range all {
		if v := tx.Read(&all[i].slot); v != nil {
			n += as[amount](v).n
		}
	}
	return n
}

// stripe returns the stripe of the transaction with that number.
func (c *Counter) stripe(id uint64) *orec.Slot {
	if id < firstStripes {
		return &c.first[id].slot
	}
	id -= firstStripes
	for next, size := &c.next, uint64(firstStripes); ; size *= 2 {
		m := moreStripes(next, size)
		if id < size {
			return &m.stripes[id].slot
		}
		id -= size
		next = &m.next
	}
}

// moreStripes returns the stripes behind next. They are made outside of any
// transaction: new ones hold zeros, so nobody's sum changes.
func moreStripes(next *orec.Slot, size uint64) *stripes {
	n := next.Head.Load()
	if n == nil {
		m := &stripes{stripes: make([]stripe, size)}
		word.InitUint64(&m.Stamp, clock.First)
		// Publishes the stripes. Nobody writes this slot in a transaction, so
		// there is nothing else that it could replace.
		next.Head.CompareAndSwap(nil, &m.Version)
		n = next.Head.Load()
	}
	return as[stripes](n)
}
