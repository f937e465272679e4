package value

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"testing"
)

// TestEveryBuiltinHasPrologue looks at the source: whoever has the signature of
// Func must call Enter and Leave, itself or through what it returns.
func TestEveryBuiltinHasPrologue(tt *testing.T) {
	set := token.NewFileSet()
	var names []string
	for _, pattern := range []string{"*.go", "../lib/*.go", "../concurrent/*.go", "../vm/*.go", "../builtin.go"} {
		more, err := filepath.Glob(pattern)
		if err != nil {
			tt.Fatal(err)
		}
		names = append(names, more...)
	}
	checked := 0
	for _, name := range names {
		f, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			tt.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			var ty *ast.FuncType
			var body *ast.BlockStmt
			switch n := n.(type) {
			case *ast.FuncDecl:
				ty, body = n.Type, n.Body
			case *ast.FuncLit:
				ty, body = n.Type, n.Body
			}
			if ty == nil || !isFunc(ty) {
				return true
			}
			checked++
			calls := map[string]bool{}
			ast.Inspect(body, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.SelectorExpr:
					calls[n.Sel.Name] = true
				case *ast.Ident:
					calls[n.Name] = true
				}
				return true
			})
			if !calls["quantified"] && !(calls["Enter"] && calls["Leave"]) {
				tt.Errorf("%s: no Enter and Leave", set.Position(n.Pos()))
			}
			return true
		})
	}
	if checked < 50 {
		tt.Errorf("only %d built-ins found", checked)
	}
}

// isFunc reports whether ty is the type of a built-in's body.
func isFunc(ty *ast.FuncType) bool {
	var names []string
	for _, p := range ty.Params.List {
		for range max(1, len(p.Names)) {
			switch x := p.Type.(type) {
			case *ast.Ident:
				names = append(names, x.Name)
			case *ast.StarExpr:
				names = append(names, "*")
			case *ast.ArrayType:
				if id, ok := x.Elt.(*ast.Ident); ok {
					names = append(names, "[]"+id.Name)
				}
			}
		}
	}
	return len(names) == 4 && names[0] == "*" && names[1] == "Value" && names[2] == "[]Value" && names[3] == "[]KV"
}
