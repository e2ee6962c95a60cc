// Package conform holds what a door answers against openapi.yaml.
//
// It guarantees that an answer passes only if the document gives it for that request:
// status, headers and body. What no operation of the door answers must be a problem
// document.
//
// It refuses to know any door: whoever asks says which tag of the document is served.
//
// It is for tests.
package conform

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"exposure/openapi"
)

// ErrUndeclared: the document gives no answer of this status for the request.
var ErrUndeclared = errors.New("openapi.yaml has no answer of this status here")

// Response is an answer, its body read to the end.
type Response struct {
	Status int
	Header http.Header
	Body   string
}

// loaded reads openapi.yaml once for all tests of a package.
var loaded = sync.OnceValues(func() (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromData(openapi.Document())
	if err != nil {
		return nil, fmt.Errorf("reading openapi.yaml: %w", err)
	}
	doc.Servers = nil // tests serve on loopback
	return doc, nil
})

var router = sync.OnceValues(func() (routers.Router, error) {
	doc, err := loaded()
	if err != nil {
		return nil, err
	}
	return legacy.NewRouter(doc, openapi3.IsOpenAPI31OrLater())
})

// Answer tells how an answer of the door that serves this tag differs from the document.
func Answer(tag string, req *http.Request, r Response) error {
	find, err := router()
	if err != nil {
		return err
	}
	route, params, err := find.FindRoute(req)
	if err != nil || !slices.Contains(route.Operation.Tags, tag) { // nothing of this door
		return Problem(r)
	}
	if answers := route.Operation.Responses; answers.Status(r.Status) == nil && answers.Default() == nil {
		return fmt.Errorf("%s %s: %d: %w", req.Method, req.URL.Path, r.Status, ErrUndeclared)
	}
	err = openapi3filter.ValidateResponse(req.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: req, PathParams: params, Route: route},
		Status:                 r.Status, Header: r.Header, Body: io.NopCloser(bytes.NewReader([]byte(r.Body))),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	})
	if err != nil {
		return fmt.Errorf("%s %s: %d is not as in openapi.yaml: %w\n%s", req.Method, req.URL.Path, r.Status, err, r.Body)
	}
	return nil
}

// Problem tells why an answer is no problem document.
func Problem(r Response) error {
	if got := r.Header.Get("Content-Type"); got != "application/problem+json" {
		return fmt.Errorf("%d %s is no problem document: %s", r.Status, got, r.Body)
	}
	return Schema("Problem", r.Body)
}

// Schema tells why a text is no JSON of this schema.
func Schema(name, text string) error {
	doc, err := loaded()
	if err != nil {
		return err
	}
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, text)
	}
	schema := doc.Components.Schemas[name]
	if schema == nil {
		return fmt.Errorf("openapi.yaml has no schema %s", name)
	}
	if err := schema.Value.VisitJSON(v, openapi3.EnableJSONSchema2020()); err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, text)
	}
	return nil
}

var param = regexp.MustCompile(`\{(\w+)\}`)

// Operations are those of a tag, by method and path as routes have them:
// "GET /v1/things/:id".
func Operations(tag string) (map[string]*openapi3.Operation, error) {
	doc, err := loaded()
	if err != nil {
		return nil, err
	}
	all := map[string]*openapi3.Operation{}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if slices.Contains(op.Tags, tag) {
				all[method+" "+param.ReplaceAllString(path, ":$1")] = op
			}
		}
	}
	return all, nil
}

// Covers tells what a door lacks of a tag, or has beyond it: routes as Operations names them,
// and operations that its tests ask for.
func Covers(tag string, routes, asked []string) error {
	operations, err := Operations(tag)
	if err != nil {
		return err
	}
	var faults []error
	if got, want := slices.Sorted(slices.Values(routes)), slices.Sorted(maps.Keys(operations)); !slices.Equal(got, want) {
		faults = append(faults, fmt.Errorf("routes are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n")))
	}
	for _, op := range operations {
		if !slices.Contains(asked, op.OperationID) {
			faults = append(faults, fmt.Errorf("operation %s has no request in these tests", op.OperationID))
		}
	}
	return errors.Join(faults...)
}
