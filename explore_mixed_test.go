//go:build tmexplore

package tm

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/ungil/tm/internal/explore"
)

// TestExploreRandomMixed makes random runs in which everything meets: inner parts,
// alternatives, recovered conflicts, priorities, an irrevocable transaction, tries in
// hardware, all clocks.
func TestExploreRandomMixed(t *testing.T) {
	var sum total
	for seed := range uint64(explore.Env("EXPLORE_RANDOM", 60)) {
		p := mixedProgram(seed)
		res := explore.Random(p.explorable(), explore.Config{Clock: clocks[p.clock]}, seed, 20)
		sum.add(res)
		if res.Failure != nil {
			t.Error(res.Failure)
		}
	}
	sum.log(t)
}

// mixer makes up programs.
type mixer struct {
	*rand.Rand
	vars int
	// certain: a transaction was made irrevocable. The explorer's threads cannot wait
	// for each other, so there is one.
	certain bool
	retries bool // the transaction that is being made may call Retry
}

// mixedProgram is three threads of two transactions on three variables.
func mixedProgram(seed uint64) *program {
	m := &mixer{Rand: rand.New(rand.NewPCG(seed, 7)), vars: 3}
	p := &program{
		name: "mixed-" + strconv.FormatUint(seed, 10), vars: m.vars, fresh: m.IntN(4) == 0,
		ladder: ladder{karma: 1 + m.IntN(2), top: 1 + m.IntN(2), patience: 1 + m.IntN(6)},
		clock:  []string{"", "exact", "skewed", coarseClock}[m.IntN(4)],
	}
	for range 3 {
		p.threads = append(p.threads, thread{m.transaction(), m.transaction()})
	}
	if m.certain {
		p.giveUp()
	}
	if m.IntN(2) == 0 && p.clock != coarseClock && p.clock != "skewed" {
		for range p.threads {
			p.hardware = append(p.hardware, []string{"hhhh", "s", "ch", "nh", "wh", "o"}[m.IntN(6)])
		}
	}
	return p
}

// giveUp lets none of p's transactions try for ever, but the irrevocable one, which may be
// in the way of the others for as long as its thread stands still.
func (p *program) giveUp() {
	for _, th := range p.threads {
		for i := range th {
			x := &th[i]
			if slices.ContainsFunc(x.actions, func(a action) bool { return a.kind == 'I' }) {
				continue
			}
			if x.face == 'e' {
				x.face = 'x'
			}
			x.tries = 3
		}
	}
}

func (m *mixer) transaction() transaction {
	x := transaction{face: "uuuuvex"[m.IntN(7)]}
	if x.face == 'u' {
		x.level = m.IntN(3)
	}
	m.retries = false
	x.actions = m.actions(x.face, 1+m.IntN(4))
	if (x.face == 'u' || x.face == 'e') && !m.certain && m.IntN(3) == 0 {
		m.certain = true
		at := m.IntN(len(x.actions) + 1)
		if m.retries { // which it may only do before
			at = len(x.actions)
		}
		x.actions = append(x.actions[:at:at], append([]action{irrevocably()}, x.actions[at:]...)...)
	}
	return x
}

// actions are n of a transaction of that face, some of which have parts.
func (m *mixer) actions(face byte, n int) (list []action) {
	for range n {
		v := m.IntN(m.vars)
		switch kind := "rrrwwaapsifoE"[m.IntN(13)]; {
		case face == 'v' || kind == 'r':
			list = append(list, read(v))
		case kind == 'p':
			list = append(list, peeking(v))
		case kind == 'E' && face != 'u':
			list = append(list, extending())
		case kind == 's':
			list = append(list, swallowed(m.actions('v', 1)...))
		case kind == 'i':
			list = append(list, inner(m.actions(face, 1)...))
		case kind == 'f':
			list = append(list, failing(m.actions(face, 2)...))
		case kind == 'o' && face == 'u':
			m.retries = true
			// The second alternative does not retry, so nobody sleeps for good.
			list = append(list, orElse(inner(append(m.actions('v', 1), await(v))...), inner(m.actions(face, 1)...)))
		case kind == 'w':
			list = append(list, write(v))
		default:
			list = append(list, add(v))
		}
	}
	return list
}
