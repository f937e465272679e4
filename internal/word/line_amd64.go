package word

// LineSize is the distance in bytes that keeps two words from disturbing each
// other. Lines have 64 bytes, but Intel's processors fetch them in pairs of 128
// (the spatial prefetcher of the second-level cache), so that a core which writes to
// one takes the other away from its neighbour. AMD's do not gain by it:
// BenchmarkFalseSharing shows 64 as good as 128 on a Zen 4.
const LineSize = 128
