package server

import (
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/labstack/echo/v4"
)

// malformed is a body that cannot be used. Detail is one of the sentences below: it
// tells what is wrong and never repeats what was sent.
type malformed struct{ detail string }

func (m *malformed) Error() string { return "malformed body: " + m.detail }

// binder decodes bodies into the generated models, strictly: UTF-8 without a BOM, one
// object and nothing after it, each key once, as spelled in the API, none unknown, all
// required ones there. Only the body is bound, never the path or the query.
type binder struct{}

// Bind implements echo.Binder. The body is at most maxBodyOf its route, which also bounds its depth.
func (binder) Bind(into any, c echo.Context) error {
	body, err := io.ReadAll(c.Request().Body)
	if err != nil {
		if over := new(http.MaxBytesError); errors.As(err, &over) {
			return tooLong(over.Limit)
		}
		return &malformed{"the body could not be read"} // the client went away or was too slow
	}
	if len(body) == 0 {
		return &malformed{"the body is empty"}
	}
	if err := json.Unmarshal(body, into, json.RejectUnknownMembers(true)); err != nil {
		return &malformed{explain(err)}
	}
	if key := missing(reflect.ValueOf(into).Elem()); key != "" {
		return &malformed{"the key " + key + " is missing or empty"}
	}
	return nil
}

// explain says what is wrong with a body. The decoder's own words hold keys and values.
func explain(err error) string {
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName):
		return "the body holds a key twice"
	case errors.Is(err, json.ErrUnknownName):
		return "the body holds a key that is not defined; keys are case-sensitive"
	}
	if wrong := new(json.SemanticError); errors.As(err, &wrong) {
		return "the body or one of its values has the wrong type"
	}
	return "the body is not one JSON object in UTF-8"
}

// missing returns the first required text that is absent, null or empty. All required
// values of all requests are texts; optional ones are pointers.
func missing(body reflect.Value) string {
	if body.Kind() != reflect.Struct {
		return ""
	}
	for i := range body.NumField() {
		key, _, _ := strings.Cut(body.Type().Field(i).Tag.Get("json"), ",")
		if f := body.Field(i); f.Kind() == reflect.String && f.Len() == 0 {
			return key
		}
	}
	return ""
}
