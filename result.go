package tm

import "context"

// Do is Atomically for a function with a result, and as lock-free. If the error is not nil, the
// result is the zero R.
func Do[R any](fn func(tx *Tx) (R, error)) (R, error) {
	mustFunction(fn != nil)
	var result R
	err := Atomically(func(tx *Tx) (err error) {
		result, err = fn(tx)
		return err
	})
	return resultUnless(err, result)
}

// DoContext is AtomicallyContext for a function with a result. If the error is not
// nil, the result is the zero R.
func DoContext[R any](ctx context.Context, fn func(tx *Tx) (R, error), opts ...Option) (R, error) {
	mustFunction(fn != nil)
	var result R
	err := AtomicallyContext(ctx, func(tx *Tx) (err error) {
		result, err = fn(tx)
		return err
	}, opts...)
	return resultUnless(err, result)
}

// DoView is View for a function with a result. If the error is not nil, the result
// is the zero R.
func DoView[R any](fn func(tx *Tx) (R, error)) (R, error) {
	mustFunction(fn != nil)
	var result R
	err := View(func(tx *Tx) (err error) {
		result, err = fn(tx)
		return err
	})
	return resultUnless(err, result)
}

// resultUnless drops the result if there is an error: it may come from an attempt
// that was thrown away before the transaction was given up.
func resultUnless[R any](err error, result R) (R, error) {
	if err != nil {
		var none R
		return none, err
	}
	return result, nil
}
