package concurrent

import (
	"errors"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark/value"
)

// A Semaphore is a number that acquire takes from, and waits for while it is 0. A lock is one
// that is never above 1.
type Semaphore struct {
	object
	free variable
}

var (
	lockType      = value.Type{Name: "lock", Kind: value.KindOther, Hash: value.HashIdentity}
	semaphoreType = value.Type{Name: "semaphore", Kind: value.KindOther, Hash: value.HashIdentity}
)

func init() { // their functions refer to them
	for _, ty := range []*value.Type{&lockType, &semaphoreType} {
		ty.Trace = func(v value.Value, visit func(value.Value)) { visit(semaphoreOf(v).free.Value()) }
		ty.Shared = func(v value.Value) *bool { return &semaphoreOf(v).shared }
		ty.Lock = func(v value.Value) *runtime.Lock { return &semaphoreOf(v).lock }
	}
	value.AddMethods(&lockType, map[string]value.Func{
		"acquire": acquire, "release": lockRelease, "locked": lockLocked,
	})
	value.AddMethods(&semaphoreType, map[string]value.Func{
		"acquire": acquire, "release": semaphoreRelease, "value": semaphoreValue,
	})
}

func semaphoreOf(v value.Value) *Semaphore { return (*Semaphore)(v.Pointer()) }

func makeSemaphore(t *value.Thread, ty *value.Type, n int) value.Value {
	s := &Semaphore{object: object{Object: value.Object{Type: ty}}, free: newVariable(t, value.Int(int64(n)))}
	return value.FromObject(&s.Object)
}

// NewLock is lock(); NewSemaphore is semaphore(value = 1).
var (
	NewLock      = value.NewBuiltin("lock", newLock)
	NewSemaphore = value.NewBuiltin("semaphore", newSemaphore)
)

func newLock(t *value.Thread, _ value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter()
	defer t.Leave()
	return makeSemaphore(t, &lockType, 1), noArgs("lock", args, kwargs)
}

func newSemaphore(t *value.Thread, _ value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter()
	defer t.Leave()
	n := 1
	if err := value.UnpackArgs("semaphore", args, kwargs, "value?", &n); err != nil {
		return value.Value{}, err
	}
	if n < 0 {
		return value.Value{}, errors.New("semaphore: the initial value must not be negative")
	}
	return makeSemaphore(t, &semaphoreType, n), nil
}

// acquire is acquire(block = True, timeout = None) of both.
func acquire(t *value.Thread, recv value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter(recv)
	defer t.Leave()
	timeout, err := waitArgs("acquire", args, kwargs)
	if err != nil {
		return value.Value{}, err
	}
	s := semaphoreOf(recv)
	if err := s.free.mutable("acquire"); err != nil {
		return value.Value{}, err
	}
	t.Look(&s.watch)
	if n := s.free.int(t); n > 0 {
		s.free.setInt(t, n-1)
		return value.True, nil
	}
	if expired, err := value.Wait(t, "acquire", timeout); !expired {
		return value.Value{}, err
	}
	return value.False, nil
}

func lockRelease(t *value.Thread, recv value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter(recv)
	defer t.Leave()
	if err := noArgs("release", args, kwargs); err != nil {
		return value.Value{}, err
	}
	s := semaphoreOf(recv)
	if err := s.free.mutable("release"); err != nil {
		return value.Value{}, err
	}
	if s.free.int(t) > 0 {
		return value.Value{}, errors.New("release: the lock is not held")
	}
	s.free.setInt(t, 1)
	s.changed(t)
	return value.None, nil
}

func lockLocked(t *value.Thread, recv value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter(recv)
	defer t.Leave()
	return value.Bool(semaphoreOf(recv).free.int(t) == 0), noArgs("locked", args, kwargs)
}

// semaphoreRelease is release(n = 1).
func semaphoreRelease(t *value.Thread, recv value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter(recv)
	defer t.Leave()
	n := 1
	if err := value.UnpackArgs("release", args, kwargs, "n?", &n); err != nil {
		return value.Value{}, err
	}
	if n < 1 {
		return value.Value{}, errors.New("release: n must be at least 1")
	}
	s := semaphoreOf(recv)
	if err := s.free.mutable("release"); err != nil {
		return value.Value{}, err
	}
	free := s.free.int(t) + int64(n)
	if free < 0 {
		return value.Value{}, errors.New("release: the value would exceed 64 bits")
	}
	s.free.setInt(t, free)
	s.changed(t)
	return value.None, nil
}

func semaphoreValue(t *value.Thread, recv value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter(recv)
	defer t.Leave()
	return value.Int(semaphoreOf(recv).free.int(t)), noArgs("value", args, kwargs)
}
