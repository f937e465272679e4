// Package container holds collections that compose: lists, maps, queues whose
// operations are parts of a transaction. What moves an element from one to
// another happens at once or not at all, and nobody ever sees it in both or in
// neither:
//
//	for {
//		t := tm.Begin()
//		if x, ok := list1.Pop(t); ok {
//			list2.Append(t, x)
//		}
//		if t.Commit() {
//			break
//		}
//	}
//
// The zero value of each type is ready, except where a capacity is to be given.
// None may be copied after use. The first argument of an operation is the
// transaction: from tm.Atomically, from tm.View for operations that only read, or
// from tm.Begin. All work in nested parts as well, and are undone with them.
// A nil collection, and a nil transaction, is Go's own nil pointer panic.
//
// # Conflicts
//
// What these types are for is that transactions which have nothing to do with each
// other do not abort each other. Two transactions conflict if one of them
// changes a slot that the other has read or changes too. Each operation's comment says which
// slots these are; in short:
//
//	Map, Set     different keys do not conflict, whether they are there or not; the
//	             entries that deleted keys leave behind are swept away now and then,
//	             and that conflicts with inserts in the same 64th of the map
//	OrderedMap   reading and updating different keys that are there does not
//	             conflict; inserts and deletes of up to 30 neighbours do
//	List, Queue  both ends and all elements are independent; one end is not of itself
//	Array        elements are independent
//	Counter      Add conflicts with Value only
//
// A conflict costs time, never correctness.
//
// Sizes are exact and do not make updates conflict: they are kept in a Counter,
// whose parts belong to one running transaction each. Reading a size conflicts
// with whatever changes it, of course.
//
// # Iteration
//
// Iterators run over the state that the transaction sees, inside the
// transaction: they must not be used after it. A View sees one moment and makes
// nobody abort. In an updating transaction an iteration conflicts with changes of
// what it has passed; that of a Map or Set with all inserts and deletes.
//
// The collection may be changed by the same transaction while it is iterated
// over. Then each element is produced at most once; one that is removed before it was
// reached is not produced, and one that is added may be produced or not.
//
// # Values
//
// Values are shared with every transaction that reads them and must be treated as
// immutable, as in a tm.Var. They may be of any size: each write stores a copy.
package container
