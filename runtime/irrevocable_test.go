package runtime

import (
	"testing"

	"github.com/ungil/tm"
)

// TestIrrevocableIsCancelled: the wait for another irrevocable transaction ends when the guest's
// channel is closed, in the middle of an attempt and at the begin of the next one.
func TestIrrevocableIsCancelled(t *testing.T) {
	for _, late := range []bool{false, true} {
		w := NewWorld(Config{Model: STM})
		var c cell
		var holder *tm.Tx
		cancelled := make(chan struct{})
		var oks, certain []bool
		m := &machine{t: w.NewThread()}
		hold := func() {
			holder = tm.Begin()
			holder.Irrevocable()
			close(cancelled)
		}
		m.code = []instr{func(m *machine) {
			certain = append(certain, m.t.IsIrrevocable())
			c.get(m.t)
			if len(certain) > 1 {
				return
			}
			if late { // the attempt fails, and the next one waits before it begins
				c.spoil()
				oks = append(oks, m.t.Irrevocable(cancelled))
				hold()
				m.stop = Yield
				return
			}
			hold()
			oks = append(oks, m.t.Irrevocable(cancelled))
			certain = append(certain, m.t.IsIrrevocable())
			if m.t.Doomed() {
				t.Error("doomed by being cancelled")
			}
		}}
		m.t.Run(m)
		holder.Abort()
		if len(oks) != 1 || oks[0] || len(certain) != 2 || certain[0] || certain[1] {
			t.Errorf("late %v: Irrevocable %v, IsIrrevocable %v, want false and false twice", late, oks, certain)
		}
		if n := w.Stats(); n.Commits != 1 {
			t.Errorf("late %v: %d commits, want 1", late, n.Commits)
		}
	}
}
