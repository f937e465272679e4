//go:build !tmexplore

package container

// bucketPlaces is the number of places in a bucket of a Map: with their tags they fill a
// cache line of 64 bytes. The explorer's build has fewer (limits_explore.go).
const bucketPlaces = 7
