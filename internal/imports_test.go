// Package internal_test holds the rules of the house: which package may know which.
package internal_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "exposure/"

type pkg struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

// layers lists the packages of each layer, lowest first. A package may import packages
// of its own layer or below, never above.
var layers = [][]string{
	{"email", "strictyaml", "post", "nodump", "disk"},
	{"breach"},
	{"wording", "mailauth", "vault", "otp", "session", "ratelimit", "breaker", "alarm", "audit", "incident", "live", "kit/eccube2/host", "redisdial", "web/static", "web/guard", "roster/shopcsv", "roster/profile"},
	{"lookup", "agent", "notify", "reset", "reset/eccube", "reset/webhook", "client", "roster", "roster/shopgen", "roster/shopgen/genshop", "mailer", "sqlstore"},
	{"wire"},
	{"api", "web", "console", "mypage"},
	{"server"},
	{"config", "demo", "demo/shopfront", "doctor", "canary", "conform", "kit/eccube2"},
}

// only names, for packages that must not spread, who may import them.
var only = map[string][]string{
	"github.com/labstack/echo/v4":                    {"internal/server", "internal/api", "internal/web", "internal/web/guard", "internal/console", "internal/mypage"},
	"github.com/redis/go-redis/v9":                   {"internal/otp", "internal/session", "internal/ratelimit", "internal/mailer", "internal/live", "internal/redisdial", "cmd/exposured"},
	"database/sql":                                   {"internal/sqlstore", "internal/reset/eccube"},
	"github.com/getkin/kin-openapi/openapi3":         {"internal/conform"},
	"github.com/ulule/limiter/v3":                    {"internal/ratelimit", "internal/demo/shopfront"},
	"cel.dev/cel-go/cel":                             {"internal/incident"},
	"testing":                                        {},
	module + "internal/doctor":                       {"cmd/exposurectl"},
	module + "internal/nodump":                       {"cmd/exposured", "cmd/exposurectl"}, // it is for the whole process
	module + "internal/config":                       {"cmd/exposured", "cmd/exposurectl"},
	module + "internal/roster":                       {"internal/demo", "cmd/exposurectl", "cmd/exposured"},
	module + "internal/sqlstore":                     {"internal/demo", "internal/doctor", "cmd/exposurectl", "cmd/exposured"},
	module + "internal/mailer":                       {"internal/demo", "internal/doctor", "cmd/exposured", "cmd/exposurectl"},
	module + "internal/live":                         {"internal/kit/eccube2/host"}, // itself for tests alone
	module + "internal/kit/eccube2/host":             {},
	module + "internal/canary":                       {},
	module + "internal/conform":                      {},
	"golang.org/x/crypto/chacha20poly1305":           {"internal/vault"},
	"crypto/hpke":                                    {"internal/vault"},
	"golang.org/x/crypto/argon2":                     {"internal/agent", "internal/demo/shopfront"},
	"github.com/boombuler/barcode/qr":                {"cmd/exposurectl"},
	"github.com/pquerna/otp":                         {"internal/agent"},
	"github.com/jackc/pgx/v5/stdlib":                 {"internal/reset/eccube"},
	"github.com/go-sql-driver/mysql":                 {"internal/reset/eccube"},
	"modernc.org/sqlite":                             {"internal/sqlstore"},
	"github.com/wneessen/go-mail":                    {"internal/mailer"},
	"github.com/emersion/go-msgauth/dkim":            {"internal/mailauth"},
	"github.com/miekg/dns":                           {},
	"github.com/pressly/goose/v3":                    {"internal/sqlstore"},
	"github.com/alecthomas/kong":                     {"internal/config", "cmd/exposured", "cmd/exposurectl"},
	"github.com/prometheus/client_golang/prometheus": {"internal/server", "cmd/exposured"},
}

func TestImportsPointDown(t *testing.T) {
	rank := map[string]int{}
	for i, layer := range layers {
		for _, name := range layer {
			rank[module+"internal/"+name] = i
		}
	}
	for _, p := range list(t) {
		from, known := rank[p.ImportPath]
		if !known {
			if strings.HasPrefix(p.ImportPath, module+"internal/") {
				t.Errorf("%s has no layer: give it one in this test", p.ImportPath)
			}
			continue
		}
		for _, i := range p.Imports {
			if to, ours := rank[i]; ours && to > from {
				t.Errorf("%s imports %s, which lies above it", p.ImportPath, i)
			}
			if strings.HasPrefix(i, module+"cmd/") {
				t.Errorf("%s imports the program %s", p.ImportPath, i)
			}
		}
	}
}

func TestOnlyTheNamedPackagesImport(t *testing.T) {
	for _, p := range list(t) {
		for _, i := range p.Imports {
			allowed, guarded := only[i]
			if guarded && !slices.Contains(allowed, strings.TrimPrefix(p.ImportPath, module)) {
				t.Errorf("%s imports %s, which is for %v", p.ImportPath, i, allowed)
			}
		}
	}
}

// TestServerCannotImport holds what separates the two programs: nothing that serves
// customers can read a shop's exports.
func TestServerCannotImport(t *testing.T) {
	all := map[string]pkg{}
	for _, p := range list(t) {
		all[p.ImportPath] = p
	}
	for _, door := range []string{"server", "api", "web", "console", "mypage", "lookup", "agent"} {
		seen := map[string]bool{}
		var walk func(string)
		walk = func(path string) {
			if seen[path] {
				return
			}
			seen[path] = true
			for _, i := range all[path].Imports {
				walk(i)
			}
		}
		walk(module + "internal/" + door)
		for _, forbidden := range []string{"roster", "roster/shopcsv", "roster/profile", "notify", "sqlstore", "mailer", "config"} {
			if seen[module+"internal/"+forbidden] {
				t.Errorf("%s reaches %s", door, forbidden)
			}
		}
	}
}

// TestMyPageKnowsNoCustomer: the shop's programs pass by nothing that proves mailboxes.
func TestMyPageKnowsNoCustomer(t *testing.T) {
	for _, p := range list(t) {
		for _, i := range p.Imports {
			if p.ImportPath == module+"internal/mypage" && (i == module+"internal/otp" || i == module+"internal/lookup") {
				t.Errorf("mypage imports %s", i)
			}
		}
	}
}

// TestCustomersDoNotMeetAgents: what the public listener serves knows nothing of the call
// centre's desk.
func TestCustomersDoNotMeetAgents(t *testing.T) {
	for _, p := range list(t) {
		for _, i := range p.Imports {
			public := p.ImportPath == module+"internal/api" || p.ImportPath == module+"internal/web"
			if public && (i == module+"internal/agent" || i == module+"internal/console") {
				t.Errorf("%s imports %s", p.ImportPath, i)
			}
		}
	}
}

// TestTheTreeOfTheReadme names every package below internal, or the one that it belongs to,
// and none that there is not.
func TestTheTreeOfTheReadme(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, tree, _ := strings.Cut(string(readme), "\n### The tree\n")
	tree, _, _ = strings.Cut(tree, "\n## ")
	there := map[string]bool{}
	for _, p := range list(t) {
		for path := strings.TrimPrefix(p.ImportPath, module); path != "." && path != "internal"; path = filepath.Dir(path) {
			there[path] = true
		}
	}
	told := map[string]bool{}
	for _, m := range regexp.MustCompile("`(internal/[a-z0-9/]+)`").FindAllStringSubmatch(tree, -1) {
		if told[m[1]] = true; !there[m[1]] {
			t.Errorf("README.md tells of %s, which is not there", m[1])
		}
	}
	for path := range there {
		under := path
		for under != "." && !told[under] {
			under = filepath.Dir(under)
		}
		// internal/kit only holds kits.
		if under == "." && strings.HasPrefix(path, "internal/") && path != "internal/kit" {
			t.Errorf("the tree of README.md has no place for %s", path)
		}
	}
}

func list(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", "./...")
	cmd.Dir = ".."
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("listing packages: %v\n%s", err, stderr.Bytes())
	}
	var pkgs []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
	if len(pkgs) < 10 {
		t.Fatalf("go list found %d packages", len(pkgs))
	}
	return pkgs
}
