//go:build !(arm64 && !race && !tmexplore)

package tm

import "github.com/ungil/tm/orec"

// hasKernel reports whether this build has a validation kernel in assembly.
const hasKernel = false

// kernelFrom is not reached.
const kernelFrom = 0

func firstChangedKernel(reads []orec.ReadEntry) int { return firstChangedGo(reads) }
