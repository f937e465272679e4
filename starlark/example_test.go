package starlark_test

import (
	"fmt"
	"log"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark"
)

func Example() {
	const src = `
counts = {}

def count(words):
    for w in words:
        for _ in atomic():
            counts[w] = counts.get(w, 0) + 1

threads = [thread.start(count, a.split()) for a in args]
for t in threads:
    t.join()
print(sorted(counts.items()))
`
	p, err := starlark.Compile("count.star", []byte(src))
	if err != nil {
		log.Fatal(err)
	}
	_, err = p.Run(starlark.Options{Model: runtime.STM, Args: []string{"a b a", "b b c"}})
	if err != nil {
		fmt.Println(starlark.Traceback(err))
	}
	// Output: [("a", 2), ("b", 3), ("c", 1)]
}
