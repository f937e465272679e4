package starlark

import (
	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark/vm"
)

// AbortEach makes every transaction of the world fail once.
func (w *World) AbortEach() { w.machine.SetGuest(vm.AbortEach) }

// VM returns the machine's thread.
func (t *Thread) VM() *vm.Thread { return t.vm }

// SetGuest puts a guest of the test's between the runtime and each new thread.
func (w *World) SetGuest(wrap func(*vm.Thread) runtime.Guest) { w.machine.SetGuest(wrap) }

// Runtime returns the world of threads below.
func (w *World) Runtime() *runtime.World { return w.world }
