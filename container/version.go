package container

import (
	"unsafe"

	"github.com/ungil/tm/orec"
)

// as returns the version of type N that begins with v. Each slot has versions of
// one type, or of types that begin alike, so the caller knows N.
func as[N any](v *orec.Version) *N { return (*N)(unsafe.Pointer(v)) }
