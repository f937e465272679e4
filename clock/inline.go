package clock

// The compiler counts an atomic operation as one instruction, and not as a call
// that is too dear to inline, only in packages that import sync/atomic
// themselves (Go 1.26). The words come from internal/word, so this import is for
// the compiler alone; internal/tidy checks what inlines.
import _ "sync/atomic"
