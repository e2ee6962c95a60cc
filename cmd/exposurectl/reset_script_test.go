package main

import (
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"exposure/internal/incident"
)

// forgotPages are what the page for forgotten passwords of an invented shop may answer.
func forgotPages() map[string]http.HandlerFunc {
	page := func(code int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.WriteHeader(code)
			fmt.Fprint(w, body)
		}
	}
	return map[string]http.HandlerFunc{
		"open":   page(200, `<form method="post"><input name="name01"><input name="name02"><input name="email"></form>`),
		"closed": page(200, `<meta name="exposure-forgot" content="closed"><form><input type="search"></form>`),
		"gone":   page(410, ""),
		"broken": page(500, ""),
	}
}

// resetShop serves one of the pages, over TLS as shops do.
type resetShop struct {
	server *httptest.Server
	page   atomic.Pointer[http.HandlerFunc]
}

func newResetShop(t testing.TB) *resetShop {
	t.Helper()
	s := &resetShop{}
	s.show("open")
	s.server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*s.page.Load())(w, r) }))
	t.Cleanup(s.server.Close)
	return s
}

func (s *resetShop) show(name string) {
	page := forgotPages()[name]
	s.page.Store(&page)
}

// prepare writes the shop's certificate and an incident file that names its page.
func (s *resetShop) prepare(dir string) error {
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.server.Certificate().Raw})
	src, err := incident.Example("tougyoku-2023")
	if err != nil {
		return err
	}
	own := strings.Replace(string(src), "https://tougyoku.com/forgot/", s.server.URL+"/forgot/", 1)
	return firstError(os.WriteFile(filepath.Join(dir, "shop.pem"), cert, 0o600),
		os.WriteFile(filepath.Join(dir, "incident.yaml"), []byte(own), 0o600))
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// set lets a script work in this shop without naming its files at every command.
func (s *resetShop) set(e *testscript.Env) error {
	e.Values["shop"] = s
	e.Setenv("SSL_CERT_FILE", filepath.Join(e.WorkDir, "shop.pem"))
	for name, value := range map[string]string{
		"INCIDENT": "incident.yaml", "KEY_FILE": "site.key", "OPERATOR_KEY_FILE": "site.key.operator", "DATABASE_URL": "sqlite:site.db",
	} {
		e.Setenv("EXPOSURE_"+name, value)
	}
	return s.prepare(e.WorkDir)
}

// showForgot is "forgot NAME".
func showForgot(ts *testscript.TestScript, _ bool, args []string) {
	ts.Value("shop").(*resetShop).show(args[0])
}

// TestResetScripts walks through forced password resets; read testdata/reset first.
// "forgot NAME" changes what the shop's page for forgotten passwords answers.
func TestResetScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/reset", RequireExplicitExec: true, RequireUniqueNames: true,
		Setup: func(e *testscript.Env) error { return newResetShop(t).set(e) },
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"sql":    runSQL,
			"forgot": showForgot,
		},
	})
}
