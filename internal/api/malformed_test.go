package api_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestMalformedRequestsOnEveryRoute: none of these reaches the journey.
func TestMalformedRequestsOnEveryRoute(t *testing.T) {
	j := &journey{answer: someone()}
	ts := open(t, j)
	refuse := func(name string, status int, method, path, body string, header ...string) {
		t.Helper()
		j.asked = nil
		got := call(t, ts, method, path, body, append([]string{session, "Bearer t0k3n"}, header...)...)
		if got.status != status {
			t.Errorf("%s: %s %s: got %d %s, want %d", name, method, path, got.status, got.body, status)
		}
		if j.asked != nil {
			t.Errorf("%s: %s %s reached the journey: %q", name, method, path, j.asked)
		}
		if strings.Contains(got.body, "CANARY") {
			t.Errorf("%s: %s %s repeats what was sent: %s", name, method, path, got.body)
		}
	}
	for _, r := range requests {
		for _, method := range []string{"PUT", "PATCH", "TRACE", "BREW"} {
			refuse("method", http.StatusMethodNotAllowed, method, r.path, "")
		}
		refuse("path in upper case", http.StatusNotFound, r.method, strings.ToUpper(r.path), "")
		refuse("trailing slash", http.StatusNotFound, r.method, r.path+"/", "")
		if r.body == "" {
			continue
		}
		key, _, _ := strings.Cut(strings.TrimPrefix(r.body, `{"`), `"`)
		value := func(v string) string { return `{"` + key + `":` + v + `}` }
		for name, body := range map[string]string{
			"no object":            `[]`,
			"no key":               `{}`,
			"null":                 value(`null`),
			"empty":                value(`""`),
			"array":                value(`["CANARY"]`),
			"object":               value(`{"CANARY":1}`),
			"number":               value(`12345678`),
			"huge number":          value(`1e308`),
			"unknown key":          strings.TrimSuffix(r.body, "}") + `,"CANARY":"CANARY"}`,
			"key twice":            strings.TrimSuffix(r.body, "}") + `,"` + key + `":"CANARY"}`,
			"key in upper case":    strings.Replace(r.body, key, strings.ToUpper(key), 1),
			"second object":        r.body + r.body,
			"BOM":                  "\ufeff" + r.body,
			"invalid UTF-8":        value("\"CANARY\xff\""),
			"depth":                value(strings.Repeat("[", 8000)),
			"not JSON":             key + "=CANARY",
			"NaN":                  value("NaN"),
			"path id in the body":  strings.TrimSuffix(r.body, "}") + `,"id":"CANARY"}`,
			"locale in title case": `{"` + key + `":"x","Locale":"ja"}`,
		} {
			refuse(name, http.StatusBadRequest, r.method, r.path, body)
		}
		refuse("too large", http.StatusRequestEntityTooLarge, r.method, r.path, value(`"`+strings.Repeat("x", 9000)+`"`))
		for _, media := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json; charset=utf-16"} {
			refuse(media, http.StatusUnsupportedMediaType, r.method, r.path, r.body, "Content-Type", media)
		}
	}
}

func TestLocales(t *testing.T) {
	ts := open(t, &journey{})
	for _, c := range []struct{ query, header, want string }{
		{"", "", "ja"},
		{"?locale=en", "", "en"},
		{"?locale=ja-easy", "en", "ja-easy"},
		{"", "en", "en"},
		{"", "en-GB,en;q=0.9,ja;q=0.8", "en"},
		{"", "fr;q=1, ja;q=0.2, en;q=0.3", "en"},
		{"", "JA-EASY", "ja-easy"},
		{"", "ja-JP", "ja"},
		{"", "en;q=0", "ja"},
		{"", "en;q=NaN, en;q=2, en;q=x, en;level=1", "ja"},
		{"", "*", "ja"},
		{"", strings.Repeat("fr,", 16) + "en", "ja"}, // nobody speaks seventeen languages
		{"?other=1", "", "ja"},
	} {
		got := call(t, ts, "GET", "/v1/incident"+c.query, "", "Accept-Language", c.header)
		if l := got.field(t, "locale"); got.status != 200 || l != c.want {
			t.Errorf("%s, Accept-Language %.30s: got %d %v, want %s", c.query, c.header, got.status, l, c.want)
		}
	}
	for _, query := range []string{"?locale=fr", "?locale=", "?locale=JA", "?locale=ja&locale=en", "?locale=ja,en", "?locale=%00"} {
		if got := call(t, ts, "GET", "/v1/incident"+query, ""); got.status != 400 {
			t.Errorf("%s: got %d %s, want 400", query, got.status, got.body)
		}
	}
	for _, body := range []string{`{"email":"a@b.jp","locale":"fr"}`, `{"email":"a@b.jp","locale":""}`, `{"email":"a@b.jp","locale":["ja"]}`} {
		if got := call(t, ts, "POST", "/v1/verifications", body); got.status != 400 {
			t.Errorf("%s: got %d %s, want 400", body, got.status, got.body)
		}
	}
}
