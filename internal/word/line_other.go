//go:build !amd64 && !arm64 && !ppc64 && !ppc64le && !s390x

package word

// LineSize is the distance in bytes that keeps two words from disturbing each
// other: the largest line of riscv64, loong64, mips, 386 and arm processors that is
// usual.
const LineSize = 64
