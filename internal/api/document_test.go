package api_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/labstack/echo/v4"

	"exposure/internal/api"
	"exposure/openapi"
)

// document loads openapi.yaml once for all tests of the package.
var document = sync.OnceValues(func() (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromData(openapi.Document())
	if err != nil {
		return nil, err
	}
	doc.Servers = nil // tests serve on loopback
	return doc, nil
})

var router = sync.OnceValues(func() (routers.Router, error) {
	doc, err := document()
	if err != nil {
		return nil, err
	}
	return legacy.NewRouter(doc, openapi3.IsOpenAPI31OrLater())
})

// checkAgainstDocument fails the test unless the answer is one that openapi.yaml gives
// for this request. Answers outside its paths must still be problem documents.
func checkAgainstDocument(t *testing.T, req *http.Request, r response) {
	t.Helper()
	find, err := router()
	if err != nil {
		t.Fatal(err)
	}
	route, params, err := find.FindRoute(req)
	if err != nil {
		checkProblem(t, r)
		return
	}
	err = openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: req, PathParams: params, Route: route},
		Status:                 r.status,
		Header:                 r.header,
		Body:                   io.NopCloser(bytes.NewReader([]byte(r.body))),
		Options:                &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	})
	// A route that is not declared to answer a status answers it all the same when the
	// stub is told to fail in a way that the journey never does there.
	if err != nil && strings.Contains(err.Error(), "status is not supported") {
		checkProblem(t, r)
		return
	}
	if err != nil {
		t.Errorf("%s %s: %d is not as in openapi.yaml: %v\n%s", req.Method, req.URL.Path, r.status, err, r.body)
	}
}

func checkProblem(t *testing.T, r response) {
	t.Helper()
	doc, err := document()
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal([]byte(r.body), &v); err != nil || r.header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%d %s is no problem document: %s", r.status, r.header.Get("Content-Type"), r.body)
		return
	}
	if err := doc.Components.Schemas["Problem"].Value.VisitJSON(v, openapi3.EnableJSONSchema2020()); err != nil {
		t.Errorf("problem document: %v\n%s", err, r.body)
	}
}

// TestTheCheckChecks: a validator that passes everything would prove nothing.
func TestTheCheckChecks(t *testing.T) {
	doc, err := document()
	if err != nil {
		t.Fatal(err)
	}
	for schema, wrong := range map[string]string{
		"Report":       `{"incident":"x"}`,
		"Problem":      `{"type":"urn:exposure:problem:nonsense","title":"x","status":400}`,
		"Verification": `{"id":"a","secret":"b","expires_at":"2023-07-26T13:05:00+09:00","resend_after":60,"code_digits":8,"known":true}`,
		"Period":       `{"label":"x","from":null}`,
	} {
		var v any
		if err := json.Unmarshal([]byte(wrong), &v); err != nil {
			t.Fatal(err)
		}
		if doc.Components.Schemas[schema].Value.VisitJSON(v, openapi3.EnableJSONSchema2020()) == nil {
			t.Errorf("%s: %s passes", schema, wrong)
		}
	}
}

// TestRoutesAreThoseOfTheDocument, both ways, and every operation has a request here.
func TestRoutesAreThoseOfTheDocument(t *testing.T) {
	doc, err := document()
	if err != nil {
		t.Fatal(err)
	}
	var want, tried []string
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if slices.Contains(op.Tags, "public") {
				want = append(want, method+" "+regexp.MustCompile(`\{(\w+)\}`).ReplaceAllString(path, ":$1"))
				tried = append(tried, op.OperationID)
			}
		}
	}
	j := &journey{}
	a, err := api.New(j, j)
	if err != nil {
		t.Fatal(err)
	}
	e := echo.New()
	a.Routes(e)
	var got []string
	for _, r := range e.Routes() {
		got = append(got, r.Method+" "+r.Path)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("routes are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, id := range tried {
		if !slices.ContainsFunc(requests, func(r struct{ operation, method, path, body string }) bool { return r.operation == id }) {
			t.Errorf("operation %s has no request in these tests", id)
		}
	}
}
