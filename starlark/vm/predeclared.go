package vm

import (
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
	"atomic": func(*value.Thread, *Config) value.Value { return atomicBuiltin },
}
