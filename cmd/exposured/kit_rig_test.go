package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	_ "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"

	"exposure/internal/incident"
	"exposure/internal/kit/eccube2/host"
	"exposure/internal/live"
	"exposure/internal/roster"
)

// kitShop is a shop in PHP with the kit for it, the server, and the line between them.
type kitShop struct {
	*host.Shop
	t       *testing.T
	site    site
	server  *running
	desk    *desk
	db      *sql.DB
	office  *postOffice
	line    *kitLine
	owner   *host.Visitor
	key, ca string
	loud    bool // PHP may complain
}

// kitMember is somebody of the shop; who has no place on the list is unaffected.
type kitMember struct {
	id, login string
	listed    bool
}

func kitMembers() []kitMember {
	return []kitMember{
		{"1001", "hanako@example.com", true}, {"1002", "taro@example.com", true},
		{"1003", "couple@example.com", true}, {"1004", "couple@example.com", true},
		{"1005", "keitai@example.com", true}, {"1006", "later@example.com", true}, {"2001", "stranger@example.com", false},
	}
}

// kitPassword is a member's from before the breach: long enough to be chosen again.
func kitPassword(id string) string { return "momiji-no-ha-" + id }

// kitDatabase opens shops in one database server.
type kitDatabase struct {
	t        *testing.T
	server   *live.Database
	postgres bool
}

// everyKit runs a test on PostgreSQL and on MariaDB.
func everyKit(t *testing.T, test func(t *testing.T, d kitDatabase)) {
	t.Run("postgres", func(t *testing.T) { test(t, kitDatabase{t, live.NewPostgres(t), true}) })
	t.Run("mariadb", func(t *testing.T) { test(t, kitDatabase{t, live.NewMariaDB(t), false}) })
}

// versions runs a test in shops of both ends of what the kit is for.
func (d kitDatabase) versions(test func(t *testing.T, k *kitShop)) {
	for _, version := range []string{"2.25.0", "2.12.6"} {
		d.t.Run(version, func(t *testing.T) { test(t, d.open(t, version)) })
	}
}

// open opens a shop, puts its members on the list and serves everything. The kit is not
// installed yet, and no reset is ordered.
func (d kitDatabase) open(t *testing.T, version string) *kitShop {
	t.Helper()
	front, late := kitFront(t)
	roots := front.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	k := &kitShop{t: t, office: openPostOffice(t)}
	k.Shop = host.Start(t, host.Options{Version: version, Server: d.server, Postgres: d.postgres, Public: front.URL + "/", Roots: roots})
	late.set(k.behind(k.Own))
	k.db = d.connect(t, k.Database)
	k.fill()
	k.list()
	k.desk = openDesk(t, k.site)
	k.key = k.desk.client(t, "kit", "complete,list,enforce")
	k.server = k.site.serve(t, live.Redis(t), k.office.url, "--mypage-addr", "127.0.0.1:0", "--connector", "plugin")
	k.line = newKitLine(t, k.server.mypage(t))
	k.ca = filepath.Join(k.site.dir, "ca.pem")
	must(t, os.WriteFile(k.ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: k.line.Certificate().Raw}), 0o644))
	k.owner = k.Owner()
	t.Cleanup(func() {
		if said := k.Log("error.log"); said != "" && !k.loud {
			t.Errorf("PHP complained: %s", said)
		}
	})
	return k
}

func kitFront(t *testing.T) (*httptest.Server, *lateHandler) {
	t.Helper()
	late := new(lateHandler)
	front := httptest.NewUnstartedServer(late)
	front.Config.ErrorLog = log.New(io.Discard, "", 0)
	front.StartTLS()
	t.Cleanup(front.Close)
	return front, late
}

// behind passes requests on as the machine in front of a shop does that ends TLS.
func (k *kitShop) behind(target string) http.Handler {
	k.t.Helper()
	to, err := url.Parse(target)
	must(k.t, err)
	return &httputil.ReverseProxy{ErrorLog: log.New(io.Discard, "", 0), Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Header.Set("X-Forwarded-Proto", "https")
	}}
}

func (d kitDatabase) connect(t *testing.T, name string) *sql.DB {
	t.Helper()
	driver, dsn := "mysql", fmt.Sprintf("root@unix(%s)/%s", d.server.MariaDBSocket(), name)
	if d.postgres {
		driver, dsn = "pgx", d.server.PostgresAdmin(name)+"&default_query_exec_mode=simple_protocol"
	}
	db, err := sql.Open(driver, dsn)
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// kitHash is what EC-CUBE stores of a password.
func kitHash(text string) string {
	h := hmac.New(sha256.New, []byte("saltsalt10"))
	h.Write([]byte(text + ":a-magic-word-of-this-shop"))
	return fmt.Sprintf("%x", h.Sum(nil))
}

func (k *kitShop) fill() {
	k.t.Helper()
	for _, m := range kitMembers() {
		k.do(`INSERT INTO dtb_customer (customer_id, name01, name02, email, password, reminder, reminder_answer, salt, secret_key, status)
			VALUES (%s, '山田', 'さん%s', '%s', '%s', 1, '%s', 'saltsalt10', 'key%s', 2)`, m.id, m.id, m.login, kitHash(kitPassword(m.id)), kitHash("すずき"), m.id)
	}
	k.do(`UPDATE dtb_customer SET email_mobile = 'keitai@example.net' WHERE customer_id = 1005`)
}

// list publishes the members under an incident that leads to the shop.
func (k *kitShop) list() {
	k.t.Helper()
	k.site = newSite(k.t)
	src, err := os.ReadFile(k.site.incident)
	must(k.t, err)
	at := regexp.MustCompile(`(?m)^reset: .*$`)
	if len(at.FindAll(src, -1)) != 1 {
		k.t.Fatal("the incident file does not say once where passwords are set")
	}
	page := k.URL + "forgot/"
	must(k.t, os.WriteFile(k.site.incident, at.ReplaceAllLiteral(src, []byte(`reset: {url: "`+page+`", forgot_url: "`+page+`"}`)), 0o600))
	in, words, err := incident.LoadAll(k.site.incident)
	must(k.t, err)
	rows := "person_key,kind,emails,login_email,member_id,cohorts,flags,cards,withdrawn,first_notice_at,name,postal_code,address\n"
	for _, m := range kitMembers() {
		if m.listed {
			rows += "M:" + m.id + ",member," + m.login + "," + m.login + "," + m.id + ",member,gender,,0,,,,\n"
		}
	}
	file := filepath.Join(k.site.dir, "approved.csv")
	must(k.t, os.WriteFile(file, []byte(rows), 0o600))
	result, err := roster.ImportList(k.t.Context(), file, roster.Options{Incident: in, Vocabulary: words})
	must(k.t, err)
	k.site.publish(k.t, in.Digest, result)
}

func (k *kitShop) do(text string, args ...any) {
	k.t.Helper()
	text = fmt.Sprintf(text, args...)
	if _, err := k.db.ExecContext(k.t.Context(), text); err != nil {
		k.t.Fatalf("%v\n%s", err, text)
	}
}

// rows are all that a query finds, a line for each; NULL is ~.
func (k *kitShop) rows(query string) string {
	k.t.Helper()
	found, err := k.db.QueryContext(k.t.Context(), query)
	if err != nil {
		k.t.Fatalf("%v\n%s", err, query)
	}
	defer found.Close()
	columns, err := found.Columns()
	must(k.t, err)
	var out strings.Builder
	for found.Next() {
		cells, into := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		must(k.t, found.Scan(into...))
		for i, c := range cells {
			if !c.Valid {
				c.String = "~"
			}
			out.WriteString(map[bool]string{true: " "}[i > 0] + c.String)
		}
		out.WriteString("\n")
	}
	must(k.t, found.Err())
	return strings.TrimSuffix(out.String(), "\n")
}

func (k *kitShop) hashOf(id string) string {
	k.t.Helper()
	return k.rows(`SELECT password FROM dtb_customer WHERE customer_id = ` + id)
}
