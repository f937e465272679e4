//go:build tmbug

package runtime

import "os"

// planted names the bug of this run; see bugs.go.
var planted = os.Getenv("TMBUG")

var (
	dropUndoEntries   = planted == "drop-undo-entries"
	keepsBlocksWrites = planted == "keeps-blocks-writes"
	outputAtOnce      = planted == "output-at-once"
)
