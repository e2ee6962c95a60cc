package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"sync/atomic"
	"testing"
	"time"

	"exposure/internal/agent"
	"exposure/internal/audit"
	"exposure/internal/demo"
	"exposure/internal/incident"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// TestDeskInABrowser goes the ways of the call centre by keyboard alone, without scripts,
// behind TLS, with a clock of its own. EXPOSURE_SCREENSHOTS and EXPOSURE_BROWSER_TESTS are
// those of TestPagesInABrowser.
func TestDeskInABrowser(t *testing.T) {
	chromium := needBrowser(t)
	atFullSpeed(t, "the browser's own test is of pages, not of races")
	office := openPostOffice(t)
	site, _ := smallSite(t)
	d := openDeskSite(t, site, office)
	stage := map[string]any{"chromium": chromium, "base": d.base, "control": d.control, "public": d.server.public, "letters": d.letters, "agents": d.agents}
	runSuite(t, "desk-run.mjs", stage, d.server)
}

// deskSite is a site with a call centre.
type deskSite struct {
	site
	server        *running
	base, control string
	agents        map[string]deskAccount
	letters       []string
	store         *sqlstore.Agents
	keys          *vault.Server
}

// deskAccount is what an agent was given.
type deskAccount struct {
	Name     string   `json:"name"`
	Password string   `json:"password"`
	Papers   []string `json:"papers"`
}

// openDeskSite gives a site accounts and letters, and serves it behind TLS.
func openDeskSite(t *testing.T, s site, office *postOffice) *deskSite {
	t.Helper()
	d := &deskSite{site: s, agents: map[string]deskAccount{}}
	db, err := sqlstore.Open(t.Context(), s.database)
	must(t, err)
	t.Cleanup(func() { db.Close() })
	d.keys, err = vault.LoadServer(s.keysFile())
	must(t, err)
	in, err := incident.Load(s.incident)
	must(t, err)
	d.store = db.Agents(d.keys)
	for name, role := range map[string]agent.Role{
		"sato": agent.RoleAgent, "tanaka": agent.RoleAgent, "kato": agent.RoleAgent, "ito": agent.RoleAgent, "suzuki": agent.RoleSupervisor,
	} {
		d.enrol(t, name, role)
	}
	numbers, err := demo.NewLetters(t.Context(), db, d.keys, in)
	must(t, err)
	for _, n := range numbers {
		d.letters = append(d.letters, n.Grouped())
	}
	now := &clock{}
	d.serve(t, now, office)
	hands := httptest.NewServer(d.hands(now, office))
	t.Cleanup(hands.Close)
	d.control = hands.URL
	return d
}

func (s site) keysFile() string { return s.keys }

func (d *deskSite) enrol(t *testing.T, name string, role agent.Role) {
	t.Helper()
	var given agent.Credentials
	entry := audit.Entry{At: time.Now(), Actor: audit.Actor{Kind: audit.Operator, ID: "test"}, Action: audit.AgentAdd, Outcome: audit.Done}
	_, err := d.store.Change(t.Context(), entry, name, func(a agent.Account) (next agent.Account, err error) {
		next, given, err = agent.Enrol(d.keys, a, name, role)
		return next, err
	})
	must(t, err)
	d.agents[name] = deskAccount{given.Name, given.Password, given.Papers}
}

// serve puts TLS in front of the private listener, as EXPOSURE_CONSOLE_URL says.
func (d *deskSite) serve(t *testing.T, now *clock, office *postOffice) {
	t.Helper()
	var target atomic.Pointer[url.URL]
	front := httptest.NewUnstartedServer(&httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) {
		p.SetURL(target.Load())
		p.Out.Host = p.In.Host
		p.Out.Header.Set("X-Forwarded-For", p.In.Header.Get("X-Stage-Client"))
	}})
	front.Config.ErrorLog = log.New(io.Discard, "", 0) // the browser complains of the certificate
	front.StartTLS()
	t.Cleanup(front.Close)
	d.server = d.serveBy(t, now.now, "", office.url, "--console-url", front.URL, "--console-hours", "always", "--trusted-proxies", "127.0.0.1/32",
		"--limits", "send-address=30/15m+60/24h")
	to, err := url.Parse(d.server.private)
	must(t, err)
	target.Store(to)
	d.base = front.URL
}

// hands let the suite read phone codes, move the clock and disable an account.
func (d *deskSite) hands(now *clock, office *postOffice) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /clock", func(w http.ResponseWriter, r *http.Request) {
		by, err := time.ParseDuration(r.FormValue("by"))
		now.put(by)
		answerHand(w, err)
	})
	mux.HandleFunc("POST /disable", func(w http.ResponseWriter, r *http.Request) {
		answerHand(w, d.disable(r.Context(), r.FormValue("name")))
	})
	mux.HandleFunc("GET /mails", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, len(office.peek(r.FormValue("to"))))
	})
	mux.HandleFunc("GET /phone-code", func(w http.ResponseWriter, r *http.Request) {
		for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
			box := office.peek(r.FormValue("to"))
			if len(box) == 0 {
				continue
			}
			if m := phoneCodeLine.FindStringSubmatch(box[len(box)-1].body); m != nil {
				_, _ = io.WriteString(w, m[1])
				return
			}
		}
		http.Error(w, "no phone code came", http.StatusGatewayTimeout)
	})
	return mux
}

var phoneCodeLine = regexp.MustCompile(`(?m)^電話確認番号: ([0-9-]+)`)

func answerHand(w http.ResponseWriter, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (d *deskSite) disable(ctx context.Context, name string) error {
	entry := audit.Entry{At: time.Now(), Actor: audit.Actor{Kind: audit.Operator, ID: "test"}, Action: audit.AgentDisable, Outcome: audit.Done}
	_, err := d.store.Change(ctx, entry, name, func(a agent.Account) (agent.Account, error) { return a.Disable() })
	return err
}
