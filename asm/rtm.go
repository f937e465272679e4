package asm

// The status word that a hardware transaction (Intel RTM) leaves behind when it
// aborts: bits that say why, and above StatusCode the byte that XABORT gave.
// StatusStarted, with all bits set, is not among them: no abort leaves it.
const (
	StatusStarted  = 1<<32 - 1 // XBEGIN has begun; whole operations return it for "committed"
	StatusExplicit = 1 << 0    // XABORT
	StatusRetry    = 1 << 1    // the processor expects that another try may succeed
	StatusConflict = 1 << 2    // another thread touched what the transaction had touched
	StatusCapacity = 1 << 3    // more was touched than the processor can watch
	StatusDebug    = 1 << 4    // a breakpoint was hit
	StatusNested   = 1 << 5    // an inner transaction aborted
	StatusCode     = 24        // the code of XABORT is in the bits from here on
)
