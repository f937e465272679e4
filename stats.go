package tm

import "github.com/ungil/tm/orec"

// Stats says what all transactions of this process have done so far.
// Each is counted once it is over, and an attempt when it has ended.
type Stats struct {
	Commits         uint64 // transactions of Atomically and AtomicallyContext that have happened
	Views           uint64 // that have returned no error
	ExplicitCommits uint64 // calls of Commit that have reported true

	// Attempts that were rolled back, by cause. All but the errors and panics ran
	// again, unless the next two say otherwise.
	ReadConflicts     uint64 // a read found no consistent snapshot
	FailedValidations uint64 // a commit found changed what its transaction had read
	Overwritten       uint64 // a commit found changed what it was to write
	GaveWay           uint64 // a commit left what it was to write to a higher priority
	Retries           uint64 // Retry was called
	Errors            uint64 // the function returned an error, or Abort was called
	Panics            uint64 // the function panicked or called Goexit

	Cancelled uint64 // transactions given up because their context had ended
	Exhausted uint64 // transactions given up because of WithAttempts

	Extensions      uint64 // snapshots moved to a later time
	HardwareCommits uint64 // commits made by one hardware transaction; Hardware tells about the tries
	Helps           uint64 // times a goroutine took a step of another's commit
	Waits           uint64 // times a transaction slept
	WakeUps         uint64 // times one was woken; a commit that fails may have done it
	Priorities      uint64 // attempts that had one, for their failures or by WithPriority
	Irrevocable     uint64 // transactions that became irrevocable
	RegisteredViews uint64 // views that ran a second time, with the history they need kept
}

// Places in orec.Counts. All but those from countShared on are added to by the
// holder of the id alone.
const (
	countCommits     = 0 // plus the mode
	countWatchedView = countCommits + int(modeWatch)
)

const (
	countReadConflicts = iota + countWatchedView + 1
	countValidations
	countOverwritten
	countRetries
	countErrors
	countPanics
	countCancelled
	countExhausted
	countExtensions
	countWaits
	countWakeUps
	countRegisteredViews
	countGaveWay
	countPriorities
	countIrrevocable

	countShared = orec.CountsOwn // on a line that the holder does not write
	countHelps  = countShared
)

const _ = uint(countShared - 1 - countIrrevocable) // there is room

// countsOf returns the counts of an id's place, whose holder is the caller. They
// stay when the holder goes, and the next one goes on with them.
func countsOf(entry *orec.Entry) *orec.Counts {
	counts := entry.Counts.Load()
	if counts == nil {
		counts = new(orec.Counts)
		// Publishes them to ReadStats.
		entry.Counts.Store(counts)
	}
	return counts
}

// countHelp counts a step that somebody else takes for d. It stands with d's
// owner, because not all who help are transactions.
func countHelp(d *orec.Descriptor) { d.Counts[countHelps].IncShared() }

// ReadStats adds up the counts of all transactions so far, those that are running
// included. Each number is right by itself; they are not one snapshot. To publish
// them:
//
//	expvar.Publish("tm", expvar.Func(func() any { return tm.ReadStats() }))
//
// Wait-free; it looks at as many places as transactions have ever run at one time.
func ReadStats() Stats {
	var sum [len(orec.Counts{})]uint64
	for id := range descriptors.Len() {
		counts := descriptors.Entry(id).Counts.Load()
		if counts == nil { // its first holder is just being made
			continue
		}
		for i := range counts {
			sum[i] += counts[i].Load()
		}
	}
	return Stats{
		Commits:           sum[countCommits+modeUpdate],
		Views:             sum[countCommits+modeView] + sum[countWatchedView],
		ExplicitCommits:   sum[countCommits+modeExplicit],
		ReadConflicts:     sum[countReadConflicts],
		FailedValidations: sum[countValidations],
		Overwritten:       sum[countOverwritten],
		GaveWay:           sum[countGaveWay],
		Priorities:        sum[countPriorities],
		Irrevocable:       sum[countIrrevocable],
		Retries:           sum[countRetries],
		Errors:            sum[countErrors],
		Panics:            sum[countPanics],
		Cancelled:         sum[countCancelled],
		Exhausted:         sum[countExhausted],
		Extensions:        sum[countExtensions],
		HardwareCommits:   hardwareTotals()[causeCommitted],
		Helps:             sum[countHelps],
		Waits:             sum[countWaits],
		WakeUps:           sum[countWakeUps],
		RegisteredViews:   sum[countRegisteredViews],
	}
}
