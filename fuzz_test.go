package tm

import (
	"slices"
	"testing"
)

// A tape gives out the bytes of a fuzz input, and zeros behind its end.
type tape struct{ bytes []byte }

func (tp *tape) next(n int) int {
	if len(tp.bytes) == 0 {
		return 0
	}
	b := tp.bytes[0]
	tp.bytes = tp.bytes[1:]
	return int(b) % n
}

const fuzzVars = 4

// cells are the state of the variables.
type cells [fuzzVars]int

// FuzzSequential runs programs of nested transactions on one goroutine and
// compares them with plain variables that are copied where the engine undoes.
func FuzzSequential(f *testing.F) {
	f.Add([]byte{0, 2, 1, 7, 0, 1, 3, 2, 2, 9, 4, 0})
	f.Add([]byte{1, 2, 0, 1, 3, 2, 0, 5, 3, 2, 0, 6, 4, 1, 1, 0, 4, 0, 0, 0})
	f.Add([]byte{2, 1, 0, 1, 1, 0, 3, 2, 3, 3, 0, 0, 4, 2, 3, 4, 0, 3, 1, 1})
	f.Fuzz(func(t *testing.T, program []byte) {
		var vars [fuzzVars]Var[int]
		var model cells
		tp := &tape{program[:min(len(program), 400)]}
		for len(tp.bytes) > 0 {
			before, work := model, &sequential{t: t, tp: tp, vars: &vars, model: &model}
			switch tp.next(4) {
			case 0:
				_ = Atomically(func(tx *Tx) error { return work.part(tx, 0) })
				if work.failed {
					model = before
				}
			case 1:
				work.readOnly = true
				_ = View(func(tx *Tx) error { return work.part(tx, 0) })
			case 2:
				tx := Begin()
				if work.part(tx, 0) != nil {
					tx.Abort()
					model = before
				} else if !tx.Commit() {
					t.Fatal("nobody else runs, but Commit failed")
				}
			case 3:
				for i := range vars {
					if got := vars[i].Load(); got != model[i] {
						t.Fatalf("variable %d holds %d, want %d", i, got, model[i])
					}
				}
			}
		}
	})
}

// sequential is one transaction of FuzzSequential.
type sequential struct {
	t        *testing.T
	tp       *tape
	vars     *[fuzzVars]Var[int]
	model    *cells
	readOnly bool
	failed   bool // the outermost part has ended with an error
}

// part runs actions until the tape says that the part ends, well or not.
func (s *sequential) part(tx *Tx, depth int) error {
	for len(s.tp.bytes) > 0 {
		v := s.tp.next(fuzzVars)
		switch s.tp.next(5) {
		case 0, 1:
			if got := s.vars[v].Get(tx); got != s.model[v] {
				s.t.Fatalf("at depth %d variable %d is %d, want %d", depth, v, got, s.model[v])
			}
		case 2:
			if !s.readOnly {
				s.model[v] = s.tp.next(256)
				s.vars[v].Set(tx, s.model[v])
			}
		case 3:
			if depth < 4 {
				before := *s.model
				if tx.Atomically(func(tx *Tx) error { return s.part(tx, depth+1) }) != nil {
					*s.model = before
				}
			}
		case 4:
			if v%2 == 1 {
				s.failed = depth == 0
				return errUndo
			}
			return nil
		}
	}
	return nil
}

// FuzzInterleaved runs up to three explicit transactions on one goroutine,
// interleaved as the bytes say, and checks each against the sequence of
// committed states.
func FuzzInterleaved(f *testing.F) {
	f.Add([]byte{0, 0, 1, 0, 0, 1, 1, 0, 0, 2, 2, 1, 0, 5, 3, 1, 1, 0, 1, 2, 0, 0, 3, 3, 0})
	f.Add([]byte{0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 2, 0, 1, 7, 2, 1, 0, 7, 3, 0, 3, 1})
	// Reads what another one overwrites and commits before it.
	f.Add([]byte{0, 0, 0, 1, 0, 0, 0, 2, 0, 1, 2, 1, 0, 3, 1, 1, 3, 0, 1})
	f.Add([]byte{0, 0, 2, 1, 0, 3, 9, 1, 1, 3, 3, 0, 2, 2, 3, 1, 0, 0, 3, 2, 3, 1})
	f.Fuzz(func(t *testing.T, program []byte) {
		w := &interleaved{t: t, tp: &tape{program[:min(len(program), 400)]}, states: []cells{{}}}
		for len(w.tp.bytes) > 0 {
			w.step()
		}
		for i := range w.open {
			if w.open[i] != nil {
				w.open[i].tx.Abort()
			}
		}
		if n := registrations.count.Load(); n != 0 {
			t.Fatalf("%d registrations left", n)
		}
	})
}

// interleaved is the state of FuzzInterleaved.
type interleaved struct {
	t      *testing.T
	tp     *tape
	vars   [fuzzVars]Var[int]
	states []cells // after each commit
	open   [3]*openTx
}

// An openTx is a running transaction and what it has seen and done.
type openTx struct {
	tx    *Tx
	begun int         // index of the state at its begin
	seen  map[int]int // values read, not counting its own
	wrote map[int]int
}

func (w *interleaved) step() {
	action, i := w.tp.next(4), w.tp.next(len(w.open))
	o := w.open[i]
	if o == nil {
		w.open[i] = &openTx{Begin(), len(w.states) - 1, map[int]int{}, map[int]int{}}
		return
	}
	v := w.tp.next(fuzzVars)
	switch action {
	case 0, 1:
		w.read(o, v)
	case 2:
		o.wrote[v] = len(w.states)*16 + i + 1 // a value nobody else writes
		w.vars[v].Set(o.tx, o.wrote[v])
	case 3:
		w.open[i] = nil
		if v == 0 {
			o.tx.Abort()
			return
		}
		w.commit(o)
	}
}

// read checks opacity: all that o has read is one state, no older than its begin.
func (w *interleaved) read(o *openTx, v int) {
	got := w.vars[v].Get(o.tx)
	if own, ok := o.wrote[v]; ok {
		if got != own {
			w.t.Fatalf("variable %d is %d to the transaction that set it to %d", v, got, own)
		}
		return
	}
	if before, ok := o.seen[v]; ok && before != got {
		w.t.Fatalf("variable %d was %d and is %d in one transaction", v, before, got)
	}
	o.seen[v] = got
	if !slices.ContainsFunc(w.states[o.begun:], o.explains) {
		w.t.Fatalf("a transaction has seen %v, which was never so since it began: %v", o.seen, w.states[o.begun:])
	}
}

// explains reports whether all that o has read is so in a state.
func (o *openTx) explains(state cells) bool {
	for v, x := range o.seen {
		if state[v] != x {
			return false
		}
	}
	return true
}

// commit checks that o commits exactly if nothing is in its way.
func (w *interleaved) commit(o *openTx) {
	now := w.states[len(w.states)-1]
	fits, changed := o.explains(now), false
	for _, state := range w.states[o.begun:] {
		for v := range o.wrote {
			changed = changed || state[v] != w.states[o.begun][v]
		}
		for v := range o.seen {
			changed = changed || state[v] != w.states[o.begun][v]
		}
	}
	ok := o.tx.Commit()
	switch {
	case ok && len(o.wrote) > 0 && !fits:
		w.t.Fatalf("committed although it has seen %v and the state is %v", o.seen, now)
	case !ok && !changed:
		w.t.Fatalf("did not commit although nothing that it saw or wrote has changed: %v", w.states[o.begun:])
	case ok:
		for v, x := range o.wrote {
			now[v] = x
		}
		w.states = append(w.states, now)
	}
}
