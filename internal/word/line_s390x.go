package word

// LineSize is the distance in bytes that keeps two words from disturbing each
// other: the line of z/Architecture.
const LineSize = 256
