package tm

import (
	"github.com/ungil/tm/internal/word"
	"github.com/ungil/tm/orec"
)

// attention tells commits whether somebody wants something of them. Every commit
// loads it once, when all its versions are installed and nothing is decided; while
// it is 0 that is all that waiting costs those who do not wait. It is alone on
// its lines: whoever waits changes it, commits only read it.
var attention struct {
	_    word.Pad
	word word.Uint64 // sums of the units below
	_    word.Pad
}

const (
	// oneWaiter is added to attention for each transaction that is about to sleep
	// or sleeps; there is room for 2^32 of them.
	oneWaiter = 1
	waiters   = 1<<32 - 1
)

// attend does for the commit d what attention asks. Whoever takes d from "all
// installed" on calls it, its owner or a helper, ahead of the step that decides:
// a commit whose owner is stopped has woken its waiters by the time it has
// happened (I14).
func attend(d *orec.Descriptor) {
	if attention.word.Load()&waiters == 0 {
		return
	}
	for i := range d.Writes {
		wake(d.Writes[i].Slot)
	}
}
