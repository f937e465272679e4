//go:build tmbug

package tm

import "os"

// planted names the bug of this run; see bugs.go.
var planted = os.Getenv("TMBUG")

var (
	skipNeedsFreshSnapshot = planted != "lazy-begin"
	raiseFloor             = planted != "no-floor-push"
	breakTies              = planted != "no-tie-break"
	reusePinned            = planted == "reuse-pinned"
	cutAbortedPrev         = planted == "cut-aborted-prev"
	commitDoomed           = planted == "commit-doomed"
	tickBeforeInstall      = planted == "tick-before-install"
	stampBeforeInstall     = planted == "stamp-before-install"
	dropRegistered         = planted == "drop-registered"
	gapWithoutMark         = planted == "gap-without-mark"
	boundAfterSnapshot     = planted == "bound-after-snapshot"
	pinWithoutCheck        = planted == "pin-without-check"
	skipValidation         = planted == "skip-validation"
	loadBarrier            = planted != "no-load-barrier"
	plainLastStamp         = planted == "plain-last-stamp"
	checkBeforeInstall     = planted == "check-before-install"
	helperUnchecked        = planted == "helper-unchecked"
	singleUnchecked        = planted == "single-unchecked"
	claimSkipsUndecided    = planted == "claim-skips-undecided"
	endlessPatience        = planted == "endless-patience"
	validateBeforeClaim    = planted == "validate-before-claim"
	hardwareSkipsReads     = planted == "hardware-skips-reads"
	hardwareLooksThrough   = planted == "hardware-looks-through"
	hardwareClockFirst     = planted == "hardware-clock-first"
	hardwareWakesNobody    = planted == "hardware-wakes-nobody"
	wakeAfterDecision      = planted == "wake-after-decision"
	helperWakesNobody      = planted == "helper-wakes-nobody"
	lookBeforeEnlisting    = planted == "look-before-enlisting"
	lookThroughUndecided   = planted == "look-through-undecided"
	attentionLate          = planted == "attention-late"
	goneBeforeEvent        = planted == "gone-before-event"
	sweepEverything        = planted == "sweep-everything"
)
