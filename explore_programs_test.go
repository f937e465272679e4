//go:build tmexplore

package tm

// programs are those whose interleavings are explored. Two to four threads,
// few variables: what can go wrong between two or three commits shows here.
var programs = []program{
	{name: "inc2", vars: 1, threads: []thread{{update(add(0))}, {update(add(0))}}},
	// Write skew: each reads what the other writes.
	{name: "skew", vars: 2, threads: []thread{{update(read(0), write(1))}, {update(read(1), write(0))}}},
	// Blind writes in opposite order: installation must not deadlock.
	{name: "blind", vars: 2, threads: []thread{{update(write(0), write(1))}, {update(write(1), write(0))}}},
	{name: "swap-read", vars: 2, threads: []thread{{update(add(0), add(1))}, {view(read(0), read(1))}}},
	{name: "transfer3", vars: 3, threads: []thread{{update(add(0), add(1))}, {update(add(1), add(2))}, {update(add(2), add(0))}}},
	{name: "skew3", vars: 3, threads: []thread{{update(read(0), write(1))}, {update(read(1), write(2))}, {update(read(2), write(0))}}},
	{name: "rw-read", vars: 2, threads: []thread{{update(add(0), write(1))}, {update(read(0), read(1), write(0))}, {view(read(1), read(0))}}},
	// Two transactions each: descriptors are used again.
	{name: "twice", vars: 2, threads: []thread{{update(add(0), read(1)), update(write(1), read(0))}, {update(add(1), read(0)), update(add(0))}}},
	// Breaks a begin that reads no clock and skips an undecided version (I4).
	{name: "lazy-ro", vars: 2, threads: []thread{{update(read(0), write(1))}, {update(write(0))}, {update(read(1))}}},
	{name: "tie3", vars: 3, threads: []thread{{update(read(1), write(0))}, {update(read(0), write(1))}, {update(read(2), write(0))}}},
	{name: "read-twice", vars: 2, threads: []thread{{view(read(0), read(1), read(0))}, {update(add(0)), update(add(1))}, {update(add(0), add(1))}}},
	// Two views must agree on the order of two writes.
	{name: "views", vars: 2, threads: []thread{{view(read(0), read(1))}, {view(read(1), read(0))}, {update(write(0))}, {update(write(1))}}},
	{name: "upd-reads", vars: 3, threads: []thread{{update(read(0), read(1), write(2))}, {update(add(0), add(1))}, {update(read(2), write(0))}}},

	// The other faces of the engine.
	{name: "explicit2", vars: 1, threads: []thread{{explicit(add(0))}, {explicit(add(0))}}},
	{name: "explicit-skew", vars: 2, threads: []thread{{explicit(read(0), write(1))}, {update(read(1), write(0))}}},
	{name: "explicit-abort", vars: 2, threads: []thread{{given(add(0), read(1)), explicit(add(1))}, {update(add(0), add(1))}}},
	{name: "nested", vars: 2, threads: []thread{{update(add(0), failing(add(0), add(1)), inner(add(0)))}, {update(add(0), add(1))}}},
	{name: "nested-read", vars: 2, threads: []thread{{update(failing(read(0)), write(1))}, {update(read(1), write(0))}}},
	// The body hides a conflict from the engine (I11).
	{name: "swallow", vars: 2, threads: []thread{{update(read(0), swallowed(read(1)))}, {update(add(0), add(1))}}},
	// It goes on reading afterwards, and has not read the clock (I4).
	{name: "swallow-old", vars: 2, threads: []thread{{update(read(1), swallowed(read(0)), swallowed(read(0)))}, {update(write(0)), update(write(1))}}},
	{name: "load", vars: 2, threads: []thread{{update(write(0), write(1))}, {load(1), load(0)}, {load(0), load(1)}}},

	// Variables that were never written: base values, and nil at the end of history.
	{name: "base-inc2", fresh: true, vars: 1, threads: []thread{{update(add(0))}, {update(add(0))}}},
	{name: "base-skew", fresh: true, vars: 2, threads: []thread{{update(read(0), write(1))}, {update(read(1), write(0))}}},
	{name: "base-read", fresh: true, vars: 2, threads: []thread{{update(add(0), add(1))}, {view(read(0), read(1))}}},

	// Registration against cutting (I9): the reader's second read needs an old version. An
	// explicit transaction is registered from its begin and must never miss one.
	{name: "registered", vars: 2, threads: []thread{{explicit(read(0), read(1))}, {update(add(1)), update(add(1)), update(add(1))}}},
	{name: "registered-both", vars: 2, threads: []thread{{explicit(read(0), read(1))}, {update(add(0), add(1)), update(add(0), add(1))}}},
	{name: "registered-two", vars: 2, threads: []thread{{explicit(read(0), read(1))}, {explicit(read(1), read(0))}, {update(add(0), add(1)), update(add(1))}}},
	{name: "view-restarted", vars: 2, threads: []thread{{view(read(0), read(1))}, {update(add(1)), update(add(1)), update(add(1))}}},
	// Two registered at different times, and a view that is not: what is between the
	// versions that they need goes, and leaves a gap mark that the view must not walk over.
	{name: "gap", vars: 2, threads: []thread{{explicit(read(1), read(0))}, {view(read(1), read(0))}, {update(add(0)), update(add(0)), update(add(0)), update(add(0))}}},

	// Writes that decide themselves (I12), alone and beside commits with descriptors.
	{name: "one-write", vars: 2, threads: []thread{{update(add(0)), update(add(1))}, {view(read(0), read(1))}, {update(write(0))}}},
	{name: "mixed", vars: 2, threads: []thread{{update(add(0))}, {update(read(0), write(1))}, {update(read(1), write(0))}}},
}

// waiting are programs whose threads sleep.
var waiting = []program{
	{name: "await-single", vars: 1, threads: []thread{{update(await(0))}, {update(add(0))}}},
	{name: "await-both", vars: 2, threads: []thread{{update(await(0), add(1))}, {update(write(0), write(1))}}},
	{name: "await-fresh", fresh: true, vars: 1, threads: []thread{{update(await(0))}, {update(write(0))}}},
	{name: "await-validated", vars: 2, threads: []thread{{update(await(0))}, {update(read(1), write(0))}}},
	{name: "await-view", vars: 2, threads: []thread{{view(read(1), await(0))}, {update(add(0), add(1))}}},
	{name: "await-either", vars: 2, threads: []thread{{update(orElse(await(0), await(1)))}, {update(write(1))}}},
	{name: "await-or-write", vars: 2, threads: []thread{{update(orElse(inner(write(1), await(0)), read(1)))}, {update(add(0), add(1))}}},
	{name: "hand-over", vars: 2, threads: []thread{{update(await(0), add(1))}, {update(add(0)), update(await(1))}}},
	// The commit that wakes may fail, and the waiter sleeps again.
	{name: "await-failing", vars: 2, threads: []thread{{update(await(0))}, {update(read(1), write(0))}, {update(write(1))}}},
	{name: "await-two", vars: 1, threads: []thread{{update(await(0))}, {update(await(0))}, {update(write(0))}}},
	// Somebody else takes the commit's last steps, or gives the single write its time.
	{name: "await-helped", vars: 2, threads: []thread{{update(await(0))}, {update(write(0), write(1))}, {update(add(0))}}},
	{name: "await-helped-single", vars: 1, threads: []thread{{update(await(0))}, {update(write(0))}, {view(read(0))}}},
	// A context ends while somebody waits, or just before or after. The load is a step
	// before which that can happen.
	{name: "cancel", vars: 2, threads: []thread{{patient(await(0))}, {load(1), cancel()}}},
	{name: "cancel-or-commit", vars: 2, threads: []thread{{patient(await(0), add(1))}, {update(write(0))}, {load(1), cancel()}}},
	// Await of an explicit transaction, which keeps its age.
	{name: "await-explicit", vars: 2, threads: []thread{{explicit(add(1), await(0))}, {update(write(0), write(1))}}},
	{name: "await-explicit-single", vars: 1, threads: []thread{{explicit(await(0))}, {update(add(0))}}},
	{name: "await-explicit-aged", vars: 2, ladder: ladder{1, 2, 1}, threads: []thread{{explicit(add(1), await(0))}, {update(add(0), add(1))}}},
	// One waiter leaves a queue in which another stays.
	{name: "await-apart", vars: 2, threads: []thread{{update(read(0), await(1))}, {update(await(0))}, {update(write(1)), update(write(0))}}},
}

// targeted are programs for one planted bug each.
var targeted = []program{
	// A waker is stopped in the middle of waking one who sleeps, and another comes by
	// (I14). The loads let the three get there one after the other.
	{name: "stopped-waker", vars: 2, threads: []thread{{update(await(0))},
		append(manyTimes(14, load(1)), update(write(0))), append(manyTimes(28, load(1)), update(add(0)))}},
	// A view that is not registered has its snapshot between two versions, of which
	// only the older one is kept, for a registered snapshot (I9).
	{name: "gap-view", vars: 1, threads: []thread{{explicit(read(0))}, {view(read(0))}, {update(add(0))}, {update(add(0)), update(add(0))}}},
	// The version that a snapshot needs is dropped while it is being registered (I9).
	// The first read is overwritten later, so that the snapshot cannot move.
	{name: "late-bound", vars: 2, threads: []thread{{explicit(read(1), read(0))}, {update(add(0)), update(add(0))}, {update(add(1))}}},
	// A helper finds a descriptor that has meanwhile begun its next commit (I6).
	{name: "next-commit", vars: 2, threads: []thread{{update(write(0), write(1)), update(write(0), write(1))}, {view(read(1), read(0))}}},
	// A helper pins a descriptor while its owner begins the next transaction (I6).
	{name: "reuse", vars: 2, threads: []thread{{update(write(0)), update(write(0), write(1))}, {update(add(0), add(1))}}},
	// A late helper installs an aborted version again (I8).
	{name: "reinstall", vars: 2, threads: []thread{{update(read(1), write(0))}, {update(write(1)), update(add(0))}}},
}
