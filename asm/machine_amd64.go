package asm

import id "github.com/klauspost/cpuid/v2"

// describe fills in what only this architecture tells.
func (m *Machine) describe() {
	m.Processor = id.CPU.BrandName
	m.Hypervisor = id.CPU.HypervisorVendorString
	m.CacheLine = id.CPU.CacheLine
	hle := Feature{Name: "HLE", Use: "none: lock elision needs locks", Found: id.CPU.Has(id.HLE)}
	m.Features = append(m.Features, hle.settle(unless(hle.Found, absent), "nothing here uses it"))
}
