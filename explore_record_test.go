//go:build tmexplore

package tm

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ungil/tm/clock"
	"github.com/ungil/tm/internal/explore"
	"github.com/ungil/tm/internal/explore/history"
	"github.com/ungil/tm/orec"
)

// The recorder runs programs over the real engine and writes down what each attempt has
// read and written.

// attempt is one execution of a transaction's body.
type attempt struct {
	t          *explore.Thread
	tx         int
	start, end int // own steps of the thread: the first and the last
	ops        []history.Op
	committed  bool
	certain    bool // it became irrevocable
	late       bool // it took more attempts than it may
	swallowed  bool // the body recovered the panic of a conflict
	awaits     bool // it is to end with Await
}

// recorder is one instance of a program.
type recorder struct {
	p        *program
	vars     []Var[int] // in one piece, because commits sort by address
	initial  []int
	attempts []*attempt
	hist     *history.History
	ctx      context.Context // of patient transactions
	cancel   func()
}

// explorable makes p ready for the explorer.
func (p *program) explorable() *explore.Program {
	name := p.name
	if p.hardware != nil {
		name += "+" + strings.Join(p.hardware, "/")
	}
	if p.clock != "" || p.memory != "" {
		name += "@" + p.clock + p.memory // never both
	}
	return &explore.Program{Name: name, Setup: func() explore.Instance {
		rec := newRecorder(p)
		clock.Coarse(p.clock == coarseClock)
		in := explore.Instance{Outcome: rec.outcome, Check: rec.check, MaySleep: rec.maySleep, Time: clock.Now()}
		for _, txs := range p.threads {
			in.Threads = append(in.Threads, func(t *explore.Thread) {
				for k := range txs {
					rec.transaction(t, k, &txs[k])
				}
			})
		}
		return in
	}}
}

// newRecorder puts the engine and the variables into the state in which every
// run begins: each thread has an idle Tx of its own, so that no run spends steps
// on making one.
func newRecorder(p *program) *recorder {
	resetForExplorer()
	if p.ladder != (ladder{}) {
		karma, topLevel, patience = p.ladder.karma, p.ladder.top, p.ladder.patience
	}
	rec := &recorder{p: p, vars: make([]Var[int], p.vars), initial: make([]int, p.vars)}
	rec.ctx, rec.cancel = context.WithCancel(context.Background())
	firstSlot = &rec.vars[0].slot
	for id := range p.threads {
		explore.As(id, func() {
			must(Atomically(func(tx *Tx) error {
				for v := range rec.vars {
					if id == 0 && !p.fresh {
						rec.initial[v] = 100 * (v + 1)
						rec.vars[v].Set(tx, rec.initial[v])
					} else {
						rec.vars[v].Get(tx)
					}
				}
				return nil
			}))
		})
	}
	if p.hardware != nil {
		hardwareByScript(p.hardware)
	}
	return rec
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// transaction runs x until it has committed or given up.
func (rec *recorder) transaction(t *explore.Thread, k int, x *transaction) {
	switch x.face {
	case 'u', 'v', 'p':
		rec.retried(t, k, x)
	case 'c':
		rec.cancel()
	case 'e', 'x':
		var age Age
		for !rec.stepwise(t, k, x, &age) {
		}
	case 'l':
		a := rec.begin(t, k)
		v := x.actions[0].v
		a.ops = append(a.ops, history.Op{Kind: history.Read, Var: v, Value: rec.vars[v].Load()})
		rec.end(a, true)
	}
}

// retried lets the engine call the body again after a conflict. Each call is an
// attempt; another call says that the one before was rolled back, and word.Yield
// was called in between.
func (rec *recorder) retried(t *explore.Thread, k int, x *transaction) {
	run := View
	switch x.face {
	case 'u':
		run = func(fn func(*Tx) error) error {
			options := []Option{WithPriority(x.level)}
			if x.tries > 0 {
				options = append(options, WithAttempts(x.tries))
			}
			return AtomicallyContext(context.Background(), fn, options...)
		}
	case 'p':
		run = func(fn func(*Tx) error) error { return AtomicallyContext(rec.ctx, fn) }
	}
	a := rec.begin(t, k)
	called := 0
	err := run(func(tx *Tx) error {
		if called > 0 {
			rec.end(a, false)
			a.end = t.Yielded() - 1
			a = rec.begin(t, k)
			a.start = t.Yielded()
		}
		called++
		rec.perform(tx, a, k, x.actions)
		return nil
	})
	if err != ErrAttempts && (x.face != 'p' || err != context.Canceled) {
		must(err)
	}
	rec.end(a, err == nil)
	if err == ErrAttempts {
		a.end = t.Yielded() - 1
	}
	a.late = x.within > 0 && called > x.within
}

// stepwise makes one attempt between Begin and Commit or Abort.
func (rec *recorder) stepwise(t *explore.Thread, k int, x *transaction, age *Age) (done bool) {
	a := rec.begin(t, k)
	tx := BeginAged(age)
	rec.perform(tx, a, k, x.actions)
	if a.awaits {
		rec.end(a, false)
		tx.Await(nil)
		return false
	}
	if x.face == 'x' {
		tx.Abort()
		rec.end(a, false)
		return true
	}
	done = tx.Commit()
	rec.end(a, done)
	return done
}

func (rec *recorder) begin(t *explore.Thread, k int) *attempt {
	t.Begin()
	a := &attempt{t: t, tx: k, start: t.Own()}
	rec.attempts = append(rec.attempts, a)
	return a
}

func (rec *recorder) end(a *attempt, committed bool) {
	a.end, a.committed = a.t.Own()-1, committed
	a.t.End()
}

var errInner = errors.New("the inner part fails")

func (rec *recorder) perform(tx *Tx, a *attempt, k int, actions []action) {
	for _, do := range actions {
		v := do.v
		switch do.kind {
		case 'r':
			a.note(history.Read, v, rec.vars[v].Get(tx))
		case 'w':
			x := 1000*(a.t.ID()+1) + 100*k + len(a.ops)
			rec.vars[v].Set(tx, x)
			a.note(history.Write, v, x)
		case 'a':
			x := rec.vars[v].Get(tx)
			a.note(history.Read, v, x)
			rec.vars[v].Set(tx, x+1)
			a.note(history.Write, v, x+1)
		case 'c':
			x := rec.vars[v].Get(tx)
			a.note(history.Read, v, x)
			if a.awaits = tx.mode == modeExplicit && x == rec.initial[v]; !a.awaits {
				tx.Check(tx.mode == modeExplicit || x != rec.initial[v])
			}
		case 'E':
			tx.Extend()
		case 'p':
			tx.Peek(&rec.vars[v].slot)
		case 'o':
			rec.either(tx, a, k, do)
		case 'i', 'f':
			rec.nested(tx, a, k, do)
		case 's':
			rec.swallow(tx, a, k, do)
		case 'I':
			tx.Irrevocable()
			a.certain = !tx.Doomed()
		}
	}
}

func (a *attempt) note(kind history.Kind, v, x int) {
	a.ops = append(a.ops, history.Op{Kind: kind, Var: v, Value: x})
}

// inPart notes what f does as an inner part, which is undone if f reports so or panics.
func (a *attempt) inPart(f func() (undone bool)) {
	a.note(history.Savepoint, 0, 0)
	end := history.Rollback
	defer func() { a.note(end, 0, 0) }()
	if !f() {
		end = history.Release
	}
}

func (rec *recorder) nested(tx *Tx, a *attempt, k int, do action) {
	a.inPart(func() (undone bool) {
		return tx.Atomically(func(tx *Tx) error {
			rec.perform(tx, a, k, do.part)
			if do.kind == 'f' {
				return errInner
			}
			return nil
		}) != nil
	})
}

func (rec *recorder) either(tx *Tx, a *attempt, k int, do action) {
	alternative := func(part []action) func(*Tx) error {
		return func(tx *Tx) error {
			a.inPart(func() (undone bool) { rec.perform(tx, a, k, part); return false })
			return nil
		}
	}
	must(tx.OrElse(alternative(do.part), alternative(do.or)))
}

func (rec *recorder) swallow(tx *Tx, a *attempt, k int, do action) {
	defer func() {
		switch e := recover().(type) {
		case nil:
		case *conflictSignal:
			a.swallowed = true
		default:
			panic(e) // the explorer's own, or a bug
		}
	}()
	rec.perform(tx, a, k, do.part)
}

// history gives what was seen, once all threads have ended.
func (rec *recorder) history() *history.History {
	h := &history.History{Initial: rec.initial}
	slices.SortStableFunc(rec.attempts, func(a, b *attempt) int { return a.t.ID() - b.t.ID() })
	for _, a := range rec.attempts {
		a.end = max(a.end, a.start) // it may have made no step at all
		h.Attempts = append(h.Attempts, history.Attempt{
			Name:  fmt.Sprintf("thread %d transaction %d", a.t.ID(), a.tx),
			Start: a.t.Global(a.start), End: a.t.Global(a.end), Ops: a.ops, Committed: a.committed,
		})
	}
	for v := range rec.vars {
		h.Final = append(h.Final, rec.vars[v].Load())
	}
	return h
}

// outcome encodes the history. Of the intervals it keeps only which one ended
// before which other began: that is all that the check looks at.
func (rec *recorder) outcome() string {
	rec.hist = rec.history()
	var b []byte
	for i := range rec.hist.Attempts {
		x := &rec.hist.Attempts[i]
		b = append(b, '|', byte(rec.attempts[i].t.ID()), byte(rec.attempts[i].tx), byte(len(x.Ops)))
		if x.Committed {
			b = append(b, '!')
		}
		if rec.attempts[i].late {
			b = append(b, '>')
		}
		if rec.attempts[i].certain {
			b = append(b, '*')
		}
		if rec.attempts[i].swallowed {
			b = append(b, '?')
		}
		for _, o := range x.Ops {
			b = append(b, byte(o.Kind), byte(o.Var))
			b = binary.AppendVarint(b, int64(o.Value))
		}
		before := uint64(0)
		for j := range rec.hist.Attempts {
			if rec.hist.Attempts[j].End < x.Start {
				before |= 1 << (j % 64)
			}
		}
		b = binary.AppendUvarint(b, before)
	}
	for _, x := range rec.hist.Final {
		b = binary.AppendVarint(b, int64(x))
	}
	b = binary.AppendVarint(b, registrations.count.Load())
	b = binary.AppendUvarint(b, attention.word.Load())
	b = binary.AppendVarint(b, int64(nodesLeft()))
	return string(b)
}

// nodesLeft counts what is in the queues of waiters.
func nodesLeft() (n int) {
	for i := range queues {
		for node := queues[i].first.Load(); node != nil; node = node.next {
			n++
		}
	}
	return n
}

// maySleep tells what is wrong if the thread sleeps now: something that its
// attempt has read was changed by a commit.
func (rec *recorder) maySleep(id int) error {
	var last *attempt
	for _, a := range rec.attempts {
		if a.t.ID() == id {
			last = a
		}
	}
	for _, o := range last.ops {
		if o.Kind == history.Read && peek(&rec.vars[o.Var]) != o.Value {
			return fmt.Errorf("a wake-up was lost: it has read %d from v%d, and a commit has made that %d", o.Value, o.Var, peek(&rec.vars[o.Var]))
		}
	}
	return nil
}

// peek is the newest committed value of v. Unlike Load it decides nothing.
func peek(v *Var[int]) int {
	for n := v.slot.Head.Load(); n != nil; n = n.Prev.Load() {
		stamp := n.Stamp.Load()
		if orec.IsPending(stamp) && stamp != orec.Single {
			if descriptors.Entry(stamp&^orec.PendingBit).Descriptor.Load().LoadStatus().State() == orec.Committed {
				return nodeOf[int](n).value
			}
		}
		if orec.IsCommitted(stamp) {
			return nodeOf[int](n).value
		}
	}
	return 0
}

func (rec *recorder) check() error {
	if n := registrations.count.Load(); n != 0 {
		return fmt.Errorf("%d registrations are left", n)
	}
	if n := attention.word.Load(); n != 0 || nodesLeft() != 0 {
		return fmt.Errorf("attention is %#x, and %d nodes are left", n, nodesLeft())
	}
	for _, a := range rec.attempts {
		if a.late {
			return fmt.Errorf("starved: thread %d transaction %d took more attempts than its bound\n%s", a.t.ID(), a.tx, rec.hist)
		}
		if a.certain && !a.committed {
			return fmt.Errorf("thread %d transaction %d was irrevocable and did not commit\n%s", a.t.ID(), a.tx, rec.hist)
		}
		if a.committed && a.swallowed {
			return fmt.Errorf("an attempt committed that a conflict had unwound\n%s", rec.hist)
		}
	}
	return history.Check(rec.hist)
}
