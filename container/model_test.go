package container

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/ungil/tm"
)

// Fuzzing against Go's own types. A script of bytes drives a container and a
// model of it; the model is a value, so an undone part restores it by assignment.

// script is a source of decisions; it ends with its bytes.
type script struct{ bytes []byte }

func (s *script) next(n int) int {
	if len(s.bytes) == 0 {
		return 0
	}
	b := int(s.bytes[0])
	s.bytes = s.bytes[1:]
	return b % n
}

func (s *script) more() bool { return len(s.bytes) > 0 }

var errUndone = errors.New("undone on purpose")

// drive runs step in transactions of all faces, until the script ends. save
// returns what puts the model back.
func drive(s *script, step func(tx *tm.Tx), save func() (undo func())) {
	for s.more() {
		n := s.next(6)
		body := func(tx *tm.Tx) {
			for range n {
				step(tx)
			}
		}
		undo := save()
		switch s.next(6) {
		case 0: // undone as a whole
			_ = tm.Atomically(func(tx *tm.Tx) error { body(tx); return errUndone })
			undo()
		case 1: // an inner part undone, and some work after it
			_ = tm.Atomically(func(tx *tm.Tx) error {
				body(tx)
				inner := save()
				_ = tx.Atomically(func(tx *tm.Tx) error { body(tx); return errUndone })
				inner()
				body(tx)
				return nil
			})
		case 2: // an inner part kept
			_ = tm.Atomically(func(tx *tm.Tx) error {
				return tx.Atomically(func(tx *tm.Tx) error { body(tx); return nil })
			})
		case 3:
			tx := tm.Begin()
			body(tx)
			if !tx.Commit() {
				panic("a transaction failed with nobody in its way")
			}
		case 4:
			tx := tm.Begin()
			body(tx)
			tx.Abort()
			undo()
		default:
			_ = tm.Atomically(func(tx *tm.Tx) error { body(tx); return nil })
		}
	}
}

// scripts runs f with random scripts.
func scripts(t *testing.T, n, length int, f func(t *testing.T, script []byte)) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	for range rounds(n) {
		b := make([]byte, length)
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		f(t, b)
		if t.Failed() {
			return
		}
	}
}

// view runs f in a View.
func view(f func(tx *tm.Tx)) {
	if err := tm.View(func(tx *tm.Tx) error { f(tx); return nil }); err != nil {
		panic(err)
	}
}

// atomically runs f in a transaction.
func atomically(f func(tx *tm.Tx)) {
	if err := tm.Atomically(func(tx *tm.Tx) error { f(tx); return nil }); err != nil {
		panic(err)
	}
}
