package compile

import "go.starlark.net/syntax"

// The resolver and this compiler recurse over the tree, and a stack that
// overflows ends the process. The parser bounds its own recursion, but what it
// parses by a loop, such as `1+1+1+...` or a chain of elif, makes a deep tree
// all the same. So the depth of the tree is bounded before it is resolved, and
// with it the size of the source.
const (
	maxSource = 16 << 20 // bytes
	maxDepth  = 10_000
)

// checkDepth bounds the depth of the tree.
func checkDepth(filename string, file *syntax.File) error {
	depth, tooDeep := 0, false
	var pos syntax.Position
	syntax.Walk(file, func(n syntax.Node) bool {
		if n == nil {
			depth--
			return false
		}
		if p := ownPosition(n); p.IsValid() && !tooDeep {
			pos = p
		}
		if depth >= maxDepth {
			tooDeep = true
			return false
		}
		depth++
		return true
	})
	if tooDeep {
		return ErrorList{errorAt(filename, pos, "too deeply nested: the limit is %d levels", maxDepth)}
	}
	return nil
}

// ownPosition returns a position that a node itself holds: Span may recurse.
func ownPosition(n syntax.Node) syntax.Position {
	switch n := n.(type) {
	case *syntax.BinaryExpr:
		return n.OpPos
	case *syntax.UnaryExpr:
		return n.OpPos
	case *syntax.CallExpr:
		return n.Lparen
	case *syntax.IndexExpr:
		return n.Lbrack
	case *syntax.SliceExpr:
		return n.Lbrack
	case *syntax.DotExpr:
		return n.Dot
	case *syntax.Ident:
		return n.NamePos
	case *syntax.IfStmt:
		return n.If
	}
	return syntax.Position{}
}
