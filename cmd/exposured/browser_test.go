package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/email"
	"exposure/internal/incident"
	"exposure/internal/live"
	"exposure/internal/roster"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// suite is the folder of the tests that run in a browser.
const suite = "../../internal/web/browser"

// TestPagesInABrowser runs them against servers of their own: TLS in front, a real Redis
// and a real mailbox. With EXPOSURE_SCREENSHOTS=DIR it leaves a picture of every page; with
// EXPOSURE_BROWSER_TESTS=PATTERN it runs only some of the suite, and then fails.
func TestPagesInABrowser(t *testing.T) {
	chromium := needBrowser(t)
	atFullSpeed(t, "the browser's own test is of pages, not of races")
	office := openPostOffice(t)
	open, _ := smallSite(t)
	redis := live.NewRedis(t)
	stage := map[string]string{"chromium": chromium}
	now := &clock{}
	var server *running
	stage["base"], server = open.behindTLS(t, now, redis.URL(), office.url)
	stage["closed"], _ = changedSite(t, `closes_at: .*`, "closes_at: 2024-04-01T00:00:00+09:00").behindTLS(t, now, "", office.url)
	stage["letters"], _ = changedSite(t, `letters_from: null`, "letters_from: 2024-01-10").behindTLS(t, now, "", office.url)
	withShop := openShopSite(t, now, office.url)
	stage["member"], stage["shop"] = withShop.base, withShop.shop.URL
	hands := http.NewServeMux()
	hands.Handle("/", stageHands(t, open, server, now, redis, office))
	hands.Handle("/shop/", withShop.hands(t))
	control := httptest.NewServer(hands)
	t.Cleanup(control.Close)
	stage["control"] = control.URL

	runSuite(t, "run.mjs", stage, server)
}

// runSuite runs a suite in the browser on a stage, whole unless EXPOSURE_BROWSER_TESTS names
// a part, and fails unless all of it was well.
func runSuite(t *testing.T, suiteFile string, stage any, server *running) {
	t.Helper()
	where, err := json.Marshal(stage)
	must(t, err)
	shots := os.Getenv("EXPOSURE_SCREENSHOTS")
	if shots != "" {
		shots, err = filepath.Abs(shots)
		must(t, err)
	}
	args := []string{suiteFile}
	if only := os.Getenv("EXPOSURE_BROWSER_TESTS"); only != "" {
		args = []string{"--test-name-pattern=" + only, suiteFile}
	}
	cmd := exec.CommandContext(t.Context(), "node", args...)
	cmd.Dir = suite
	cmd.Env = append(os.Environ(), "EXPOSURE_STAGE="+string(where), "EXPOSURE_SCREENSHOTS="+shots, "NODE_OPTIONS=")
	var said bytes.Buffer
	cmd.Stdout = io.MultiWriter(&said, t.Output())
	cmd.Stderr = cmd.Stdout
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, server.tail(20))
	}
	if summary := regexp.MustCompile(`(?m)^# (pass|fail|skipped) (\d+)$`).FindAllSubmatch(said.Bytes(), -1); len(summary) != 3 ||
		string(summary[0][2]) == "0" || string(summary[1][2]) != "0" || string(summary[2][2]) != "0" {
		t.Fatal("the suite did not run whole")
	}
}

// needBrowser finds what the suite needs, or skips the test where nobody installed it.
func needBrowser(t *testing.T) string {
	t.Helper()
	missing := ""
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		missing = "chromium"
	} else if _, err := exec.LookPath("node"); err != nil {
		missing = "node"
	} else if _, err := os.Stat(filepath.Join(suite, "node_modules")); err != nil {
		missing = "what \"npm ci\" installs in internal/web/browser"
	}
	if missing == "" {
		return chromium
	}
	live.Missing(t, missing+" is missing")
	return ""
}

// behindTLS serves the site as it is served for real: a proxy that ends TLS stands in
// front, and customers come from the addresses that it forwards.
func (s site) behindTLS(t *testing.T, now *clock, redisURL, smtpURL string) (base string, r *running) {
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
	r = s.serveBy(t, now.now, redisURL, smtpURL, "--public-url", front.URL, "--trusted-proxies", "127.0.0.1/32",
		"--limits", "request-ip=200/1h,request-net=100000/1h,failed-net=100000/1h,send-address=30/15m+60/24h")
	to, err := url.Parse(r.public)
	must(t, err)
	target.Store(to)
	return front.URL, r
}

// changedSite publishes a short list under an incident file in which one line differs.
func changedSite(t *testing.T, line, changed string) site {
	t.Helper()
	s := newSite(t)
	src, err := os.ReadFile(s.incident)
	must(t, err)
	at := regexp.MustCompile(`(?m)` + line)
	if len(at.FindAll(src, -1)) != 1 {
		t.Fatalf("the incident file has no single line %q", line)
	}
	must(t, os.WriteFile(s.incident, at.ReplaceAllLiteral(src, []byte(changed)), 0o600))
	in, words, err := incident.LoadAll(s.incident)
	must(t, err)
	list := filepath.Join(s.dir, "approved.csv")
	must(t, os.WriteFile(list, []byte(
		"person_key,kind,emails,login_email,member_id,cohorts,flags,cards,withdrawn,first_notice_at,name,postal_code,address\n"+
			"M:1,member,hanako@example.com,hanako@example.com,1,member,gender,,0,,,,\n"), 0o600))
	result, err := roster.ImportList(t.Context(), list, roster.Options{Incident: in, Vocabulary: words})
	must(t, err)
	s.publish(t, in.Digest, result)
	return s
}

// stageHands lets the suite read mails and break things.
func stageHands(t testing.TB, s site, server *running, now *clock, redis *live.RedisServer, office *postOffice) http.Handler {
	mux, outbox := http.NewServeMux(), s.outbox(t)
	do := func(path string, act func(r *http.Request) error) {
		mux.HandleFunc("POST /"+path, func(w http.ResponseWriter, r *http.Request) {
			if err := act(r); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			w.WriteHeader(http.StatusNoContent)
		})
	}
	file := strings.TrimPrefix(s.database, "sqlite:")
	do("db/away", func(*http.Request) error { return os.Rename(file, file+".away") })
	do("db/back", func(*http.Request) error { return os.Rename(file+".away", file) })
	do("redis/stop", func(*http.Request) error { redis.Stop(); return nil })
	do("redis/start", func(*http.Request) error { redis.Restart(); return nil })
	do("outbox/fill", func(r *http.Request) error { return fillOutbox(r.Context(), redis, outbox) })
	do("outbox/empty", func(*http.Request) error { redis.Do("DEL " + outbox); return nil })
	do("pause", func(r *http.Request) error { return s.shut(r.Context(), true) })
	do("resume", func(r *http.Request) error { return s.shut(r.Context(), false) })
	do("clock", func(r *http.Request) error {
		wrong, err := time.ParseDuration(r.FormValue("by"))
		now.put(wrong)
		return err
	})
	do("exhaust", func(r *http.Request) error { return exhaust(server.public, r.FormValue("client")) })
	mux.HandleFunc("GET /mails", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, len(office.peek(r.FormValue("to"))))
	})
	mux.HandleFunc("GET /mail", func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.FormValue("n"))
		for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
			if box := office.peek(r.FormValue("to")); n > 0 && len(box) >= n {
				_ = json.NewEncoder(w).Encode(map[string]string{"subject": box[n-1].subject, "body": box[n-1].body})
				return
			}
		}
		http.Error(w, "no such mail came", http.StatusGatewayTimeout)
	})
	evil := template.Must(template.New("").Parse(`<!doctype html><title>evil</title><form method="post" action="{{.}}/lookup"><input name="address" value="nobody@example.com"><button>go</button></form>`))
	mux.HandleFunc("GET /evil", func(w http.ResponseWriter, r *http.Request) { _ = evil.Execute(w, r.FormValue("to")) })
	return mux
}

// peek returns the mails of an address without waiting.
func (p *postOffice) peek(address string) []letter {
	a, err := email.Parse(address)
	if err != nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.boxes[a.Reveal()]
}

// shut pauses the look-up or opens it again, as the operator's program does.
func (s site) shut(ctx context.Context, paused bool) error {
	keys, err := vault.LoadServer(s.keys)
	if err != nil {
		return err
	}
	db, err := sqlstore.Open(ctx, s.database)
	if err != nil {
		return err
	}
	defer db.Close()
	entry := audit.Entry{At: time.Now(), Actor: audit.Actor{Kind: audit.Operator, ID: "test"}, Action: audit.Resume, Outcome: audit.Done}
	if !paused {
		return db.Roster(keys, [32]byte{}).Resume(ctx, sqlstore.ResumeOrder{OSUser: "test", Host: "test"}, entry)
	}
	entry.Action = audit.Pause
	back := time.Now().Add(30 * time.Minute)
	return db.Roster(keys, [32]byte{}).Pause(ctx, sqlstore.PauseOrder{Reason: "a rehearsal", BackAt: &back, OSUser: "test", Host: "test"}, entry)
}

// exhaust uses up what one client may ask for.
func exhaust(public, client string) error {
	if _, err := netip.ParseAddr(client); err != nil {
		return err
	}
	for i := range 1000 {
		body := fmt.Sprintf(`{"email":"exhausted%04d@example.com"}`, i)
		req, err := http.NewRequest(http.MethodPost, public+"/v1/verifications", strings.NewReader(body))
		if err != nil {
			return err
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("X-Forwarded-For", client)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		resp.Body.Close()
		if resp.StatusCode == http.StatusTooManyRequests {
			return nil
		}
	}
	return fmt.Errorf("the limit of a client is never reached")
}
