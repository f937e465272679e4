//go:build tmexplore

package container

// With so few, programs of a few steps fill buckets and rows. A Map's first row is full
// with two entries.
const bucketPlaces = 3
