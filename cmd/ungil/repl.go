package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/spf13/cobra"
	"github.com/ungil/tm/starlark"
)

func newRepl(stdout, stderr io.Writer) *cobra.Command {
	var s settings
	cmd := &cobra.Command{
		Use:   "repl [--model auto|stm|locks|gil] [--threads N] [--quantum N]",
		Short: "Execute statements as they are typed",
		Long: `repl reads statements from standard input and executes each at once. A compound
statement ends with an empty line. The value of an expression is printed. An error
ends the statement only; ctrl-C stops one that runs, ctrl-D ends the session and
the threads that still run.`,
		DisableFlagsInUseLine: true,
		Args:                  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			model, err := s.check()
			if err != nil {
				return err
			}
			world := starlark.NewWorld(starlark.Config{
				Model: model, Quantum: s.quantum, Threads: s.threads, Output: stdout, Source: starlark.Files,
			})
			r := repl{
				thread: world.NewThread("repl"), in: bufio.NewReader(cmd.InOrStdin()), out: stdout, errs: stderr,
				prompts: isTerminal(cmd.InOrStdin()),
			}
			return r.run()
		},
	}
	addSettings(cmd, &s)
	return cmd
}

// isTerminal reports whether a person types.
func isTerminal(in io.Reader) bool {
	f, ok := in.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// A repl is a session with somebody who types.
type repl struct {
	thread  *starlark.Thread
	in      *bufio.Reader
	out     io.Writer
	errs    io.Writer
	prompts bool
}

// run executes statements until the input ends.
func (r *repl) run() error {
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	defer func() {
		signal.Stop(interrupts) // no more are sent
		close(interrupts)
	}()
	go func() {
		for range interrupts {
			r.thread.Cancel("interrupted")
		}
	}()
	session := starlark.NewSession(r.thread)
	for {
		v, err := session.Exec("<stdin>", r.lines())
		switch {
		case errors.Is(err, io.EOF):
			if r.prompts {
				fmt.Fprintln(r.out)
			}
			return r.end()
		case starlark.IsCompileError(err):
			fmt.Fprintln(r.errs, err)
		case err != nil:
			fmt.Fprintln(r.errs, starlark.Traceback(err))
		case v.IsSet() && !v.IsNone():
			fmt.Fprintln(r.out, starlark.Repr(r.thread, v))
		}
	}
}

// end stops the threads that still run, and returns the errors that nobody has seen.
func (r *repl) end() error {
	world := r.thread.World()
	world.Cancel()
	if err := world.Wait(); err != nil {
		fmt.Fprintln(r.errs, starlark.Traceback(err))
	}
	return nil
}

// lines returns a function that reads the lines of one statement.
func (r *repl) lines() func() ([]byte, error) {
	prompt := ">>> "
	return func() ([]byte, error) {
		if r.prompts {
			fmt.Fprint(r.out, prompt)
			prompt = "... "
		}
		line, err := r.in.ReadString('\n')
		r.thread.Uncancel() // ctrl-C before a statement runs does not stop it
		if line != "" {
			return []byte(strings.TrimSuffix(line, "\n") + "\n"), nil // a last line may have no end
		}
		return nil, err
	}
}
