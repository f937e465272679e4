package tm

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/ungil/tm/asm"
	"github.com/ungil/tm/clock"
	"github.com/ungil/tm/internal/word"
	"github.com/ungil/tm/orec"
)

// TestMain demands of a whole run what TM_HARDWARE says: "commits", that hardware
// transactions committed; "capacity", that some did, and others were too long; "aborts", that they
// were tried and all aborted, which the test at start would refuse, so they are switched on without
// it. What tests play from scripts does not count.
func TestMain(m *testing.M) {
	demand := os.Getenv("TM_HARDWARE")
	if demand == "" {
		os.Exit(m.Run())
	}
	if demand == "aborts" {
		hardware.on, hardware.reason = true, "a test wants every try to abort"
	}
	if hardware.on {
		hardware.try = countedKernel
	}
	code := m.Run()
	commits, aborts := &onProcessor.commits, &onProcessor.aborts
	fmt.Printf("%v\n%d commits and %d aborts of the processor\n", Hardware(), commits.Load(), aborts.Load())
	if !map[string]bool{
		"commits":  commits.Load() > 0,
		"capacity": commits.Load() > 0 && Hardware().Aborts["capacity"] > 0,
		"aborts":   commits.Load() == 0 && aborts.Load() > 0,
	}[demand] {
		fmt.Printf("FAIL: TM_HARDWARE=%s demands otherwise, or is not commits, capacity or aborts\n", demand)
		code = 1
	}
	os.Exit(code)
}

// onProcessor counts what the kernel has done.
var onProcessor struct{ commits, aborts word.Uint64 }

func countedKernel(c *hardwareCommit) hardwareStatus {
	status := hardwareKernel(c)
	if status == hardwareCommitted {
		onProcessor.commits.Add(1)
	} else {
		onProcessor.aborts.Add(1)
	}
	return status
}

// hardwareAs puts try in the place of the processor while a test runs.
func hardwareAs(t *testing.T, try func(*hardwareCommit) hardwareStatus) {
	t.Helper()
	before := hardware
	t.Cleanup(func() { hardware = before })
	hardware.on, hardware.try, hardware.barrier = true, try, new(uint32)
}

// A script is the status words that the processor gives, one for each try. When
// they are used up, and for hardwareCommitted, the commit is made by the reference;
// the tests have one goroutine.
type script struct {
	words          []hardwareStatus
	tries, commits int
}

func (s *script) try(c *hardwareCommit) hardwareStatus {
	s.tries++
	if len(s.words) > 0 {
		status := s.words[0]
		s.words = s.words[1:]
		if status != hardwareCommitted {
			return status
		}
	}
	status := hardwareReference(c)
	if status == hardwareCommitted {
		s.commits++
	}
	return status
}

// play commits a transfer with the given status words, as a Tx that remembers
// nothing, and returns how often hardware was tried and how often it committed.
func play(t *testing.T, tx *Tx, words ...hardwareStatus) (tries int, committed bool) {
	t.Helper()
	s := &script{words: words}
	hardwareAs(t, s.try)
	from, to := NewVar(10), NewVar(20)
	runOn(t, tx, func(tx *Tx) {
		from.Set(tx, from.Get(tx)-1)
		to.Set(tx, to.Get(tx)+1)
	})
	if c := tx.hardware.commit; c.reads != nil || c.writes != nil {
		t.Error("the argument of the last try keeps the logs")
	}
	if from.Load() != 9 || to.Load() != 21 {
		t.Errorf("status words %x: the transfer left %d and %d", words, from.Load(), to.Load())
	}
	return s.tries, s.commits > 0
}

// runOn runs a transaction on a given Tx, which keeps it.
func runOn(t *testing.T, tx *Tx, body func(*Tx)) {
	t.Helper()
	tx.mode = modeUpdate
	if next, err := tx.attempt(func(tx *Tx) error { body(tx); return nil }); err != nil || next != over {
		t.Errorf("the transaction did not commit: %v", err)
	}
	tx.mode = modeEnded
}

// TestHardwarePolicy: how often each kind of abort is tried again, and who commits
// in the end. The transaction happens in any case.
func TestHardwarePolicy(t *testing.T) {
	const (
		ok       = hardwareCommitted
		conflict = hardwareStatus(asm.StatusConflict)
		retry    = hardwareStatus(asm.StatusRetry)
		both     = conflict | retry
		capacity = hardwareStatus(asm.StatusCapacity)
		debug    = hardwareStatus(asm.StatusDebug)
		nested   = hardwareStatus(asm.StatusNested)
	)
	for _, c := range []struct {
		what  string
		words []hardwareStatus
		tries int
		hard  bool // committed in hardware
	}{
		{"commits at once", []hardwareStatus{ok}, 1, true},
		{"one conflict", []hardwareStatus{conflict, ok}, 2, true},
		{"conflicts, a retry between", []hardwareStatus{both, retry, conflict, ok}, 4, true},
		{"conflicts without end", []hardwareStatus{both, both, both, both, both}, 4, false},
		{"capacity", []hardwareStatus{capacity}, 1, false},
		{"capacity, with hope", []hardwareStatus{capacity | retry | conflict}, 1, false},
		{"no reason, once", []hardwareStatus{0, ok}, 2, true},
		{"no reason, twice", []hardwareStatus{0, 0}, 2, false},
		{"breakpoint", []hardwareStatus{debug, debug}, 2, false},
		{"nested", []hardwareStatus{nested, nested}, 2, false},
		{"a code that is not ours", []hardwareStatus{leave(0xff), leave(0xff)}, 2, false},
		{"code 0", []hardwareStatus{leave(0), ok}, 2, true},
		{"barrier", []hardwareStatus{leave(codeBarrier)}, 1, false},
		{"attention", []hardwareStatus{leave(codeAttention)}, 1, false},
		{"undecided read", []hardwareStatus{leave(codeReadUndecided), ok}, 2, true},
		{"undecided read, for long", slices.Repeat([]hardwareStatus{leave(codeReadUndecided)}, 5), 4, false},
		{"undecided write", []hardwareStatus{leave(codeWriteUndecided), ok}, 2, true},
		{"undecided write, for long", slices.Repeat([]hardwareStatus{leave(codeWriteUndecided)}, 2), 2, false},
		{"aborted version", []hardwareStatus{leave(codeAborted), ok}, 2, true},
		{"overtaken, which is not so", []hardwareStatus{leave(codeOvertaken)}, 1, false},
		{"late", []hardwareStatus{leave(codeLate)}, 1, false},
		{"late, with the retry bit", []hardwareStatus{leave(codeLate) | retry}, 1, false},
		{"one of each", []hardwareStatus{0, conflict, leave(codeWriteUndecided), retry, ok}, 5, true},
	} {
		t.Run(c.what, func(t *testing.T) {
			tries, hard := play(t, newTx(), c.words...)
			if tries != c.tries || hard != c.hard {
				t.Errorf("%d tries, committed in hardware %v; want %d, %v", tries, hard, c.tries, c.hard)
			}
		})
	}
}

// TestHardwareForgives: after failures of each kind the same Tx goes back to
// hardware, at once where the failure was of the moment, and in time where not.
func TestHardwareForgives(t *testing.T) {
	conflicts := slices.Repeat([]hardwareStatus{asm.StatusConflict}, 10)
	t.Run("conflicts", func(t *testing.T) {
		tx := newTx()
		var tries []int
		for range 4 {
			n, _ := play(t, tx, conflicts...)
			tries = append(tries, n)
		}
		if _, hard := play(t, tx); !hard {
			t.Error("a commit that met no conflict was not made in hardware")
		}
		n, _ := play(t, tx, conflicts...)
		if tries = append(tries, n); !slices.Equal(tries, []int{4, 2, 1, 1, 4}) {
			t.Errorf("tries %v, want 4, 2, 1, 1 while all fails, and 4 again after a success", tries)
		}
	})
	t.Run("no reason", func(t *testing.T) {
		tx := newTx()
		for _, want := range []int{1, 2, 4, 8} { // commits without a try behind each failure
			if tries, _ := play(t, tx, 0, 0); tries != 2 {
				t.Fatalf("%d tries, want 2", tries)
			}
			for range want {
				if tries, _ := play(t, tx); tries != 0 {
					t.Fatalf("hardware was tried within %d commits of a failure", want)
				}
			}
		}
		if _, hard := play(t, tx); !hard {
			t.Error("hardware was not tried again")
		}
		if tx.hardware.lastRest != 0 {
			t.Error("a success does not shorten the next rest")
		}
	})
	t.Run("others", func(t *testing.T) {
		failing, other := newTx(), newTx()
		for range 10 {
			play(t, failing, 0, 0)
			play(t, failing, asm.StatusCapacity)
			play(t, failing, conflicts...)
			if tries, hard := play(t, other); tries != 1 || !hard {
				t.Fatalf("%d tries, hardware %v: what one Tx suffers keeps another one from hardware", tries, hard)
			}
		}
	})
	t.Run("rests are bounded", func(t *testing.T) {
		tx := newTx()
		for range 40 {
			tx.hardware.rest = 0
			play(t, tx, 0, 0)
		}
		if tx.hardware.rest != maxHardwareRest {
			t.Errorf("a rest of %d commits, want %d", tx.hardware.rest, maxHardwareRest)
		}
	})
	t.Run("capacity", func(t *testing.T) {
		tx := newTx()
		play(t, tx, asm.StatusCapacity)
		for range hardwareForget - 1 {
			if tx.hardware.worthTrying(1, 1) {
				t.Fatal("a length that does not fit is tried again")
			}
		}
		if tx.hardware.worthTrying(0, 1) != true {
			t.Error("shorter commits are refused")
		}
		if !tx.hardware.worthTrying(1, 1) {
			t.Errorf("still refused after %d commits", hardwareForget)
		}
	})
}

// TestHardwareBounds: what is too long and what happens while the collector marks
// is not tried.
func TestHardwareBounds(t *testing.T) {
	s := &script{}
	hardwareAs(t, s.try)
	tx := newTx()
	for _, c := range []struct{ reads, writes, tries int }{
		{maxHardwareReads, maxHardwareWrites, 1}, {maxHardwareReads + 1, 2, 0}, {0, maxHardwareWrites + 1, 0},
	} {
		vars := newVars(c.reads + c.writes)
		s.tries = 0
		runOn(t, tx, func(tx *Tx) {
			for i, v := range vars {
				if v.Get(tx); i >= c.reads {
					v.Set(tx, i)
				}
			}
		})
		if s.tries != c.tries {
			t.Errorf("%d reads and %d writes: %d tries, want %d", c.reads, c.writes, s.tries, c.tries)
		}
	}
	*hardware.barrier = 1
	s.tries = 0
	transfer(newVars(2), 1<<20)
	if s.tries != 0 {
		t.Error("tried while the write barrier is on")
	}
}

// TestHardwareLeavesSingleWritesAlone: they have no descriptor to save.
func TestHardwareLeavesSingleWritesAlone(t *testing.T) {
	s := &script{}
	hardwareAs(t, s.try)
	v := NewVar(1)
	atomically(t, func(tx *Tx) error { v.Set(tx, v.Get(tx)+1); return nil })
	if s.tries != 0 || v.Load() != 2 {
		t.Errorf("%d tries, value %d", s.tries, v.Load())
	}
}

// TestHardwareFailsWhereSoftwareWould: something has committed over a read. The
// attempt fails without publishing anything.
func TestHardwareFailsWhereSoftwareWould(t *testing.T) {
	s := &script{}
	hardwareAs(t, s.try)
	for _, written := range []bool{false, true} {
		x, y, z := NewVar(1), NewVar(2), NewVar(3)
		s.tries = 0
		tx := Begin()
		x.Get(tx)
		if written {
			x.Set(tx, 5)
		}
		y.Set(tx, 6)
		z.Set(tx, 7)
		atomically(t, func(tx *Tx) error { x.Set(tx, 4); return nil })
		if tx.Commit() {
			t.Errorf("committed over a change; x written %v", written)
		}
		if s.tries != 1 || x.Load() != 4 || y.Load() != 2 || z.Load() != 3 {
			t.Errorf("%d tries, values %d %d %d", s.tries, x.Load(), y.Load(), z.Load())
		}
	}
}

// TestHardwareStatusWords: each word has one cause, and unknown ones have one too.
func TestHardwareStatusWords(t *testing.T) {
	for code := range uint8(codes) {
		if got := leave(code).code(); got != code {
			t.Errorf("code %d reads as %d", code, got)
		}
	}
	for w := range hardwareStatus(1 << 6) {
		for _, code := range []uint8{0, 1, codeLate, codes, 0xff} {
			if s := w | hardwareStatus(code)<<asm.StatusCode; s.cause() == causeCommitted || s.cause() >= causes {
				t.Errorf("status %#x: cause %d", s, s.cause())
			}
		}
	}
	if hardwareCommitted.cause() != causeCommitted {
		t.Error("the status of success does not read as success")
	}
}

// TestHardwareCountsAreNotLost: they outlive the Tx that made them.
func TestHardwareCountsAreNotLost(t *testing.T) {
	if word.Exploring {
		t.Skip("not counted there")
	}
	before := Hardware()
	tx := newTx()
	id := tx.descriptor.ID
	play(t, tx, asm.StatusConflict, hardwareCommitted)
	if got := hardwareCountsOf(id); got != tx.hardware.counts {
		t.Error("an id has two counts")
	}
	after := Hardware()
	if after.Commits != before.Commits+1 || after.Aborts["conflict"] != before.Aborts["conflict"]+1 {
		t.Errorf("before %v, after %v", before, after)
	}
}

// eachHardwareKernel tests the ways to make one try; what the processor cannot do is skipped.
func eachHardwareKernel(t *testing.T, test func(t *testing.T, try func(*hardwareCommit) hardwareStatus)) {
	t.Run("reference", func(t *testing.T) { test(t, hardwareReference) })
	t.Run("kernel", func(t *testing.T) {
		if on, reason := hardwareUsable("auto"); !on {
			t.Skip(reason)
		}
		test(t, func(c *hardwareCommit) hardwareStatus {
			for {
				// One goroutine: only signals and faults abort it.
				if s := countedKernel(c); s == hardwareCommitted || s.code() != 0 {
					return s
				}
			}
		})
	})
}

// stamped returns a version with a stamp.
func stamped(stamp uint64, prev *orec.Version) *orec.Version {
	n := new(orec.Version)
	n.Stamp.Store(stamp)
	n.Prev.Store(prev)
	return n
}

// TestHardwareCommitChecks: every check of the kernel, for every place in logs of
// several lengths: the code, and that nothing has changed; and what a success changes.
func TestHardwareCommitChecks(t *testing.T) {
	eachHardwareKernel(t, func(t *testing.T, try func(*hardwareCommit) hardwareStatus) {
		for _, reads := range []int{0, 1, 2, 5} {
			for _, writes := range []int{1, 2, 3, 8} {
				for _, wrong := range wrongs(reads, writes) {
					checkCommit(t, try, reads, writes, wrong)
				}
			}
		}
	})
}

// A wrong is one thing that keeps a commit from succeeding.
type wrong struct {
	what  string
	at    int // entry, reads first; -1: none
	stamp uint64
	code  uint8
}

func wrongs(reads, writes int) []wrong {
	all := []wrong{{what: "nothing", at: -1}, {what: "barrier", at: -1, code: codeBarrier}, {what: "attention", at: -1, code: codeAttention}, {what: "late", at: -1, code: codeLate}}
	for at := range reads + writes {
		undecided := uint8(codeWriteUndecided)
		if at < reads {
			undecided = codeReadUndecided
		}
		all = append(all, wrong{"pending", at, orec.Pending(3), undecided}, wrong{"single", at, orec.Single, undecided},
			wrong{"aborted", at, orec.Aborted, codeAborted}, wrong{"newer", at, clock.First + 1, codeOvertaken}, wrong{"unlinked", at, 0, codeOvertaken})
	}
	return all
}

func checkCommit(t *testing.T, try func(*hardwareCommit) hardwareStatus, reads, writes int, x wrong) {
	t.Helper()
	slots := make([]orec.Slot, reads+writes)
	var attention word.Uint64
	var barrier uint32
	c := hardwareCommit{counter: clock.Counter(), attention: &attention, barrier: &barrier, floor: clock.First}
	heads := make([]*orec.Version, len(slots))
	for i := range slots {
		seen := stamped(clock.First, nil)
		if i == 1 {
			seen = nil // never written
		}
		heads[i] = seen
		if i == x.at {
			if heads[i] = nil; x.what != "unlinked" {
				heads[i] = stamped(x.stamp, seen)
			} else if seen == nil {
				return // that is as it should be
			}
		}
		slots[i].Head.Store(heads[i])
		if i < reads {
			c.reads = append(c.reads, orec.ReadEntry{Slot: &slots[i], Seen: seen})
		} else {
			c.writes = append(c.writes, orec.WriteEntry{Slot: &slots[i], New: stamped(77, seen), Expected: seen})
		}
	}
	switch x.code {
	case codeBarrier:
		barrier = 1
	case codeAttention:
		attention.Store(1)
	case codeLate:
		c.floor = clock.Max
	}
	before := clock.Now()
	status := try(&c)
	if x.code != 0 {
		if status != leave(x.code) {
			t.Errorf("%d reads, %d writes, %s at %d: status %#x, want code %d", reads, writes, x.what, x.at, status, x.code)
		}
		for i := range slots {
			if slots[i].Head.Load() != heads[i] {
				t.Errorf("%d reads, %d writes, %s at %d: the head of slot %d has changed", reads, writes, x.what, x.at, i)
			}
		}
		for i := range c.writes {
			if got := c.writes[i].New.Stamp.Load(); got != 77 {
				t.Errorf("%s at %d: the stamp of write %d became %#x", x.what, x.at, i, got)
			}
		}
		return
	}
	if status != hardwareCommitted || c.time <= before || clock.Now() < c.time {
		t.Errorf("%d reads, %d writes: status %#x, time %d between readings %d and %d", reads, writes, status, c.time, before, clock.Now())
	}
	for i := range c.writes {
		w := &c.writes[i]
		if w.Slot.Head.Load() != w.New || w.New.Stamp.Load() != c.time {
			t.Errorf("%d reads, %d writes: write %d: head %p, stamp %d; want %p, %d", reads, writes, i, w.Slot.Head.Load(), w.New.Stamp.Load(), w.New, c.time)
		}
	}
	for i := range c.reads {
		if slots[i].Head.Load() != heads[i] {
			t.Errorf("%d reads, %d writes: the head of read %d has changed", reads, writes, i)
		}
	}
}
