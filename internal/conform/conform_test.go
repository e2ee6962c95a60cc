package conform_test

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"exposure/internal/conform"
)

// TestTheCheckChecks: a validator that passes everything would prove nothing.
func TestTheCheckChecks(t *testing.T) {
	for schema, wrong := range map[string]string{
		"Report":       `{"incident":"x"}`,
		"Problem":      `{"type":"urn:exposure:problem:nonsense","title":"x","status":400}`,
		"Verification": `{"id":"a","secret":"b","expires_at":"2023-07-26T13:05:00+09:00","resend_after":60,"code_digits":8,"known":true}`,
		"Period":       `{"label":"x","from":null}`,
		"MemberReset":  `{"required":true,"state":"nonsense","since":null}`,
		"Nonsense":     `{}`,
	} {
		if conform.Schema(schema, wrong) == nil {
			t.Errorf("%s: %s passes", schema, wrong)
		}
	}
}

// TestAnswersAreHeldAgainstTheDocument: one good answer, and each way to differ from it.
func TestAnswersAreHeldAgainstTheDocument(t *testing.T) {
	const (
		path    = "/v1/mypage/members/1001/password-reset"
		good    = `{"required":false,"state":null,"since":null}`
		problem = `{"type":"urn:exposure:problem:not-found","title":"x","status":404}`
	)
	for name, c := range map[string]struct {
		tag, path, media, body string
		status                 int
		want                   bool
	}{
		"good":                          {"mypage", path, "application/json", good, 200, true},
		"another body":                  {"mypage", path, "application/json", `{"required":false}`, 200, false},
		"no JSON":                       {"mypage", path, "application/json", "", 200, false},
		"another type":                  {"mypage", path, "text/html", good, 200, false},
		"another status":                {"mypage", path, "application/json", good, 201, false},
		"of another door":               {"public", path, "application/json", good, 200, false},
		"of another door, refused":      {"public", path, "application/problem+json", problem, 404, true},
		"of no operation":               {"mypage", "/v1/nothing", "application/json", good, 200, false},
		"of no operation, refused":      {"mypage", "/v1/nothing", "application/problem+json", problem, 404, true},
		"of no operation, a plain word": {"mypage", "/v1/nothing", "text/plain", "Not Found", 404, false},
		"refused with another type":     {"mypage", "/v1/nothing", "application/json", problem, 404, false},
		"refused with an unknown word":  {"mypage", "/v1/nothing", "application/problem+json", strings.Replace(problem, "not-found", "nonsense", 1), 404, false},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1:1"+c.path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		err = conform.Answer(c.tag, req, conform.Response{Status: c.status, Header: http.Header{"Content-Type": {c.media}}, Body: c.body})
		if (err == nil) != c.want || errors.Is(err, conform.ErrUndeclared) != (c.status == 201) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOperationsOfADoor(t *testing.T) {
	all, err := conform.Operations("mypage")
	if err != nil || all["GET /v1/mypage/members/:member_id/password-reset"] == nil || all["GET /v1/report"] != nil {
		t.Errorf("%v, %v", all, err)
	}
}

func TestWhatADoorLacks(t *testing.T) {
	operations, err := conform.Operations("mypage")
	if err != nil {
		t.Fatal(err)
	}
	routes := slices.Collect(maps.Keys(operations))
	var asked []string
	for _, op := range operations {
		asked = append(asked, op.OperationID)
	}
	if err := conform.Covers("mypage", routes, asked); err != nil {
		t.Error(err)
	}
	for name, err := range map[string]error{
		"a route":              conform.Covers("mypage", routes[1:], asked),
		"a request":            conform.Covers("mypage", routes, asked[1:]),
		"an end of its routes": conform.Covers("mypage", append(routes, "GET /v1/report"), asked),
		"its own routes":       conform.Covers("agent", routes, asked),
	} {
		if err == nil {
			t.Errorf("a door that lacks %s passes", name)
		}
	}
}
