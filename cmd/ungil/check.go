package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/ungil/tm/starlark"
)

// errReported is an error whose lines have been printed already.
var errReported = errors.New("the files have errors")

func newCheck(stderr io.Writer) *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE...",
		Short: "Compile programs without running them",
		Long: `check compiles each FILE and prints one line for each mistake: file:line:col and
what is wrong. The exit status is 0 if there is none, else 2.`,
		DisableFlagsInUseLine: true,
		Args:                  needFile,
		RunE: func(_ *cobra.Command, files []string) error {
			var failed error
			for _, name := range files {
				_, err := load(name)
				if err == nil {
					continue
				}
				failed = errReported
				prefix := ""
				if !starlark.IsCompileError(err) {
					prefix = "ungil: "
				}
				for _, line := range strings.Split(err.Error(), "\n") {
					fmt.Fprintln(stderr, prefix+line)
				}
			}
			return failed
		},
	}
}
