package tm

import (
	"math/rand/v2"
	"sync"
	"testing"
)

func newVars(n int) []*Var[int] {
	vs := make([]*Var[int], n)
	for i := range vs {
		vs[i] = NewVar(100)
	}
	return vs
}

func BenchmarkIncrement(b *testing.B) {
	v := NewVar(0)
	b.ReportAllocs()
	for b.Loop() {
		_ = Atomically(func(tx *Tx) error { v.Set(tx, v.Get(tx)+1); return nil })
	}
}

func transfer(vs []*Var[int], x uint64) {
	from, to := vs[x%uint64(len(vs))], vs[x>>20%uint64(len(vs))]
	_ = Atomically(func(tx *Tx) error {
		from.Set(tx, from.Get(tx)-1)
		to.Set(tx, to.Get(tx)+1)
		return nil
	})
}

func BenchmarkTransfer(b *testing.B) {
	vs := newVars(1024)
	r := rand.New(rand.NewPCG(1, 2))
	b.ReportAllocs()
	for b.Loop() {
		transfer(vs, r.Uint64())
	}
}

func BenchmarkTransferParallel(b *testing.B) {
	vs := newVars(1024)
	b.RunParallel(func(pb *testing.PB) {
		r := rand.New(rand.NewPCG(rand.Uint64(), 2))
		for pb.Next() {
			transfer(vs, r.Uint64())
		}
	})
}

// BenchmarkTransferMutex is the baseline: the same work under a mutex.
func BenchmarkTransferMutex(b *testing.B) {
	vs := make([]int, 1024)
	var mu sync.Mutex
	r := rand.New(rand.NewPCG(1, 2))
	for b.Loop() {
		x := r.Uint64()
		mu.Lock()
		vs[x%1024]--
		vs[x>>20%1024]++
		mu.Unlock()
	}
}

func benchmarkView(b *testing.B, n int) {
	vs := newVars(n)
	total := 0
	b.ReportAllocs()
	for b.Loop() {
		_ = View(func(tx *Tx) error {
			total = 0
			for _, v := range vs {
				total += v.Get(tx)
			}
			return nil
		})
	}
}

func BenchmarkView10(b *testing.B)   { benchmarkView(b, 10) }
func BenchmarkView1000(b *testing.B) { benchmarkView(b, 1000) }

func BenchmarkUpdateRead50Write2(b *testing.B) {
	vs := newVars(50)
	b.ReportAllocs()
	for b.Loop() {
		_ = Atomically(func(tx *Tx) error {
			total := sum(vs, tx)
			vs[0].Set(tx, total)
			vs[1].Set(tx, -total)
			return nil
		})
	}
}
