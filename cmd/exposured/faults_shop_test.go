package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"exposure/internal/audit"
	"exposure/internal/demo"
	"exposure/internal/live"
	"exposure/internal/reset"
	"exposure/internal/reset/eccube"
)

// shopSecret is what the shop and the server of these tests share.
const shopSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// hookShop is a shop that is told by webhook, and can be broken.
type hookShop struct {
	proxy *live.Proxy
	fails atomic.Bool // answers 500

	mu   sync.Mutex
	came map[string][]string // ids of all messages, by event and member
	took map[string]int      // those answered 2xx
}

func openHookShop(t *testing.T) *hookShop {
	t.Helper()
	verifier, err := webhooks.NewWebhook(shopSecret)
	must(t, err)
	s := &hookShop{came: map[string][]string{}, took: map[string]int{}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		if err != nil {
			return // the connection broke
		}
		var e struct {
			Type string
			Data struct {
				MemberID string `json:"member_id"`
			}
		}
		if err := verifier.Verify(body, q.Header); err != nil || json.Unmarshal(body, &e) != nil {
			t.Errorf("the shop's library refuses a message: %v", err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		what := strings.TrimPrefix(e.Type, "password_reset.") + " " + e.Data.MemberID
		s.came[what] = append(s.came[what], q.Header.Get("Webhook-Id"))
		if s.fails.Load() {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		s.took[what]++
	}))
	t.Cleanup(server.Close)
	s.proxy = live.NewProxy(t, server.Listener.Addr().String())
	return s
}

// told tells whether the shop took an event of a member.
func (s *hookShop) told(what string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.took[what] > 0
}

// hookFaults break the way to the shop's webhook.
func hookFaults() map[string]func(*hookShop) {
	return map[string]func(*hookShop){
		"its webhook refuses connections":         func(s *hookShop) { s.proxy.Refuse() },
		"its webhook answers nothing":             func(s *hookShop) { s.proxy.Hang() },
		"its webhook is slow":                     func(s *hookShop) { s.proxy.Slow(time.Second, 0) },
		"its webhook resets connections":          func(s *hookShop) { s.proxy.Reset() },
		"its webhook breaks off before it agrees": func(s *hookShop) { s.proxy.CutReply("", 0) },
		"its webhook fails":                       func(s *hookShop) { s.fails.Store(true) },
	}
}

// TestWebhookFaults: whatever happens to the shop's webhook, the look-up answers, and once
// it is mended the shop is told everything, each message with one id however often it came.
func TestWebhookFaults(t *testing.T) {
	for name, begin := range hookFaults() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, shop := inventedSite(t, t.TempDir())
			hook := openHookShop(t)
			c, d, ids := withConnector(t, s, shop, "EXPOSURE_CONNECTOR=webhook:http://"+hook.proxy.Addr()+"/hook", "EXPOSURE_WEBHOOK_SECRET="+shopSecret)
			begin(hook)
			d.order(t, ids[:3]...)
			if !strings.Contains(name, "slow") {
				eventually(t, "the shop has to be told", func() bool { return c.metric(t, "exposure_webhook_waiting") == "3" })
			}
			c.lookUpAnswers(t)
			must(t, c.server.Kill()) // what is to be told outlasts that
			_ = c.server.wait()
			c.server = c.restart(t)
			c.b = from(c.server.public, here)
			d.order(t, ids[3])
			hook.fails.Store(false)
			hook.proxy.Restore()
			for _, id := range ids {
				eventually(t, "the shop is told of "+id, func() bool { return hook.told("required " + id) })
			}
			eventually(t, "nobody waits", func() bool { return c.metric(t, "exposure_webhook_waiting") == "0" })
			hook.mu.Lock()
			defer hook.mu.Unlock()
			for what, all := range hook.came {
				for _, id := range all {
					if id != all[0] {
						t.Errorf("%s came as %v", what, all)
					}
				}
			}
			for _, id := range ids {
				if r, err := d.Get(t.Context(), id); err != nil || r.Barred.IsZero() {
					t.Errorf("member %s does not count as barred: %v", id, err)
				}
			}
		})
	}
}

// connected is a cast whose server has a connector.
type connected struct {
	*cast
	restart func(t *testing.T) *process
}

// withConnector brings a server with a connector on stage, and returns members who are
// planned.
func withConnector(t *testing.T, s site, shop *demo.Shop, env ...string) (*connected, *desk, []string) {
	t.Helper()
	d := openDesk(t, s)
	office, redis := openPostOffice(t), live.Redis(t)
	c := &connected{restart: func(t *testing.T) *process {
		return s.spawn(t, redis, office.url, append([]string{"env"}, env...)...)
	}}
	c.cast = onStage(t, s, shop, c.restart(t), office)
	var ids []string
	for _, m := range membersOf(shop, false, false)[:4] {
		ids = append(ids, m.id)
	}
	return c, d, ids
}

// lookUpAnswers goes the whole way while something else is broken.
func (c *connected) lookUpAnswers(t *testing.T) {
	t.Helper()
	same(t, "a right code", c.confirms(t, c.holder, c.code), answered)
	same(t, "a report", c.reads(t), answered)
	same(t, "whoever asks for a code", c.starts(t, c.people[theNewcomer]), accepted)
	if got := c.ready(t); got != 200 {
		t.Errorf("readyz: %d", got)
	}
	c.facts(t)
}

// dbShop is a shop whose database the server reaches, over a way that can be broken.
type dbShop struct {
	server *live.Database
	proxy  *live.Proxy
	dsn    string
	admin  *sql.DB
}

const eccubeTables = `
CREATE TABLE dtb_customer (customer_id integer PRIMARY KEY, password text, status smallint NOT NULL DEFAULT 2, del_flg smallint NOT NULL DEFAULT 0,
  update_date timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE dtb_session (sess_id text PRIMARY KEY, sess_data text, create_date timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP, update_date timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE mtb_constants (id varchar(100) PRIMARY KEY, name text, rank_no smallint);
INSERT INTO mtb_constants (id, name) VALUES ('AUTH_TYPE', '"HMAC"')`

// openDBShop makes a shop with these members, each logged in once.
func openDBShop(t *testing.T, ids []string) *dbShop {
	t.Helper()
	s := &dbShop{server: live.NewPostgres(t)}
	s.proxy = live.NewProxy(t, s.server.Addr())
	address := func(at string) string {
		return "eccube2:postgres://exposure:a-secret-of-the-role-0123@" + at + "/postgres?sslmode=disable"
	}
	s.dsn = address(s.proxy.Addr())
	var err error
	s.admin, err = sql.Open("pgx", s.server.PostgresAdmin("postgres")+"&default_query_exec_mode=simple_protocol")
	must(t, err)
	t.Cleanup(func() { _ = s.admin.Close() })
	grants, err := eccube.Grants(address(s.server.Addr()))
	must(t, err)
	for _, text := range []string{eccubeTables, grants} {
		_, err = s.admin.Exec(text)
		must(t, err)
	}
	for _, id := range ids {
		_, err1 := s.admin.Exec(`INSERT INTO dtb_customer (customer_id, password) VALUES ($1::int, 'a hash')`, id)
		must(t, err1)
		data := fmt.Sprintf(`customer|a:1:{s:11:"customer_id";s:%d:"%s";}`, len(id), id)
		_, err2 := s.admin.Exec(`INSERT INTO dtb_session (sess_id, sess_data) VALUES ($1, $2)`, "session"+id, data)
		must(t, err2)
	}
	return s
}

// count is how many rows of the shop are so; -1 while its database does not answer.
func (s *dbShop) count(query string) (n int) {
	if s.admin.QueryRow(query).Scan(&n) != nil {
		return -1
	}
	return n
}

// shopDatabaseFaults break the way to the shop's database, or that itself.
func shopDatabaseFaults() map[string]func(*dbShop) {
	return map[string]func(*dbShop){
		"its database refuses connections": func(s *dbShop) { s.proxy.Refuse() },
		"its database answers nothing":     func(s *dbShop) { s.proxy.Hang() },
		"its database is killed":           func(s *dbShop) { s.server.Stop() },
		"its database takes no writes":     func(s *dbShop) { s.server.RestartReadOnly() },
	}
}

// TestShopDatabaseFaults: whatever happens to the shop's database, the look-up answers,
// the alarm is on, and once it is mended everybody who was ordered loses password and
// session.
func TestShopDatabaseFaults(t *testing.T) {
	for name, begin := range shopDatabaseFaults() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, shop := inventedSite(t, t.TempDir())
			var ids []string
			for _, m := range membersOf(shop, false, false)[:4] {
				ids = append(ids, m.id)
			}
			db := openDBShop(t, ids)
			c, d, _ := withConnector(t, s, shop, "EXPOSURE_CONNECTOR="+db.dsn)
			hashes(t, d, ids)
			d.order(t, ids[0])
			eventually(t, "the first is barred", func() bool { return db.count(`SELECT count(*) FROM dtb_customer WHERE password = ''`) == 1 })
			begin(db)
			d.order(t, ids[1:]...)
			eventually(t, "the alarm is on", func() bool { return c.metric(t, `exposure_alarm_on{alarm="connector-down"}`) == "1" })
			c.lookUpAnswers(t)
			if strings.Contains(name, "killed") || strings.Contains(name, "writes") {
				db.server.Restart()
			}
			db.proxy.Restore()
			eventually(t, "everybody is barred", func() bool {
				return db.count(`SELECT count(*) FROM dtb_customer WHERE password = ''`) == 4 && db.count(`SELECT count(*) FROM dtb_session`) == 0
			})
			eventually(t, "the alarm is off", func() bool { return c.metric(t, `exposure_alarm_on{alarm="connector-down"}`) == "0" })
			if log := c.server.log.String(); strings.Contains(log, "a-secret-of-the-role") {
				t.Error("the log holds the password of the shop's database")
			}
		})
	}
}

// hashes notes what the shop holds, as planning with a connector does.
func hashes(t *testing.T, d *desk, ids []string) {
	t.Helper()
	var planned []reset.Planned
	for _, id := range ids {
		planned = append(planned, reset.Planned{MemberID: id, Fingerprint: d.keys.PasswordFingerprint(id, []byte("a hash"))})
	}
	_, err := d.Plan(t.Context(), operatorEntry(audit.ResetPlan), planned)
	must(t, err)
}

// TestShopBlockedFromTheStart: a connector that cannot work keeps nobody from being
// answered; its finding is in the log and the alarm is on.
func TestShopBlockedFromTheStart(t *testing.T) {
	s, shop := inventedSite(t, t.TempDir())
	c, _, _ := withConnector(t, s, shop, "EXPOSURE_CONNECTOR=eccube2:postgres://exposure:a-secret-of-the-role-0123@127.0.0.1:9/shop?sslmode=disable")
	eventually(t, "the alarm is on", func() bool { return c.metric(t, `exposure_alarm_on{alarm="connector-down"}`) == "1" })
	if got := c.metric(t, "exposure_connector_last_read_seconds"); got != "" {
		t.Errorf("a database that was never reached was read %s seconds ago", got)
	}
	c.lookUpAnswers(t)
	if log := c.server.log.String(); !strings.Contains(log, "the connector cannot work") || strings.Contains(log, "a-secret-of-the-role") {
		t.Errorf("the log: %s", log)
	}
}
