package history

import "slices"

// cycle tells whether there is a cycle, and returns a shortest one as the edges that
// lead around it; nil if that would take too long to find.
func (c *checker) cycle() (shown []edge, cyclic bool) {
	t := &tarjan{edges: c.edges, of: make([]int32, len(c.edges)), low: make([]int32, len(c.edges)),
		number: make([]int32, len(c.edges)), at: make([]int32, len(c.edges)), cycles: map[int32]bool{}}
	for root := range c.edges {
		if t.number[root] == 0 {
			t.from(int32(root))
		}
	}
	if len(t.cycles) == 0 {
		return nil, false
	}
	s := &shortest{checker: c, inside: func(i int32) bool { return t.cycles[t.of[i]] }}
	return s.find(), true
}

// tarjan finds the strongly connected components of a graph (Tarjan 1972),
// without recursion.
type tarjan struct {
	edges       [][]edge
	of          []int32 // the component of each node that is done, else -1
	low, number []int32
	at          []int32 // the next edge to follow
	path, stack []int32
	next, count int32
	cycles      map[int32]bool // components of more than one node
}

func (t *tarjan) from(root int32) {
	t.path = append(t.path[:0], root)
	for len(t.path) > 0 {
		v := t.path[len(t.path)-1]
		if t.number[v] == 0 {
			t.next++
			t.number[v], t.low[v], t.of[v] = t.next, t.next, -1
			t.stack = append(t.stack, v)
		}
		if int(t.at[v]) < len(t.edges[v]) {
			to := t.edges[v][t.at[v]].to
			t.at[v]++
			if t.number[to] == 0 {
				t.path = append(t.path, to)
			} else if t.of[to] < 0 {
				t.low[v] = min(t.low[v], t.number[to])
			}
			continue
		}
		t.path = t.path[:len(t.path)-1]
		if k := len(t.path); k > 0 {
			t.low[t.path[k-1]] = min(t.low[t.path[k-1]], t.low[v])
		}
		if t.low[v] == t.number[v] {
			t.close(v)
		}
	}
}

// close takes the component of v, which is complete, from the stack.
func (t *tarjan) close(v int32) {
	k := len(t.stack) - 1
	for t.of[t.stack[k]] = t.count; t.stack[k] != v; t.of[t.stack[k]] = t.count {
		k--
	}
	if len(t.stack)-k > 1 {
		t.cycles[t.count] = true
	}
	t.stack = t.stack[:k]
	t.count++
}

// shortest looks for a shortest cycle among the attempts that are on some cycle.
//
// Such a cycle uses real time once at most: of two such steps, from a to b and
// from a' to b', the one that ended first also ended before both b and b' began,
// which is a shortcut. So it is enough to follow the other edges, from each attempt, until
// they lead back to it, or to one that had ended before it began.
type shortest struct {
	*checker
	inside func(int32) bool
	visits int
	from   []int32 // by node, the node before it on the way
	by     []edge  // and the edge that led here
	depth  []int32 // 0: not seen
	seen   []int32
}

// maxVisits bounds the search; a history that is wrong all over may have
// more short paths than anybody wants to see.
const maxVisits = 50_000_000

func (s *shortest) find() []edge {
	n := len(s.nodes)
	s.from, s.by, s.depth = make([]int32, n), make([]edge, n), make([]int32, n)
	for length := int32(2); int(length) <= n; length++ {
		for root := range int32(n) {
			if s.visits > maxVisits {
				return nil
			}
			if s.inside(root) {
				if cycle := s.around(root, length); cycle != nil {
					return cycle
				}
			}
		}
	}
	return nil
}

// around returns a cycle of at most so many attempts through root.
func (s *shortest) around(root, length int32) []edge {
	for _, v := range s.seen {
		s.depth[v] = 0
	}
	s.seen = append(s.seen[:0], root)
	s.depth[root] = 1
	for k := 0; k < len(s.seen); k++ {
		v := s.seen[k]
		if v != root && s.nodes[v].end < s.nodes[root].start {
			return append(s.way(root, v), edge{to: root, why: realTime})
		}
		for _, e := range s.edges[v] {
			s.visits++
			switch {
			case int(e.to) >= len(s.nodes): // a point in time
			case e.to == root:
				return append(s.way(root, v), e)
			case s.depth[e.to] == 0 && s.depth[v] < length && s.inside(e.to):
				s.depth[e.to] = s.depth[v] + 1
				s.from[e.to], s.by[e.to] = v, e
				s.seen = append(s.seen, e.to)
			}
		}
	}
	return nil
}

// way returns the edges from root to v.
func (s *shortest) way(root, v int32) (way []edge) {
	for ; v != root; v = s.from[v] {
		way = append(way, s.by[v])
	}
	slices.Reverse(way)
	return way
}
