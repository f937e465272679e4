// Example is a program for the tests of rtmemu: hardware transactions of all
// kinds. Its argument says which part to run; a line of output for each
// transaction, or one at the end, says how it went.
package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"unsafe"
)

const committed = 1<<32 - 1

var parts = map[string]func(n int){
	"basics":   basics,
	"sequence": sequence,
	"size":     size,
	"stores":   storeForms,
	"end":      func(int) { endOutside() },
	"exit":     os.Exit,
	"counter":  counter,
	"transfer": transfer,
	"plain":    plainWriters,
	"isolated": isolated,
	"weather":  weather,
	"threads":  threads,
	"signals":  signals,
}

func init() {
	if len(os.Args) > 1 && os.Args[1] == "signals" {
		runtime.LockOSThread()
	}
}

func main() {
	if len(os.Args) < 2 || parts[os.Args[1]] == nil {
		names := []string{}
		for name := range parts {
			names = append(names, name)
		}
		slices.Sort(names)
		fmt.Fprintln(os.Stderr, "usage: example PART [N]; parts:", names)
		os.Exit(2)
	}
	n := 0
	if len(os.Args) > 2 {
		n, _ = strconv.Atoi(os.Args[2])
	}
	parts[os.Args[1]](n)
}

// again repeats a transaction that a signal has aborted, status 0, a few times.
func again(transaction func() uint32) uint32 {
	for range 20 {
		if s := transaction(); s != 0 {
			return s
		}
	}
	return 0
}

func basics(int) {
	var p uint64
	fmt.Println("environment", os.Getenv("TMRTM"))
	fmt.Printf("add %#x\n", again(func() uint32 { return add(&p) }))
	fmt.Println("word", p)
	fmt.Printf("abort %#x\n", again(func() uint32 { return abortInside(&p) }))
	fmt.Printf("abort nested %#x\n", again(func() uint32 { return abortNested(&p) }))
	fmt.Println("word", p)
	for _, depth := range []int{2, 7, 8} {
		fmt.Printf("nest %d: %#x\n", depth, again(func() uint32 { return nest(&p, depth) }))
	}
	fmt.Println("word", p)
	abortOutside()
	fmt.Println("xtest outside", testOutside())
	inside := false
	fmt.Printf("test %#x\n", again(func() (s uint32) { inside, s = test(); return s }))
	fmt.Println("xtest inside", inside)
	fmt.Printf("system call %#x\n", callSystem())
	fmt.Printf("unknown %#x\n", unknown())
	fmt.Printf("fault %#x\n", fault())
	slot, changed := uint64(0), uint32(0)
	fmt.Printf("stack %#x\n", again(func() (s uint32) { slot, s = stack(); return s }))
	fmt.Println("slot", slot)
	fmt.Printf("registers %#x\n", again(func() (s uint32) { changed, s = registers(); return s }))
	fmt.Println("changed", changed)
}

// sequence prints the statuses of n transactions.
func sequence(n int) {
	var p uint64
	commits := uint64(0)
	for range n {
		s := add(&p)
		fmt.Printf("%#x\n", s)
		if s == committed {
			commits++
		}
	}
	if p != commits {
		fmt.Println("wrong:", p, "after", commits)
	}
}

// size prints what becomes of transactions of growing size.
func size(int) {
	words := make([]uint64, 65*8)
	for _, lines := range []int{10, 30} {
		fmt.Printf("write %d lines: %#x\n", lines, again(func() uint32 { return fill(&words[0], lines, 64) }))
	}
	for _, lines := range []int{30, 60} {
		fmt.Printf("read %d lines: %#x\n", lines, again(func() uint32 { _, s := sum(&words[0], lines, 64); return s }))
	}
	fmt.Printf("50 words: %#x\n", again(func() uint32 { return fill(&words[0], 50, 8) }))
	fmt.Printf("100 steps: %#x\n", again(func() uint32 { return spin(50) }))
	fmt.Printf("4000 steps: %#x\n", again(func() uint32 { return spin(2000) }))
}

// aligned returns buffers on addresses that CMPXCHG16B accepts.
func aligned() *[4][512]byte {
	memory := make([]byte, 4*512+16)
	offset := -uintptr(unsafe.Pointer(&memory[0])) % 16
	return (*[4][512]byte)(unsafe.Pointer(&memory[offset]))
}

// storeForms compares stores inside a transaction with the same outside.
func storeForms(int) {
	var start [512]byte
	for i := range start {
		start[i] = byte(i * 37)
	}
	buffers := aligned()
	for i := range buffers {
		buffers[i] = start
	}
	stores(&buffers[0])
	fmt.Printf("inside %#x\n", again(func() uint32 { return storesInside(&buffers[1]) }))
	fmt.Println("same", buffers[0] == buffers[1], "new", buffers[0] != start)
	fmt.Printf("aborted %#x\n", again(func() uint32 { return storesAborted(&buffers[2]) }))
	fmt.Println("undone", buffers[2] == start)
	if _, ebx, _, _ := cpuid(7); ebx>>5&1 == 0 {
		fmt.Println("no AVX2")
		return
	}
	vector := [32]byte{3: 1, 20: 2}
	changed := true
	fmt.Printf("vector %#x\n", again(func() (s uint32) { changed, s = storeVector(&vector); return s }))
	fmt.Println("undone", !changed && vector == [32]byte{3: 1, 20: 2})
}
