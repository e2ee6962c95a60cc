package openapi_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"exposure/internal/live"
	"exposure/openapi"
)

func TestDocumentIsValid(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData(openapi.Document())
	if err != nil {
		t.Fatal(err)
	}
	if !doc.IsOpenAPI31OrLater() {
		t.Errorf("openapi is %q, want 3.1", doc.OpenAPI)
	}
	if err := doc.Validate(t.Context(), openapi3.IsOpenAPI31OrLater()); err != nil {
		t.Error(err) // also when an example does not fit its schema
	}
}

// TestOperations holds what every operation must say for a stranger to work from it.
func TestOperations(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData(openapi.Document())
	if err != nil {
		t.Fatal(err)
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			at := method + " " + path
			if len(op.Tags) != 1 || doc.Tags.Get(op.Tags[0]) == nil {
				t.Errorf("%s: tags %v, want exactly one declared tag", at, op.Tags)
			}
			if op.Summary == "" || op.Description == "" || op.OperationID == "" {
				t.Errorf("%s: summary, description or operationId is missing", at)
			}
			for status, r := range op.Responses.Map() {
				if status >= "400" && r.Value.Content.Get("application/problem+json") == nil {
					t.Errorf("%s: %s is no problem document", at, status)
				}
			}
			if op.Responses.Status(500) == nil {
				t.Errorf("%s: nothing is said about 500", at)
			}
			if op.RequestBody != nil {
				for _, status := range []int{400, 413, 415} {
					if op.Responses.Status(status) == nil {
						t.Errorf("%s: takes a body and says nothing about %d", at, status)
					}
				}
			}
		}
	}
}

// TestGeneratedFilesAreFresh runs the generator as go generate does and compares. The
// generator is a tool and no dependency: where it cannot be had the test skips.
func TestGeneratedFilesAreFresh(t *testing.T) {
	source, err := os.ReadFile("openapi.go")
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	for line := range strings.Lines(string(source)) {
		command, ok := strings.CutPrefix(strings.TrimSpace(line), "//go:generate ")
		if !ok {
			continue
		}
		ran++
		args := strings.Fields(command)
		at := slices.Index(args, "-config") + 1
		committed := target(t, args[at])
		out := filepath.Join(t.TempDir(), "generated.go")
		args[at] = redirect(t, args[at], committed, out)
		generate(t, args)
		compare(t, out, committed)
	}
	if ran != 4 {
		t.Errorf("found %d generate lines, want 4", ran)
	}
}

func generate(t *testing.T, args []string) {
	t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	if os.Getenv("CI") != "true" {
		cmd.Env = append(os.Environ(), "GOSUMDB=off", "GOPROXY=file://"+downloads(t)) // a test on a laptop downloads nothing
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		live.Missing(t, fmt.Sprintf("the generator does not run (without CI=true it must be in the module cache: run go generate ./openapi once): %v\n%s", err, out))
	}
}

// downloads is where this machine keeps modules it has downloaded before.
func downloads(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "cache", "download")
}

// target reads where a configuration writes to.
func target(t *testing.T, config string) string {
	t.Helper()
	b, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if path, ok := strings.CutPrefix(line, "output: "); ok {
			return strings.TrimSpace(path)
		}
	}
	t.Fatalf("%s names no output", config)
	return ""
}

// redirect copies a configuration so that it writes elsewhere.
func redirect(t *testing.T, config, from, to string) string {
	t.Helper()
	b, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), config)
	b = bytes.Replace(b, []byte("output: "+from), []byte("output: "+to), 1)
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func compare(t *testing.T, generated, committed string) {
	t.Helper()
	got, err := os.ReadFile(generated)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(committed)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what openapi.yaml generates: run go generate ./openapi", committed)
	}
}
