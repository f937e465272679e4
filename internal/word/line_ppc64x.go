//go:build ppc64 || ppc64le

package word

// LineSize is the distance in bytes that keeps two words from disturbing each
// other: the line of POWER.
const LineSize = 128
