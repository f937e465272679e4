package value

import (
	"fmt"
	"strings"
	"unicode"
)

// DidYouMean returns a hint to append to the error of a name that is not there,
// or ""; prefix is what stands before a name.
func DidYouMean(prefix, name string, candidates []string) string {
	if best := Nearest(name, candidates); best != "" {
		return fmt.Sprintf(" (did you mean %s%s?)", prefix, best)
	}
	return ""
}

// Nearest returns the candidate with the smallest edit distance to name, case
// and underscores aside, if it is less than half the length of the name; "" if
// there is none.
func Nearest(name string, candidates []string) string {
	fold := func(s string) string { return strings.ToLower(strings.ReplaceAll(s, "_", "")) }
	if strings.IndexFunc(name, func(r rune) bool { return r > unicode.MaxASCII }) >= 0 {
		fold = func(s string) string { return strings.Map(unicode.ToLower, strings.ReplaceAll(s, "_", "")) }
	}
	name = fold(name)
	best, least := "", (len(name)+1)/2
	for _, c := range candidates {
		if d := editDistance(name, fold(c)); d < least {
			best, least = c, d
		}
	}
	return best
}

// editDistance is Levenshtein's: the fewest insertions, deletions and
// replacements of bytes that make y of x.
func editDistance(x, y string) int {
	row := make([]int, len(y)+1) // of the prefix of x so far to each prefix of y
	for j := range row {
		row[j] = j
	}
	for i := range len(x) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(y) {
			replace := diagonal
			if x[i] != y[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, diagonal+1, row[j]+1)
		}
	}
	return row[len(y)]
}
