//go:build !amd64 || !gc || race || msan || asan || tmexplore || go1.27

package tm

// hardwareBuilt: there is no kernel in this build; see hardware_amd64.go.
const hardwareBuilt = false

func hardwareKernel(c *hardwareCommit) hardwareStatus { panic("tm: BUG: no kernel in this build") }

// noBarrier stands for the flag of the write barrier, which Go code need not know.
var noBarrier uint32

func barrierWord() *uint32 { return &noBarrier }
