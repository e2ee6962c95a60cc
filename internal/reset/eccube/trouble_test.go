package eccube_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"exposure/internal/live"
	"exposure/internal/reset"
	"exposure/internal/reset/eccube"
)

func unavailable(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, reset.ErrShopUnavailable) {
		t.Errorf("%s: %v, want that the shop cannot be reached now", what, err)
	}
}

// asRole connects as the connector's role, without the connector.
func (s *shop) asRole() *sql.DB {
	s.t.Helper()
	driver, dsn := "pgx", strings.TrimPrefix(s.address(s.server.Addr()), s.system+":")
	if s.kind == "mysql" {
		driver, dsn = "mysql", fmt.Sprintf("%s:%s@tcp(%s)/%s", s.role, rolePassword, s.server.Addr(), s.name)
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { db.Close() })
	return db
}

// again reads one member as soon as the shop can be reached: a connection that the restart
// of a server broke is noticed when it is used.
func (s *shop) again(c *eccube.Connector, id string) reset.Held {
	s.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; {
		held, err := c.Read(s.t.Context(), []string{id})
		if err == nil {
			return held[0]
		}
		if !errors.Is(err, reset.ErrShopUnavailable) || time.Now().After(deadline) {
			s.t.Fatalf("reading member %s: %v", id, err)
		}
	}
}

// TestTheShopsDatabaseIsKilled: kill -9 while passwords are blanked and the order is carried
// on until it is done.
func TestTheShopsDatabaseIsKilled(t *testing.T) {
	const members, before = 300, 40
	everyShop(t, func(t *testing.T, s *shop) {
		s.fill(members)
		c := s.connector()
		held, err := c.Read(t.Context(), numbers(members))
		if err != nil {
			t.Fatal(err)
		}
		want := s.table("SELECT * FROM dtb_customer ORDER BY 1")
		for id := 1; id <= members; id++ {
			want = strings.Replace(want, "password="+s.hashOf(id)+" ", "password= ", 1)
		}
		stopped, restarted := make(chan struct{}), make(chan struct{})
		failures := 0
		for i, h := range held {
			switch i {
			case before:
				go func() { s.server.Stop(); close(stopped) }()
			case members - 5: // it has been killed by now
				<-stopped
			}
			for deadline := time.Now().Add(40 * time.Second); ; {
				err := c.Blank(t.Context(), h.MemberID, h.Fingerprint)
				if err == nil {
					break
				}
				if failures++; failures == 1 {
					go func() { <-stopped; s.server.Restart(); close(restarted) }()
				}
				if !errors.Is(err, reset.ErrShopUnavailable) || time.Now().After(deadline) {
					t.Fatalf("member %s: %v", h.MemberID, err)
				}
			}
		}
		<-restarted
		if got := s.table("SELECT * FROM dtb_customer ORDER BY 1"); got != want {
			t.Errorf("after a kill the members are\n%s", got)
		}
		t.Logf("%d calls failed and were repeated", failures)
	})
}

// TestALockedMemberIsLeftToTheShop: a row that the shop has locked is waited for shortly.
func TestALockedMemberIsLeftToTheShop(t *testing.T) {
	everyShop(t, func(t *testing.T, s *shop) {
		s.fill(2)
		c := s.connector()
		one, two := s.read(c, "1").Fingerprint, s.read(c, "2").Fingerprint
		tx, err := s.admin.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback()
		if _, err := tx.ExecContext(t.Context(), fmt.Sprintf("UPDATE dtb_customer SET name01 = 'Other' WHERE %s = 1", s.id())); err != nil {
			t.Fatal(err)
		}
		err = c.Blank(t.Context(), "1", one)
		if unavailable(t, "a locked member", err); !strings.Contains(err.Error(), "it holds a lock") {
			t.Errorf("it waited for something else than a lock, or for its own deadline: %v", err)
		}
		if err := c.Blank(t.Context(), "2", two); err != nil {
			t.Errorf("another member: %v", err)
		}
		// The shop is not held up by what waited.
		if _, err := tx.ExecContext(t.Context(), fmt.Sprintf("UPDATE dtb_customer SET password = 'of the shop' WHERE %s = 1", s.id())); err != nil {
			t.Error(err)
		}
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		if err := c.Blank(t.Context(), "1", one); !errors.Is(err, reset.ErrPasswordMoved) {
			t.Errorf("after the shop's own change: %v", err)
		}
	})
}

// TestAFrozenDatabase accepts what is sent and does not answer.
func TestAFrozenDatabase(t *testing.T) {
	everyShop(t, func(t *testing.T, s *shop) {
		s.fill(1)
		line := live.NewProxy(t, s.server.Addr())
		c := s.connect(s.address(line.Addr()), 400*time.Millisecond)
		seen := s.again(c, "1").Fingerprint
		for name, fault := range map[string]func(){"hangs": line.Hang, "refuses": line.Refuse, "resets": line.Reset} {
			fault()
			_, err := c.Read(t.Context(), []string{"1"})
			unavailable(t, name+": reading", err)
			unavailable(t, name+": blanking", c.Blank(t.Context(), "1", seen))
			if s.system == "eccube2" {
				unavailable(t, name+": ending sessions", c.EndSessions(t.Context(), []string{"1"}))
			}
			if f := c.Check(t.Context()); len(f) != 1 || !f[0].Blocks {
				t.Errorf("%s: the check finds %v", name, f)
			}
			line.Restore()
			if s.again(c, "1").Blank {
				t.Fatalf("%s: the password was blanked", name)
			}
		}
		over, cancel := context.WithCancel(t.Context())
		cancel()
		if err := c.Blank(over, "1", seen); !errors.Is(err, context.Canceled) || !errors.Is(err, reset.ErrShopUnavailable) {
			t.Errorf("a call that was given up: %v", err)
		}
	})
}

// TestALostAnswerIsNoSecondChange: the database has done it, and nobody hears so.
func TestALostAnswerIsNoSecondChange(t *testing.T) {
	everyShop(t, func(t *testing.T, s *shop) {
		s.fill(1)
		line := live.NewProxy(t, s.server.Addr())
		c := s.connect(s.address(line.Addr()), 5*time.Second)
		seen := s.read(c, "1").Fingerprint
		line.CutOneReply(s.hashOf(1), 0) // what the statement that blanks it sends
		unavailable(t, "a lost answer", c.Blank(t.Context(), "1", seen))
		line.Restore()
		if !s.again(c, "1").Blank {
			t.Error("the statement was not carried out")
		}
		if err := c.Blank(t.Context(), "1", seen); err != nil {
			t.Errorf("again: %v", err)
		}
	})
}

// TestTwoConnectionsAtMost counts what the shop's database sees of many callers.
func TestTwoConnectionsAtMost(t *testing.T) {
	everyShop(t, func(t *testing.T, s *shop) {
		s.fill(50)
		c := s.connector()
		query := s.say("SELECT COUNT(*) AS n FROM {pg_stat_activity WHERE usename|information_schema.processlist WHERE user} = '" + s.role + "'")
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() {
				for range 10 {
					if _, err := c.Read(t.Context(), numbers(50)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		for range 20 {
			if got := s.table(query); got != "n=0 \n" && got != "n=1 \n" && got != "n=2 \n" {
				t.Errorf("the database sees %s connections", got)
			}
		}
		all.Wait()
	})
}

// TestErrorsNameNothing: no error holds a host, a user, a password, a database or a value.
func TestErrorsNameNothing(t *testing.T) {
	everyShop(t, func(t *testing.T, s *shop) {
		s.fill(1)
		secrets := []string{s.role, rolePassword, s.name, "127.0.0.1", strings.TrimPrefix(s.server.Addr(), "127.0.0.1:"), s.hashOf(1), "wrong-password", "nosuch", s.server.Dir()}
		try := func(what, dsn string) {
			t.Helper()
			c, err := eccube.New(eccube.Config{DSN: dsn, Fingerprint: fingerprint, Timeout: time.Second})
			if err == nil {
				defer c.Close()
				_, err = c.Read(t.Context(), []string{"1"})
				for _, f := range c.Check(t.Context()) {
					err = errors.Join(err, errors.New(f.Text))
				}
			}
			if _, second := eccube.Grants(dsn); second != nil {
				err = errors.Join(err, second)
			}
			if err == nil {
				t.Errorf("%s: no error", what)
				return
			}
			for _, secret := range secrets {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("%s: the error names %q: %v", what, secret, err)
				}
			}
		}
		good := s.address(s.server.Addr())
		try("a wrong password", strings.Replace(good, rolePassword, "wrong-password-1234", 1))
		try("a database that is not there", strings.Replace(good, s.name, "nosuch", 1))
		try("a role that is not there", strings.Replace(good, s.role, "nosuch", 1))
		try("a host that is not there", strings.Replace(good, s.server.Addr(), "nosuch.invalid:1", 1))
		try("a port at which nobody listens", strings.Replace(good, s.server.Addr(), "127.0.0.1:1", 1))
		for _, bad := range []string{"%zz", " ", "://", "\x7f", "?x=%zz", "#part", ":pass@word@", "?sslmode=nosuch", "?nosuch=1", "?tls=nosuch", "?tls_ca=/nosuch"} {
			if u, err := url.Parse(strings.TrimPrefix(good, s.system+":") + bad); err == nil && u.Fragment == "" && u.RawQuery == "" {
				continue
			}
			try("with "+bad+" at its end", good+bad)
		}
		for _, bad := range []string{"", "eccube2", "eccube3:" + good, "eccube2:", "postgres://" + s.role + "@127.0.0.1/" + s.name, s.system + ":sqlite://" + s.role + ":" + rolePassword + "@127.0.0.1/" + s.name, s.system + ":postgres://127.0.0.1/" + s.name, s.system + ":mysql://" + s.role + "@/" + s.name} {
			try(bad, bad)
		}
	})
}

// TestAUnixSocketIsAWayToo: the database on the same machine, and a role that a name with
// something in it cannot make do more.
func TestAUnixSocketIsAWayToo(t *testing.T) {
	everyShop(t, func(t *testing.T, s *shop) {
		s.fill(1)
		_, port, _ := strings.Cut(s.server.Addr(), ":")
		dsn := fmt.Sprintf("%s:postgres://%s:%s@/%s?host=%s&port=%s", s.system, s.role, rolePassword, s.name, s.server.Dir(), port)
		if s.kind == "mysql" {
			dsn = fmt.Sprintf("%s:mysql://%s:%s@/%s?socket=%s", s.system, s.role, rolePassword, s.name, s.server.MariaDBSocket())
		}
		c := s.connect(dsn, 0)
		if err := c.Blank(t.Context(), "1", s.read(c, "1").Fingerprint); err != nil {
			t.Error(err)
		}
		for _, bad := range []string{"a'b", `a"b`, "a`b", `a\b`, "a;b", "a b"} {
			for _, in := range []string{s.role, s.name, rolePassword} {
				if text, err := eccube.Grants(strings.Replace(dsn, in, url.PathEscape(in+bad), 1)); err == nil {
					t.Errorf("with %q in it the SQL is %s", bad, text)
				}
			}
		}
	})
}
