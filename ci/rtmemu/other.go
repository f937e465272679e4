//go:build !(linux && amd64)

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "rtmemu: runs on linux/amd64 only: it traces threads with ptrace and steps through amd64 code")
	os.Exit(125)
}
