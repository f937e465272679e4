package concurrent

import (
	"errors"
	"unsafe"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark/value"
)

// A Queue hands values from thread to thread, first in, first out: a list of nodes that starts at
// head and ends at tail. Both are unset while it is empty. So putting and getting
// conflict only when it is empty or has one value. How many values were put and taken is counted
// apart, for the same reason.
type Queue struct {
	object
	capacity     int // 0: any number
	head, tail   variable
	added, taken variable
}

type node struct {
	value.Object
	shared bool
	v      value.Value
	next   variable
}

var (
	queueType = value.Type{Name: "queue", Kind: value.KindOther, Hash: value.HashIdentity}
	nodeType  = value.Type{Name: "queue node", Kind: value.KindOther}
)

func init() { // their functions refer to them
	queueType.Trace = func(v value.Value, visit func(value.Value)) {
		q := queueOf(v)
		for _, x := range []variable{q.head, q.tail, q.added, q.taken} {
			visit(x.Value())
		}
	}
	queueType.Shared = func(v value.Value) *bool { return &queueOf(v).shared }
	queueType.Lock = func(v value.Value) *runtime.Lock { return &queueOf(v).lock }
	nodeType.Trace = func(v value.Value, visit func(value.Value)) {
		visit(nodeOf(v).v)
		visit(nodeOf(v).next.Value())
	}
	nodeType.Shared = func(v value.Value) *bool { return &nodeOf(v).shared }
	value.AddMethods(&queueType, map[string]value.Func{
		"put": queuePut, "get": queueGet, "qsize": queueSize, "empty": queueEmpty, "full": queueFull,
	})
}

func queueOf(v value.Value) *Queue { return (*Queue)(v.Pointer()) }
func nodeOf(v value.Value) *node   { return (*node)(v.Pointer()) }

// NewQueue is queue(maxsize = 0).
var NewQueue = value.NewBuiltin("queue", newQueue)

func newQueue(t *value.Thread, _ value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter()
	defer t.Leave()
	capacity := 0
	if err := value.UnpackArgs("queue", args, kwargs, "maxsize?", &capacity); err != nil {
		return value.Value{}, err
	}
	q := &Queue{
		object: object{Object: value.Object{Type: &queueType}}, capacity: max(capacity, 0),
		head: newVariable(t, value.Value{}), tail: newVariable(t, value.Value{}),
		added: newVariable(t, value.Int(0)), taken: newVariable(t, value.Int(0)),
	}
	return value.FromObject(&q.Object), nil
}

func (q *Queue) size(t *value.Thread) int64 { return q.added.int(t) - q.taken.int(t) }

func (q *Queue) full(t *value.Thread) bool { return q.capacity > 0 && q.size(t) >= int64(q.capacity) }

// put adds v at the end.
func (q *Queue) put(t *value.Thread, v value.Value) {
	t.Charge(int(unsafe.Sizeof(node{}) + unsafe.Sizeof(value.Value{})))
	n := &node{Object: value.Object{Type: &nodeType}, v: v, next: newVariable(t, value.Value{})}
	last := value.FromObject(&n.Object)
	if tail := q.tail.Get(t); tail.IsSet() {
		nodeOf(tail).next.Set(t, last)
	} else {
		q.head.Set(t, last)
	}
	q.tail.Set(t, last)
	q.added.setInt(t, q.added.int(t)+1)
	q.changed(t)
}

// get takes the first value; unset: there is none.
func (q *Queue) get(t *value.Thread) value.Value {
	head := q.head.Get(t)
	if !head.IsSet() {
		return value.Value{}
	}
	next := nodeOf(head).next.Get(t)
	q.head.Set(t, next)
	if !next.IsSet() {
		q.tail.Set(t, value.Value{})
	}
	q.taken.setInt(t, q.taken.int(t)+1)
	if q.capacity > 0 {
		q.changed(t)
	}
	return nodeOf(head).v
}

// queuePut is put(item, block = True, timeout = None).
func queuePut(t *value.Thread, recv value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter(recv)
	defer t.Leave()
	var item value.Value
	timeout, err := waitArgs("put", args, kwargs, "item", &item)
	if err != nil {
		return value.Value{}, err
	}
	q := queueOf(recv)
	if err := q.head.mutable("put"); err != nil {
		return value.Value{}, err
	}
	t.Look(&q.watch)
	if q.full(t) {
		if expired, err := value.Wait(t, "put", timeout); !expired {
			return value.Value{}, err
		}
		return value.Value{}, errors.New("put: the queue is full")
	}
	q.put(t, item)
	return value.None, nil
}

// queueGet is get(block = True, timeout = None).
func queueGet(t *value.Thread, recv value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter(recv)
	defer t.Leave()
	timeout, err := waitArgs("get", args, kwargs)
	if err != nil {
		return value.Value{}, err
	}
	q := queueOf(recv)
	if err := q.head.mutable("get"); err != nil {
		return value.Value{}, err
	}
	t.Look(&q.watch)
	if v := q.get(t); v.IsSet() {
		return v, nil
	}
	if expired, err := value.Wait(t, "get", timeout); !expired {
		return value.Value{}, err
	}
	return value.Value{}, errors.New("get: the queue is empty")
}

func queueSize(t *value.Thread, recv value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter(recv)
	defer t.Leave()
	return value.Int(queueOf(recv).size(t)), noArgs("qsize", args, kwargs)
}

func queueEmpty(t *value.Thread, recv value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter(recv)
	defer t.Leave()
	return value.Bool(!queueOf(recv).head.Get(t).IsSet()), noArgs("empty", args, kwargs)
}

func queueFull(t *value.Thread, recv value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter(recv)
	defer t.Leave()
	return value.Bool(queueOf(recv).full(t)), noArgs("full", args, kwargs)
}
