package starlark_test

import (
	"regexp"
	"strings"
	"testing"
)

// TestDocument runs the examples of docs/language.md that say what they print.
func TestDocument(t *testing.T) {
	text := readFile(t, "../../docs/language.md")
	examples := regexp.MustCompile("(?ms)^```python\n(.*?)^```").FindAllStringSubmatch(text, -1)
	checked := 0
	for _, e := range examples {
		var want strings.Builder
		for line := range strings.SplitSeq(e[1], "\n") {
			if printed, ok := strings.CutPrefix(line, "#> "); ok {
				want.WriteString(printed + "\n")
			}
		}
		if want.Len() == 0 {
			continue
		}
		checked++
		for _, c := range configs {
			if got := run(t, c, "example.star", e[1]); got != want.String() {
				t.Errorf("%v:\n%s%s", c, e[1], diff(want.String(), got))
			}
		}
	}
	if checked < 15 {
		t.Errorf("only %d examples found", checked)
	}
}
