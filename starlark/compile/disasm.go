package compile

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// Disassemble returns a readable form of all functions of the program. Tests
// compare it, so it contains no addresses and depends on nothing but the code.
func (p *Program) Disassemble() string {
	var b strings.Builder
	for i, f := range p.Funcs {
		if i > 0 {
			b.WriteByte('\n')
		}
		p.disassemble(&b, i, f)
	}
	return b.String()
}

func (p *Program) disassemble(b *strings.Builder, index int, f *Func) {
	fmt.Fprintf(b, "func %d %s(%s) registers %d", index, f.Name, signature(f), f.NumRegs)
	for i, c := range f.Captures {
		from := "cell"
		if c.Free {
			from = "free"
		}
		fmt.Fprintf(b, " captures %s=%s %d", f.FreeVars[i], from, c.Index)
	}
	b.WriteByte('\n')
	for pc, in := range f.Code {
		fmt.Fprintf(b, "%4d  %s\n", pc, p.instruction(f, in))
	}
}

// signature writes the parameters as in the source, a default as its index.
func signature(f *Func) string {
	var parts []string
	add := func(param Param) {
		if param.Default >= 0 {
			parts = append(parts, fmt.Sprintf("%s=default %d", param.Name, param.Default))
		} else {
			parts = append(parts, param.Name)
		}
	}
	for _, param := range f.Params[:f.NumPositional] {
		add(param)
	}
	switch {
	case f.HasArgs:
		parts = append(parts, "*"+f.Locals[len(f.Params)])
	case f.NumPositional < len(f.Params):
		parts = append(parts, "*")
	}
	for _, param := range f.Params[f.NumPositional:] {
		add(param)
	}
	if f.HasKwargs {
		n := len(f.Params)
		if f.HasArgs {
			n++
		}
		parts = append(parts, "**"+f.Locals[n])
	}
	return strings.Join(parts, ", ")
}

// instruction writes one instruction: its fields in order, then its count, its
// target and, for a comparing jump that stands for a negated one, the
// comparison of the source.
func (p *Program) instruction(f *Func, in Instr) string {
	if in.Op >= NumOps {
		return fmt.Sprintf("Invalid %d", in.Op)
	}
	info := opInfos[in.Op]
	switch { // a row of no registers has no first one
	case (in.Op == MakeTuple || in.Op == MakeList) && in.C == 0:
		info.b = kindNone
	case in.Op == Unpack && in.C == 0:
		info.a = kindNone
	case in.Op == MakeFunc && int(in.B) < len(p.Funcs) && p.Funcs[in.B].NumDefaults == 0:
		info.c = kindNone
	}
	var fields []string
	for _, x := range []struct {
		k kind
		v uint16
	}{{info.a, in.A}, {info.b, in.B}, {info.c, in.C}} {
		switch x.k {
		case kindNone, kindTarget:
		case kindWide:
			fields = append(fields, strconv.FormatInt(in.IntBC(), 10))
		default:
			fields = append(fields, p.field(f, x.k, x.v))
		}
	}
	if info.usesN {
		fields = append(fields, "n="+strconv.Itoa(int(in.N)))
	}
	text := info.name
	if len(fields) > 0 {
		text += " " + strings.Join(fields, ", ")
	}
	if info.c == kindTarget {
		text += fmt.Sprintf(" -> %d", in.C)
	}
	if op, want := in.Compare(); !want {
		text += fmt.Sprintf(" (not %s)", op)
	}
	return text
}

func (p *Program) field(f *Func, k kind, v uint16) string {
	table := func(prefix string, list []string) string {
		if int(v) < len(list) {
			return prefix + list[v]
		}
		return fmt.Sprintf("%s?%d", prefix, v)
	}
	switch k {
	case kindReg:
		return registerName(f, int(v))
	case kindInt:
		return strconv.Itoa(int(int16(v)))
	case kindConst:
		if int(v) < len(f.Constants) {
			return constantText(f.Constants[v])
		}
	case kindName:
		return table(".", p.Names)
	case kindGlobal:
		return table("global ", p.Globals)
	case kindPredeclared:
		return table("predeclared ", p.Predeclared)
	case kindUniversal:
		return table("universal ", p.Universals)
	case kindFree:
		return table("free ", f.FreeVars)
	case kindFunc:
		return fmt.Sprintf("func %d", v)
	case kindCall:
		if int(v) < len(f.Calls) {
			return p.callText(f.Calls[v])
		}
	case kindLoad:
		if int(v) < len(p.Loads) {
			return fmt.Sprintf("%q %s", p.Loads[v].Module, strings.Join(p.Loads[v].Names, " "))
		}
	case kindCount:
		return strconv.Itoa(int(v))
	}
	return fmt.Sprintf("?%d", v)
}

// registerName writes a local as its name (with its register if there are two
// of that name) and a temporary as %register.
func registerName(f *Func, r int) string {
	if r >= len(f.Locals) {
		return "%" + strconv.Itoa(r)
	}
	for i, name := range f.Locals {
		if i != r && name == f.Locals[r] {
			return fmt.Sprintf("%s.%d", name, r)
		}
	}
	return f.Locals[r]
}

func constantText(v Constant) string {
	switch v := v.(type) {
	case string:
		return strconv.Quote(v)
	case Bytes:
		return "b" + strconv.Quote(string(v))
	case float64:
		s := strconv.FormatFloat(v, 'g', -1, 64)
		if !strings.ContainsAny(s, ".eInN") {
			s += ".0"
		}
		return s
	case *big.Int:
		return v.String()
	case nil:
		return "None"
	case bool:
		if v {
			return "True"
		}
		return "False"
	case Tuple:
		return tupleText(v)
	default:
		return fmt.Sprint(v)
	}
}

func tupleText(tup Tuple) string {
	var b strings.Builder
	b.WriteByte('(')
	for _, v := range tup {
		b.WriteString(constantText(v) + ",")
	}
	b.WriteByte(')')
	return b.String()
}

func (p *Program) callText(c CallSite) string {
	var b strings.Builder
	if c.Method >= 0 {
		fmt.Fprintf(&b, ".%s", p.Names[c.Method])
	}
	fmt.Fprintf(&b, "(%d", c.Positional)
	for _, n := range c.Names {
		fmt.Fprintf(&b, ", %s=", p.Names[n])
	}
	if c.Args {
		b.WriteString(", *")
	}
	if c.Kwargs {
		b.WriteString(", **")
	}
	b.WriteByte(')')
	return b.String()
}
