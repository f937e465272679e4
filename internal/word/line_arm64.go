package word

// LineSize is the distance in bytes that keeps two words from disturbing each
// other: the line of Apple's cores. Arm's own have 64.
const LineSize = 128
