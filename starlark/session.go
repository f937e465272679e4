package starlark

import (
	"github.com/ungil/tm/starlark/compile"
	"github.com/ungil/tm/starlark/vm"
)

// A Session executes what a person types, statement by statement. Variables that
// one statement has assigned are there for the next. As in starlark-go, a function
// keeps the variables of the time when it was defined.
type Session struct {
	thread  *Thread
	globals StringDict
}

// NewSession begins a session on a thread.
func NewSession(thread *Thread) *Session { return &Session{thread, StringDict{}} }

// Exec reads one statement, with as many lines as it has (a compound statement ends
// with an empty line), and executes it. The value is that of the
// statement if it is an expression. If readLine returns an error, Exec returns it.
func (s *Session) Exec(filename string, readLine func() ([]byte, error)) (Value, error) {
	var readErr error
	read := func() ([]byte, error) {
		line, err := readLine()
		readErr = err
		return line, err
	}
	isGlobal := func(name string) bool { _, ok := s.globals[name]; return ok }
	p, err := compile.Chunk(filename, read, isGlobal, vm.IsPredeclared, vm.IsUniversal)
	switch {
	case readErr != nil:
		return Value{}, readErr
	case err != nil:
		return Value{}, err
	}
	globals, v, err := s.thread.vm.Exec(p, nil, s.globals)
	for name, x := range globals {
		s.globals[name] = x
	}
	return v, err
}
