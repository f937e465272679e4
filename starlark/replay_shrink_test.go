package starlark_test

func shrinkReplay(p *threadedProgram, seed uint64) string { return p.String() }
