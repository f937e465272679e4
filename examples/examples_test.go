// Package examples has programs that a newcomer runs first; this file tests them.
package examples

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	goruntime "runtime"
	"slices"
	"strings"
	"testing"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark"
)

// run runs the example in file and returns what it prints.
func run(t *testing.T, file string, o starlark.Options) string {
	t.Helper()
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p, err := starlark.Compile(file, source)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	o.Output = &out
	if _, err := p.Run(o); err != nil {
		t.Fatal(starlark.Traceback(err))
	}
	return out.String()
}

// wordFiles writes more files than a thread takes at a time and returns what
// wordcount should print about them.
func wordFiles(t *testing.T) (dir, want string) {
	t.Helper()
	const n = 60
	dir = t.TempDir()
	write := func(name, text string) {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	counts, words := map[string]int{}, 0
	for i := range n {
		var text strings.Builder
		for j := range 50 + i {
			word := fmt.Sprintf("word%c", 'a'+j*j%(11+i%7))
			counts[word]++
			words++
			fmt.Fprintf(&text, "(%s), 42\n\t", strings.ToUpper(word))
		}
		write(fmt.Sprintf("dir%d/sub/file%d.txt", i%5, i), text.String())
	}
	write("empty", "")
	write("binary", "words\x00 that do not count")
	return dir, wordReport(n+2, words, counts)
}

func wordReport(files, words int, counts map[string]int) string {
	type entry struct {
		word  string
		count int
	}
	var sorted []entry
	for word, count := range counts {
		sorted = append(sorted, entry{word, count})
	}
	slices.SortFunc(sorted, func(a, b entry) int {
		return cmp.Or(b.count-a.count, strings.Compare(a.word, b.word))
	})
	var out strings.Builder
	fmt.Fprintln(&out, files, "files,", words, "words,", len(counts), "distinct")
	for _, e := range sorted[:10] {
		fmt.Fprintln(&out, e.count, e.word)
	}
	return out.String()
}

func TestWordcount(t *testing.T) {
	dir, want := wordFiles(t)
	for _, model := range []runtime.Model{runtime.GIL, runtime.STM, runtime.Auto, runtime.Locks} {
		for _, threads := range []int{1, 2, 3} {
			for _, quantum := range []int{0, 5} {
				for _, args := range [][]string{{dir}, {"--shared", dir}} {
					got := run(t, "wordcount.star", starlark.Options{Model: model, Threads: threads, Quantum: quantum, Args: args})
					if got != want {
						t.Errorf("%v, %d threads, quantum %d, %s:\n%swant\n%s", model, threads, quantum, args[0], got, want)
					}
				}
			}
		}
	}
}

// With a switch point between any two statements the tops are exchanged, in
// atomic never. On one processor: the threads must take turns there. On several
// whether they meet depends on the machine.
func TestSwap(t *testing.T) {
	t.Run("processors=1", func(t *testing.T) {
		defer goruntime.GOMAXPROCS(goruntime.GOMAXPROCS(1))
		swap(t, 1)
	})
	t.Run("processors", func(t *testing.T) { swap(t, 0) })
}

// swap runs the example; the plain variant must exchange at least that many.
func swap(t *testing.T, least int) {
	for _, model := range []runtime.Model{runtime.GIL, runtime.STM, runtime.Auto, runtime.Locks} {
		out := run(t, "swap.star", starlark.Options{Model: model, Quantum: 1})
		var plain, atomic, rounds int
		if _, err := fmt.Sscanf(out, "tops exchanged, plain: %d of %d\ntops exchanged, atomic: %d of %d\n", &plain, &rounds, &atomic, &rounds); err != nil {
			t.Fatalf("%v in %q", err, out)
		}
		if plain < least || atomic != 0 || rounds != 300 {
			t.Errorf("%v: %d exchanged plainly, %d in atomic, of %d; want at least %d, none, of 300", model, plain, atomic, rounds, least)
		}
	}
}
