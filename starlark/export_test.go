package starlark

import "github.com/ungil/tm/starlark/vm"

// AbortEach makes every transaction of the world fail once.
func (w *World) AbortEach() { w.machine.SetGuest(vm.AbortEach) }

// VM returns the machine's thread.
func (t *Thread) VM() *vm.Thread { return t.vm }
