package tm

import (
	"context"
	"errors"
	"fmt"
)

// ErrAttempts is the error of a transaction that has used up what WithAttempts
// allows. Test with errors.Is: with WithName it is wrapped.
var ErrAttempts = errors.New("tm: the transaction has used up its attempts; nothing has happened")

// terms are what AtomicallyContext was given.
type terms struct {
	ctx      context.Context
	attempts int // that may be made; 0: no limit
	made     int // and have begun
	priority int
	name     string
}

// An Option of AtomicallyContext, ViewContext or DoContext. The zero Option changes nothing.
type Option struct{ set func(*terms) }

// WithAttempts lets the function run at most n times: then AtomicallyContext
// returns ErrAttempts. Runs that ended in Retry count, and after the last one
// there is no sleep, so WithAttempts(1) asks whether the transaction can happen now.
// It panics if n is below 1.
func WithAttempts(n int) Option {
	if n < 1 {
		panic(fmt.Sprintf("tm: WithAttempts(%d): a transaction needs at least one attempt", n))
	}
	return Option{func(t *terms) { t.attempts = n }}
}

// WithPriority asks that the transaction go ahead of others of lower priority.
// Ordinary ones have 0, the lowest. It panics if p is negative.
func WithPriority(p int) Option {
	if p < 0 {
		panic(fmt.Sprintf("tm: WithPriority(%d): the lowest priority is 0", p))
	}
	return Option{func(t *terms) { t.priority = p }}
}

// WithName names the transaction in errors that come from this package (the
// context's, ErrAttempts) and in panics about its misuse. Errors that the function returns are not wrapped, and
// statistics are not kept by name.
func WithName(name string) Option { return Option{func(t *terms) { t.name = name }} }

// AtomicallyContext is Atomically with options and a context. When ctx ends before
// the transaction has happened, nothing happens and the error is ctx's: at once while the
// transaction sleeps in Retry, else before fn would run again. A run of fn
// that has begun is not interrupted, and if it commits, the error is nil. Test
// the error with errors.Is: with WithName it is wrapped. A nil context panics.
//
// Lock-free but for Retry.
func AtomicallyContext(ctx context.Context, fn func(tx *Tx) error, opts ...Option) error {
	if ctx == nil {
		panic(misuseNilContext("AtomicallyContext"))
	}
	tx := acquire(modeUpdate)
	tx.accept(ctx, opts)
	tx.contended = tx.terms.priority > 0
	return tx.doWithin(fn)
}

// ViewContext is View with options and a context, for a View that waits: when ctx
// ends, the sleep in Retry ends too, and the error is ctx's, as with
// AtomicallyContext. WithPriority has no effect, because a View is in nobody's way.
// All runs count for WithAttempts: also the one with which a View that calls Retry
// logs what it has read before it first sleeps.
//
// Wait-free as View is; blocking in Retry.
func ViewContext(ctx context.Context, fn func(tx *Tx) error, opts ...Option) error {
	if ctx == nil {
		panic(misuseNilContext("ViewContext"))
	}
	tx := acquire(modeView)
	tx.accept(ctx, opts)
	return tx.doWithin(fn)
}

// accept notes what the caller has asked for.
func (tx *Tx) accept(ctx context.Context, opts []Option) {
	tx.limited = true
	tx.terms.ctx = ctx
	for _, o := range opts {
		if o.set != nil {
			o.set(&tx.terms)
		}
	}
}

// doWithin is do for a transaction with terms.
func (tx *Tx) doWithin(fn func(*Tx) error) error {
	if err := tx.exceeded(); err != nil {
		tx.release()
		return err
	}
	return tx.do(fn)
}

// exceeded returns why tx must not run again, nil if it may, and counts the
// attempt that is about to begin.
func (tx *Tx) exceeded() error {
	if !tx.limited {
		return nil
	}
	t := &tx.terms
	if err := tx.contextErr(); err != nil {
		tx.counts[countCancelled].Inc()
		return tx.named(err)
	}
	if t.exhausted() {
		tx.counts[countExhausted].Inc()
		return tx.named(ErrAttempts)
	}
	t.made++
	return nil
}

// contextErr is the error of tx's context. A context of the program's own may panic; tx is
// given up then, with the token, if it has it.
func (tx *Tx) contextErr() (err error) {
	returned := false
	defer func() {
		if !returned {
			tx.end(false)
		}
	}()
	err = tx.terms.ctx.Err()
	returned = true
	return err
}

// exhausted reports whether the last attempt has begun.
func (t *terms) exhausted() bool { return t.attempts > 0 && t.made >= t.attempts }

// named adds the name of tx to an error.
func (tx *Tx) named(err error) error {
	if tx.terms.name == "" {
		return err
	}
	return fmt.Errorf("transaction %q: %w", tx.terms.name, err)
}

// label is the name of tx for a message about its misuse.
func (tx *Tx) label() string {
	if tx.terms.name == "" {
		return "a transaction"
	}
	return fmt.Sprintf("the transaction %q", tx.terms.name)
}

// done is closed when tx is to give up; nil: never.
func (tx *Tx) done() <-chan struct{} {
	if !tx.limited {
		return nil
	}
	return tx.terms.ctx.Done()
}
