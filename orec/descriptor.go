package orec

import "github.com/ungil/tm/internal/word"

// A ReadEntry records that a transaction read version Seen of Slot; nil is the
// base value.
type ReadEntry struct {
	Slot *Slot
	Seen *Version
}

// A WriteEntry records that a transaction is to replace Expected by New at the
// head of Slot. Expected is &Cut until commit has found out what it replaces.
type WriteEntry struct {
	Slot     *Slot
	New      *Version
	Expected *Version
}

// A Descriptor is what a committing transaction lets others see, so that whoever
// meets one of its versions can take it to its decision. One transaction at a
// time owns it; its logs are fixed from the store of Installing until the
// decision's outcome stands in every stamp.
type Descriptor struct {
	_ word.Pad
	// Status is the transaction's progress, see Status.
	Status word.Uint64
	// Pins counts the goroutines that may be reading the logs. The owner does not
	// reuse a pinned descriptor (I6).
	Pins word.Int64
	// Pushes counts how often readers raised this commit's floor (I10).
	Pushes word.Uint64
	_      word.Pad

	// ID is the index in the Table.
	ID uint64
	// Counts are the statistics of the id's holders.
	Counts *Counts
	// Priority is the committing transaction's; higher claims are respected (I15).
	Priority uint64
	// Reads are the reads to validate: those of slots that are not also written.
	Reads []ReadEntry
	// Writes are the versions to install, in order of slot address.
	Writes []WriteEntry
}

// LoadStatus returns the current status.
func (d *Descriptor) LoadStatus() Status { return Status(d.Status.Load()) }

// CompareAndSwapStatus moves the status from old to new.
func (d *Descriptor) CompareAndSwapStatus(old, new Status) bool {
	return d.Status.CompareAndSwap(uint64(old), uint64(new))
}
