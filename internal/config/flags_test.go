package config_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"exposure/internal/config"
)

// TestFlagsAndVariables parses as the program does.
func TestFlagsAndVariables(t *testing.T) {
	t.Setenv("EXPOSURE_INCIDENT", "from-env.yaml")
	t.Setenv("EXPOSURE_PUBLIC_URL", "https://env.example.jp")
	t.Setenv("EXPOSURE_KEY_FILE", "env.key")
	t.Setenv("EXPOSURE_SMTP_URL", "smtp://mail:25")
	t.Setenv("EXPOSURE_PUBLIC_ADDR", "") // as compose files leave it: the default holds
	var s config.Serve
	parser, err := kong.New(&s)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse([]string{"--public-url", "https://flag.example.jp", "--insecure-no-limits"}); err != nil {
		t.Fatal(err)
	}
	got, err := s.Check()
	if err != nil {
		t.Fatal(err)
	}
	if got.Incident != "from-env.yaml" || got.PublicURL.Host != "flag.example.jp" || !got.Lifted || got.PublicAddr != ":8080" {
		t.Errorf("incident %q, URL %s, lifted %v, public %q", got.Incident, got.PublicURL, got.Lifted, got.PublicAddr)
	}
}

// TestEveryFieldIsFlagAndVariable: the names are fixed, people script against them.
func TestEveryFieldIsFlagAndVariable(t *testing.T) {
	typ := reflect.TypeFor[config.Serve]()
	for i := range typ.NumField() {
		f := typ.Field(i)
		flag, env := f.Tag.Get("name"), f.Tag.Get("env")
		if f.Name == "InsecureNoLimits" {
			continue // a flag alone: it must be typed each time
		}
		if want := "EXPOSURE_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_")); env != want {
			t.Errorf("%s: flag %s and variable %s, want %s", f.Name, flag, env, want)
		}
		if f.Tag.Get("help") == "" {
			t.Errorf("%s has no help", f.Name)
		}
	}
}
