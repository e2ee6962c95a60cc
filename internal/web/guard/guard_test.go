package guard_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"exposure/internal/web/guard"
)

// TestForms: which forms are read, and what of them.
func TestForms(t *testing.T) {
	const form, own = "application/x-www-form-urlencoded", "same-origin"
	at := &url.URL{Scheme: "https", Host: "check.example.jp"}
	forms, err := guard.Forms(at, func(c echo.Context) error { return c.NoContent(http.StatusForbidden) })
	if err != nil {
		t.Fatal(err)
	}
	var fault error
	e := echo.New()
	e.HTTPErrorHandler = func(err error, c echo.Context) {
		fault = err
		e.DefaultHTTPErrorHandler(err, c)
	}
	e.POST("/", func(c echo.Context) error { return c.String(http.StatusOK, guard.Field(c.Request(), "code")) }, forms)
	for _, c := range []struct {
		what, media, site, origin, body string
		status                          int
		field                           string
	}{
		{"our own", form, own, "", "code=123", http.StatusOK, "123"},
		{"our own, with a charset", form + "; charset=UTF-8", own, "", "code=123", http.StatusOK, "123"},
		{"an old browser", form, "", "https://check.example.jp", "code=123", http.StatusOK, "123"},
		{"a program", form, "", "", "code=123", http.StatusOK, "123"},
		{"a field sent twice", form, own, "", "code=123&code=456", http.StatusOK, ""},
		{"a field of the address", form, own, "", "", http.StatusOK, ""},
		{"another site", form, "cross-site", "", "code=123", http.StatusForbidden, ""},
		{"a subdomain", form, "same-site", "", "code=123", http.StatusForbidden, ""},
		{"another site, an old browser", form, "", "https://evil.example", "code=123", http.StatusForbidden, ""},
		{"our name without TLS", form, "", "http://check.example.jp", "code=123", http.StatusForbidden, ""},
		{"another site, which sends no form", "text/plain", "cross-site", "", "code=123", http.StatusForbidden, ""},
		{"no form", "application/json", own, "", `{"code":"123"}`, http.StatusUnsupportedMediaType, ""},
		{"parts", "multipart/form-data; boundary=x", own, "", "--x--", http.StatusUnsupportedMediaType, ""},
		{"nothing said", "", own, "", "code=123", http.StatusUnsupportedMediaType, ""},
		{"broken", form, own, "", "code=%zz", http.StatusBadRequest, ""},
		{"too large", form, own, "", "code=" + strings.Repeat("1", 100), http.StatusRequestEntityTooLarge, ""},
	} {
		t.Run(c.what, func(t *testing.T) {
			fault = nil
			w := httptest.NewRecorder()
			r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8080/?code=789", strings.NewReader(c.body))
			r.Body = http.MaxBytesReader(w, io.NopCloser(r.Body), 64)
			for name, value := range map[string]string{"Content-Type": c.media, "Sec-Fetch-Site": c.site, "Origin": c.origin} {
				if value != "" {
					r.Header.Set(name, value)
				}
			}
			e.ServeHTTP(w, r)
			if w.Code != c.status || w.Code == http.StatusOK && w.Body.String() != c.field {
				t.Errorf("got %d, %q, want %d, %q", w.Code, w.Body, c.status, c.field)
			}
			if fault != nil && (strings.Contains(fault.Error(), "zz") || strings.Contains(fault.Error(), "111")) {
				t.Errorf("the error tells what was sent: %v", fault)
			}
		})
	}
	if _, err := guard.Forms(&url.URL{Host: "check.example.jp"}, nil); err == nil {
		t.Error("an address without a scheme passes")
	}
}
