package main

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"sync/atomic"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/demo"
	"exposure/internal/demo/shopfront"
	"exposure/internal/incident"
	"exposure/internal/reset"
	"exposure/internal/roster"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// shopMembers are the people of a list whose members have a shop: by member id, the login
// address and a further one.
func shopMembers() []struct{ id, login, other string } {
	return []struct{ id, login, other string }{
		{"1", "momoko@example.com", ""}, {"2", "emily@example.com", ""}, {"3", "noscript@example.com", ""},
		{"4", "late@example.com", ""}, {"5", "twice@example.com", ""}, {"6", "moved@example.com", "recycled@example.com"},
		{"7", "couple@example.com", ""}, {"8", "couple@example.com", ""}, {"9", "unverified@example.com", ""}, {"10", "strict@example.com", ""},
		{"11", "exempt@example.com", ""}, {"12", "away@example.com", ""},
	}
}

// oldPassword is a member's from before the breach: too short for a new one, but for one
// who will try to keep it.
func oldPassword(id string) string {
	if id == "10" {
		return "momiji no ha 0010"
	}
	return "momiji000" + id
}

// shopSite is a site, the shop whose members are on its list, and the server of both.
type shopSite struct {
	site
	server   *running
	base     string // of the look-up, behind TLS
	shop     *httptest.Server
	front    *lateHandler // of the shop
	resets   *sqlstore.Resets
	operator *demo.Resets
	away     atomic.Bool // the look-up cannot be reached by the shop
}

// newShopSite publishes the members and plans their resets. Nothing is served yet.
func newShopSite(t *testing.T) *shopSite {
	t.Helper()
	s := &shopSite{shop: httptest.NewUnstartedServer(nil), front: new(lateHandler)}
	s.shop.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.shop.Config.Handler = s.front
	s.shop.StartTLS()
	t.Cleanup(s.shop.Close)
	s.site = newSite(t)
	s.list(t)
	db, err := sqlstore.Open(t.Context(), s.database)
	must(t, err)
	t.Cleanup(func() { db.Close() })
	keys, err := vault.LoadServer(s.keys)
	must(t, err)
	in, err := incident.Load(s.incident)
	must(t, err)
	s.resets = db.Resets(keys)
	s.operator = demo.NewResets(db, keys, in)
	must(t, s.operator.Plan(t.Context()))
	return s
}

// openShopSite serves such a site behind TLS, and opens the members' shop.
func openShopSite(t *testing.T, now *clock, smtpURL string) *shopSite {
	t.Helper()
	s := newShopSite(t)
	key, err := s.operator.NewClient(t.Context(), "shop")
	must(t, err)
	s.base, s.server = s.behindTLS(t, now, "", smtpURL)
	shop := s.openFront(t, now, key)
	go shop.Run(t.Context())
	s.front.set(shop)
	return s
}

// list publishes the members under an incident that leads to the shop.
func (s *shopSite) list(t *testing.T) {
	t.Helper()
	src, err := os.ReadFile(s.incident)
	must(t, err)
	at := regexp.MustCompile(`(?m)^reset: .*$`)
	if len(at.FindAll(src, -1)) != 1 {
		t.Fatal("the incident file does not say once where passwords are set")
	}
	must(t, os.WriteFile(s.incident, at.ReplaceAllLiteral(src, []byte(`reset: {url: "`+s.shop.URL+shopfront.NewPasswordPath+`"}`)), 0o600))
	in, words, err := incident.LoadAll(s.incident)
	must(t, err)
	rows := "person_key,kind,emails,login_email,member_id,cohorts,flags,cards,withdrawn,first_notice_at,name,postal_code,address\n" +
		"G:1,guest,buyer@example.com,,,purchaser,,0,,,,,\nM:90,member,left@example.com,,90,member,,0,1,,,,\n"
	for _, m := range shopMembers() {
		emails := m.login
		if m.other != "" {
			emails += ";" + m.other
		}
		rows += "M:" + m.id + ",member," + emails + "," + m.login + "," + m.id + ",member,gender,,0,,,,\n"
	}
	file := filepath.Join(s.dir, "approved.csv")
	must(t, os.WriteFile(file, []byte(rows), 0o600))
	result, err := roster.ImportList(t.Context(), file, roster.Options{Incident: in, Vocabulary: words})
	must(t, err)
	s.publish(t, in.Digest, result)
}

// openFront is the shop's MY page, which reaches the look-up through a line that can be cut. It
// knows of nobody barred until it is run.
func (s *shopSite) openFront(t *testing.T, now *clock, key string) *shopfront.Shop {
	t.Helper()
	to, err := url.Parse(s.server.private)
	must(t, err)
	line := httptest.NewServer(s.line(httputil.NewSingleHostReverseProxy(to)))
	t.Cleanup(line.Close)
	public, err := url.Parse(s.shop.URL)
	must(t, err)
	c := shopfront.Config{
		Name: map[string]string{"ja": "雛の店", "en": "Hina shop"}, Notice: time.Date(2023, 7, 25, 0, 0, 0, 0, time.FixedZone("JST", 9*60*60)),
		Phone: "0120-39-3501", URL: public, CheckURL: s.base + "/", LookupAPI: line.URL, Key: key, Every: 200 * time.Millisecond, Now: now.now,
	}
	for _, m := range shopMembers() {
		c.Members = append(c.Members, shopfront.Member{ID: m.id, Address: m.login, Password: oldPassword(m.id)})
	}
	c.Members = append(c.Members, shopfront.Member{ID: "500", Address: "unaffected@example.com", Password: oldPassword("500")})
	shop, err := shopfront.New(t.Context(), c)
	must(t, err)
	return shop
}

// line passes everything on, or nothing.
func (s *shopSite) line(to http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.away.Load() {
			panic(http.ErrAbortHandler)
		}
		to.ServeHTTP(w, r)
	})
}

// order orders the resets of these members, or of all.
func (s *shopSite) order(t testing.TB, ids ...string) error {
	in, err := incident.Load(s.incident)
	if err != nil {
		return err
	}
	entry := audit.Entry{At: time.Now(), Actor: audit.Actor{Kind: audit.Operator, ID: "test"}, Action: audit.ResetOrder, Outcome: audit.Done}
	o, err := reset.NewOrder(t.Context(), s.resets, 1, in.AsksReset, ids)
	if err != nil {
		return err
	}
	return o.Give(t.Context(), s.resets, entry, func(int) {})
}

// step makes one legal transition of a member's reset.
func (s *shopSite) step(t testing.TB, a audit.Action, id string, step reset.Step) error {
	entry := audit.Entry{At: time.Now(), Actor: audit.Actor{Kind: audit.System}, Action: a, Outcome: audit.Done}
	_, err := s.resets.Change(t.Context(), entry, []string{id}, step)
	return err
}

// state is where a member's reset stands.
func (s *shopSite) state(t testing.TB, id string) breach.ResetState {
	t.Helper()
	r, err := s.resets.Get(t.Context(), id)
	must(t, err)
	return r.State
}

// hands lets the suite order, change and cut.
func (s *shopSite) hands(t *testing.T) http.Handler {
	mux := http.NewServeMux()
	do := func(path string, act func(id string) error) {
		mux.HandleFunc("POST /shop/"+path, func(w http.ResponseWriter, r *http.Request) {
			if err := act(r.FormValue("member")); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			w.WriteHeader(http.StatusNoContent)
		})
	}
	do("order", func(string) error { return s.order(t) })
	do("unverified", func(id string) error {
		return s.step(t, audit.ResetUnverified, id, func(r breach.Reset) (breach.Reset, error) {
			return r.Observe([]byte("another password, keyed"), time.Now()), nil
		})
	})
	do("exempt", func(id string) error {
		return s.step(t, audit.ResetPlan, id, func(r breach.Reset) (breach.Reset, error) { return r.Exempt(time.Now()) })
	})
	do("cut", func(string) error { s.away.Store(true); return nil })
	do("mend", func(string) error { s.away.Store(false); return nil })
	mux.HandleFunc("GET /shop/state", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, string(s.state(t, r.FormValue("member"))))
	})
	mux.HandleFunc("GET /shop/password", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, oldPassword(r.FormValue("member")))
	})
	return mux
}

// lateHandler is set after its server has begun.
type lateHandler struct{ h atomic.Pointer[http.Handler] }

func (l *lateHandler) set(h http.Handler) { l.h.Store(&h) }

func (l *lateHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	(*l.h.Load()).ServeHTTP(w, r)
}
