package history

import (
	"errors"
	"strings"
	"testing"
)

func r(v, x int) Op { return Op{Read, v, x} }
func w(v, x int) Op { return Op{Write, v, x} }

func committed(start, end int, ops ...Op) Attempt {
	return Attempt{Start: start, End: end, Ops: ops, Committed: true}
}

func rolledBack(start, end int, ops ...Op) Attempt {
	return Attempt{Start: start, End: end, Ops: ops}
}

// Both variables begin as 0.
var cases = []struct {
	name     string
	want     string // part of the error; "" for a good history
	final    []int
	attempts []Attempt
}{
	{"nothing", "", []int{0, 0}, nil},
	{"serial", "", []int{1, 2}, []Attempt{
		committed(0, 1, r(0, 0), w(0, 1)), committed(2, 3, r(0, 1), w(1, 2)), committed(4, 5, r(0, 1), r(1, 2))}},
	{"overlapping, the later one first", "", []int{1, 2}, []Attempt{
		committed(0, 9, r(1, 2), w(0, 1)), committed(1, 8, r(0, 0), w(1, 2))}},
	{"dirty read", "not strictly serializable", []int{0, 0}, []Attempt{
		rolledBack(0, 9, w(0, 1)), committed(1, 8, r(0, 1))}},
	{"dirty read of an attempt rolled back itself", "not opaque", []int{0, 0}, []Attempt{
		rolledBack(0, 9, w(0, 1)), rolledBack(1, 8, r(0, 1))}},
	{"lost update", "not strictly serializable", []int{2, 0}, []Attempt{
		committed(0, 9, r(0, 0), w(0, 1)), committed(1, 8, r(0, 0), w(0, 2))}},
	{"write skew", "not strictly serializable", []int{1, 2}, []Attempt{
		committed(0, 9, r(1, 0), w(0, 1)), committed(1, 8, r(0, 0), w(1, 2))}},
	{"torn snapshot, committed", "not strictly serializable", []int{1, 2}, []Attempt{
		committed(0, 9, w(0, 1), w(1, 2)), committed(1, 8, r(0, 0), r(1, 2))}},
	{"torn snapshot, rolled back", "not opaque", []int{1, 2}, []Attempt{
		committed(0, 9, w(0, 1), w(1, 2)), rolledBack(1, 8, r(0, 0), r(1, 2))}},
	{"whole snapshot, rolled back", "", []int{1, 2}, []Attempt{
		committed(0, 9, w(0, 1), w(1, 2)), rolledBack(1, 8, r(0, 0), r(1, 0))}},
	{"read that does not repeat", "not opaque", []int{1, 0}, []Attempt{
		committed(0, 9, w(0, 1)), rolledBack(1, 8, r(0, 0), r(0, 1))}},
	{"real-time inversion", "not strictly serializable", []int{1, 0}, []Attempt{
		committed(0, 1, w(0, 1)), committed(2, 3, r(0, 0))}},
	{"real-time inversion of an attempt rolled back", "not opaque", []int{1, 0}, []Attempt{
		committed(0, 1, w(0, 1)), rolledBack(2, 3, r(0, 0))}},
	{"real-time inversion through a third", "not strictly serializable", []int{1, 2}, []Attempt{
		committed(0, 9, r(0, 0), w(1, 2)), committed(1, 2, w(0, 1)), committed(3, 4, r(0, 1), r(1, 2)), committed(3, 4, r(0, 0))}},
	{"two views that disagree on the order of two writes", "not strictly serializable", []int{1, 2}, []Attempt{
		committed(0, 9, w(0, 1)), committed(0, 9, w(1, 2)), committed(0, 9, r(0, 1), r(1, 0)), committed(0, 9, r(0, 0), r(1, 2))}},
	{"missed final state", "not strictly serializable", []int{0, 0}, []Attempt{
		committed(0, 1, w(0, 1))}},
	{"final state in the wrong order", "not strictly serializable", []int{1, 0}, []Attempt{
		committed(0, 1, w(0, 1)), committed(2, 3, w(0, 2))}},
	{"effect of an attempt rolled back", "not strictly serializable", []int{1, 0}, []Attempt{
		rolledBack(0, 1, w(0, 1))}},
	{"a write that changes nothing now but is needed later", "", []int{1, 0}, []Attempt{
		committed(0, 1, w(0, 1)), committed(2, 9, w(0, 2)), committed(2, 9, w(0, 1)), committed(2, 9, r(0, 2))}},
	{"own write not seen", "not strictly serializable", []int{1, 0}, []Attempt{
		committed(0, 1, w(0, 1), r(0, 0))}},
	{"inner part undone", "", []int{1, 0}, []Attempt{
		committed(0, 1, w(0, 1), Op{Kind: Savepoint}, w(0, 2), w(1, 3), r(1, 3), Op{Kind: Rollback}, r(0, 1), r(1, 0))}},
	{"inner part kept", "", []int{2, 0}, []Attempt{
		committed(0, 1, w(0, 1), Op{Kind: Savepoint}, w(0, 2), Op{Kind: Release}, r(0, 2))}},
	{"inner part not undone", "not strictly serializable", []int{2, 0}, []Attempt{
		committed(0, 1, w(0, 1), Op{Kind: Savepoint}, w(0, 2), Op{Kind: Rollback})}},
	{"torn read in an inner part undone", "not strictly serializable", []int{1, 2}, []Attempt{
		committed(0, 9, w(0, 1), w(1, 2)), committed(1, 8, r(0, 0), Op{Kind: Savepoint}, r(1, 2), Op{Kind: Rollback})}},
}

func TestCheck(t *testing.T) {
	for _, c := range cases {
		h := &History{Initial: []int{0, 0}, Final: c.final, Attempts: c.attempts}
		err := Check(h)
		switch {
		case err == nil && c.want != "":
			t.Errorf("%s: accepted", c.name)
		case err != nil && (c.want == "" || !strings.HasPrefix(err.Error(), c.want)):
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestFinalStateMayBeUnknown(t *testing.T) {
	h := &History{Initial: []int{0}, Attempts: []Attempt{committed(0, 1, w(0, 1))}}
	if err := Check(h); err != nil {
		t.Error(err)
	}
}

func TestLimits(t *testing.T) {
	many := &History{Initial: []int{0}, Attempts: make([]Attempt, MaxAttempts+1)}
	wide := &History{Initial: make([]int, MaxVars+1)}
	for _, h := range []*History{many, wide} {
		if err := Check(h); !errors.Is(err, ErrTooLarge) {
			t.Errorf("got %v, want ErrTooLarge", err)
		}
	}
	if err := Check(&History{Initial: []int{0}, Attempts: make([]Attempt, MaxAttempts)}); err != nil {
		t.Errorf("%d attempts: %v", MaxAttempts, err)
	}
}
