package tm

import (
	"fmt"
	"math/rand/v2"
	goruntime "runtime"
	"sync"
	"testing"

	"github.com/ungil/tm/internal/history"
)

// A stress is many short transactions of real goroutines on few variables. All is
// recorded and checked for opacity and strict serializability.
type stress struct {
	vars         []Var[*history.Value]
	rec          *history.Recorder
	transactions int // of each goroutine
	collect      int // one goroutine forces a collection after so many of its transactions; 0: never
}

// TestHistory runs all faces of the engine on real goroutines. The yields in the
// transactions make them overlap also on a single processor.
func TestHistory(t *testing.T) {
	committed, rolledBack, transactions := 0, 0, 12_000
	if testing.Short() {
		transactions = 2_000
	}
	for _, procs := range []int{1, 2, 4} {
		for _, goroutines := range []int{2, 5, 16} {
			for _, vars := range []int{2, 6} {
				t.Run(fmt.Sprintf("procs=%d/goroutines=%d/vars=%d", procs, goroutines, vars), func(t *testing.T) {
					clock := history.Monotonic()
					if vars == 6 {
						clock = history.Counting()
					}
					s := &stress{
						vars: make([]Var[*history.Value], vars), rec: history.New(vars, goroutines, clock),
						transactions: transactions / goroutines, collect: transactions / 6 / goroutines,
					}
					defer goruntime.GOMAXPROCS(goruntime.GOMAXPROCS(procs))
					s.run(goroutines)
					if err := s.rec.Check(s.final()); err != nil {
						t.Error(err)
					}
					n, m := s.rec.Attempts()
					committed += n
					rolledBack += m
				})
			}
		}
	}
	if rolledBack == 0 && !t.Failed() {
		t.Error("no attempt was rolled back: the transactions did not overlap")
	}
	t.Logf("%d attempts committed, %d were rolled back", committed, rolledBack)
}

// TestHistoryLongValidation aims at the rule that a transaction reads the clock before
// its first skip of an undecided version (I4). One goroutine reads z and many other
// variables and then sets x, so that its validation takes long, z first. The other one
// sets z, and then reads x in a transaction whose Tx has seen nothing lately: if
// the first is being validated, x is undecided and its time later than that. The old x
// would put the reader before the first, the first before the setting of z, and that
// was before the reader.
func TestHistoryLongValidation(t *testing.T) {
	const z, x, others, rounds = 0, 1, 2000, 3000
	s := &stress{vars: make([]Var[*history.Value], 2), rec: history.New(2, 2, history.Monotonic())}
	filler := make([]Var[int], others)
	all := func(tx *Tx) {
		for i := range filler {
			filler[i].Get(tx)
		}
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		w := &stressed{stress: s, log: s.rec.Log(0)}
		for range rounds {
			w.atomically(func(tx *Tx) {
				w.log.Read(z, w.vars[z].Get(tx))
				all(tx)
				w.addTo(tx, x)
			})
		}
	})
	wg.Go(func() {
		w := &stressed{stress: s, log: s.rec.Log(1)}
		rnd := rand.New(rand.NewPCG(1, 2))
		for range rounds {
			w.atomically(func(tx *Tx) { w.addTo(tx, z) })
			recent := Begin() // takes the Tx that has just set z
			w.atomically(func(tx *Tx) { w.log.Read(x, w.vars[x].Get(tx)) })
			recent.Abort()
			for range rnd.IntN(5) { // let the other one get through
				_ = View(func(tx *Tx) error { all(tx); return nil })
			}
		}
	})
	wg.Wait()
	if err := s.rec.Check(s.final()); err != nil {
		t.Error(err)
	}
}

// atomically runs an update and records it.
func (w *stressed) atomically(operations func(*Tx)) {
	w.log.Begin()
	_ = Atomically(func(tx *Tx) error { return w.body(tx, operations) })
	w.log.End(true)
}

func (w *stressed) addTo(tx *Tx, v int) {
	x := w.vars[v].Get(tx)
	w.log.Read(v, x)
	w.vars[v].Set(tx, w.log.Append(v, x))
}

func (s *stress) run(goroutines int) {
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			w := &stressed{stress: s, log: s.rec.Log(g), rnd: rand.New(rand.NewPCG(uint64(g), uint64(len(s.vars))))}
			for k := range s.transactions {
				if g == 0 && s.collect > 0 && k%s.collect == s.collect-1 {
					goruntime.GC()
				}
				w.transaction()
			}
		})
	}
	wg.Wait()
}

// final reads all variables; nobody else runs.
func (s *stress) final() (values []*history.Value) {
	for v := range s.vars {
		values = append(values, s.vars[v].Load())
	}
	return values
}

// stressed is one goroutine of a stress.
type stressed struct {
	*stress
	log *history.Log
	rnd *rand.Rand
}

func (w *stressed) transaction() {
	w.log.Begin()
	switch w.rnd.IntN(10) {
	case 0:
		v := w.rnd.IntN(len(w.vars))
		w.log.Read(v, w.vars[v].Load())
		w.log.End(true)
	case 1, 2:
		_ = View(func(tx *Tx) error { return w.body(tx, w.reads) })
		w.log.End(true)
	case 3, 4:
		w.explicit()
	case 5:
		fail := w.rnd.IntN(2) == 0
		err := Atomically(func(tx *Tx) error {
			if err := w.body(tx, w.nested); !fail {
				return err
			}
			return errUndo
		})
		w.log.End(err == nil)
	default:
		_ = Atomically(func(tx *Tx) error { return w.body(tx, w.updates) })
		w.log.End(true)
	}
}

// body runs the operations as one attempt.
func (w *stressed) body(tx *Tx, operations func(*Tx)) error {
	w.log.Enter()
	defer w.log.Leave()
	operations(tx)
	return nil
}

// explicit goes from Begin to Commit, once: a conflict is an attempt that was
// rolled back.
func (w *stressed) explicit() {
	tx := Begin()
	w.updates(tx)
	if w.rnd.IntN(4) == 0 {
		tx.Abort()
		w.log.End(false)
		return
	}
	w.log.End(tx.Commit())
}

func (w *stressed) reads(tx *Tx) {
	for range 1 + w.rnd.IntN(3) {
		w.read(tx)
	}
}

func (w *stressed) updates(tx *Tx) {
	for range 1 + w.rnd.IntN(3) {
		w.read(tx)
		if w.rnd.IntN(2) == 0 {
			w.add(tx)
		}
	}
}

// nested has an inner part that fails or not, and another in it.
func (w *stressed) nested(tx *Tx) {
	w.updates(tx)
	w.inner(tx, func(tx *Tx) {
		w.updates(tx)
		w.inner(tx, w.updates)
		w.read(tx)
	})
	w.updates(tx)
}

func (w *stressed) inner(tx *Tx, part func(*Tx)) {
	fail := w.rnd.IntN(2) == 0
	w.log.Savepoint()
	err := tx.Atomically(func(tx *Tx) error {
		part(tx)
		if fail {
			return errUndo
		}
		return nil
	})
	if err != nil {
		w.log.Rollback()
	} else {
		w.log.Release()
	}
}

func (w *stressed) read(tx *Tx) (v int, x *history.Value) {
	if w.rnd.IntN(3) == 0 {
		goruntime.Gosched()
	}
	v = w.rnd.IntN(len(w.vars))
	x = w.vars[v].Get(tx)
	w.log.Read(v, x)
	return v, x
}

func (w *stressed) add(tx *Tx) {
	v, x := w.read(tx)
	w.vars[v].Set(tx, w.log.Append(v, x))
}
