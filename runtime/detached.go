package runtime

import "github.com/ungil/tm"

// Detached runs f, which only reads, over a snapshot of its own: nothing that f
// reads makes the transaction fail, and f does not see what the transaction has
// written. Under GIL it just runs f.
func (t *Thread) Detached(f func()) {
	if t.tx == nil {
		f()
		return
	}
	outer := t.tx
	t.tx = tm.Begin()
	t.Reading++ // neither of the two transactions has read what the other has
	defer func() {
		t.tx.Abort()
		t.tx = outer
		t.Reading++
	}()
	f()
}

// Attempt returns a number that is the thread's own for each attempt of a transaction;
// under GIL it is always 0.
func (t *Thread) Attempt() uint64 { return t.attempts }
