package vm

import (
	"github.com/ungil/tm/starlark/concurrent"
	"github.com/ungil/tm/starlark/lib"
	"github.com/ungil/tm/starlark/value"
)

// predeclared makes the values of the names a program has besides the universal
// ones.
var predeclared = map[string]func(*value.Thread, *Config) value.Value{
	"args": func(t *value.Thread, c *Config) value.Value {
		return value.NewList(t, value.Strings(c.Args))
	},
	"thread": threadModule,
	"file":   func(*value.Thread, *Config) value.Value { return fileModule },
	"struct": func(*value.Thread, *Config) value.Value { return lib.MakeStruct },
	"json":   func(*value.Thread, *Config) value.Value { return lib.JSON },
	"math":   func(*value.Thread, *Config) value.Value { return lib.Math },
	"time":   func(*value.Thread, *Config) value.Value { return lib.Time },

	"retry":             fixed(value.NewBuiltin("retry", builtinRetry)),
	"check":             func(*value.Thread, *Config) value.Value { return intrinsics["check"] },
	"cell":              fixed(concurrent.NewCell),
	"queue":             fixed(concurrent.NewQueue),
	"lock":              fixed(concurrent.NewLock),
	"semaphore":         fixed(concurrent.NewSemaphore),
	"event":             fixed(concurrent.NewEvent),
	"barrier":           fixed(concurrent.NewBarrier),
	"local":             fixed(concurrent.NewLocal),
	"relaxed":           fixed(concurrent.Relaxed),
	"atomic":            star("atomic"),
	"try_call":          star("try_call"),
	"or_else":           star("or_else"),
	"transaction_queue": star("transaction_queue"),
	"parallel":          func(*value.Thread, *Config) value.Value { return parallelModule() },
}

// fixed is for what is the same everywhere.
func fixed(v value.Value) func(*value.Thread, *Config) value.Value {
	return func(*value.Thread, *Config) value.Value { return v }
}

// star is for the functions of builtins.star.
func star(name string) func(*value.Thread, *Config) value.Value {
	return func(*value.Thread, *Config) value.Value { return builtinFunction(name) }
}
