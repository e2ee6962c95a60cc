package wire_test

import (
	"net/http"
	"strings"
	"testing"

	"exposure/internal/breach"
	"exposure/internal/wire"
)

func TestBearer(t *testing.T) {
	for _, c := range []struct {
		headers []string
		want    string
	}{
		{[]string{"Bearer t0k3n"}, "t0k3n"},
		{[]string{"bearer t0k3n"}, "t0k3n"},
		{[]string{"BEARER  t0k3n"}, "t0k3n"},
		{[]string{"Bearer a-b_c.d~e+f/g="}, "a-b_c.d~e+f/g="},
		{nil, ""},
		{[]string{""}, ""},
		{[]string{"Bearer"}, ""},
		{[]string{"Bearer "}, ""},
		{[]string{"Bearer ="}, ""},
		{[]string{"t0k3n"}, ""},
		{[]string{"Basic t0k3n"}, ""},
		{[]string{"Bearer: t0k3n"}, ""},
		{[]string{"Bearer\tt0k3n"}, ""},
		{[]string{"Bearer t0 k3n"}, ""},
		{[]string{"Bearer t0k3n, Bearer x"}, ""},
		{[]string{"Bearer t=0"}, ""},
		{[]string{"Bearer ｔ0k3n"}, ""},
		{[]string{"Bearer t0k3n\x00"}, ""},
		{[]string{"Bearer t0k3n", "Bearer t0k3n"}, ""},
		{[]string{"Bearer " + strings.Repeat("x", 512)}, strings.Repeat("x", 512)},
		{[]string{"Bearer " + strings.Repeat("x", 513)}, ""},
	} {
		if got := wire.Bearer(http.Header{"Authorization": c.headers}); got != c.want {
			t.Errorf("%.60q: got %q, want %q", c.headers, got, c.want)
		}
	}
}

func FuzzBearer(f *testing.F) {
	for _, s := range []string{"Bearer t0k3n", "bearer  x", "Bearer =", "Basic x", "", "Bearer a b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, header string) {
		token := wire.Bearer(http.Header{"Authorization": {header}})
		if token == "" {
			return
		}
		if len(token) > 512 || strings.ContainsAny(token, " ,;\"\r\n\t\x00") || !strings.HasSuffix(header, token) {
			t.Errorf("%q gave %q", header, token)
		}
		if again := wire.Bearer(http.Header{"Authorization": {"Bearer " + token}}); again != token {
			t.Errorf("%q is not taken back: %q", token, again)
		}
	})
}

func FuzzBestLocale(f *testing.F) {
	f.Add("en-GB,en;q=0.9")
	f.Add("*;q=0")
	f.Fuzz(func(t *testing.T, header string) {
		if l := wire.BestLocale(header, []breach.Locale{breach.Japanese, breach.English}); l != breach.Japanese && l != breach.English {
			t.Errorf("%q gave %q, which was not offered", header, l)
		}
	})
}

// TestRetryMinutes rounds up: who comes a moment too early is refused again.
func TestRetryMinutes(t *testing.T) {
	for said, want := range map[string]int{"": 1, "soon": 1, "0": 1, "1": 1, "60": 1, "61": 2, "3600": 60} {
		if got := wire.RetryMinutes(http.Header{"Retry-After": {said}}); got != want {
			t.Errorf("%q: %d minutes, want %d", said, got, want)
		}
	}
}
