package main

//go:noescape
func add(p *uint64) uint32

//go:noescape
func move(from, to *uint64) uint32

//go:noescape
func sum(words *uint64, n, stride int) (total uint64, status uint32)

//go:noescape
func fill(words *uint64, n, stride int) uint32

func spin(n int) uint32

//go:noescape
func nest(p *uint64, depth int) uint32

//go:noescape
func abortInside(p *uint64) uint32

//go:noescape
func abortNested(p *uint64) uint32

func test() (inside bool, status uint32)

func testOutside() bool

func abortOutside()

func endOutside()

func callSystem() uint32

func unknown() uint32

func fault() uint32

func stack() (slot uint64, status uint32)

func registers() (changed, status uint32)

//go:noescape
func stores(p *[512]byte)

//go:noescape
func storesInside(p *[512]byte) uint32

//go:noescape
func storesAborted(p *[512]byte) uint32

//go:noescape
func storeVector(p *[32]byte) (changed bool, status uint32)

func cpuid(leaf uint32) (eax, ebx, ecx, edx uint32)
