package starlark_test

import (
	"fmt"
	"slices"
)

// A shrinker makes a program that fails smaller as long as it still fails. Whether it does
// depends on how its threads meet, so each candidate gets several tries.
type shrinker struct {
	fails     func(p *threadedProgram, try int) (complaint string, tr trace)
	tries     int // for each candidate
	left      int // candidates that may still be tried
	program   *threadedProgram
	complaint string
	trace     trace
}

// still reports whether the program as it is now fails, and remembers how.
func (s *shrinker) still() bool {
	if s.left == 0 {
		return false
	}
	s.left--
	for try := range s.tries {
		if complaint, tr := s.fails(s.program, try); complaint != "" {
			s.complaint, s.trace = complaint, tr
			return true
		}
	}
	return false
}

// shrink changes program in place.
func (s *shrinker) shrink() {
	for changed := true; changed; {
		changed = s.cut(&s.program.main)
		for i := range s.program.functions {
			changed = s.cut(&s.program.functions[i]) || changed
		}
	}
}

// cut removes what it can from a list: long stretches first, then shorter ones, then what
// is inside its blocks; and puts bodies in the place of their blocks.
func (s *shrinker) cut(list *[]*statement) (changed bool) {
	for size := len(*list); size > 0; size /= 2 {
		for at := 0; at+size <= len(*list); {
			whole := *list
			*list = slices.Delete(slices.Clone(whole), at, at+size)
			if s.still() {
				changed = true
				continue
			}
			*list = whole
			at += size
		}
	}
	for i, st := range *list {
		if !st.block {
			continue
		}
		whole := *list
		*list = slices.Concat(whole[:i:i], st.body, whole[i+1:])
		if s.still() {
			return true // the list is another one: the caller comes again
		}
		*list = whole
		changed = s.cut(&st.body) || changed
	}
	return changed
}

// shrinkReplay returns the smallest program found whose replay differs, with the order of its turns.
func shrinkReplay(p *threadedProgram, seed uint64, complaint string, first trace) string {
	s := shrinker{program: p, complaint: complaint, trace: first, tries: 15, left: 1500}
	s.fails = func(p *threadedProgram, try int) (string, trace) {
		return compareReplay(p.String(), p.quantum, seed+uint64(try)*1000)
	}
	s.shrink()
	return fmt.Sprintf("made smaller, quantum %d:\n%s\nits turns in the recorded order:\n%s%s", p.quantum, p.String(), orderText(s.trace.turns), s.complaint)
}
