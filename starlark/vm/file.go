package vm

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"sync"
	"unsafe"

	"github.com/ungil/tm/starlark/value"
)

// Files are read when the program asks, in the middle of a transaction; if that
// runs again, they are read again. What a file contains is not part of what
// transactions promise.

var fileModule = value.NewModule("file", map[string]value.Value{
	"read":   value.NewBuiltin("read", fileRead),
	"list":   value.NewBuiltin("list", fileList),
	"is_dir": value.NewBuiltin("is_dir", fileIsDir),
	"goroot": value.NewBuiltin("goroot", fileGoroot),
})

// maxFile bounds what file.read reads, in bytes.
const maxFile = 1 << 30

// path returns the one argument of a function, a path.
func path(t *value.Thread, name string, args []value.Value, kwargs []value.KV) (string, error) {
	t.Enter(args...)
	if len(args) != 1 || len(kwargs) > 0 {
		return "", fmt.Errorf("file.%s: got %d arguments, want 1: a path", name, len(args)+len(kwargs))
	}
	if !args[0].IsString() {
		return "", fmt.Errorf("file.%s: got %s, want a path as a string", name, args[0].TypeName())
	}
	return args[0].AsString(), nil
}

// fileError words an error of the operating system.
func fileError(name, path string, err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return fmt.Errorf("file.%s: cannot read %q: %w", name, path, err)
}

// fileRead is file.read(path): the bytes of a file, whatever they are, as a string.
func fileRead(t *value.Thread, _ value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	p, err := path(t, "read", args, kwargs)
	defer t.Leave()
	if err != nil {
		return value.Value{}, err
	}
	info, err := os.Stat(p)
	switch {
	case err != nil:
		return value.Value{}, fileError("read", p, err)
	case info.IsDir():
		return value.Value{}, fmt.Errorf("file.read: %q is a directory: use file.list", p)
	case !info.Mode().IsRegular():
		return value.Value{}, fmt.Errorf("file.read: %q is not a regular file", p)
	case info.Size() > maxFile:
		return value.Value{}, fmt.Errorf("file.read: %q has %d bytes, more than %d", p, info.Size(), maxFile)
	}
	b, err := os.ReadFile(p)
	if err != nil {
		return value.Value{}, fileError("read", p, err)
	}
	return value.Str(unsafe.String(unsafe.SliceData(b), len(b))), nil // b is nobody else's
}

// fileList is file.list(dir): the sorted names in a directory.
func fileList(t *value.Thread, _ value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	p, err := path(t, "list", args, kwargs)
	defer t.Leave()
	if err != nil {
		return value.Value{}, err
	}
	entries, err := os.ReadDir(p)
	if err != nil {
		return value.Value{}, fileError("list", p, err)
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return value.NewList(t, value.Strings(names)), nil
}

// fileIsDir is file.is_dir(path). It is false for what does not exist.
func fileIsDir(t *value.Thread, _ value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	p, err := path(t, "is_dir", args, kwargs)
	defer t.Leave()
	if err != nil {
		return value.Value{}, err
	}
	info, err := os.Stat(p)
	return value.Bool(err == nil && info.IsDir()), nil
}

// goroot finds the directory of the Go installation.
var goroot = sync.OnceValues(func() (string, error) {
	if dir := os.Getenv("GOROOT"); dir != "" {
		return dir, nil
	}
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if dir := strings.TrimSpace(string(out)); err == nil && dir != "" {
		return dir, nil
	}
	return "", errors.New("file.goroot: no Go installation found: set the environment variable GOROOT or put go into PATH")
})

// fileGoroot is file.goroot().
func fileGoroot(t *value.Thread, _ value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter()
	defer t.Leave()
	if err := noArgs("file.goroot", args, kwargs); err != nil {
		return value.Value{}, err
	}
	dir, err := goroot()
	if err != nil {
		return value.Value{}, err
	}
	return value.Str(dir), nil
}
