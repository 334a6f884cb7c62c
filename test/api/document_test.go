package api_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/shipbell/shipbell/shared/apiv1"
)

// file is the description of the API that this package holds the service to.
const file = "../../docs/api/openapi.yaml"

// document is the file, closed: where it does not say that an object may have
// further fields, it may not. So a field of an answer that the file does not
// describe is found.
type document struct {
	*openapi3.T
	operations []operation
	mux        *http.ServeMux // finds the operation of a request by its pattern

	mu sync.Mutex
	// The schemas are compiled as what OpenAPI 3.1 says they are, JSON Schema
	// 2020-12: kin-openapi falls back to the rules of 3.0 where a schema refers to
	// another.
	compiler *jsonschema.Compiler
	pointers map[*openapi3.Schema]string // where in the document each schema is
}

// operation is one method of one path.
type operation struct {
	*openapi3.Operation
	Method, Path string
	item         *openapi3.PathItem
	role         string // x-role
}

// pattern is the operation as the file has it.
func (o operation) pattern() string { return o.Method + " " + o.Path }

// exact is the operation as http.ServeMux has it: to it, a slash at the end is all
// that is below as well.
func (o operation) exact() string {
	if strings.HasSuffix(o.Path, "/") {
		return o.pattern() + "{$}"
	}
	return o.pattern()
}

// signed is the role of operations whose requests are signed, and whose answers have
// the status 200 although nothing was done.
const signed = "signature"

// resource is the name that the document has among schemas.
const resource = "file:///openapi.json"

// load reads the file once.
var load = sync.OnceValues(func() (*document, error) {
	parsed, err := openapi3.NewLoader().LoadFromFile(file)
	if err != nil {
		return nil, err
	}
	d := &document{T: parsed, mux: http.NewServeMux(), compiler: jsonschema.NewCompiler(), pointers: map[*openapi3.Schema]string{}}
	err = d.WalkSchemas(func(pointer string, schema *openapi3.SchemaRef) error {
		d.pointers[schema.Value] = pointer
		if s := schema.Value; len(s.Properties) > 0 && s.AdditionalProperties.Has == nil && s.AdditionalProperties.Schema == nil {
			s.AdditionalProperties.Has = new(bool)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	data, err := d.MarshalJSON()
	if err != nil {
		return nil, err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	d.compiler.AssertFormat()
	if err := d.compiler.AddResource(resource, value); err != nil {
		return nil, err
	}
	for path, item := range d.Paths.Map() {
		for method, o := range item.Operations() {
			role, _ := o.Extensions["x-role"].(string)
			one := operation{Operation: o, Method: method, Path: path, item: item, role: role}
			d.operations = append(d.operations, one)
			d.mux.Handle(one.exact(), http.NotFoundHandler())
		}
	}
	slices.SortFunc(d.operations, func(a, b operation) int { return strings.Compare(a.pattern(), b.pattern()) })
	return d, nil
})

// find is the operation that a request is for, if there is one.
func (d *document) find(r *http.Request) (operation, bool) {
	_, pattern := d.mux.Handler(r)
	i := slices.IndexFunc(d.operations, func(o operation) bool { return o.exact() == pattern })
	if i < 0 {
		return operation{}, false
	}
	return d.operations[i], true
}

// exchange is a request and its answer.
type exchange struct {
	request *http.Request
	sent    []byte
	status  int
	header  http.Header
	body    []byte
}

// check holds an exchange to the file: the answer always, the request when the
// service took it.
func (d *document) check(e exchange) error {
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"} {
		if got := e.header.Get(name); got != want {
			return fmt.Errorf("header %s is %q, not %q", name, got, want)
		}
	}
	o, found := d.find(e.request)
	if !found {
		if e.status != http.StatusNotFound && e.status != http.StatusMethodNotAllowed {
			return fmt.Errorf("the file has no such operation, but the service answers %d", e.status)
		}
		return d.checkContent(e, d.Components.Responses["NotFound"].Value)
	}
	seen.add(o.OperationID, e.status)
	answer := o.Responses.Status(e.status)
	if answer == nil {
		return fmt.Errorf("the file has no answer %d for %s", e.status, o.OperationID)
	}
	for name, header := range answer.Value.Headers {
		if header.Value.Required && e.header.Get(name) == "" {
			return fmt.Errorf("answer %d has no header %s", e.status, name)
		}
	}
	err := d.checkContent(e, answer.Value)
	if e.status < 300 && o.role != signed {
		err = errors.Join(err, d.checkQuery(o, e.request.URL.Query()), d.checkSent(o, e))
	}
	return err
}

func (d *document) checkContent(e exchange, answer *openapi3.Response) error {
	given := e.header.Get("Content-Type")
	if len(answer.Content) == 0 {
		if len(e.body) > 0 || given != "" {
			return fmt.Errorf("answer %d has a body of %q, which the file does not have", e.status, given)
		}
		return nil
	}
	media := answer.Content[given]
	if media == nil {
		return fmt.Errorf("answer %d is of type %q, which the file does not have", e.status, given)
	}
	if !strings.HasSuffix(given, "json") { // a table
		return nil
	}
	if given == "application/x-ndjson" {
		for line := range bytes.Lines(e.body) {
			if !json.Valid(line) {
				return fmt.Errorf("answer %d has a line that is no JSON: %s", e.status, line)
			}
		}
		return nil
	}
	if err := d.checkJSON(e.body, media.Schema.Value); err != nil {
		return fmt.Errorf("answer %d %s: %w", e.status, e.body, err)
	}
	if given != "application/problem+json" {
		return nil
	}
	var p apiv1.Problem
	if err := json.Unmarshal(e.body, &p); err != nil {
		return err
	}
	if p.Status != e.status || p.Title != http.StatusText(e.status) {
		return fmt.Errorf("the problem says %d %s, but the status is %d", p.Status, p.Title, e.status)
	}
	return nil
}

// checkSent holds a body that the service took to the file.
func (d *document) checkSent(o operation, e exchange) error {
	if o.RequestBody == nil {
		return nil
	}
	media, _, _ := mime.ParseMediaType(e.request.Header.Get("Content-Type"))
	schema := o.RequestBody.Value.Content[media]
	if schema == nil {
		schema = o.RequestBody.Value.Content["application/json"]
	}
	err := d.checkJSON(e.sent, schema.Schema.Value)
	if err != nil && !tolerant(o) {
		return fmt.Errorf("the service took %s, which the file refuses: %w", e.sent, err)
	}
	return nil
}

// eventsPath is the path that registries send events to.
const eventsPath = "/v1/events/{registry}"

// tolerant operations take bodies that are not what the file asks for: what they
// cannot use they ignore.
func tolerant(o operation) bool { return o.OperationID == "receiveEvents" }

// checkQuery holds a query that the service took to the file. What is open to all looks at
// no query.
func (d *document) checkQuery(o operation, query url.Values) error {
	if o.role == "none" {
		return nil
	}
	for name, values := range query {
		parameter := o.Parameters.GetByInAndName(openapi3.ParameterInQuery, name)
		if parameter == nil {
			return fmt.Errorf("the service took the query parameter %q, which the file does not have", name)
		}
		value := strconv.Quote(values[0])
		switch {
		case parameter.Schema.Value.Type.Is("integer"):
			value = values[0]
		case parameter.Schema.Value.Type.Is("array"):
			value = fmt.Sprintf("[%s]", value)
		}
		if err := d.checkJSON([]byte(value), parameter.Schema.Value); err != nil && values[0] != "" {
			return fmt.Errorf("the service took %s=%s, which the file refuses: %w", name, values[0], err)
		}
	}
	return nil
}

// checkJSON holds a JSON text to a schema.
func (d *document) checkJSON(data []byte, schema *openapi3.Schema) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("it is not JSON: %w", err)
	}
	pointer, found := d.pointers[schema]
	if !found {
		return errors.New("there is no such schema in the file")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	compiled, err := d.compiler.Compile(resource + "#" + pointer)
	if err != nil {
		return err
	}
	return compiled.Validate(value)
}

// fields are those that a problem names.
func fields(p apiv1.Problem) []string {
	var fields []string
	for _, e := range p.Errors {
		fields = append(fields, e.Field)
	}
	return fields
}

// answers counts which answers of which operation were seen.
type answers struct {
	mu   sync.Mutex
	seen map[string]map[int]bool
}

var seen = answers{seen: map[string]map[int]bool{}}

func (a *answers) add(operation string, status int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.seen[operation] == nil {
		a.seen[operation] = map[int]bool{}
	}
	a.seen[operation][status] = true
}

// missing lists the answers that the file describes and that were not seen. 500
// is what the service never answers unless it has a fault.
func (a *answers) missing(d *document) []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var missing []string
	for _, o := range d.operations {
		for status := range o.Responses.Map() {
			number, err := strconv.Atoi(status)
			if err != nil || number != http.StatusInternalServerError && !a.seen[o.OperationID][number] {
				missing = append(missing, o.pattern()+" "+status)
			}
		}
	}
	slices.Sort(missing)
	return missing
}
