package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"unicode/utf8"

	"github.com/ungil/tm/starlark"
)

// programError is the failure of a program that ran.
type programError struct{ trace string }

func (e *programError) Error() string { return e.trace }

// asProgramError turns the error of a run into one that shows its traceback.
func asProgramError(err error) error { return &programError{starlark.Traceback(err)} }

// load reads and compiles the program in the file called name.
func load(name string) (*starlark.Program, error) {
	source, err := readSource(name)
	if err != nil {
		return nil, err
	}
	return starlark.Compile(name, source)
}

// readSource returns the text in the file called name.
func readSource(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", name, cause(err))
	}
	if info.IsDir() {
		return nil, fmt.Errorf("cannot take %s for a program: it is a directory; name a Starlark file", name)
	}
	source, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", name, cause(err))
	}
	if bytes.IndexByte(source, 0) >= 0 || !utf8.Valid(source) {
		return nil, fmt.Errorf("cannot take %s for a program: it is not text in UTF-8; name a Starlark file", name)
	}
	return source, nil
}

// cause strips the operation and path that a caller names better.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
