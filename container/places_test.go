package container

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPlaceSets compares the arithmetic on tags with a loop over them.
func TestPlaceSets(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	few := []uint64{0, 1, 2, 3, 0x7f} // neighbours differ by a borrow
	for range rounds(20_000) {
		var tags uint64
		var of [bucketPlaces]uint64 // 0: none
		for p := range of {
			if random.IntN(3) > 0 {
				of[p] = tagBit | few[random.IntN(len(few))]
				tags |= of[p] << (tagBits * p)
			}
		}
		tag := tagOf(few[random.IntN(len(few))] << tagShift)
		var same, none []int
		for p, x := range of {
			if x == tag {
				same = append(same, p)
			}
			if x == 0 {
				none = append(none, p)
			}
		}
		require.Equal(t, none, places(untagged(tags)))
		got := places(equal(tags, tag))
		require.Subset(t, got, same, "tags %x, tag %x", tags, tag)
		for i, p := range got {
			require.NotZero(t, of[p], "place %d of tags %x has none", p, tags)
			if i == 0 {
				require.Equal(t, tag, of[p])
			}
		}
	}
}

func places(s placeSet) (all []int) {
	for ; s != 0; s = s.others() {
		all = append(all, s.first())
	}
	return all
}

// TestRowFindsAll: a row finds what was put in, and nothing else, whatever the hashes;
// no row is ever full, so that each search ends.
func TestRowFindsAll(t *testing.T) {
	for name, hash := range map[string]func(k int) uint64{
		"spread":     func(k int) uint64 { return mixed(k) >> partBits },
		"one hash":   func(k int) uint64 { return 5 },
		"one bucket": func(k int) uint64 { return uint64(k) << tagShift & (1<<partShift - 1) },
		"one tag":    func(k int) uint64 { return uint64(k) },
	} {
		t.Run(name, func(t *testing.T) {
			m := &table[int, int]{hash: hash}
			p := newPart(m, nil)
			added := map[int]*entry[int, int]{}
			for k := range 300 {
				e, fresh := p.entry(m, hash(k), k)
				require.True(t, fresh)
				added[k] = e
				if k%17 != 0 {
					continue
				}
				for k := range 600 {
					_, _, e := p.row.Load().search(hash(k), k)
					require.Same(t, added[k], e, "key %d", k)
				}
				free := 0
				w := p.row.Load()
				for i := range w.buckets {
					free += len(places(untagged(w.buckets[i].tags.Load())))
				}
				require.GreaterOrEqual(t, 4*free, len(w.buckets)*bucketPlaces)
			}
			e, fresh := p.entry(m, hash(7), 7)
			require.False(t, fresh)
			require.Same(t, added[7], e)
		})
	}
}
