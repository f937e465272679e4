package container

// As in package tm: lets the compiler inline atomic operations (Go 1.26).
import _ "sync/atomic"
