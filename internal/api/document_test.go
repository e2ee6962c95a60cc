package api_test

import (
	"errors"
	"net/http"
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
	j := &journey{}
	a, err := api.New(j, j)
	if err != nil {
		t.Fatal(err)
	}
	e := echo.New()
	a.Routes(e)
	var routes, asked []string
	for _, r := range e.Routes() {
		routes = append(routes, r.Method+" "+r.Path)
	}
	for _, r := range requests {
		asked = append(asked, r.operation)
	}
	if err := conform.Covers("public", routes, asked); err != nil {
		t.Error(err)
	}
}
