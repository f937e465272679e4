package value

import (
	"fmt"
	"testing"

	"github.com/ungil/tm/runtime"
)

var sink Value

// benchBoth runs f with b.N under both models; x is local, and under STM also
// published.
func benchBoth(b *testing.B, make func(t *Thread) Value, f func(t *Thread, x Value, n int)) {
	for _, m := range []runtime.Model{runtime.GIL, runtime.STM} {
		for _, published := range []bool{false, true} {
			if published && m == runtime.GIL {
				continue
			}
			name := m.String()
			if published {
				name += "-published"
			}
			b.Run(name, func(b *testing.B) {
				b.ReportAllocs()
				t := newThread(world(m))
				var x Value
				do(t, func(t *Thread, _ int) {
					x = make(t)
					if published {
						Publish(t, x)
					}
				})
				b.ResetTimer()
				for done := 0; done < b.N; done += 1000 {
					do(t, func(t *Thread, _ int) { f(t, x, min(1000, b.N-done)) })
				}
			})
		}
	}
}

func BenchmarkListIndex(b *testing.B) {
	benchBoth(b, numbers(1000), func(t *Thread, x Value, n int) {
		for i := range n {
			sink, _ = Index(t, x, Int(int64(i)))
		}
	})
}

func BenchmarkListSetIndex(b *testing.B) {
	round := int64(0) // storing what is there would be no write
	benchBoth(b, numbers(1000), func(t *Thread, x Value, n int) {
		round++
		for i := range n {
			_ = SetIndex(t, x, Int(int64(i)), Int(round))
		}
	})
}

func BenchmarkListAppend(b *testing.B) {
	benchBoth(b, numbers(0), func(t *Thread, x Value, n int) {
		l := ListOf(x)
		for range n {
			_ = l.Append(t, None)
		}
		if n := l.Len(t); n > 1<<13 {
			_ = l.clear(t)
		}
	})
}

func BenchmarkDictGetInt(b *testing.B) {
	benchBoth(b, keysTo(1000), func(t *Thread, x Value, n int) {
		d := DictOf(x)
		for i := range n {
			sink, _, _ = d.Get(t, Int(int64(i)))
		}
	})
}

func BenchmarkDictSetInt(b *testing.B) {
	round := int64(0)
	benchBoth(b, keysTo(1000), func(t *Thread, x Value, n int) {
		d := DictOf(x)
		round++
		for i := range n {
			_ = d.Set(t, Int(int64(i)), Int(round))
		}
	})
}

func BenchmarkDictInsertInt(b *testing.B) {
	b.ReportAllocs()
	t := plain()
	for b.Loop() {
		d := NewDict(t, 0)
		for i := range int64(1000) {
			_ = d.Set(t, Int(i*7919), None)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/insert")
}

func BenchmarkDictGetString(b *testing.B) {
	var keys, copies []Value
	for i := range 1000 {
		keys = append(keys, Str(fmt.Sprint("word", i)))
		copies = append(copies, Str(fmt.Sprint("word", i)))
	}
	fill := func(t *Thread) Value {
		d := NewDict(t, 0)
		for _, k := range keys {
			_ = d.Set(t, k, None)
		}
		return d.Value()
	}
	for name, ks := range map[string][]Value{"same": keys, "equal": copies} {
		b.Run(name, func(b *testing.B) {
			benchBoth(b, fill, func(t *Thread, x Value, n int) {
				d := DictOf(x)
				for i := range n {
					sink, _, _ = d.Get(t, ks[i])
				}
			})
		})
	}
}

func BenchmarkSharedInsert(b *testing.B) {
	w := world(runtime.STM)
	t := newThread(w)
	x := published(w, keysTo(0))
	b.ReportAllocs()
	b.ResetTimer()
	for done := 0; done < b.N; done += 1000 {
		do(t, func(t *Thread, _ int) {
			for i := range 1000 {
				_ = DictOf(x).Set(t, Int(int64(done+i)), None)
			}
		})
	}
}

func BenchmarkBinary(b *testing.B) {
	t := plain()
	for name, xy := range map[string][2]Value{"int": {Int(5), Int(7)}, "float": {Float(5), Float(7)}, "string": {Str("hello"), Str("world")}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				sink, _ = Binary(t, OpAdd, xy[0], xy[1])
			}
		})
	}
}

func BenchmarkSplit(b *testing.B) {
	t := plain()
	s, _ := Binary(t, OpMul, Str("some words of text "), Int(250))
	b.ReportAllocs()
	for b.Loop() {
		sink, _ = call(t, s, "split")
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/word")
}
