//go:build tmexplore

package tm

import "github.com/ungil/tm/internal/explore"

// A program of the explorer is a list of transactions for each thread; what a
// transaction does is a list of actions.

// action is one thing that a transaction does.
type action struct {
	kind byte // see the constructors
	v    int
	part []action
	or   []action // what OrElse runs if part retries
}

func read(v int) action  { return action{kind: 'r', v: v} }
func write(v int) action { return action{kind: 'w', v: v} } // a value that nobody else writes
func add(v int) action   { return action{kind: 'a', v: v} } // add one

// peeking looks at v without a trace.
func peeking(v int) action { return action{kind: 'p', v: v} }

// irrevocably makes the transaction irrevocable; no later attempt may be needed.
func irrevocably() action { return action{kind: 'I'} }

// inner is a nested part that is kept; failing is one that returns an error.
func inner(part ...action) action   { return action{kind: 'i', part: part} }
func failing(part ...action) action { return action{kind: 'f', part: part} }

// extending moves the snapshot, if it can.
func extending() action { return action{kind: 'E'} }

// await retries until v is no longer what it was at the begin of the run; one of an
// explicit transaction, which must be its last action, calls Await.
func await(v int) action { return action{kind: 'c', v: v} }

// orElse is part, or the other if that retries.
func orElse(part, other action) action {
	return action{kind: 'o', part: []action{part}, or: []action{other}}
}

// swallowed is a part whose panics are recovered, as fmt does with those of a Stringer.
func swallowed(part ...action) action { return action{kind: 's', part: part} }

// transaction is what a thread does at a time.
type transaction struct {
	// u Atomically, v View, e Begin and Commit, x Begin and Abort, l Var.Load;
	// p AtomicallyContext, with a context that c ends
	face    byte
	actions []action
	level   int // priority that it asks for
	tries   int // attempts after which it gives up, 0: never
	within  int // attempts in which it must have committed, 0: any number
}

// asking is x with a priority.
func (x transaction) asking(level int) transaction { x.level = level; return x }

// trying is x given up after n attempts: what a lasting claim is in the way of would else run without end.
func (x transaction) trying(n int) transaction { x.tries = n; return x }

// in is x that must commit in its n-th attempt at the latest.
func (x transaction) in(n int) transaction { x.within = n; return x }

func update(a ...action) transaction   { return transaction{face: 'u', actions: a} }
func view(a ...action) transaction     { return transaction{face: 'v', actions: a} }
func explicit(a ...action) transaction { return transaction{face: 'e', actions: a} }
func given(a ...action) transaction    { return transaction{face: 'x', actions: a} }
func patient(a ...action) transaction  { return transaction{face: 'p', actions: a} }
func cancel() transaction              { return transaction{face: 'c'} }
func load(v int) transaction           { return transaction{face: 'l', actions: []action{read(v)}} }

type thread = []transaction

// program is one row of the tables of programs.
type program struct {
	name    string
	vars    int
	threads []thread
	// fresh: the variables were never written when the threads begin; otherwise
	// each has one version, and each thread has seen it.
	fresh bool
	// ladder has the manager's constants, if they are not the ordinary ones.
	ladder ladder
	// clock names the simulated clock it runs with; "": the engine's own.
	clock string
	// memory names the model of memory; "": as strong as atomic operations.
	memory string
	// hardware says for each thread what becomes of its tries to commit by a hardware
	// transaction, see hardwareModes; nil: no thread tries.
	hardware []string
}

// ladder is the manager's constants: aborts for each level, levels, patience.
type ladder struct{ karma, top, patience int }

// preemptions is the bound of the ordinary run.
func (p *program) preemptions() int {
	if len(p.threads) <= 2 {
		return explore.Env("EXPLORE_PAIRS", 3)
	}
	return explore.Env("EXPLORE_TRIPLES", 2)
}
