// Package history decides whether what transactions have read and written can
// be explained.
//
// A history is a set of attempts. Each has an interval of real time, the values that it
// read and wrote, and whether it committed. It is strictly serializable if there is an order
// of the committed attempts in which each reads what the ones before it wrote, that ends in the final
// state, and in which whoever ended before another began comes before it.
// It is opaque if there is such an order of all attempts, in which those that did not commit
// write nothing: they too have seen one consistent state, and none older than
// their begin.
//
// The check searches for the order, placing attempts one after another, and
// remembers the places (set of attempts placed, state) that lead nowhere. Values
// should be unique per write, so that few orders are possible. The
// search is exponential in the worst case and is meant for the handful of attempts that an
// explored program makes; see the limits below.
package history

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strings"
)

// Limits of what Check takes.
const (
	MaxAttempts = 64
	MaxVars     = 8
	// MaxPlaces bounds the memory of the search.
	MaxPlaces = 1 << 20
)

// ErrTooLarge is returned for a history beyond the limits: nothing is known about it.
var ErrTooLarge = errors.New("history too large to check")

// Kind is what an Op does.
type Kind uint8

const (
	// Read saw Value in Var.
	Read Kind = iota + 1
	// Write set Var to Value.
	Write
	// Savepoint begins an inner part.
	Savepoint
	// Release ends the inner part and keeps its writes.
	Release
	// Rollback ends the inner part and undoes its writes; what it read still counts.
	Rollback
)

// Op is one operation of an attempt.
type Op struct {
	Kind  Kind
	Var   int
	Value int
}

// Attempt is one execution of a transaction's body, whether it committed or not.
type Attempt struct {
	Name       string
	Start, End int // a ended before b began if a.End < b.Start
	Ops        []Op
	Committed  bool
}

// History is what was seen of one run.
type History struct {
	Initial  []int
	Final    []int // nil: not known
	Attempts []Attempt
}

// state is the content of all variables.
type state [MaxVars]int

// Check returns nil if h is strictly serializable and opaque.
func Check(h *History) error {
	if len(h.Attempts) > MaxAttempts || len(h.Initial) > MaxVars {
		return ErrTooLarge
	}
	var committed []Attempt
	for _, a := range h.Attempts {
		if a.Committed {
			committed = append(committed, a)
		}
	}
	if err := h.explain(committed, "not strictly serializable"); err != nil {
		return err
	}
	if len(committed) == len(h.Attempts) {
		return nil
	}
	return h.explain(h.Attempts, "not opaque: an attempt that was rolled back has seen no consistent state")
}

func (h *History) explain(attempts []Attempt, wrong string) error {
	s := &search{attempts: slices.Clone(attempts), seen: map[place]bool{}}
	slices.SortStableFunc(s.attempts, func(a, b Attempt) int { return a.Start - b.Start })
	s.before = precedence(s.attempts)
	if h.Final != nil {
		s.final = new(state)
		copy(s.final[:], h.Final)
	}
	var initial state
	copy(initial[:], h.Initial)
	switch {
	case s.from(0, initial):
		return nil
	case len(s.seen) >= MaxPlaces:
		return ErrTooLarge
	}
	return fmt.Errorf("%s\n%s", wrong, h)
}

// precedence gives, for each attempt, the set of those that ended before it began.
func precedence(attempts []Attempt) []uint64 {
	before := make([]uint64, len(attempts))
	for i, a := range attempts {
		for j, b := range attempts {
			if b.End < a.Start {
				before[i] |= 1 << j
			}
		}
	}
	return before
}

type place struct {
	done  uint64
	state state
}

type search struct {
	attempts []Attempt
	before   []uint64
	final    *state
	seen     map[place]bool
}

// from reports whether the attempts that are not done can follow in the state.
func (s *search) from(done uint64, st state) bool {
	done = s.placeReaders(done, st)
	if bits.OnesCount64(done) == len(s.attempts) {
		return s.final == nil || *s.final == st
	}
	at := place{done, st}
	if s.seen[at] || len(s.seen) >= MaxPlaces {
		return false
	}
	s.seen[at] = true
	for i := range s.attempts {
		if s.ready(i, done) {
			if next, ok := s.attempts[i].apply(st); ok && s.from(done|1<<i, next) {
				return true
			}
		}
	}
	return false
}

// placeReaders places every attempt that changes nothing as soon as it fits. That can only
// help: nobody's state depends on it, and others may be waiting for it.
func (s *search) placeReaders(done uint64, st state) uint64 {
	for again := true; again; {
		again = false
		for i := range s.attempts {
			if a := &s.attempts[i]; s.ready(i, done) && (!a.Committed || !a.writes()) {
				if _, ok := a.apply(st); ok {
					done |= 1 << i
					again = true
				}
			}
		}
	}
	return done
}

func (s *search) ready(i int, done uint64) bool {
	return done>>i&1 == 0 && s.before[i]&^done == 0
}

func (a *Attempt) writes() bool {
	return slices.ContainsFunc(a.Ops, func(o Op) bool { return o.Kind == Write })
}

// apply runs a in the state; false: it read something else.
func (a *Attempt) apply(st state) (state, bool) {
	own := st
	var saved []state
	for _, o := range a.Ops {
		switch o.Kind {
		case Read:
			if own[o.Var] != o.Value {
				return st, false
			}
		case Write:
			own[o.Var] = o.Value
		case Savepoint:
			saved = append(saved, own)
		case Release:
			saved = saved[:len(saved)-1]
		case Rollback:
			own = saved[len(saved)-1]
			saved = saved[:len(saved)-1]
		}
	}
	if a.Committed {
		return own, true
	}
	return st, true
}

// String writes a line for each attempt.
func (h *History) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "  initially %v\n", h.Initial)
	for _, a := range h.Attempts {
		outcome := "rolled back"
		if a.Committed {
			outcome = "committed"
		}
		fmt.Fprintf(&b, "  %s [%d, %d] %s:", a.Name, a.Start, a.End, outcome)
		for _, o := range a.Ops {
			switch o.Kind {
			case Read:
				fmt.Fprintf(&b, " v%d is %d;", o.Var, o.Value)
			case Write:
				fmt.Fprintf(&b, " v%d := %d;", o.Var, o.Value)
			case Savepoint:
				b.WriteString(" (")
			case Release:
				b.WriteString(" )")
			case Rollback:
				b.WriteString(" ) undone;")
			}
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "  finally %v", h.Final)
	return b.String()
}
