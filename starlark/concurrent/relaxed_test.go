package concurrent

import (
	"testing"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark/value"
)

// once is a guest that calls a function in one turn.
type once struct{ call func() }

func (once) Checkpoint() {}
func (once) Restore()    {}
func (once) Outside()    {}
func (o once) Resume(*runtime.Thread) runtime.Status {
	o.call()
	return runtime.Done
}

// TestRelaxedDictIsOneObject: under Locks nothing gets between the look at a key and the change of
// it in one method of a relaxed.dict.
func TestRelaxedDictIsOneObject(tt *testing.T) {
	t := new(value.Thread)
	t.Init(runtime.NewWorld(runtime.Config{Model: runtime.Locks}).NewThread())
	var d *Dict
	looks := 0
	keyType := value.Type{Name: "key", Kind: value.KindOther, Hash: func(t *value.Thread, v value.Value) (uint64, error) {
		looks++
		lock := value.LockOf(d.dict.Value())
		if locks := t.Locked(); lock == nil || len(locks) != 1 || locks[0] != lock {
			tt.Errorf("the dict inside has the lock %p, held are %v", lock, locks)
		}
		return 1, nil
	}}
	key := value.FromObject(&value.Object{Type: &keyType})
	t.Run(once{func() {
		v, err := newDict(t, value.Value{}, nil, nil)
		if err != nil {
			tt.Fatal(err)
		}
		d = dictOf(v)
		value.Publish(t, v)
		if _, err := dictType.Methods["setdefault"].Fn(t, v, []value.Value{key, value.None}, nil); err != nil {
			tt.Fatal(err)
		}
		if _, err := dictType.Methods["pop"].Fn(t, v, []value.Value{key}, nil); err != nil {
			tt.Fatal(err)
		}
	}})
	if looks < 3 {
		tt.Errorf("the key was hashed %d times: the test tests nothing", looks)
	}
}
