package asm

import (
	goruntime "runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// A thread that may only run on one processor is told that processor's number.
func TestProcessor(t *testing.T) {
	if !KnowsProcessor() {
		t.Skip("this processor does not tell its number")
	}
	var allowed unix.CPUSet
	if err := unix.SchedGetaffinity(0, &allowed); err != nil {
		t.Fatal(err)
	}
	for number := range uint64(len(allowed) * 64) {
		if !allowed.IsSet(int(number)) {
			continue
		}
		got := make(chan uint64)
		go func() {
			goruntime.LockOSThread() // the thread ends with the goroutine
			var only unix.CPUSet
			only.Set(int(number))
			if err := unix.SchedSetaffinity(0, &only); err != nil {
				t.Error(err)
			}
			got <- Processor()
		}()
		if n := <-got; n != number {
			t.Errorf("processor %d says that it is %d", number, n)
		}
	}
}

func BenchmarkProcessor(b *testing.B) {
	if !KnowsProcessor() {
		b.Skip("this processor does not tell its number")
	}
	for b.Loop() {
		Processor()
	}
}
