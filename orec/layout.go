package orec

import (
	"unsafe"

	"github.com/ungil/tm/internal/word"
)

// What the compiler checks: a line that does not hold does not compile, because
// the constant is negative.
const (
	// What others write in a descriptor is a line away from what stands before it
	// and from its logs, which others read.
	_ = uint(unsafe.Offsetof(Descriptor{}.Status) - word.LineSize)
	_ = uint(unsafe.Offsetof(Descriptor{}.ID) - unsafe.Offsetof(Descriptor{}.Pushes) - word.LineSize)
	// Entries of a block, which begins at a line, share none.
	_ = -(unsafe.Sizeof(Entry{}) % word.LineSize)
)
