package history

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// node is an attempt in the graph.
type node struct {
	name       string
	start, end int64
	committed  bool
	ops        []op
	cells      []cell // what it has read and written, by variable
}

// cell is one variable as an attempt has seen it.
type cell struct {
	variable int32
	outer    *Value // read from others
	now      *Value // outer, or what the attempt has written last
}

// version names a value of a variable; the unwritten one has no Value of its own.
type version struct {
	variable int32
	value    *Value
}

// checker turns what was recorded into a graph.
type checker struct {
	nodes []node
	base  []int // index of each log's first attempt
	edges [][]edge
	// readers of each version, those that replaced it among them.
	readers map[version][]int32
}

// Check returns nil if what was recorded is opaque and strictly serializable.
// final are the values of all variables after all goroutines have ended.
func (r *Recorder) Check(final []*Value) error {
	c := &checker{readers: map[version][]int32{}}
	if err := c.collect(r, final); err != nil {
		return err
	}
	for i := range c.nodes {
		if why := c.nodes[i].replay(); why != "" {
			return c.wrong(why, i)
		}
	}
	for i := range c.nodes {
		if err := c.checkSources(i); err != nil {
			return err
		}
	}
	c.link()
	cycle, cyclic := c.cycle()
	switch {
	case !cyclic:
		return nil
	case cycle == nil:
		return errors.New("history: there are cycles, but all are too long to show")
	}
	return c.explain(cycle)
}

// collect makes the nodes, the last one for the final state.
func (c *checker) collect(r *Recorder, final []*Value) error {
	if len(final) != r.variables {
		return fmt.Errorf("history: the final state has %d variables, the recorder %d", len(final), r.variables)
	}
	for _, l := range r.logs {
		if l.wrong != nil {
			return fmt.Errorf("history: goroutine %d: %w", l.number, l.wrong)
		}
		if l.open {
			return fmt.Errorf("history: goroutine %d has not ended its last attempt", l.number)
		}
		c.base = append(c.base, len(c.nodes))
		for k, a := range l.attempts {
			c.nodes = append(c.nodes, node{
				name:  fmt.Sprintf("goroutine %d attempt %d", l.number, k),
				start: a.start, end: a.end, committed: a.committed, ops: l.ops[a.first:a.last],
			})
		}
	}
	last := node{name: "the final state", start: math.MaxInt64 - 1, end: math.MaxInt64, committed: true}
	for v, x := range final {
		last.ops = append(last.ops, op{read, int32(v), x})
	}
	c.nodes = append(c.nodes, last)
	return nil
}

// index returns the node of an attempt.
func (c *checker) index(i id) int { return c.base[i.log] + int(i.at) }

// replay finds out what n has read from others and what it leaves, and whether
// its reads agree with each other and with its own writes.
func (n *node) replay() (why string) {
	var saved [][]cell
	for _, o := range n.ops {
		switch o.kind {
		case read:
			if e := n.cell(o.variable); e == nil {
				n.cells = append(n.cells, cell{o.variable, o.value, o.value})
			} else if e.now != o.value {
				return fmt.Sprintf("two reads of variable %d, without a write in between, do not agree", o.variable)
			}
		case write:
			e := n.cell(o.variable)
			if e == nil || e.now != o.value.prev {
				panic("history: Append over a value that the attempt has not read last")
			}
			e.now = o.value
		case savepoint:
			saved = append(saved, slices.Clone(n.cells))
		case release:
			saved = saved[:len(saved)-1]
		case rollback:
			n.undo(saved[len(saved)-1])
			saved = saved[:len(saved)-1]
		}
	}
	return ""
}

// undo takes the writes back that were made since the cells were saved. What was
// read stays read.
func (n *node) undo(saved []cell) {
	for i := range n.cells {
		if i < len(saved) {
			n.cells[i].now = saved[i].now
		} else {
			n.cells[i].now = n.cells[i].outer
		}
	}
}

func (n *node) cell(variable int32) *cell {
	for i := range n.cells {
		if n.cells[i].variable == variable {
			return &n.cells[i]
		}
	}
	return nil
}

// leaves reports whether n has committed x.
func (n *node) leaves(x *Value) bool {
	e := n.cell(x.variable)
	return n.committed && e != nil && e.now == x
}

// checkSources checks that what node i has read was committed.
func (c *checker) checkSources(i int) error {
	for _, e := range c.nodes[i].cells {
		if e.outer == nil {
			continue
		}
		switch by := c.index(e.outer.by); {
		case by == i:
			return c.wrong(fmt.Sprintf("it has seen its own write of variable %d, which was undone", e.variable), i)
		case !c.nodes[by].committed:
			return c.wrong(fmt.Sprintf("dirty read of variable %d", e.variable), i, by)
		case !c.nodes[by].leaves(e.outer):
			return c.wrong(fmt.Sprintf("read of a value of variable %d that its writer has replaced or undone", e.variable), i, by)
		}
	}
	return nil
}

// wrong describes what the attempts have done wrong.
func (c *checker) wrong(why string, attempts ...int) error {
	var b strings.Builder
	fmt.Fprintf(&b, "history: %s\n", why)
	for _, i := range attempts {
		fmt.Fprintf(&b, "  %s\n", &c.nodes[i])
	}
	return errors.New(strings.TrimSuffix(b.String(), "\n"))
}

// explain describes a cycle: each attempt, and why the next one must come after it.
func (c *checker) explain(cycle []edge) error {
	what := "not strictly serializable"
	for _, e := range cycle {
		if !c.nodes[e.to].committed {
			what = "not opaque: an attempt that was rolled back has seen no consistent state"
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "history: %s: each of %d attempts must come before the next, and the last one before the first", what, len(cycle))
	from := cycle[len(cycle)-1].to
	for _, e := range cycle {
		fmt.Fprintf(&b, "\n  %s\n    %s", &c.nodes[from], e.reason())
		from = e.to
	}
	return errors.New(b.String())
}

// String writes what an attempt did.
func (n *node) String() string {
	var b strings.Builder
	outcome := "rolled back"
	if n.committed {
		outcome = "committed"
	}
	fmt.Fprintf(&b, "%s [%d, %d] %s:", n.name, n.start, n.end, outcome)
	for _, o := range n.ops {
		switch o.kind {
		case read:
			fmt.Fprintf(&b, " v%d is %s;", o.variable, o.value)
		case write:
			fmt.Fprintf(&b, " v%d appended;", o.variable)
		case savepoint:
			b.WriteString(" (")
		case release:
			b.WriteString(" )")
		case rollback:
			b.WriteString(" ) undone;")
		}
	}
	return b.String()
}

// String names who has written x.
func (x *Value) String() string {
	if x == nil {
		return "unwritten"
	}
	return fmt.Sprintf("by %d.%d", x.by.log, x.by.at)
}
