//go:build !tmbug

package tm

// Deliberate bugs. Each is a constant that the build tag tmbug replaces by a
// choice at start (bugs_planted.go), to show that the tests catch it. In every
// other build they are constants, and the wrong code is not compiled.
const (
	skipNeedsFreshSnapshot = true  // I4
	raiseFloor             = true  // I2
	breakTies              = true  // I5
	reusePinned            = false // I6
	cutAbortedPrev         = false // I8
	commitDoomed           = false // I11
	tickBeforeInstall      = false // I2
	stampBeforeInstall     = false // I12
	dropRegistered         = false // I9
	gapWithoutMark         = false // I9
	boundAfterSnapshot     = false // I9
	pinWithoutCheck        = false // I6
	skipValidation         = false // I3
	loadBarrier            = true  // "Weaker than Go's atomics": the kernel's loads
	plainLastStamp         = false // I6
	checkBeforeInstall     = false // I15
	helperUnchecked        = false // I15
	singleUnchecked        = false // I12, I15
	claimSkipsUndecided    = false // I15
	endlessPatience        = false // I15
	validateBeforeClaim    = false // I16
	hardwareSkipsReads     = false // I13
	hardwareLooksThrough   = false // I13
	hardwareClockFirst     = false // I13
	hardwareWakesNobody    = false // I13
	wakeAfterDecision      = false // I14
	helperWakesNobody      = false // I14
	lookBeforeEnlisting    = false // I14
	lookThroughUndecided   = false // I14
	attentionLate          = false // I14
	goneBeforeEvent        = false // I14
	sweepEverything        = false // I14
)
