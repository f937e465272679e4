//go:build tmexplore

package explore

import (
	"slices"
	"sync/atomic"
	"unsafe"

	"github.com/ungil/tm/internal/word"
)

// Memory is a model of how far plain accesses may be out of order. Atomic
// operations always act at once and for all threads.
type Memory uint8

const (
	// Strong: plain accesses are as ordered as atomic ones.
	Strong Memory = iota
	// TSO: plain stores wait in a buffer of their thread and become visible in
	// order; loads are in order. amd64.
	TSO
	// Weak: besides, stores to different words become visible in any order, and a
	// plain load may be done as early as the thread's last barrier. It allows what
	// arm64 allows to a program whose loads are all used behind its barriers, and more.
	Weak
)

const (
	// maxDelayed is how many stores a buffer holds; one more waits for the first.
	maxDelayed = 8
	// maxOlder is how many values a plain load may choose from besides the newest.
	maxOlder = 7
)

// weakThread is what a thread has done out of order, or may yet.
type weakThread struct {
	// delayed are the stores that no other thread sees yet.
	delayed []delayed
	// ordered is the number of steps of the run behind which plain loads must be
	// done; loaded the number behind which the earlier loads were done, which is what the
	// next barrier makes of it.
	ordered, loaded int
	// since is, for each word, the number of steps behind which the thread has
	// written or read it; it never reads an older value.
	since map[unsafe.Pointer]int
}

type delayed struct {
	p   unsafe.Pointer
	act func()
}

// written is a value of a word and the number of steps of the run with which it
// came.
type written struct {
	steps int
	bits  uint64
}

// choice is what can happen next: a step of a thread, in which a plain load gives
// a value older than the newest by the given number of changes; or a store in a
// thread's buffer becomes visible. Its code is thread + 8 * detail.
//
// A delayed store is a choice only right before a step of another thread on
// the same word: earlier would make no difference. It becomes visible unasked when its
// thread makes an atomic operation that writes, or loads the word itself, and at the end.
type choice struct{ thread, detail int }

const maxChoices = 24 // at one place in a schedule

const firstDelayed = maxOlder + 1 // details from here on name stores in the buffer

func decode(code int8) choice { return choice{int(code) % maxThreads, int(code) / maxThreads} }

func (c choice) code() int8    { return int8(c.thread + maxThreads*c.detail) }
func (c choice) isStore() bool { return c.detail >= firstDelayed }

// choice is what made the step.
func (s *Step) choice() choice { return choice{int(s.Thread), int(s.Detail)} }

// choices appends what can happen next if it is to be thread i's turn.
func (r *run) choices(i int, to []int8) []int8 {
	t := r.threads[i]
	if !t.Ready() || r.delivered != nil && r.delivered != t.op.p {
		return to
	}
	for older := range 1 + r.olderValues(t) {
		to = append(to, choice{i, older}.code())
	}
	if r.memory == Strong {
		return to
	}
	for j, u := range r.threads {
		if k := u.weak.find(t.op.p); k >= 0 && j != i {
			if c := (choice{j, firstDelayed + k}).code(); !slices.Contains(to, c) {
				to = append(to, c)
			}
		}
	}
	return to
}

// possible reports whether c fits the run's present state.
func (r *run) possible(c choice) bool {
	if r.memory == Strong {
		return c.thread < len(r.threads) && r.threads[c.thread].Ready() && c.detail == 0
	}
	var all []int8
	for i := range r.threads {
		all = r.choices(i, all)
	}
	return slices.Contains(all, c.code())
}

// take makes a choice happen.
func (r *run) take(c choice) {
	t := r.threads[c.thread]
	if !c.isStore() {
		r.older = c.detail
		r.step(t)
		r.older = 0
		return
	}
	d := t.weak.delayed[c.detail-firstDelayed]
	r.trace = append(r.trace, Step{Thread: int8(c.thread), Detail: int8(c.detail), Kind: word.Write, Plain: true, Loc: r.number(d.p)})
	r.deliver(t, c.detail-firstDelayed)
	r.delivered = d.p
}

// find returns the place of the first delayed store to p, or -1.
func (w *weakThread) find(p unsafe.Pointer) int {
	return slices.IndexFunc(w.delayed, func(d delayed) bool { return d.p == p })
}

// StorePlain implements word.Hook. It is no step: the store becomes visible later.
func (r *run) StorePlain(p unsafe.Pointer, act func()) bool {
	t := r.cur
	if r.memory == Strong || t.dying {
		return false
	}
	if len(t.weak.delayed) == maxDelayed {
		r.deliver(t, 0)
	}
	t.weak.delayed = append(t.weak.delayed, delayed{p, act})
	return true
}

// deliver makes t's delayed store k visible, with TSO those before it too.
func (r *run) deliver(t *Thread, k int) {
	first := k
	if r.memory == TSO {
		first = 0
	}
	for _, d := range t.weak.delayed[first : k+1] {
		before := atomic.LoadUint64((*uint64)(d.p))
		d.act()
		r.record(t, d.p, len(r.trace), before)
	}
	t.weak.delayed = slices.Delete(t.weak.delayed, first, k+1)
}

// drain makes all of t's delayed stores visible if its operation o is behind them.
func (r *run) drain(t *Thread, o *operation) {
	if o.kind != word.Read || t.weak.find(o.p) >= 0 {
		for len(t.weak.delayed) > 0 {
			r.deliver(t, 0)
		}
	}
}

// deliverAll makes what is left visible when the run is over.
func (t *Thread) deliverAll() {
	for _, d := range t.weak.delayed {
		d.act()
	}
	t.weak.delayed = nil
}

// LoadPlain implements word.Hook.
func (r *run) LoadPlain(p unsafe.Pointer) (bits uint64, weak bool) {
	r.announce(operation{p: p, kind: word.Read, plain: true})
	if r.memory != Weak || r.cur.dying {
		return 0, false
	}
	w := &r.cur.weak
	values := r.history[p]
	if len(values) == 0 {
		return 0, false // the word has not changed in this run
	}
	v := values[len(values)-1-r.older]
	w.loaded = max(w.loaded, v.steps) // it may have been done as early as that
	w.saw(p, v.steps)
	return v.bits, true
}

// Barrier implements word.Hook. It is no step, because it acts on its thread alone.
func (r *run) Barrier() {
	w := &r.cur.weak
	w.ordered = max(w.ordered, w.loaded)
}

// olderValues is how many values besides the newest t's next step, if it is a
// plain load, may give: those that were replaced since its last barrier and since it
// last saw or wrote the word.
func (r *run) olderValues(t *Thread) int {
	if r.memory != Weak || !t.op.plain {
		return 0
	}
	since := max(t.weak.ordered, t.weak.since[t.op.p])
	values := r.history[t.op.p]
	n := 0
	for n+1 < len(values) && values[len(values)-1-n].steps > since {
		n++
	}
	if n > maxOlder {
		panic("explore: a plain load has too many values to choose from; use a smaller program")
	}
	return n
}

func (w *weakThread) saw(p unsafe.Pointer, steps int) {
	if w.since == nil {
		w.since = map[unsafe.Pointer]int{}
	}
	w.since[p] = max(w.since[p], steps)
}

// order notes what the operation o of t, which is about to act as the last step of
// the run, means for t's later plain loads. It returns what the word holds before.
func (r *run) order(t *Thread, o *operation) (before uint64) {
	if r.memory != Weak {
		return 0
	}
	if steps := len(r.trace); !o.plain {
		if r.trace[steps-1].Kind != word.Write {
			t.weak.loaded = steps
		}
		t.weak.saw(o.p, steps)
	}
	return atomic.LoadUint64((*uint64)(o.p))
}

// record notes that t has given the word at p a new value in the given step, if it has.
func (r *run) record(t *Thread, p unsafe.Pointer, steps int, before uint64) {
	if r.memory != Weak {
		return
	}
	after := atomic.LoadUint64((*uint64)(p))
	if after == before {
		return
	}
	if r.history == nil {
		r.history = map[unsafe.Pointer][]written{}
	}
	if len(r.history[p]) == 0 {
		r.history[p] = []written{{0, before}}
	}
	r.history[p] = append(r.history[p], written{steps, after})
	t.weak.saw(p, steps)
}
