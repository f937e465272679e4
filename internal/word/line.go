package word

// LineSize is the distance in bytes that keeps two words from disturbing each
// other: two cache lines of 64 bytes, because the adjacent-line prefetcher of
// amd64 moves them in pairs and some arm64 cores have lines of 128.
const LineSize = 128

// Pad keeps what stands before it and behind it on different cache lines.
type Pad [LineSize]byte
