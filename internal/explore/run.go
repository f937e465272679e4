//go:build tmexplore

package explore

import (
	"fmt"
	"iter"
	goruntime "runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"unsafe"

	"github.com/ungil/tm/internal/word"
)

// run is one execution of an instance; it is the hook while it lasts.
type run struct {
	inst    Instance
	threads []*Thread
	cur     *Thread
	clock   ClockModel
	locs    map[unsafe.Pointer]int32 // numbered by first announcement; also keeps the words alive
	trace   []Step
	alive   int
	outcome string // once all have ended

	memory  Memory
	history map[unsafe.Pointer][]written // of each word, if plain loads may be out of order
	older   int                          // how much older than the newest value the plain load is that is to act
	// delivered is the word to which a delayed store has just become visible.
	delivered unsafe.Pointer

	last    int // thread of the last step, or -1
	streak  int // steps it has made since another thread moved
	maxOwn  int // the longest streak of the run
	verbose bool
}

// Step is one step of a run.
type Step struct {
	Thread int8
	Detail int8      // of the choice, see choice
	Kind   word.Kind // a compare-and-swap is a ReadWrite or, if it failed, a Read
	CAS    bool
	Plain  bool // a load or store without order
	Begin  bool // an attempt begins with it
	End    bool // an attempt ends with it
	Loc    int32
}

// killed unwinds a thread whose run is over.
type killed struct{}

// clockWord stands for the simulated clock among the words, and everyWord for all
// words that an atomic step may touch.
var clockWord, everyWord uint64

func newRun(p *Program, c *Config) *run {
	word.SetHook(nil)
	word.ResetPools()
	inst := p.Setup()
	r := &run{inst: inst, clock: c.Clock, memory: c.Memory, locs: make(map[unsafe.Pointer]int32, 32), last: -1, verbose: verbose}
	if len(inst.Threads) > maxThreads {
		panic(fmt.Sprintf("explore: program %s has %d threads, at most %d are possible", p.Name, len(inst.Threads), maxThreads))
	}
	word.SetHook(r)
	r.trace = make([]Step, 0, 128)
	for i, body := range inst.Threads {
		t := &Thread{run: r, id: i, at: make([]int32, 0, 64)}
		r.threads = append(r.threads, t)
		t.next, t.stop = iter.Pull(t.body(body))
		r.alive++
		r.resume(t) // up to its first announcement
	}
	return r
}

// body wraps f so that a panic becomes a failure of the run.
func (t *Thread) body(f func(*Thread)) iter.Seq[struct{}] {
	return func(yield func(struct{}) bool) {
		t.yield = yield
		defer func() {
			if e := recover(); e != nil {
				if _, ok := e.(killed); !ok && !t.dying {
					t.err = fmt.Errorf("thread %d panicked: %v\n%s", t.id, e, debug.Stack())
				}
			}
		}()
		f(t)
	}
}

// resume lets t run until it announces its next operation or ends.
func (r *run) resume(t *Thread) {
	r.cur = t
	if _, more := t.next(); !more {
		t.done = true
		r.alive--
	}
}

// Access implements word.Hook.
func (r *run) Access(p unsafe.Pointer, kind word.Kind, old uint64) {
	r.announce(operation{p: p, kind: kind, old: old})
}

// Sleep implements word.Hook. The thread is not chosen before it may wake up.
func (r *run) Sleep(p unsafe.Pointer, done <-chan struct{}) {
	r.announce(operation{p: p, kind: word.Sleep, done: done})
}

// announce notes that o is the next operation of the running thread and stops it.
func (r *run) announce(o operation) {
	t := r.cur
	if t.dying || t.atomic {
		return
	}
	o.loc, o.begin = r.number(o.p), t.began
	t.op = o
	if r.verbose {
		t.op.where = caller()
	}
	t.began = false
	if !t.yield(struct{}{}) {
		t.dying = true
		panic(killed{})
	}
}

// number is the place of the word at p in the order of first uses.
func (r *run) number(p unsafe.Pointer) int32 {
	loc, ok := r.locs[p]
	if !ok {
		loc = int32(len(r.locs))
		r.locs[p] = loc
	}
	return loc
}

// caller names the function that used package word, with its line. An access
// through a method of the passive types is named with that method's caller.
func caller() string {
	var pcs [16]uintptr
	frames := goruntime.CallersFrames(pcs[:goruntime.Callers(4, pcs[:])])
	through := ""
	for {
		f, more := frames.Next()
		name := strings.ReplaceAll(f.Function[strings.LastIndexByte(f.Function, '/')+1:], "[...]", "")
		switch {
		case more && strings.HasPrefix(name, "word."):
		case more && strings.HasPrefix(name, "orec."):
			through = " " + name[strings.LastIndexByte(name, '.')+1:]
		default:
			return fmt.Sprintf("%s:%d%s", name, f.Line, through)
		}
	}
}

// Atomic implements word.Hook: one announcement, of an operation that commutes
// with no other.
func (r *run) Atomic(f func()) {
	t := r.cur
	r.Access(unsafe.Pointer(&everyWord), word.Everything, 0)
	t.atomic = true
	defer func() { t.atomic = false }()
	f()
}

// Yield implements word.Hook. It is no step: who waits for another thread makes
// steps without end, and is found by their bound. The engine calls it between two
// attempts of a transaction, so it counts as the end of one and the begin of the next.
func (r *run) Yield() {
	t := r.cur
	t.ended, t.began = true, true
	t.yielded = t.own
}

// Clock implements word.Hook.
func (r *run) Clock(tick bool) (uint64, bool) {
	if r.clock == nil {
		return 0, false
	}
	kind := word.Read
	if tick {
		kind = word.ReadWrite
	}
	r.Access(unsafe.Pointer(&clockWord), kind, 0)
	return r.inst.Time + r.clock(len(r.trace), r.cur.id), true
}

// Thread implements word.Hook.
func (r *run) Thread() int { return r.cur.id }

// effect is the kind o has if it acts now. A Sleep is a Read that has to wait.
func (o *operation) effect() word.Kind {
	if o.kind == word.Sleep {
		return word.Read
	}
	if o.kind != word.CompareAndSwap {
		return o.kind
	}
	if atomic.LoadUint64((*uint64)(o.p)) != o.old {
		return word.Read
	}
	return word.ReadWrite
}

// independent reports whether a and b, of different threads, commute in the present state.
func independent(a, b *operation) bool {
	if a.kind == word.Everything || b.kind == word.Everything {
		return false
	}
	return a.p != b.p || a.effect() == word.Read && b.effect() == word.Read
}

// step lets t make one step.
func (r *run) step(t *Thread) {
	o := t.op
	r.trace = append(r.trace, Step{
		Thread: int8(t.id), Detail: int8(r.older), Kind: o.effect(), CAS: o.kind == word.CompareAndSwap, Plain: o.plain, Begin: o.begin, Loc: o.loc,
	})
	t.at = append(t.at, int32(len(r.trace)-1))
	if t.id != r.last {
		r.last, r.streak = t.id, 0
	}
	r.streak++
	r.maxOwn = max(r.maxOwn, r.streak)
	t.own++
	t.ended = false
	at := len(r.trace) - 1
	r.delivered = nil
	r.drain(t, &o)
	before := r.order(t, &o)
	r.resume(t)
	r.record(t, o.p, at+1, before)
	r.trace[at].End = t.ended
}

// overrun says what bound the run exceeds, if any.
func (r *run) overrun(c *Config) string {
	switch {
	case r.streak > c.OwnSteps:
		return fmt.Sprintf("no progress: thread %d made %d steps while the others stood still", r.last, r.streak)
	case len(r.trace) > c.TotalSteps:
		return fmt.Sprintf("no end: %d steps in one run", len(r.trace))
	}
	return ""
}

// stuck says which threads sleep though nobody is left to wake them: a wake-up
// was lost.
func (r *run) stuck() string {
	var asleep []string
	for _, t := range r.threads {
		if t.Ready() {
			return ""
		}
		if !t.done {
			asleep = append(asleep, strconv.Itoa(t.id))
		}
	}
	if asleep == nil {
		return ""
	}
	return fmt.Sprintf("no progress: nobody is left to wake thread %s", strings.Join(asleep, " and "))
}

// failed returns the error of a thread that panicked.
func (r *run) failed() string {
	for _, t := range r.threads {
		if t.err != nil {
			return t.err.Error()
		}
	}
	return ""
}

// close ends what is still running.
func (r *run) close() {
	for _, t := range r.threads {
		if !t.done {
			r.cur = t
			t.stop()
		}
	}
	for _, t := range r.threads {
		t.deliverAll()
	}
	word.SetHook(nil)
}

// schedule is the run's schedule so far.
func (r *run) schedule() Schedule {
	s := make(Schedule, len(r.trace))
	for i, st := range r.trace {
		s[i] = st.choice().code()
	}
	return s
}
