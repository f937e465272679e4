package orec

// A Status is a descriptor's state in the low two bits and a time above them.
// One word holds both, so that one compare-and-swap moves them together.
//
//	Installing  versions go to the heads of their slots. The time is a floor: the
//	            commit time must be above it. Readers raise the floor to skip the
//	            transaction; any goroutine that finds all versions installed moves
//	            it to Validating, or to Committed if there is nothing to validate;
//	            one that finds a slot overwritten moves it to Failed.
//	Validating  the time is the commit time, if it commits. Any goroutine that has
//	            checked the reads moves it to Committed or Failed.
//	Committed   final until the descriptor is used again; the time is the commit time.
//	Failed      final until the descriptor is used again.
type Status uint64

// A State is the state part of a Status.
type State uint8

// The states of a descriptor.
const (
	Installing State = iota
	Validating
	Committed
	Failed
)

const (
	stateBits = 2
	stateMask = 1<<stateBits - 1
)

// Pack makes a Status of a state and a time of at most 62 bits.
func Pack(state State, time uint64) Status { return Status(time<<stateBits | uint64(state)) }

// State returns the state part.
func (s Status) State() State { return State(s & stateMask) }

// Time returns the time part: a floor while Installing, else the commit time.
func (s Status) Time() uint64 { return uint64(s) >> stateBits }

// String names a state as docs/protocol.md does.
func (s State) String() string {
	return [...]string{"installing", "validating", "committed", "failed"}[s&stateMask]
}
