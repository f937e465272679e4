//go:build !tmbug

package clock

// A deliberate bug, as those of package tm; see bugs.go there.
const tickWithoutStep = false // A1
