// Command forth shows how an interpreter loses its global lock: a small Forth with
// threads whose instructions package runtime makes into transactions. program.go
// compiles, and knows nothing of threads; machine.go is all that the runtime asks for. Run it
// in the root of the repository:
//
//	go run ./examples/forth -stats examples/forth/primes.fs              two threads at work
//	go run ./examples/forth -stats -model gil examples/forth/primes.fs   in turns
//	go run ./examples/forth examples/forth/transfers.fs                  and in each other's way
//
// The words: numbers, + - * mod = <, dup drop swap over, : name ... ; to define a word, if ... else
// ... then, begin ... until, variable name, @ and ! to read and store a variable,
// . to print, \ for a comment. New ones: start name runs a word in a thread of its own, join waits for
// the threads that this one has started, and between atomic and end-atomic no other thread
// comes, and all is taken back if there is an error. await takes a number; if that is 0, the atomic
// block is taken back as well, and runs again when another thread has changed something.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/ungil/tm/runtime"
)

func main() {
	name := flag.String("model", runtime.STM.String(), "how threads are kept apart: stm, auto or gil")
	stats := flag.Bool("stats", false, "say on standard error what the threads did")
	flag.Parse()
	if err := run(*name, *stats, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(name string, stats bool, args []string) error {
	model, err := runtime.ParseModel(name)
	if err != nil {
		return fmt.Errorf("-model: %w", err)
	}
	if model == runtime.Locks {
		return fmt.Errorf("-model %v: its variables have no locks; use stm, auto or gil", model)
	}
	if len(args) != 1 {
		return fmt.Errorf("got %d arguments: want one, the file with the program", len(args))
	}
	source, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	p, err := compile(string(source))
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	did, err := execute(p, runtime.Config{Model: model})
	if stats {
		fmt.Fprintf(os.Stderr, "%d threads, %d commits, %d aborts, %d instructions\n", did.Threads, did.Commits, did.Aborts, did.Instructions)
	}
	return err
}
