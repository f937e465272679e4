package concurrent

import (
	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark/value"
)

// An Event is a flag that threads wait for.
type Event struct {
	object
	isSet variable
}

var eventType = value.Type{Name: "event", Kind: value.KindOther, Hash: value.HashIdentity}

func init() { // its functions refer to it
	eventType.Trace = func(v value.Value, visit func(value.Value)) { visit(eventOf(v).isSet.Value()) }
	eventType.Shared = func(v value.Value) *bool { return &eventOf(v).shared }
	eventType.Lock = func(v value.Value) *runtime.Lock { return &eventOf(v).lock }
	value.AddMethods(&eventType, map[string]value.Func{
		"set": eventSet, "clear": eventClear, "is_set": eventIsSet, "wait": eventWait,
	})
}

func eventOf(v value.Value) *Event { return (*Event)(v.Pointer()) }

// NewEvent is event().
var NewEvent = value.NewBuiltin("event", newEvent)

func newEvent(t *value.Thread, _ value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter()
	defer t.Leave()
	e := &Event{object: object{Object: value.Object{Type: &eventType}}, isSet: newVariable(t, value.False)}
	return value.FromObject(&e.Object), noArgs("event", args, kwargs)
}

func eventSet(t *value.Thread, recv value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter(recv)
	defer t.Leave()
	if err := noArgs("set", args, kwargs); err != nil {
		return value.Value{}, err
	}
	e := eventOf(recv)
	if err := e.isSet.mutable("set"); err != nil {
		return value.Value{}, err
	}
	if !e.isSet.bool(t) { // else there is nothing to conflict about
		e.isSet.setBool(t, true)
		e.changed(t)
	}
	return value.None, nil
}

func eventClear(t *value.Thread, recv value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter(recv)
	defer t.Leave()
	if err := noArgs("clear", args, kwargs); err != nil {
		return value.Value{}, err
	}
	e := eventOf(recv)
	if err := e.isSet.mutable("clear"); err != nil {
		return value.Value{}, err
	}
	e.isSet.setBool(t, false)
	return value.None, nil
}

func eventIsSet(t *value.Thread, recv value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter(recv)
	defer t.Leave()
	return value.Bool(eventOf(recv).isSet.bool(t)), noArgs("is_set", args, kwargs)
}

// eventWait is wait(timeout = None): whether the event is set.
func eventWait(t *value.Thread, recv value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter(recv)
	defer t.Leave()
	timeout := value.Timeout(-1)
	if err := value.UnpackArgs("wait", args, kwargs, "timeout??", &timeout); err != nil {
		return value.Value{}, err
	}
	e := eventOf(recv)
	t.Look(&e.watch)
	if e.isSet.bool(t) {
		return value.True, nil
	}
	if err := e.isSet.mutable("wait"); err != nil {
		return value.Value{}, err // nobody could set it
	}
	if expired, err := value.Wait(t, "wait", timeout); !expired {
		return value.Value{}, err
	}
	return value.False, nil
}
