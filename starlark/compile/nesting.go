package compile

import "go.starlark.net/syntax"

func checkNesting(filename string, src []byte) error      { return nil }
func checkDepth(filename string, file *syntax.File) error { return nil }
