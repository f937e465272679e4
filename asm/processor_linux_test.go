package asm

import (
	goruntime "runtime"
	"testing"
	"unsafe"

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
		got, real := make(chan uint64, 1), make(chan uint64, 1)
		go func() {
			goruntime.LockOSThread() // the thread ends with the goroutine
			var only unix.CPUSet
			only.Set(int(number))
			if err := unix.SchedSetaffinity(0, &only); err != nil {
				t.Error(err)
			}
			real <- kernelsProcessor()
			got <- Processor()
		}()
		if n := <-real; n != number {
			t.Skipf("a thread that is bound to processor %d runs on %d: nothing to compare with", number, n)
		}
		if n := <-got; n != number {
			t.Errorf("processor %d says that it is %d", number, n)
		}
	}
}

// kernelsProcessor asks the kernel for the same number.
func kernelsProcessor() uint64 {
	var number uint32
	if _, _, errno := unix.RawSyscall(unix.SYS_GETCPU, uintptr(unsafe.Pointer(&number)), 0, 0); errno != 0 {
		return 1 << 32
	}
	return uint64(number)
}

func BenchmarkProcessor(b *testing.B) {
	if !KnowsProcessor() {
		b.Skip("this processor does not tell its number")
	}
	for b.Loop() {
		Processor()
	}
}
