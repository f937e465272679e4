// Package setting reads TMDEBUG, the environment variable that switches parts
// of the engine on and off for users, tests and research. Its form is GODEBUG's:
// comma-separated name=value pairs, for example
//
//	TMDEBUG=clock=counter,pause=off
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

// A Setting is one name that TMDEBUG may set.
type Setting struct {
	Name   string
	Values []string // that it takes; the first is the default
	Does   string   // one line for a person
}

// The names of the settings.
const (
	Clock      = "clock"
	Kernel     = "kernel"
	Contention = "contention"
	Cycles     = "cycles"
	Pause      = "pause"
	Processor  = "processor"
	RTM        = "rtm"
)

// Values that several settings take.
const (
	On  = "on"
	Off = "off"
)

var known = []Setting{
	{Clock, []string{"auto", "counter", "cycle"}, "which clock gives commit times; auto measures"},
	{Kernel, []string{"auto", "go", "asm"}, "how long read sets are validated: by a loop in Go or by a kernel in assembly"},
	{Contention, []string{On, Off}, "off: no transaction claims what it reads, however often it fails"},
	{Cycles, []string{On, Off}, "off: as if the processor had no cycle counter that may be the clock"},
	{Pause, []string{On, Off}, "off: back-off counts turns of an empty loop instead of the processor's spin hint"},
	{Processor, []string{On, Off}, "off: as if the processor could not tell its number"},
	{RTM, []string{"auto", Off}, "hardware transactions, where the processor has them and a probe commits"},
}

// Known returns all settings.
func Known() []Setting { return slices.Clone(known) }

var current = parse(os.Getenv("TMDEBUG"), os.Stderr)

// Get returns the value of the setting name, its default if TMDEBUG does not
// set it.
func Get(name string) string {
	if value, ok := current[name]; ok {
		return value
	}
	return find(name).Values[0]
}

// find returns the setting of that name, nil if there is none.
func find(name string) *Setting {
	i := slices.IndexFunc(known, func(s Setting) bool { return s.Name == name })
	if i < 0 {
		return nil
	}
	return &known[i]
}

func parse(env string, complain io.Writer) map[string]string {
	set := map[string]string{}
	if env == "" {
		return set
	}
	for _, pair := range strings.Split(env, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		s := find(name)
		switch {
		case s == nil:
			fmt.Fprintf(complain, "tm: TMDEBUG: unknown setting %q ignored\n", name)
		case !slices.Contains(s.Values, value):
			fmt.Fprintf(complain, "tm: TMDEBUG: %s=%q ignored; it takes %s\n", name, value, strings.Join(s.Values, ", "))
		default:
			set[name] = value
		}
	}
	return set
}
