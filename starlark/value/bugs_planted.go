//go:build tmbug

package value

import "os"

// planted names the bug of this run; see bugs.go.
var planted = os.Getenv("TMBUG")

var (
	takesUndone  = planted == "takes-undone"
	skipsWaiting = planted == "skips-waiting"

	staleGlobals    = planted == "stale-globals"
	unloggedLengths = planted == "unlogged-lengths"
	unloggedBase    = planted == "unlogged-base"
	silentInserts   = planted == "silent-inserts"
	unloggedKeys    = planted == "unlogged-keys"
	keysByThread    = planted == "keys-by-thread"
	unsavedRewrites = planted == "unsaved-rewrites"
)

// betweenLoadsHook is called where a test can stop loadVariable; nil: nothing.
var betweenLoadsHook func(*Thread)

func betweenLoads(t *Thread) {
	if betweenLoadsHook != nil {
		betweenLoadsHook(t)
	}
}
