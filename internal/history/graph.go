package history

import (
	"fmt"
	"slices"
	"sort"
)

// reason says why one attempt must come before another.
type reason uint8

const (
	readsFrom reason = iota
	antiDependency
	programOrder
	realTime
)

// edge leads to a node that must come later. Nodes from len(checker.nodes) on are
// points in time.
type edge struct {
	to       int32
	why      reason
	variable int32
}

func (e edge) reason() string {
	switch e.why {
	case readsFrom:
		return fmt.Sprintf("before the next: that has read, or appended to, what this wrote to variable %d", e.variable)
	case antiDependency:
		return fmt.Sprintf("before the next: that has replaced what this read from variable %d", e.variable)
	case programOrder:
		return "before the next: that followed on the same goroutine"
	}
	return "before the next: that began after this had ended"
}

func (c *checker) edge(from, to int32, why reason, variable int32) {
	if from != to {
		c.edges[from] = append(c.edges[from], edge{to, why, variable})
	}
}

// link makes all edges.
func (c *checker) link() {
	n := len(c.nodes)
	c.edges = make([][]edge, 2*n)
	for i := range c.nodes {
		a := &c.nodes[i]
		for _, e := range a.cells {
			at := version{e.variable, e.outer}
			c.readers[at] = append(c.readers[at], int32(i))
			if e.outer != nil {
				c.edge(int32(c.index(e.outer.by)), int32(i), readsFrom, e.variable)
			}
		}
	}
	// If two attempts have replaced one version, each has read what the other
	// replaced: a lost update is a cycle.
	for i := range c.nodes {
		for _, e := range c.nodes[i].cells {
			if c.nodes[i].committed && e.now != e.outer {
				for _, reader := range c.readers[version{e.variable, e.outer}] {
					c.edge(reader, int32(i), antiDependency, e.variable)
				}
			}
		}
	}
	for l := range c.base {
		end := n - 1
		if l+1 < len(c.base) {
			end = c.base[l+1]
		}
		for i := c.base[l] + 1; i < end; i++ {
			c.edge(int32(i-1), int32(i), programOrder, 0)
		}
	}
	c.linkTime()
}

// linkTime adds the points in time: one for the end of each attempt, in order. An
// attempt comes before the point of its end, each point before the next, and a point before
// the attempts that began later than it.
func (c *checker) linkTime() {
	n := len(c.nodes)
	order := make([]int32, n)
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int {
		switch x, y := c.nodes[a].end, c.nodes[b].end; {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return int(a - b)
	})
	for k, i := range order {
		c.edge(i, int32(n+k), realTime, 0)
		if k+1 < n {
			c.edge(int32(n+k), int32(n+k+1), realTime, 0)
		}
	}
	for i := range c.nodes {
		ended := sort.Search(n, func(k int) bool { return c.nodes[order[k]].end >= c.nodes[i].start })
		if ended > 0 {
			c.edge(int32(n+ended-1), int32(i), realTime, 0)
		}
	}
}
