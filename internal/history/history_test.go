package history

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// hand makes a history by hand: three goroutines, two variables, and a clock that
// moves when the script says so. Read and append name the values explicitly.
type hand struct {
	*Recorder
	now   int64
	final []*Value
}

func newHand() *hand {
	h := &hand{final: make([]*Value, 2)}
	h.Recorder = New(2, 4, func() (int64, int64) { return h.now, h.now })
	return h
}

// then lets time pass: what has ended has ended before what begins now.
func (h *hand) then() { h.now++ }

func (h *hand) begin(goroutines ...int) {
	for _, g := range goroutines {
		h.Log(g).Begin()
	}
}

func (h *hand) commit(goroutines ...int) {
	for _, g := range goroutines {
		h.Log(g).End(true)
	}
}

func (h *hand) rollback(g int) { h.Log(g).End(false) }

func (h *hand) read(g, v int, x *Value) { h.Log(g).Read(v, x) }

// add reads x and appends to it; what the script says last is the final value.
func (h *hand) add(g, v int, over *Value) *Value {
	h.Log(g).Read(v, over)
	x := h.Log(g).Append(v, over)
	h.final[v] = x
	return x
}

const (
	notSerializable = "not strictly serializable"
	notOpaque       = "not opaque"
)

var cases = []struct {
	name   string
	want   string // part of the error; "" for a good history
	script func(h *hand)
}{
	{"nothing", "", func(*hand) {}},
	{"serial", "", func(h *hand) {
		h.begin(0)
		x := h.add(0, 0, nil)
		h.commit(0)
		h.then()
		h.begin(1)
		h.read(1, 0, x)
		y := h.add(1, 1, nil)
		h.commit(1)
		h.then()
		h.begin(0)
		h.read(0, 0, x)
		h.add(0, 1, y)
		h.commit(0)
	}},
	{"overlapping, the later one first", "", func(h *hand) {
		h.begin(0)
		h.then()
		h.begin(1)
		h.read(1, 0, nil)
		y := h.add(1, 1, nil)
		h.read(0, 1, y)
		h.add(0, 0, nil)
		h.commit(1)
		h.then()
		h.commit(0)
	}},
	{"dirty read", "dirty read", func(h *hand) {
		h.begin(0, 1)
		x := h.add(0, 0, nil)
		h.read(1, 0, x)
		h.commit(1)
		h.rollback(0)
		h.final[0] = nil
	}},
	{"dirty read of an attempt that was rolled back itself", "dirty read", func(h *hand) {
		h.begin(0, 1)
		x := h.add(0, 0, nil)
		h.read(1, 0, x)
		h.rollback(1)
		h.rollback(0)
		h.final[0] = nil
	}},
	{"intermediate read", "replaced or undone", func(h *hand) {
		h.begin(0, 1)
		x := h.add(0, 0, nil)
		h.add(0, 0, x)
		h.read(1, 0, x)
		h.commit(0, 1)
	}},
	{"lost update", notSerializable, func(h *hand) {
		h.begin(0, 1)
		h.add(0, 0, nil)
		h.add(1, 0, nil)
		h.commit(0, 1)
	}},
	{"write skew", notSerializable, func(h *hand) {
		h.begin(0, 1)
		h.read(0, 1, nil)
		h.read(1, 0, nil)
		h.add(0, 0, nil)
		h.add(1, 1, nil)
		h.commit(0, 1)
	}},
	{"torn snapshot, committed", notSerializable, func(h *hand) {
		h.begin(0, 1)
		h.read(1, 0, nil)
		h.add(0, 0, nil)
		h.read(1, 1, h.add(0, 1, nil))
		h.commit(0, 1)
	}},
	{"torn snapshot, rolled back", notOpaque, func(h *hand) {
		h.begin(0, 1)
		h.read(1, 0, nil)
		h.add(0, 0, nil)
		h.read(1, 1, h.add(0, 1, nil))
		h.commit(0)
		h.rollback(1)
	}},
	{"whole snapshot, rolled back", "", func(h *hand) {
		h.begin(0, 1)
		h.read(1, 0, nil)
		h.add(0, 0, nil)
		h.add(0, 1, nil)
		h.read(1, 1, nil)
		h.commit(0)
		h.rollback(1)
	}},
	{"a read that does not repeat", "do not agree", func(h *hand) {
		h.begin(0, 1)
		h.read(1, 0, nil)
		h.read(1, 0, h.add(0, 0, nil))
		h.commit(0)
		h.rollback(1)
	}},
	{"own write not seen", "do not agree", func(h *hand) {
		h.begin(0)
		h.add(0, 0, nil)
		h.read(0, 0, nil)
		h.commit(0)
	}},
	{"real-time inversion", notSerializable, func(h *hand) {
		h.begin(0)
		h.add(0, 0, nil)
		h.commit(0)
		h.then()
		h.begin(1)
		h.read(1, 0, nil)
		h.commit(1)
	}},
	{"real-time inversion of an attempt that was rolled back", notOpaque, func(h *hand) {
		h.begin(0)
		h.add(0, 0, nil)
		h.commit(0)
		h.then()
		h.begin(1)
		h.read(1, 0, nil)
		h.rollback(1)
	}},
	{"no inversion at the same time", "", func(h *hand) {
		h.begin(0)
		h.add(0, 0, nil)
		h.commit(0)
		h.begin(1)
		h.read(1, 0, nil)
		h.commit(1)
	}},
	{"inversion on one goroutine at the same time", notSerializable, func(h *hand) {
		h.begin(0)
		h.add(0, 0, nil)
		h.commit(0)
		h.begin(0)
		h.read(0, 0, nil)
		h.commit(0)
	}},
	// What the planted bug lazy-begin does: 2 is before 0 is before 1 by what they
	// read, but 1 had returned before 2 began.
	{"real-time inversion through a third", notSerializable, func(h *hand) {
		h.begin(0, 1)
		h.read(0, 1, nil)
		h.add(0, 0, nil)
		h.add(1, 1, nil)
		h.commit(1)
		h.then()
		h.begin(2)
		h.read(2, 0, nil)
		h.commit(2)
		h.then()
		h.commit(0)
	}},
	{"two views that disagree on the order of two writes", notSerializable, func(h *hand) {
		h.begin(0, 1, 2, 3)
		x, y := h.add(0, 0, nil), h.add(1, 1, nil)
		h.read(2, 0, x)
		h.read(2, 1, nil)
		h.read(3, 0, nil)
		h.read(3, 1, y)
		h.commit(0, 1, 2, 3)
	}},
	{"final state without a commit", notSerializable, func(h *hand) {
		h.begin(0)
		h.add(0, 0, nil)
		h.commit(0)
		h.final[0] = nil
	}},
	{"effect of an attempt that was rolled back", "dirty read", func(h *hand) {
		h.begin(0)
		h.add(0, 0, nil)
		h.rollback(0)
	}},
	{"inner part undone", "", func(h *hand) {
		h.begin(0)
		x := h.add(0, 0, nil)
		h.Log(0).Savepoint()
		h.add(0, 0, x)
		h.add(0, 1, nil)
		h.Log(0).Rollback()
		h.read(0, 0, x)
		h.read(0, 1, nil)
		h.commit(0)
		h.final[0], h.final[1] = x, nil
	}},
	{"inner part kept", "", func(h *hand) {
		h.begin(0)
		x := h.add(0, 0, nil)
		h.Log(0).Savepoint()
		x = h.add(0, 0, x)
		h.Log(0).Release()
		h.read(0, 0, x)
		h.commit(0)
	}},
	{"inner part not undone", "do not agree", func(h *hand) {
		h.begin(0)
		h.Log(0).Savepoint()
		x := h.add(0, 0, nil)
		h.Log(0).Rollback()
		h.read(0, 0, x)
		h.commit(0)
	}},
	{"inner part not undone, seen by another", "replaced or undone", func(h *hand) {
		h.begin(0)
		h.Log(0).Savepoint()
		x := h.add(0, 0, nil)
		h.Log(0).Rollback()
		h.commit(0)
		h.begin(1)
		h.read(1, 0, x)
		h.commit(1)
		h.final[0] = nil
	}},
	{"torn snapshot in an inner part that was undone", notSerializable, func(h *hand) {
		h.begin(0, 1)
		h.read(1, 0, nil)
		h.add(0, 0, nil)
		y := h.add(0, 1, nil)
		h.Log(1).Savepoint()
		h.read(1, 1, y)
		h.Log(1).Rollback()
		h.commit(0, 1)
	}},
	{"a value of another variable", "held a value of variable 1", func(h *hand) {
		h.begin(0)
		h.read(0, 0, h.add(0, 1, nil))
		h.commit(0)
	}},
}

func TestCheck(t *testing.T) {
	for _, c := range cases {
		h := newHand()
		c.script(h)
		switch err := h.Check(h.final); {
		case err == nil && c.want != "":
			t.Errorf("%s: accepted", c.name)
		case err != nil && (c.want == "" || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v\nwant %q", c.name, err, c.want)
		}
	}
}

// TestAnAttemptIsRunAgain: an attempt that follows another one in the same call
// began when the function was left, and the one before has ended when it is entered again.
func TestAnAttemptIsRunAgain(t *testing.T) {
	for _, left := range []bool{false, true} {
		h := newHand()
		h.begin(0)
		h.Log(0).Enter()
		h.then()
		if left { // before the other one ends
			h.Log(0).Leave()
		}
		h.begin(1)
		h.add(1, 0, nil)
		h.commit(1)
		h.then()
		if !left {
			h.Log(0).Leave()
		}
		h.Log(0).Enter()
		h.read(0, 0, nil)
		h.Log(0).Leave()
		h.then()
		h.commit(0)
		if n, m := h.Attempts(); n != 2 || m != 1 {
			t.Errorf("%d attempts committed and %d rolled back, want 2 and 1", n, m)
		}
		if err := h.Check(h.final); (err == nil) != left {
			t.Errorf("left before the other's end: %v; %v", left, err)
		}
	}
}

// TestShortestCycleIsShown puts a long cycle in front of a short one.
func TestShortestCycleIsShown(t *testing.T) {
	h := newHand()
	h.begin(0, 1, 2, 3)
	x, y := h.add(0, 0, nil), h.add(1, 1, nil)
	h.read(2, 0, x)
	h.read(2, 1, nil)
	h.read(3, 0, nil)
	h.read(3, 1, y)
	h.commit(0, 1, 2, 3)
	long := h.Check(h.final)
	if long == nil || !strings.Contains(long.Error(), "each of 4 attempts") {
		t.Errorf("%v\nwant a cycle of four", long)
	}
	h.begin(0, 1)
	h.read(0, 1, y)
	h.read(1, 0, x)
	h.add(0, 0, x)
	h.add(1, 1, y)
	h.commit(0, 1)
	short := h.Check(h.final)
	if short == nil || !strings.Contains(short.Error(), "each of 2 attempts") {
		t.Errorf("%v\nwant a cycle of two", short)
	}
}

// serial records transactions one after another: it is a good history, whatever
// the random numbers say.
func serial(attempts int, seed uint64) *hand {
	h, rnd := newHand(), rand.New(rand.NewPCG(seed, 1))
	now := make([]*Value, 2)
	for range attempts {
		g := rnd.IntN(4)
		h.begin(g)
		h.read(g, 0, now[0])
		h.read(g, 1, now[1])
		switch v := rnd.IntN(2); rnd.IntN(3) {
		case 0:
			h.commit(g)
		case 1:
			now[v] = h.add(g, v, now[v])
			h.commit(g)
		case 2:
			h.add(g, v, now[v])
			h.rollback(g)
		}
		h.then()
	}
	h.final = now
	return h
}

// TestRandomHistories: serial ones are accepted, and are not when the last write
// of a variable is missing at the end.
func TestRandomHistories(t *testing.T) {
	for seed := range uint64(20) {
		h := serial(2000, seed)
		if err := h.Check(h.final); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for k := range h.final {
			if h.final[k] = h.final[k].prev; h.Check(h.final) == nil {
				t.Fatalf("seed %d: the last write of variable %d is missing, and that was accepted", seed, k)
			}
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprintf("attempts=%d", n), func(b *testing.B) {
			h := serial(n, 1)
			for b.Loop() {
				if err := h.Check(h.final); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/attempt")
		})
	}
}
