package api_test

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"exposure/internal/api"
	"exposure/internal/conform"
)

// checkAgainstDocument fails the test unless the answer is one that openapi.yaml gives
// for this request. A route that is not declared to answer a status answers it all the
// same when the stub is told to fail in a way that the journey never does there: that must
// still be a problem document.
func checkAgainstDocument(t *testing.T, req *http.Request, r response) {
	t.Helper()
	got := conform.Response{Status: r.status, Header: r.header, Body: r.body}
	err := conform.Answer("public", req, got)
	if errors.Is(err, conform.ErrUndeclared) {
		err = conform.Problem(got)
	}
	if err != nil {
		t.Error(err)
	}
}

// TestRoutesAreThoseOfTheDocument, both ways, and every operation has a request here.
func TestRoutesAreThoseOfTheDocument(t *testing.T) {
	operations, err := conform.Operations("public")
	if err != nil {
		t.Fatal(err)
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
	want := slices.Sorted(maps.Keys(operations))
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("routes are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, op := range operations {
		if !slices.ContainsFunc(requests, func(r struct{ operation, method, path, body string }) bool { return r.operation == op.OperationID }) {
			t.Errorf("operation %s has no request in these tests", op.OperationID)
		}
	}
}
