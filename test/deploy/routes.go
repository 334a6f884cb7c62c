package deploy

import (
	"fmt"
	"regexp"
	"strings"
)

// route is a path of an HTTP API, with what it leads to.
type route struct{ function, method, path string }

// httpAPI has the properties of a resource AWS::Serverless::HttpApi.
type httpAPI struct {
	DefinitionBody struct {
		Paths      map[string]map[string]operation
		Components struct {
			Integrations map[string]integration `json:"x-amazon-apigateway-integrations"`
		}
	}
}

type operation struct {
	Integration struct {
		Ref string `json:"$ref"`
	} `json:"x-amazon-apigateway-integration"`
}

type integration struct {
	Type, HTTPMethod, PayloadFormatVersion, URI string
}

const (
	integrationRef = "#/components/x-amazon-apigateway-integrations/"
	anyMethod      = "x-amazon-apigateway-any-method"
)

var invocations = regexp.MustCompile(`^arn:AWS::Partition:apigateway:[\w:-]+:lambda:path/2015-03-31/functions/(\w+)\.Arn/invocations$`)

// routes lists the paths of the HTTP API, nil where a region has none.
func (t *template) routes() ([]route, error) {
	apis, err := properties[httpAPI](t, "AWS::Serverless::HttpApi")
	if err != nil {
		return nil, err
	}
	permissions, err := properties[struct{ FunctionName, Principal, SourceArn string }](t, "AWS::Lambda::Permission")
	if err != nil {
		return nil, err
	}
	var routes []route
	for name, api := range apis {
		for path, methods := range api.DefinitionBody.Paths {
			for method, operation := range methods {
				ref, ok := strings.CutPrefix(operation.Integration.Ref, integrationRef)
				one := api.DefinitionBody.Components.Integrations[ref]
				match := invocations.FindStringSubmatch(one.URI)
				if !ok || match == nil || one.Type != "aws_proxy" || one.HTTPMethod != "POST" || one.PayloadFormatVersion != "2.0" {
					return nil, fmt.Errorf("%s: %s %s leads to no function of the template by payload 2.0", name, method, path)
				}
				if method == anyMethod {
					method = "ANY"
				}
				routes = append(routes, route{match[1], strings.ToUpper(method), path})
			}
		}
		for _, r := range routes {
			allowed := false
			for _, p := range permissions {
				allowed = allowed || p.FunctionName == r.function && p.Principal == "apigateway.amazonaws.com" && strings.HasSuffix(p.SourceArn, ":"+name+"/*")
			}
			if !allowed {
				return nil, fmt.Errorf("%s: no permission lets it invoke %s", name, r.function)
			}
		}
	}
	return routes, nil
}

// health and ready need no key and are answered by whichever function they are led to.
const health, ready = "GET /healthz", "GET /readyz"

// checkRoutes compares the routes with the API's description and with what the
// functions serve: each operation is led to the function that has it, and to no other.
func (t *template) checkRoutes(code Code, found faults) error {
	routes, err := t.routes()
	if routes == nil || err != nil {
		return err
	}
	used := map[route]bool{}
	for _, operation := range code.Operations {
		method, path, _ := strings.Cut(operation, " ")
		led := false
		for _, r := range routes {
			if r.method != "ANY" && r.method != method || !leads(r.path, "{proxy+}", path) {
				continue
			}
			led, used[r] = true, true
			if folder := t.functions[r.function].folder(); !code.serves(folder, operation) {
				found.add("%s: the route %s %s takes %s, which functions/%s does not serve", r.function, r.method, r.path, operation, folder)
			}
		}
		if !led {
			found.add("%s is in the API's description, and no route leads to it", operation)
		}
	}
	for _, r := range routes {
		if !used[r] {
			found.add("%s: the route %s %s is not in the API's description", r.function, r.method, r.path)
		}
	}
	return nil
}
