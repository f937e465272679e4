package main

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/ungil/tm/runtime"
)

var models = []runtime.Model{runtime.GIL, runtime.STM, runtime.Auto}

// runs runs a source with switch points as far apart as quantum says, 0 for
// what the runtime chooses.
func runs(t *testing.T, source string, model runtime.Model, quantum int) (output, errs string) {
	t.Helper()
	p, err := compile(source)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	_, err = execute(p, runtime.Config{Model: model, Quantum: quantum, Output: &out})
	if err != nil {
		errs = err.Error()
	}
	return out.String(), errs
}

func TestPrograms(t *testing.T) {
	for _, c := range []struct{ name, source, output, errs string }{
		{"numbers", "1 2 + . 7 3 mod . 2 3 < . 5 dup * . 1 2 swap - . 8 9 over . drop .", "3\n1\n-1\n25\n1\n8\n8\n", ""},
		{"words", ": square dup * ; : fourth square square ; 3 fourth .", "81\n", ""},
		{"if", ": sign 0 < if -1 else 1 then ; -5 sign . 5 sign .", "-1\n1\n", ""},
		{"loop", ": down begin dup . 1 - dup 0 = until drop ; 3 down", "3\n2\n1\n", ""},
		{"variable", "variable x 5 x ! x @ 1 + x ! x @ .", "6\n", ""},
		{"recursion", ": sum dup 0 = if else dup 1 - sum + then ; 100 sum .", "5050\n", ""},
		{"thread", "variable x : set 7 x ! ; start set join x @ .", "7\n", ""},
		{"switch points", "variable x : set 7 x ! ; start set begin x @ until x @ .", "7\n", ""},
		{"after the end of main", ": late 1 . ; start late", "1\n", ""},
		{"wait", `variable full variable box variable sum
			: put atomic full @ 0 = await box ! -1 full ! end-atomic ;
			: take atomic full @ await box @ 0 full ! end-atomic ;
			: puts 50 begin dup put 1 - dup 0 = until drop ;
			: takes 50 begin take sum @ + sum ! 1 - dup 0 = until drop ;
			start takes start puts join sum @ .`, "1275\n", ""},
		{"wait for each other", `variable a variable b
			: one 1 a ! 5 . atomic 7 b @ await drop end-atomic 6 . ;
			: two atomic a @ await end-atomic 1 b ! ;
			start one start two join`, "5\n6\n", ""},
		{"wait in an inner block", "variable a : one atomic atomic a @ await end-atomic a @ . end-atomic ; start one 3 a ! join", "3\n", ""},
		{"wait outside of a block", "1 await", "", "line 1: await outside of an atomic block, where there is nothing to run again"},
		{"underflow", "1 .\n+", "1\n", "line 2: the stack has 0 values, and 2 are needed"},
		{"zero", "1 0 mod", "", "line 1: division by zero"},
		{"address", "9 @", "", "line 1: there is no variable with the address 9"},
		{"negative address", "-1 @", "", "line 1: there is no variable with the address -1"},
		{"address behind the last", "variable x 1 @", "", "line 1: there is no variable with the address 1"},
		{"values", "variable n begin 1 n @ 1 + n ! n @ 5000 = until", "", "line 1: more than 4096 values or calls"},
		{"depth", ": deep deep 1 ; deep", "", "line 1: more than 4096 values or calls"},
		{"join in a block", "atomic join end-atomic", "", "line 1: join in an atomic block, where no other thread could end"},
		{"error in a block", "variable x 1 x ! : bad atomic 2 x ! 3 . 1 0 mod end-atomic ; start bad join x @ .", "1\n", "line 1: division by zero"},
		{"blocks in a block", "variable x : set atomic 1 x ! atomic 2 x ! end-atomic atomic 3 x ! end-atomic end-atomic ; start set join x @ .", "3\n", ""},
		{"error behind an inner block", "variable x : bad atomic 2 x ! atomic 3 x ! end-atomic 1 0 mod end-atomic ; start bad join x @ .", "0\n", "line 1: division by zero"},
		{"start that is taken back", ": child 5 . ; : bad atomic start child 1 0 mod end-atomic ; start bad", "", "line 1: division by zero"},
	} {
		for _, model := range models {
			for _, quantum := range []int{0, 1} {
				output, errs := runs(t, c.source, model, quantum)
				if output != c.output || errs != c.errs {
					t.Errorf("%s, %v, quantum %d: printed %q, error %q; want %q, %q", c.name, model, quantum, output, errs, c.output, c.errs)
				}
			}
		}
	}
}

func TestMistakes(t *testing.T) {
	for source, want := range map[string]string{
		"1 frobnicate":     "line 1: frobnicate: unknown word",
		"1 if 2":           "end of the program: if is not closed",
		"1\nthen":          "line 2: then: there is no if",
		": a : b ; ;":      "inside of :",
		": a atomic ;":     "there is no :",
		"variable":         "a name must follow",
		"variable a : a ;": "a is defined already",
		": dup 1 ;":        "dup is a word of the language",
		": mod 1 ;":        "mod is a word of the language",
		"variable begin":   "begin is a word of the language",
		": 7 1 ;":          "7 is a number",
		"start nobody":     "the name of a word must follow",
	} {
		if _, err := compile(source); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one with %q", source, err, want)
		}
	}
}

// TestFiles: no model loses money in transfers.fs, no auditor sees any missing, and there
// are as many primes as there are.
func TestFiles(t *testing.T) {
	for _, c := range []struct{ file, large, small, want string }{
		{"transfers.fs", "20000", "500", "2000\n-1000\n0\n"},
		{"primes.fs", "20000", "1000", "168\n"},
	} {
		source, err := os.ReadFile(c.file)
		if err != nil {
			t.Fatal(err)
		}
		less := strings.ReplaceAll(string(source), c.large, c.small)
		for _, model := range models {
			for _, quantum := range []int{0, 7} {
				if output, errs := runs(t, less, model, quantum); output != c.want || errs != "" {
					t.Errorf("%s, %v, quantum %d: printed %q, error %q; want %q", c.file, model, quantum, output, errs, c.want)
				}
			}
		}
	}
}

// TestOutputError: output that got lost is an error.
func TestOutputError(t *testing.T) {
	p, err := compile("1 .")
	if err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	w.Close()
	if _, err = execute(p, runtime.Config{Model: runtime.STM, Output: w}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("error %v, want %v", err, os.ErrClosed)
	}
}
