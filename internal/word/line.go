package word

// Pad keeps what stands before it and behind it LineSize apart, whatever the
// address of the whole is.
type Pad [LineSize]byte

// LineSize is a power of two: sizes and offsets are compared with its multiples.
const _ = uint(-(LineSize & (LineSize - 1)))
