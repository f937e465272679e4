// Package tm is lock-free software transactional memory.
//
// A Var holds a value that many goroutines share. Atomically runs a function
// whose reads and writes of Vars happen all at once or not at all:
//
//	var from, to tm.Var[int]
//
//	err := tm.Atomically(func(tx *tm.Tx) error {
//		if from.Get(tx) < 10 {
//			return errPoor // nothing happens
//		}
//		from.Set(tx, from.Get(tx)-10)
//		to.Set(tx, to.Get(tx)+10)
//		return nil
//	})
//
// The function may run several times, so it must not do anything that cannot be
// repeated; and a value taken out of a Var is shared with everybody, so it must
// not be changed in place: set a new one.
//
// # What is promised
//
// Strict serializability: committed transactions happen one after another, in
// an order that respects real time.
//
// Opacity: also an attempt that will be thrown away sees one consistent
// snapshot. An invariant that every transaction keeps holds inside all of them.
//
// Lock-freedom: no goroutine waits for another. One that is stopped at any
// instruction, even in the middle of its commit, delays nobody: whoever meets
// its half-installed versions finishes the commit for it. Some transaction
// always gets on. What blocks says so: Retry and Irrevocable.
//
// Fairness: a transaction that was overtaken several times gets a priority, and
// others give way to it, of equals the younger ones to the older ones. So it
// commits after a bounded number of attempts; the privilege of one that stands
// still runs out. docs/protocol.md has the bound (Progress).
//
// Retry waits for a change of something that the transaction has read, Irrevocable
// until no other transaction is irrevocable. Nothing else waits.
//
// A View logs nothing, makes nobody abort and is restarted at most once, and once
// more for each change that it waits for.
//
// # How it works
//
// Each write makes an immutable version, stamped with its commit time; a reader
// with a snapshot takes the newest version that is not above its time. A commit
// publishes a descriptor of its logs, installs its versions by compare-and-swap,
// takes a time from the global clock, validates its reads and decides, and any
// goroutine can take any of these steps. docs/protocol.md has the rules, numbered
// (I1, I2, ...) as the code cites them; docs/design.md has the reasons.
//
// docs/guide.md tells how to use it well.
//
// # Two faces
//
// Var is the typed face. Runtimes of languages, which have value and object
// types of their own, embed orec.Slot and use Tx.Read and Tx.Write with versions
// that begin with orec.Version; package runtime builds threads without a global
// interpreter lock on that.
package tm
