package tm

import "github.com/ungil/tm/internal/word"

// attention tells commits whether somebody wants something of them. Every commit
// loads it once, when all its versions are installed and nothing is decided; while
// it is 0 that is all that waiting and priorities cost those who have none. It is
// alone on its lines: commits only read it.
var attention struct {
	_    word.Pad
	word word.Uint64 // sums of the units below
	_    word.Pad
}

const (
	// onePriority is added for each attempt that has a published priority (I15).
	onePriority = 1 << 32
	priorities  = (1<<32 - 1) << 32
)
