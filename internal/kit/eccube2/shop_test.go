package eccube2_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"

	"exposure/internal/kit/eccube2"
	"exposure/internal/kit/eccube2/host"
	"exposure/internal/live"
)

const password = "her-old-password"

func address(id int) string { return fmt.Sprintf("member%d@example.com", id) }

// shop is a shop with the members 1001 and 1002, its database, and an API for it.
type shop struct {
	*host.Shop
	t      *testing.T
	db     *sql.DB
	api    lookup
	owner  *host.Visitor
	config string // the plugin's page in the admin
}

// everyShop runs a test on both databases, with the ways of both ends of the range.
func everyShop(t *testing.T, test func(t *testing.T, s *shop)) {
	live.Need(t, "php")
	t.Run("2.25.0 on postgres", func(t *testing.T) {
		server := live.NewPostgres(t)
		h := host.Start(t, host.Options{Version: "2.25.0", Server: server, Postgres: true})
		test(t, newShop(t, h, "pgx", server.PostgresAdmin(h.Database)+"&default_query_exec_mode=simple_protocol"))
	})
	t.Run("2.12.6 on mariadb", func(t *testing.T) {
		server := live.NewMariaDB(t)
		h := host.Start(t, host.Options{Version: "2.12.6", Server: server})
		test(t, newShop(t, h, "mysql", fmt.Sprintf("root@unix(%s)/%s", server.MariaDBSocket(), h.Database)))
	})
}

func newShop(t *testing.T, h *host.Shop, driver, dsn string) *shop {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	s := &shop{Shop: h, t: t, db: db, api: newLookup(t)}
	for _, id := range []int{1001, 1002} {
		s.do(fmt.Sprintf(`INSERT INTO dtb_customer (customer_id, name01, name02, email, password, reminder, reminder_answer, salt, secret_key, status)
			VALUES (%d, '山田', '花子', '%s', '%s', 1, 'x', 'saltsalt10', 'key%d', 2)`, id, address(id), hash(password), id))
	}
	return s
}

// hash is EC-CUBE's.
func hash(text string) string {
	mac := hmac.New(sha256.New, []byte("saltsalt10"))
	mac.Write([]byte(text + ":a-magic-word-of-this-shop"))
	return fmt.Sprintf("%x", mac.Sum(nil))
}

func (s *shop) do(statement string) {
	s.t.Helper()
	if _, err := s.db.Exec(statement); err != nil {
		s.t.Fatalf("%s: %v", statement, err)
	}
}

func (s *shop) count(query string) (n int) {
	s.t.Helper()
	if err := s.db.QueryRow(query).Scan(&n); err != nil {
		s.t.Fatalf("%s: %v", query, err)
	}
	return n
}

// stolen is how a thief comes in: with the old password, which somebody set again.
func (s *shop) stolen(id int) {
	s.t.Helper()
	s.do(fmt.Sprintf("UPDATE dtb_customer SET password = '%s' WHERE customer_id = %d", hash(password), id))
}

// settings are what the owner enters; an empty key leaves the saved one.
func (s *shop) settings(mode, key string) url.Values {
	return url.Values{"exposure_step": {"save"}, "api_url": {s.api.url}, "key": {key}, "lookup_url": {"https://check.example.com/check"}, "mode": {mode},
		"shop_name": {"ひなた堂"}, "phone": {"0120-000-000"}, "notice_date": {"2023年7月25日"}, "ca_file": {""}}
}

func (s *shop) save(mode string) string {
	s.t.Helper()
	s.owner.Get(s.config)
	return s.owner.Post(s.config, s.settings(mode, s.api.key)).Body
}

// round runs the plugin's cron twice: once to bar, once to report.
func (s *shop) round() {
	s.t.Helper()
	for _, html := range []string{filepath.Join(s.Dir, "html"), ""} { // it is found without being told, too
		s.do("UPDATE plg_exposure_state SET value = '0' WHERE name = 'next_run'")
		said := s.Run(filepath.Join(s.Dir, "data/downloads/plugin/ExposureReset/cron.php"), html)
		if !strings.HasPrefix(said, "ExposureReset: required ") {
			s.t.Fatalf("cron says %q", said)
		}
	}
}

// kit is what the shop's owner is given.
func (s *shop) kit() string {
	s.t.Helper()
	dir := filepath.Join(s.Dir, "kit")
	if err := eccube2.Write(dir, eccube2.Settings{Lookup: "https://check.example.com/check", Shop: "ひなた堂", Phone: "0120-000-000", Notice: "2023年7月25日"}); err != nil {
		s.t.Fatal(err)
	}
	return dir
}

// lookup is the API of phptest/support, from outside.
type lookup struct {
	t        *testing.T
	url, key string
	dir      string
}

func newLookup(t *testing.T) lookup {
	t.Helper()
	l := lookup{t: t, key: "exk_" + strings.Repeat("k", 43)}
	for _, line := range api(t) {
		name, value, _ := strings.Cut(line, "=")
		if name == "KIT_API_URL" {
			l.url = value
		} else {
			l.dir = value
		}
	}
	l.write(map[string]any{"key": l.key, "changes": []any{}, "page": 1000, "bulk": 0, "held": false, "tickets": map[string]any{}, "redeemed": []any{}, "instead": map[string]any{}})
	return l
}

func (l lookup) write(state map[string]any) {
	l.t.Helper()
	text, err := json.Marshal(state)
	if err != nil {
		l.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(l.dir, "server.json"), text, 0o600); err != nil {
		l.t.Fatal(err)
	}
}

func (l lookup) change(with func(state map[string]any)) {
	l.t.Helper()
	text, err := os.ReadFile(filepath.Join(l.dir, "server.json"))
	if err != nil {
		l.t.Fatal(err)
	}
	state := map[string]any{}
	if err := json.Unmarshal(text, &state); err != nil {
		l.t.Fatal(err)
	}
	with(state)
	l.write(state)
}

// order puts a member's state on the list.
func (s *shop) order(id int, state string) {
	s.t.Helper()
	s.api.change(func(of map[string]any) {
		changes, _ := of["changes"].([]any)
		of["changes"] = append(changes, map[string]any{"member_id": fmt.Sprint(id), "required": state == "required",
			"since": fmt.Sprintf("2023-07-26T09:00:%02d+09:00", len(changes)), "state": state})
	})
}

// ticket is good for a member, once.
func (l lookup) ticket(ticket, member string) {
	l.t.Helper()
	l.change(func(of map[string]any) {
		of["tickets"] = map[string]any{ticket: []string{member}}
		of["redeemed"] = []string{member}
	})
}

func has(t *testing.T, what, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("%s has no %q:\n%s", what, want, text)
		}
	}
}

func lacks(t *testing.T, what, text string, unwanted ...string) {
	t.Helper()
	for _, word := range unwanted {
		if strings.Contains(text, word) {
			t.Errorf("%s has %q:\n%s", what, word, text)
		}
	}
}

// eventually waits for what happens after a page is out.
func (s *shop) eventually(what string, is func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("waited in vain until %s", what)
		}
	}
}
