package starlark

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark/compile"
	"github.com/ungil/tm/starlark/value"
	"github.com/ungil/tm/starlark/vm"
)

// A Source finds the source of the module that the file called from loads. Two
// modules are the same if they have the same filename. It may be called by
// several goroutines.
type Source func(from, module string) (filename string, src []byte, err error)

// Files is a Source that takes a module for the path of a file, relative to the
// directory of the file that loads it.
func Files(from, module string) (filename string, src []byte, err error) {
	filename = module
	if !filepath.IsAbs(module) {
		filename = filepath.Join(filepath.Dir(from), module)
	}
	src, err = os.ReadFile(filename)
	var pathErr *os.PathError
	if errors.As(err, &pathErr) {
		err = pathErr.Err
	}
	return filename, src, err
}

// A loader executes modules once each. A module has a world of its own with a
// global lock, in which its file and the threads that it starts run to their end; then
// its variables are frozen, so that all worlds may use them. What it prints
// appears at once: the thread that loads it has no transaction open.
type loader struct {
	source  Source
	options vm.Config // args, thread.count

	mu   sync.Mutex // held by the thread that began to load, for all that this loads
	done map[string]*loaded
}

type loaded struct {
	globals StringDict
	err     error
}

func newLoader(s Source, c vm.Config) *loader {
	return &loader{source: s, options: c, done: map[string]*loaded{}}
}

// load is vm.Config.Load for programs that are no modules.
func (l *loader) load(t *vm.Thread, from, module string) (map[string]value.Value, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.loadBelow(t, from, module, nil)
}

// loadBelow loads a module for the innermost of the modules being loaded.
func (l *loader) loadBelow(t *vm.Thread, from, module string, loading []string) (StringDict, error) {
	filename, src, err := l.source(from, module)
	if err != nil {
		return nil, err
	}
	if slices.Contains(loading, filename) {
		return nil, fmt.Errorf("cycle of modules: %s", strings.Join(append(loading, filename), " loads "))
	}
	m := l.done[filename]
	if m == nil {
		m = new(loaded)
		m.globals, m.err = l.execute(t, filename, src, append(slices.Clip(loading), filename))
		var cancelled *vm.CancelError
		if !errors.As(m.err, &cancelled) { // else the next one may have more time
			l.done[filename] = m
		}
	}
	return m.globals, m.err
}

func (l *loader) execute(t *vm.Thread, filename string, src []byte, loading []string) (StringDict, error) {
	p, err := compile.File(filename, src, vm.IsPredeclared, vm.IsUniversal)
	if err != nil {
		return nil, err
	}
	c := l.options
	c.Frozen = true
	c.World = runtime.NewWorld(runtime.Config{Model: runtime.GIL, Output: t})
	c.Load = func(t *vm.Thread, from, module string) (map[string]value.Value, error) {
		return l.loadBelow(t, from, module, loading)
	}
	m := vm.New(c)
	globals, err := m.RunModule(p, t)
	if err != nil {
		return nil, err
	}
	main := m.NewThread()
	for _, v := range globals {
		value.Freeze(&main.Thread, v)
	}
	return globals, nil
}
