// Package runtime is the layer that an interpreter imports to lose its global
// interpreter lock. It knows no language. It drives the interpreter's threads,
// decides where one transaction ends and the next begins, and keeps everything
// that has to be taken back when a transaction fails: changes of plain objects,
// output, other effects. What two threads share goes through transactional
// slots of the engine (package tm).
//
// # What a program sees
//
// The instructions a thread runs between two switch points take effect as one
// step, as they do under a global lock that is handed over every N
// instructions. A World has one of three models of that same contract, or a fourth
// with a weaker one:
//
//   - GIL: one lock, handed over in the order in which threads asked for it. At
//     most one thread runs. There are no transactions and, outside of
//     savepoints, no undo.
//   - STM: every run of instructions between two switch points is a transaction.
//     Threads run in parallel; one that met a conflict is put back to where its
//     transaction began and runs again.
//   - Auto: GIL while one thread is in Run, STM from the end of the quantum in
//     which a second one enters Run. Nothing is logged before. The guest's
//     Sharer then brings what threads share into the form that transactions need.
//   - Locks: threads run in parallel without transactions. A step is one operation
//     of the guest, which takes the locks of the objects it touches (locks.go), or
//     all from the begin of an outermost savepoint to its end. One thread at a time
//     has one open, while no other is in the middle of an operation.
//
// # How an interpreter uses it
//
// A small one that does is examples/forth, and a whole one starlark/vm.
//
// Make a World, a Thread for each thread of the language, and on a goroutine of
// its own call Run with the interpreter's side of the thread, a Guest. Run calls
// the guest in this order:
//
//  1. A transaction begins (GIL: the lock is taken). Under STM, Epoch gets a value that no object has.
//  2. Checkpoint, if quanta are transactions: the guest remembers its private state, which
//     is program counter, registers and whatever else it will change without
//     the undo log, and says with StartsAt where in its code it is. It is called before every
//     attempt, so also after Restore. Then Budget is refilled.
//  3. Resume: the guest runs instructions. It subtracts what it ran from Budget
//     at back-edges and calls. When Budget is used up it calls Check; when Check
//     reports true it saves its program counter and returns Yield. It returns
//     Outside when the next thing must happen between two transactions (loading a
//     module), Wait when it cannot go on before something changes that it has looked
//     at, and Done when the thread has ended.
//  4. Under STM the transaction commits, or else everything it did is undone:
//     plain objects newest change first, engine writes, deferred effects. Then
//     the guest's Restore puts back what Checkpoint remembered, and after a
//     pause that grows with the number of failures step 1 follows again. Under
//     GIL the deferred effects run and the lock is handed over.
//  5. After Outside, the guest's Outside is called with no lock held and no
//     transaction open. All effects that the thread deferred have happened by
//     then. When Done has committed, Run returns, again after all effects. Wait is
//     explained below.
//
// So a guest's state between two instructions must be data that Checkpoint can
// copy. An interpreter whose state is on Go's stack, one that walks the syntax
// tree, cannot be a Guest as it is.
//
// Resume runs in a transaction whose reads are one consistent snapshot even if
// it can no longer commit, so an interpreter needs no check of its own: a wrong
// branch taken because of a conflict cannot happen. An error of the guest
// language is not a failure of the transaction: the guest commits it like any
// other result by returning Done.
//
// # Objects
//
// What only one thread can reach is plain Go memory. Before it is changed the
// first time in a transaction its old state goes to the undo log with PushUndo.
// To know whether it is the first time, an object carries an epoch, set to
// Thread.Epoch when the object was made or saved:
//
//	if o.epoch != t.Epoch {
//		o.saveSlow(t) // if t.Logging(): push an entry that restores all of o; then o.epoch = t.Epoch
//	}
//	// change o in place
//
// Under GIL outside of savepoints Epoch is 0 and so is that of every object: the
// cost is one compare. A large object pushes an entry for the one change and
// leaves its epoch alone. Outside of Run, when nothing is running, Logging is false.
//
// What several threads can reach goes through t.Tx() under STM: the object holds
// slots and reads and writes them in the transaction.
//
// # Objects that become shared
//
// The simplest guest gives a slot to everything that a program could share, as
// examples/forth does. But most objects never leave their thread, and plain memory is
// faster. So an object may begin as plain memory, and be published when a transaction is
// about to store it, or something that leads to it, where other threads find
// it: in a global variable, in an object that is shared already, in the
// arguments of a new thread.
//
// To publish an object is to give it slots that were never written: what it held
// becomes their base values, which count until there is a version. The same is done
// with all that the object reaches, up to what is shared already. Nobody else
// sees any of this before the transaction commits. If it fails, the objects
// are plain again: publishing pushes undo entries like any other change. A published object
// keeps an epoch that no thread ever has, so that the compare above leads to the slow
// path, which asks whether the object is shared.
//
// Under GIL nothing need be published. Under Auto the guest's Sharer does it for
// all that several threads can reach, when a second thread comes.
//
// # Waiting
//
// A guest that cannot go on with what it has seen calls WaitFor and returns Wait.
// The thread sleeps until something has changed, and step 1 follows. Under STM all that the
// transaction did is undone first, from its begin, and Restore is called. Under
// GIL and Locks the guest has to undo and go back by itself; what it has deferred in this turn
// is dropped under GIL, too. What others wait for may be among all this, so commit it
// first. A guest for GIL, STM and Auto does this:
//
//   - it waits only in an atomic block. At the begin of the outermost one it opens a
//     Savepoint, and remembers its registers and whether Ran is 0;
//   - to wait it calls Rollback and LeaveAtomic and puts these registers back. If Ran
//     was 0, the block is all that the transaction has done, and it returns Wait. If not, it
//     returns Yield: what came before is committed, and the block is then the first.
//
// examples/forth does (await). Under Locks the guest besides calls WillWait before
// Rollback. Look and Watch save wake-ups under GIL (wait.go).
//
// # Locks
//
// A guest for the model Locks has a Lock in each object that threads share. An access to
// one object stands between Guard and Unguard. An operation on several takes
// their locks by LockAll, in the order of addresses, and gives them back by
// UnlockAll; around a callback it holds none. While a savepoint is open all other
// threads stand still, and these calls do nothing. Saw notes what a block looks at that may
// have to wait, and Changes tells those that wait of a change.
//
// # Atomic blocks and savepoints
//
// Between EnterAtomic and LeaveAtomic, and while a savepoint is open, Check does
// not end the quantum. Savepoint marks a place; Rollback takes back, in either
// model, all that was done since: plain objects, engine writes, effects;
// Release keeps it. The guest puts back its own registers.
//
// # Effects
//
// Output and whatever else cannot be undone is deferred: Write and Defer keep it
// until the transaction has committed and drop it when it fails. Effects of all
// threads happen one at a time, in the order of the commits. sequencer.go
// argues why that order respects real time and conflicts.
//
// # Quanta
//
// A quantum is the number of instructions after which a transaction ends (GIL:
// after which the lock is given to the next waiting thread). Config.Quantum
// fixes it. Otherwise it is DefaultQuantum under GIL, and under STM it is that of the
// place in the code where the transaction begins, which the guest names with StartsAt
// (places.go); of the thread, if it names none. It grows by an eighth with every commit
// that used it up, and is halved by an abort.
//
// # Progress
//
// Under STM a commit waits for nobody: the engine is lock-free, and the mutex
// around deferred effects is taken only after the commit, by threads that have
// some. Savepoint, Check, PushUndo, Defer and Write are wait-free but for memory
// allocation. Under GIL every transaction blocks on the lock. Under Locks operations
// block on the locks of the objects they touch, and savepoints on each other and on
// all operations. What waits besides says so; all else waits for nobody.
//
// Panics of the guest, or of an effect, pass through Run after the transaction
// was aborted or the lock was given back. They are not hidden.
package runtime
