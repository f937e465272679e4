package vm

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/ungil/tm/starlark/compile"
	"github.com/ungil/tm/starlark/value"
)

// A loading is a load statement under way. The module is loaded between two
// transactions; then the instruction is executed again and takes it. It is part of
// a checkpoint: when the transaction that has taken it fails, it needs it once more.
type loading struct {
	site   *compile.LoadSite
	from   string // the file that has it
	done   bool
	values map[string]value.Value
	err    error
}

// load runs a Load instruction.
func (t *Thread) load(in *compile.Instr, r *registers) error {
	p := t.frames[t.top].fn.proto.module.program
	site := &p.Loads[in.B]
	if t.machine.config.Load == nil {
		return errors.New("load not implemented by this application")
	}
	if t.loading.site != site || !t.loading.done {
		t.loading = loading{site: site, from: p.Filename}
		if t.goCalls == 0 && !t.InAtomic() {
			return errOutside
		}
		t.loadNow() // Go code below waits for us: the transaction cannot end here
	}
	l := t.loading
	t.loading = loading{} // the next execution of the statement loads again
	if l.err != nil {
		return &loadError{site.Module, l.err}
	}
	for i, name := range site.Names {
		v, ok := l.values[name]
		if !ok {
			return notInModule(name, site.Module, l.values)
		}
		value.Publish(&t.Thread, v)
		r[int(in.A)+i] = v
	}
	return nil
}

func (t *Thread) loadNow() {
	l := &t.loading
	t.count()
	l.values, l.err = t.machine.config.Load(t, l.from, l.site.Module)
	l.done = true
	t.control.take(t)
}

// A loadError is the error of a module.
type loadError struct {
	module string
	err    error
}

func (e *loadError) Error() string { return fmt.Sprintf("cannot load %s: %v", e.module, e.err) }
func (e *loadError) Unwrap() error { return e.err }

func notInModule(name, module string, values map[string]value.Value) error {
	hint := ""
	if best := value.Nearest(name, slices.Sorted(maps.Keys(values))); best != "" {
		hint = fmt.Sprintf(" (did you mean %s?)", best)
	}
	return fmt.Errorf("load: name %s not found in module %s%s", name, module, hint)
}
