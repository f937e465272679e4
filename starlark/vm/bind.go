package vm

import (
	"fmt"
	"strings"

	"github.com/ungil/tm/starlark/compile"
	"github.com/ungil/tm/starlark/value"
)

// bind sets the parameters of fn in its registers, which begin at stack[base].
// args may be those registers already.
func (t *Thread) bind(fn *Function, base int, args []value.Value, kwargs []value.KV) error {
	p := fn.proto
	regs := t.stack[base : base+fn.numRegs]
	n := min(len(args), p.NumPositional)
	if len(args) > n && !p.HasArgs {
		return tooMany(fn, len(args), len(kwargs))
	}
	rest := value.Value{}
	if p.HasArgs {
		rest = value.NewTuple(args[n:])
		t.ChargeResult(rest)
	}
	copy(regs, args[:n])
	clear(regs[n:len(p.Params)])
	next := len(p.Params)
	if p.HasArgs {
		regs[next] = rest
		next++
	}
	var dict *value.Dict
	if p.HasKwargs {
		dict = value.NewDict(&t.Thread, 0)
		regs[next] = dict.Value()
	}
	if err := t.bindNamed(fn, regs, kwargs, dict); err != nil {
		return err
	}
	return setDefaults(fn, regs)
}

// tooMany is the error of a call with too many positional arguments.
func tooMany(fn *Function, args, kwargs int) error {
	p := fn.proto
	if len(p.Params) == 0 && !p.HasKwargs {
		return fmt.Errorf("function %s accepts no arguments (%d given)", fn.name(), args+kwargs)
	}
	most := ""
	if p.NumDefaults > 0 {
		most = "at most "
	}
	return fmt.Errorf("function %s accepts %s%d positional argument%s (%d given)",
		fn.name(), most, p.NumPositional, plural(p.NumPositional), args)
}

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}

// bindNamed sets the parameters that kwargs name; dict takes the others.
func (t *Thread) bindNamed(fn *Function, regs []value.Value, kwargs []value.KV, dict *value.Dict) error {
	for _, kw := range kwargs {
		i := paramIndex(fn.proto.Params, kw.Name)
		switch {
		case i >= 0 && regs[i].IsSet():
			return fmt.Errorf("function %s got multiple values for parameter %q", fn.name(), kw.Name)
		case i >= 0:
			regs[i] = kw.Value
		case len(fn.proto.Params) == 0 && dict == nil && !fn.proto.HasArgs:
			return tooMany(fn, 0, len(kwargs))
		case dict == nil:
			return fmt.Errorf("function %s got an unexpected keyword argument %q", fn.name(), kw.Name)
		default:
			key := value.Str(kw.Name)
			if _, found, err := dict.Get(&t.Thread, key); err != nil {
				return err
			} else if found {
				return fmt.Errorf("function %s got multiple values for parameter %q", fn.name(), kw.Name)
			}
			if err := dict.Set(&t.Thread, key, kw.Value); err != nil {
				return err
			}
		}
	}
	return nil
}

func paramIndex(params []compile.Param, name string) int {
	for i := range params {
		if params[i].Name == name {
			return i
		}
	}
	return -1
}

// paramName returns a parameter's name. In builtins.star one has underscores if the function takes any
// other keyword argument.
func (p *proto) paramName(param compile.Param) string {
	if p.module.builtins {
		return strings.Trim(param.Name, "_")
	}
	return param.Name
}

// setDefaults gives parameters that have no value yet their defaults.
func setDefaults(fn *Function, regs []value.Value) error {
	var missing []string
	for i, p := range fn.proto.Params {
		if regs[i].IsSet() {
			continue
		}
		if p.Default < 0 {
			missing = append(missing, fn.proto.paramName(p))
			continue
		}
		regs[i] = fn.defaults[p.Default]
	}
	if missing != nil {
		return fmt.Errorf("function %s missing %d argument%s (%s)",
			fn.name(), len(missing), plural(len(missing)), strings.Join(missing, ", "))
	}
	return nil
}
