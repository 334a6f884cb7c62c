package deploy

import (
	"errors"
	"fmt"
	"go/ast"
	"go/constant"
	"go/types"
	"strings"

	"golang.org/x/tools/go/packages"
)

const (
	module   = "github.com/shipbell/shipbell/"
	services = "github.com/aws/aws-sdk-go-v2/service/"
)

// program is our own code as the compiler sees it.
type program struct {
	// bodies are the declarations of functions, with the package that each is in.
	bodies map[*types.Func]body
	// methods are the methods of our types, by their name.
	methods map[string][]*types.Func
	all     map[string]*packages.Package
}

type body struct {
	decl *ast.FuncDecl
	in   *packages.Package
}

// load reads the packages of this module in a folder. What they import from
// elsewhere is read from the build's cache, without its source.
func load(folder string) (*program, error) {
	loaded, err := packages.Load(&packages.Config{
		Dir:  folder,
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedImports | packages.NeedTypes | packages.NeedSyntax | packages.NeedTypesInfo,
	}, "./functions/...", "./shared/...")
	if err != nil {
		return nil, fmt.Errorf("load packages: %w", err)
	}
	p := &program{bodies: map[*types.Func]body{}, methods: map[string][]*types.Func{}, all: map[string]*packages.Package{}}
	for _, one := range loaded {
		for _, problem := range one.Errors {
			err = errors.Join(err, problem)
		}
		p.all[strings.TrimPrefix(one.PkgPath, module)] = one
		for _, file := range one.Syntax {
			for _, decl := range file.Decls {
				function, ok := decl.(*ast.FuncDecl)
				if !ok || function.Body == nil {
					continue
				}
				object, ok := one.TypesInfo.Defs[function.Name].(*types.Func)
				if !ok {
					continue
				}
				p.bodies[object] = body{function, one}
				if function.Recv != nil {
					p.methods[object.Name()] = append(p.methods[object.Name()], object)
				}
			}
		}
	}
	return p, err
}

// calls finds the calls of AWS that a package's main can come to make: it follows
// every function that is named on the way, and for a method of an interface every
// type of ours that has it and may be meant.
func (p *program) calls(name string) ([]string, error) {
	main, ok := p.all[name]
	if !ok {
		return nil, fmt.Errorf("there is no package %s", name)
	}
	linked := p.linked(main)
	entry, ok := main.Types.Scope().Lookup("main").(*types.Func)
	if !ok {
		return nil, fmt.Errorf("package %s has no main", name)
	}
	found, seen := map[string]bool{}, map[*types.Func]bool{entry: true}
	for queue := []*types.Func{entry}; len(queue) > 0; queue = queue[1:] {
		for _, next := range p.named(queue[0], found) {
			for _, one := range p.implementations(next, linked) {
				if !seen[one] {
					seen[one] = true
					queue = append(queue, one)
				}
			}
		}
	}
	return sorted(found), nil
}

// linked are the packages that end up in a binary.
func (p *program) linked(main *packages.Package) map[*types.Package]bool {
	linked := map[*types.Package]bool{}
	var add func(one *packages.Package)
	add = func(one *packages.Package) {
		if !linked[one.Types] {
			linked[one.Types] = true
			for _, imported := range one.Imports {
				if own, ok := p.all[strings.TrimPrefix(imported.PkgPath, module)]; ok {
					add(own)
				}
			}
		}
	}
	add(main)
	return linked
}

// named lists the functions that a function names, and notes the calls of AWS.
func (p *program) named(function *types.Func, calls map[string]bool) []*types.Func {
	source, ok := p.bodies[function]
	if !ok {
		return nil
	}
	info := source.in.TypesInfo
	index := false
	var list []*types.Func
	var used []types.Object
	handed := map[*ast.Ident]bool{} // what is handed on or set is called elsewhere, by a field that has its input
	ast.Inspect(source.decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok {
				index = index || key.Name == "IndexName"
				handed[key] = true
			}
		case *ast.CallExpr:
			for _, argument := range n.Args {
				if method, ok := argument.(*ast.SelectorExpr); ok {
					handed[method.Sel] = true
				}
			}
		case *ast.Ident:
			if function, ok := info.Uses[n].(*types.Func); ok {
				list = append(list, function.Origin())
			}
			if !handed[n] {
				used = append(used, info.Uses[n])
			}
		}
		return true
	})
	for _, one := range used {
		if call := awsCall(one); call != "" {
			if call == "dynamodb:Query" && index {
				call += " index"
			}
			calls[call] = true
		}
	}
	return list
}

// awsCall tells which action of IAM a function of the SDK stands for, or any function
// that takes its input, such as a pager, or a field that holds one:
// dynamodb.PutItemInput stands for PutItem.
func awsCall(used types.Object) string {
	if used == nil {
		return ""
	}
	signature, ok := used.Type().(*types.Signature)
	if !ok {
		return ""
	}
	for parameter := range signature.Params().Variables() {
		pointer, ok := parameter.Type().(*types.Pointer)
		if !ok {
			continue
		}
		named, ok := pointer.Elem().(*types.Named)
		if !ok || named.Obj().Pkg() == nil {
			continue
		}
		service, isService := strings.CutPrefix(named.Obj().Pkg().Path(), services)
		operation, isInput := strings.CutSuffix(named.Obj().Name(), "Input")
		if isService && isInput {
			// IAM has one action for a single message and a batch, and another name for Invoke.
			return strings.NewReplacer("SendMessageBatch", "SendMessage", "lambda:Invoke", "lambda:InvokeFunction").Replace(service + ":" + operation)
		}
	}
	return ""
}

// implementations are the methods that a method of an interface may stand for; any
// other function stands for itself.
func (p *program) implementations(function *types.Func, linked map[*types.Package]bool) []*types.Func {
	signature, ok := function.Type().(*types.Signature)
	if !ok || signature.Recv() == nil || !types.IsInterface(signature.Recv().Type()) {
		return []*types.Func{function}
	}
	contract, ok := signature.Recv().Type().Underlying().(*types.Interface)
	if !ok {
		return nil
	}
	var list []*types.Func
	for _, method := range p.methods[function.Name()] {
		receiver := method.Type().(*types.Signature).Recv().Type()
		if pointer, ok := receiver.(*types.Pointer); ok {
			receiver = pointer.Elem()
		}
		if linked[method.Pkg()] && types.Implements(types.NewPointer(receiver), contract) {
			list = append(list, method)
		}
	}
	return list
}

// constant is the value of a constant of ours, as text.
func (p *program) constant(name, of string) (string, error) {
	if one, ok := p.all[of]; ok {
		if c, ok := one.Types.Scope().Lookup(name).(*types.Const); ok && c.Val().Kind() == constant.String {
			return constant.StringVal(c.Val()), nil
		}
	}
	return "", fmt.Errorf("package %s has no constant %s", of, name)
}

// patterns are the routes that a package names, as Pattern: "GET /…".
func (p *program) patterns(name string) []string {
	var list []string
	for _, file := range p.all[name].Syntax {
		ast.Inspect(file, func(n ast.Node) bool {
			pair, ok := n.(*ast.KeyValueExpr)
			if !ok {
				return true
			}
			if key, ok := pair.Key.(*ast.Ident); ok && key.Name == "Pattern" {
				if value := p.all[name].TypesInfo.Types[pair.Value].Value; value != nil {
					list = append(list, constant.StringVal(value))
				}
			}
			return true
		})
	}
	return list
}
