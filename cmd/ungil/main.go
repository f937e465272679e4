// Command ungil runs Starlark programs with threads, under a global interpreter
// lock or under transactions, and compares the two.
//
//	ungil run [--model auto|stm|locks|gil] [--threads N] [--quantum N] [--stats] FILE [ARGS...]
//	ungil repl [--model auto|stm|locks|gil] [--threads N] [--quantum N]
//	ungil check FILE...
//	ungil compare [--threads N] [--rounds N] [--json] FILE [ARGS...]
//	ungil cpu [--json]
//
// Its exit status is 0 if the program ran to its end, 1 if the program failed,
// which prints its traceback, and 2 if the command line or the file is wrong,
// which prints one line.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
	"github.com/ungil/tm/internal/gcpace"
)

// Exit statuses.
const (
	statusOK     = 0
	statusFailed = 1 // the program failed
	statusUsage  = 2 // the command line or the file is wrong
)

// memoryLimit is where, in bytes, the collector works harder than gcpace asks for, unless the
// user has set GOMEMLIMIT.
const memoryLimit = 3 << 30

// setCollector makes the settings of Go's collector that the user has not made.
func setCollector() {
	if os.Getenv("GOGC") == "" {
		gcpace.Start()
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}

func main() {
	setCollector()
	os.Exit(execute(os.Args[1:], os.Stdout, os.Stderr))
}

// execute runs one command line and returns the exit status.
func execute(args []string, stdout, stderr io.Writer) int {
	return executeWith(args, os.Stdin, stdout, stderr)
}

// executeWith is execute with a standard input.
func executeWith(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot(stdout, stderr)
	root.SetIn(stdin)
	root.SetArgs(args)
	err := root.Execute()
	var failed *programError
	switch {
	case err == nil:
		return statusOK
	case errors.Is(err, errReported):
		return statusUsage
	case errors.As(err, &failed):
		fmt.Fprintln(stderr, strings.TrimRight(failed.trace, "\n"))
		return statusFailed
	default:
		fmt.Fprintln(stderr, "ungil: "+oneLine(err))
		return statusUsage
	}
}

// oneLine returns the first line of an error's text and how much was left out.
func oneLine(err error) string {
	first, rest, _ := strings.Cut(strings.TrimSpace(err.Error()), "\n")
	if rest = strings.TrimSpace(rest); rest != "" {
		first += fmt.Sprintf(" (and %d more lines)", strings.Count(rest, "\n")+1)
	}
	return first
}

func newRoot(stdout, stderr io.Writer) *cobra.Command {
	root := &cobra.Command{
		Use:   "ungil",
		Short: "Run Starlark programs whose threads need no global interpreter lock",
		Long: `ungil runs Starlark programs with threads. Each stretch of a thread's
instructions takes effect as one step. Under the model gil one lock makes it so;
under stm each stretch is a transaction, and threads run in parallel. The model auto
is gil until a second thread starts, and then stm. Under locks only single
operations and atomic blocks are steps.`,
		SilenceUsage:      true,
		SilenceErrors:     true,
		Args:              cobra.NoArgs,
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		text, _, _ := strings.Cut(err.Error(), ": strconv.") // what is behind it is for programmers
		return fmt.Errorf("%s (see ungil %s --help)", text, cmd.Name())
	})
	root.AddCommand(newRun(stdout, stderr), newCompare(stdout, stderr), newRepl(stdout, stderr), newCheck(stderr), newCPU(stdout))
	return root
}

// needFile is the argument check of commands that take a program.
func needFile(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("%s needs the file of a program: ungil %s", cmd.Name(), cmd.Use)
	}
	return nil
}
