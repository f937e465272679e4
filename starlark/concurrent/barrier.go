package concurrent

import (
	"errors"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark/value"
)

// A Barrier makes threads wait until so many have come. A thread that comes commits that first, so
// that others see it, and then waits for the round to end. arrivals has the round
// and the place of each thread that waits, by the thread's number.
type Barrier struct {
	object
	parties  int64
	round    variable
	count    variable // arrived in this round
	broken   variable
	arrivals *value.Dict
}

var barrierType = value.Type{Name: "barrier", Kind: value.KindOther, Hash: value.HashIdentity}

func init() { // its functions refer to it
	barrierType.Trace = func(v value.Value, visit func(value.Value)) {
		b := barrierOf(v)
		for _, x := range []variable{b.round, b.count, b.broken} {
			visit(x.Value())
		}
		visit(b.arrivals.Value())
	}
	barrierType.Shared = func(v value.Value) *bool { return &barrierOf(v).shared }
	barrierType.Lock = func(v value.Value) *runtime.Lock { return &barrierOf(v).lock }
	value.AddMethods(&barrierType, map[string]value.Func{
		"wait": barrierWait, "abort": barrierAbort, "n_waiting": barrierWaiting, "broken": barrierBroken,
	})
}

func barrierOf(v value.Value) *Barrier { return (*Barrier)(v.Pointer()) }

// NewBarrier is barrier(parties).
var NewBarrier = value.NewBuiltin("barrier", newBarrier)

func newBarrier(t *value.Thread, _ value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter()
	defer t.Leave()
	var parties int64
	if err := value.UnpackArgs("barrier", args, kwargs, "parties", &parties); err != nil {
		return value.Value{}, err
	}
	if parties < 1 {
		return value.Value{}, errors.New("barrier: parties must be at least 1")
	}
	b := &Barrier{
		object: object{Object: value.Object{Type: &barrierType}}, parties: parties,
		round: newVariable(t, value.Int(0)), count: newVariable(t, value.Int(0)), broken: newVariable(t, value.False),
		arrivals: value.NewDict(t, 0),
	}
	return value.FromObject(&b.Object), nil
}

var errBroken = errors.New("wait: the barrier is broken")

// barrierWait is wait(timeout = None): the thread's place, from 0.
func barrierWait(t *value.Thread, recv value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter(recv)
	defer t.Leave()
	timeout := value.Timeout(-1)
	if err := value.UnpackArgs("wait", args, kwargs, "timeout??", &timeout); err != nil {
		return value.Value{}, err
	}
	b := barrierOf(recv)
	if err := b.count.mutable("wait"); err != nil {
		return value.Value{}, err
	}
	t.Look(&b.watch)
	me := value.Int(int64(t.ID()))
	arrival, arrived, err := b.arrivals.Get(t, me)
	switch {
	case err != nil:
		return value.Value{}, err
	case !arrived:
		return b.arrive(t, me)
	}
	elems := value.TupleOf(arrival).Elems()
	if b.round.int(t) != elems[0].AsInt() { // also if somebody has broken it since
		_, _, err := b.arrivals.Delete(t, me)
		return elems[1], err
	}
	err = errBroken
	if !b.broken.bool(t) {
		var expired bool
		if expired, err = value.Wait(t, "wait", timeout); value.IsControl(err) {
			return value.Value{}, err
		}
		b.breakUp(t)
		if expired {
			err = errors.New("wait: the others have not come in time; the barrier is broken")
		}
	}
	if _, _, err := b.arrivals.Delete(t, me); err != nil {
		return value.Value{}, err
	}
	return value.Value{}, err
}

// breakUp makes all waits fail from now on, for nobody can tell any more who is missing.
func (b *Barrier) breakUp(t *value.Thread) {
	b.broken.setBool(t, true)
	b.changed(t)
}

// arrive is the first part of wait.
func (b *Barrier) arrive(t *value.Thread, me value.Value) (value.Value, error) {
	if b.broken.bool(t) {
		return value.Value{}, errBroken
	}
	place := b.count.int(t)
	if place+1 == b.parties {
		b.count.setInt(t, 0)
		b.round.setInt(t, b.round.int(t)+1)
		b.changed(t)
		return value.Int(place), nil
	}
	again := value.Again(t, "wait")
	if !value.IsControl(again) {
		return value.Value{}, again
	}
	b.count.setInt(t, place+1)
	if err := b.arrivals.Set(t, me, value.NewPair(b.round.Get(t), value.Int(place))); err != nil {
		return value.Value{}, err
	}
	return value.Value{}, again
}

func barrierAbort(t *value.Thread, recv value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter(recv)
	defer t.Leave()
	if err := noArgs("abort", args, kwargs); err != nil {
		return value.Value{}, err
	}
	if err := barrierOf(recv).broken.mutable("abort"); err != nil {
		return value.Value{}, err
	}
	barrierOf(recv).breakUp(t)
	return value.None, nil
}

func barrierWaiting(t *value.Thread, recv value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter(recv)
	defer t.Leave()
	return value.Int(barrierOf(recv).count.int(t)), noArgs("n_waiting", args, kwargs)
}

func barrierBroken(t *value.Thread, recv value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter(recv)
	defer t.Leave()
	return value.Bool(barrierOf(recv).broken.bool(t)), noArgs("broken", args, kwargs)
}
