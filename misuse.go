package tm

import (
	"bytes"
	goruntime "runtime"
	"strconv"
	"sync"

	"github.com/ungil/tm/internal/word"
)

// Misuse is a programming error, so it panics, with a text that says what was
// misused and what to do.

func misuseNilVar(what string) string {
	return "tm: " + what + " of a nil *Var (or with a nil *Tx); make one with NewVar, or use a Var by value and take its address"
}

const misuseNilFunction = "tm: the function of a transaction is nil; pass one that returns nil to commit, an error to give up"

// mustFunction panics if a caller was given no function.
func mustFunction(given bool) {
	if !given {
		panic(misuseNilFunction)
	}
}

func misuseNilContext(what string) string {
	return "tm: " + what + " with a nil context; use context.Background() where there is none"
}

func misuseEnded(what string) string {
	return "tm: " + what + " with a transaction that has ended; a *Tx must not be kept after its function returns, or after Commit or Abort"
}

// mustRun panics if tx has ended.
func (tx *Tx) mustRun(what string) {
	if tx.mode == modeEnded {
		panic(misuseEnded(what))
	}
}

// mustWrite panics if tx cannot write.
func (tx *Tx) mustWrite() {
	switch tx.mode {
	case modeEnded:
		panic(misuseEnded("Set or Write"))
	case modeView, modeWatch:
		panic("tm: Set or Write in a View, which only reads; use Atomically")
	}
}

// mustBeExplicit panics if tx does not come from Begin.
func (tx *Tx) mustBeExplicit(what string) {
	switch tx.mode {
	case modeEnded:
		panic(misuseEnded(what))
	case modeView, modeWatch, modeUpdate:
		panic("tm: " + what + " of " + tx.label() + " that did not come from Begin; it ends when its function returns: return nil to commit, an error to abort")
	}
}

// mustUnwind panics if tx has no function that could run again.
func (tx *Tx) mustUnwind(what string) {
	switch tx.mode {
	case modeEnded:
		panic(misuseEnded(what))
	case modeExplicit:
		panic("tm: " + what + " in a transaction from Begin, which has no function to run again; use Atomically, or Abort, wait by other means and Begin again")
	}
}

func (tx *Tx) misuseForever() string {
	return "tm: Retry in " + tx.label() + " that has read no Var, so nothing can wake it; read what it waits for, or use AtomicallyContext (ViewContext) with a context that ends"
}

// A nested tm.Atomically is a transaction of its own. If it writes what the
// outer one has read, the outer one can never commit: each attempt spoils itself.
// But the outer one soon has a claim, and the inner one gives way to it until its
// patience is used up. From the second time on the claim carries the goroutine's
// number, and the inner one finds it. An irrevocable inner one, which gives way to nobody,
// looks for it.
//
// Without contention management there are no claims. Then, after suspectAfter
// consecutive aborts, an outer transaction puts itself on the list of suspects with its
// goroutine's number; from then on every commit asks whether it is nested in one
// of them. While there are no suspects that costs a load of a word that nobody
// writes.

const suspectAfter = 128

var suspects struct {
	_     word.Pad
	count word.Int64
	_     word.Pad
	// The lock is only taken while there are suspects.
	mu  sync.Mutex
	txs map[uint64]*Tx // by goroutine
}

func (tx *Tx) raiseSuspicion() {
	if word.Exploring {
		return
	}
	suspects.mu.Lock()
	defer suspects.mu.Unlock()
	if suspects.txs == nil {
		suspects.txs = map[uint64]*Tx{}
	}
	goroutine := goroutineID()
	if _, nested := suspects.txs[goroutine]; nested {
		return
	}
	suspects.txs[goroutine] = tx
	tx.suspect = true
	suspects.count.Add(1)
}

func (tx *Tx) withdrawSuspicion() {
	suspects.mu.Lock()
	defer suspects.mu.Unlock()
	tx.suspect = false
	for goroutine, suspect := range suspects.txs {
		if suspect == tx {
			delete(suspects.txs, goroutine)
			suspects.count.Add(-1)
		}
	}
}

// nameGoroutine lets transactions nested in tx find out that it is tx to which
// they give way.
func (tx *Tx) nameGoroutine() {
	if word.Exploring || tx.mode != modeUpdate {
		return
	}
	if tx.goroutine == 0 {
		tx.goroutine = goroutineID()
	}
	tx.claim.outer = tx
	tx.claim.Goroutine.Store(tx.goroutine)
}

// checkYieldingSlow panics if tx, which gives way to c, as others have done often,
// is nested in the transaction that has c.
func (tx *Tx) checkYieldingSlow(c *claim) {
	if c.Goroutine.Load() != goroutineID() || c.outer == tx {
		return
	}
	// The claim's holder is further down on this goroutine's stack.
	if c.outer.certain {
		panic("tm: Atomically inside " + c.outer.label() + " of the same goroutine that is irrevocable sets what that one has read, or cannot be told from it, and would wait for its end for ever; use tx.Atomically")
	}
	tx.mustNotWrite(c.outer)
}

// checkOuterSlow panics if tx, which is certain, is about to overwrite what an outer
// transaction of the same goroutine has read that has failed often.
func (tx *Tx) checkOuterSlow() {
	if word.Exploring {
		return
	}
	running := uint64(0)
	for c := claims.first.Load(); c != nil; c = c.next {
		goroutine := c.Goroutine.Load()
		if goroutine == 0 || c == tx.claim {
			continue
		}
		if running == 0 {
			running = goroutineID()
		}
		if goroutine == running {
			tx.mustNotWrite(c.outer)
		}
	}
}

// checkNestedSlow panics if tx is about to overwrite what an outer transaction
// of the same goroutine has read.
func (tx *Tx) checkNestedSlow() {
	suspects.mu.Lock()
	outer := suspects.txs[goroutineID()]
	suspects.mu.Unlock()
	if outer == nil || outer == tx {
		return
	}
	tx.mustNotWrite(outer)
}

// mustNotWrite panics if tx is about to overwrite what outer has read. Outer is
// further down on this goroutine's stack, so its log stands still.
func (tx *Tx) mustNotWrite(outer *Tx) {
	for _, r := range outer.reads {
		if tx.findWrite(r.Slot) >= 0 {
			panic("tm: Atomically inside " + outer.label() + " of the same goroutine sets what the outer one has read, so the outer one would run again for ever; use tx.Atomically, or Get and Set with the outer tx")
		}
	}
}

// goroutineID reads the number of the running goroutine from its stack trace:
// slow, and only asked after many aborts.
func goroutineID() uint64 {
	var buffer [64]byte
	line := buffer[:goruntime.Stack(buffer[:], false)]
	field, _, _ := bytes.Cut(bytes.TrimPrefix(line, []byte("goroutine ")), []byte(" "))
	id, _ := strconv.ParseUint(string(field), 10, 64)
	return id
}
