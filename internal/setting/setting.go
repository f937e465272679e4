// Package setting reads TMDEBUG, the environment variable that switches parts
// of the engine on and off for users, tests and research. Its form is GODEBUG's:
// comma-separated name=value pairs, for example
//
//	TMDEBUG=clock=counter
//
// The variable is read once, when the program starts. A name or value that the
// engine does not know is reported on standard error and otherwise ignored, so
// that a typing error is not silence and an old setting does not stop a new
// program.
package setting

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// known lists each setting and the values it takes; the first is the default.
var known = map[string][]string{
	"clock":  {"auto", "counter", "cycle"},
	"kernel": {"auto", "go", "asm"},
	"rtm":    {"auto", "off"},
}

var current = parse(os.Getenv("TMDEBUG"), os.Stderr)

// Get returns the value of the setting name, its default if TMDEBUG does not
// set it.
func Get(name string) string {
	if value, ok := current[name]; ok {
		return value
	}
	return known[name][0]
}

func parse(env string, complain io.Writer) map[string]string {
	set := map[string]string{}
	if env == "" {
		return set
	}
	for _, pair := range strings.Split(env, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		values, ok := known[name]
		switch {
		case !ok:
			fmt.Fprintf(complain, "tm: TMDEBUG: unknown setting %q ignored\n", name)
		case !slices.Contains(values, value):
			fmt.Fprintf(complain, "tm: TMDEBUG: %s=%q ignored; it takes %s\n", name, value, strings.Join(values, ", "))
		default:
			set[name] = value
		}
	}
	return set
}
