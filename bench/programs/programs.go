// Package programs has the Starlark programs that the interpreter is measured with:
// eight without threads, which are plain Starlark and Python, and ports of the eight
// that PyPy-STM was measured with, which start thread.count threads. All of them get
// the size of their work in args, and print something that depends on all of it but not
// on the number of threads.
package programs

import (
	"embed"
	"fmt"
	"io"
	"time"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// A Program is one of them.
type Program struct {
	Name    string
	Threads bool // it starts threads
	// Apart is set if its threads have next to nothing in common.
	Apart bool
	// Arguments: some milliseconds of work for tests, some tenths of a second, and
	// two seconds or more under CPython.
	Small, Middle, Large []string
}

//go:embed *.star testdata/*.out
var files embed.FS

// All returns the programs, those without threads first.
func All() []Program {
	a := func(s ...string) []string { return s }
	return []Program{
		{"bintrees", false, false, a("7"), a("13"), a("17")},
		{"dictlist", false, false, a("3000", "2"), a("1000000", "1"), a("1000000", "8")},
		{"fannkuch", false, false, a("6", "2"), a("9", "1"), a("9", "4")},
		{"fib", false, false, a("15"), a("30"), a("37")},
		{"mandel", false, false, a("20"), a("300"), a("950")},
		{"nbody", false, false, a("100"), a("8000"), a("250000")},
		{"nqueens", false, false, a("6"), a("9"), a("12")},
		{"spectral", false, false, a("12"), a("200"), a("640")},
		{"btree", true, false, a("2000"), a("100000"), a("1000000")},
		{"skiplist", true, false, a("2000"), a("100000"), a("800000")},
		{"threadworms", true, false, a("2000"), a("100000"), a("2000000")},
		{"miller_rabin", true, true, a("2000"), a("100000"), a("2200000")},
		{"mandelbrot", true, true, a("24"), a("256"), a("1024")},
		{"raytrace", true, true, a("12"), a("128"), a("640")},
		{"richards", true, true, a("1"), a("10"), a("80")},
		{"mersenne", true, true, a("150"), a("800"), a("3000")},
	}
}

// Source returns the program's text.
func (p Program) Source() []byte {
	return read(p.Name + ".star")
}

// Output returns what the program prints with its small arguments: what CPython printed.
func (p Program) Output() string {
	return string(read("testdata/" + p.Name + ".out"))
}

func read(name string) []byte {
	text, err := files.ReadFile(name)
	if err != nil {
		panic(fmt.Sprintf("programs: %v: a program of All has no such file", err))
	}
	return text
}

// RunReference runs a program under starlark-go, which has no threads, and returns the
// time that it took without compiling.
func RunReference(name string, source []byte, args []string, output io.Writer) (time.Duration, error) {
	var list []starlark.Value
	for _, arg := range args {
		list = append(list, starlark.String(arg))
	}
	predeclared := starlark.StringDict{"args": starlark.NewList(list)}
	options := &syntax.FileOptions{Set: true, While: true, TopLevelControl: true, GlobalReassign: true, Recursion: true}
	_, code, err := starlark.SourceProgramOptions(options, name, source, predeclared.Has)
	if err != nil {
		return 0, err
	}
	thread := &starlark.Thread{Print: func(_ *starlark.Thread, text string) { fmt.Fprintln(output, text) }}
	start := time.Now()
	_, err = code.Init(thread, predeclared)
	return time.Since(start), err
}
