//go:build tmexplore

package explore

import "github.com/ungil/tm/internal/word"

// class names the class of schedules that are equivalent to the trace: the
// threads of the least one in the order of their numbers.
func class(trace []Step) string {
	name := make([]byte, 0, len(trace))
	placed := make([]bool, len(trace))
	for len(name) < len(trace) {
		best := -1
		for i := range trace {
			if !placed[i] && (best < 0 || trace[i].Thread < trace[best].Thread) && minimal(trace, placed, i) {
				best = i
			}
		}
		placed[best] = true
		name = append(name, '0'+byte(trace[best].Thread))
	}
	return string(name)
}

// minimal reports whether step i depends on no step before it that is not placed yet.
func minimal(trace []Step, placed []bool, i int) bool {
	for j := range i {
		if !placed[j] && dependent(&trace[j], &trace[i]) {
			return false
		}
	}
	return true
}

// dependent is what sleep sets take as dependent, said of two steps that were made.
func dependent(a, b *Step) bool {
	return a.Thread == b.Thread ||
		a.Kind == word.Everything || b.Kind == word.Everything ||
		a.Loc == b.Loc && (a.Kind != word.Read || b.Kind != word.Read) ||
		a.Begin && b.End || a.End && b.Begin
}
