package eccube_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"exposure/internal/reset/eccube"
)

// look is what a new connector finds.
func (s *shop) look() string {
	s.t.Helper()
	c, err := eccube.New(eccube.Config{DSN: s.address(s.server.Addr()), Fingerprint: fingerprint})
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.Close()
	return findings(s.t, c)
}

// findings are those of a check: B blocks, N is worth knowing.
func findings(t testing.TB, c *eccube.Connector) string {
	t.Helper()
	var out strings.Builder
	for _, f := range c.Check(t.Context()) {
		fmt.Fprintf(&out, "%s %s\n", map[bool]string{true: "B", false: "N"}[f.Blocks], f.Text)
	}
	return out.String()
}

// usual is what a check of a shop without trouble finds.
func (s *shop) usual() string {
	if s.system == "eccube2" {
		return ""
	}
	return "N EC-CUBE 4.1 and later end the sessions of a member whose password has become worthless at their next page. EC-CUBE 4.0 does not: after `exposurectl reset order`, and again a minute later, delete the files var/sessions/prod/sess_* on every web server of the shop.\n"
}

// TestTheGrantsAreExactlyEnough uses the role that the printed SQL made.
func TestTheGrantsAreExactlyEnough(t *testing.T) {
	everyShop(t, func(t *testing.T, s *shop) {
		s.fill(2)
		c := s.connector()
		if s.system == "eccube2" {
			s.visit("one", session(textID("1")))
		}
		if got := findings(t, c); got != s.usual() {
			t.Errorf("the check finds %s", got)
		}
		if err := c.Blank(t.Context(), "1", s.read(c, "1").Fingerprint); err != nil {
			t.Error(err)
		}
		if err := c.EndSessions(t.Context(), []string{"1"}); err != nil || s.system == "eccube2" && s.left() != "" {
			t.Errorf("ending sessions: %v", err)
		}
		own := s.asRole()
		for _, text := range []string{
			"SELECT salt FROM dtb_customer", "SELECT secret_key FROM dtb_customer", "SELECT name01 FROM dtb_customer", "SELECT email FROM dtb_customer", "SELECT * FROM dtb_customer",
			"UPDATE dtb_customer SET salt = ''", "UPDATE dtb_customer SET secret_key = ''", "UPDATE dtb_customer SET email = ''", "DELETE FROM dtb_customer",
			"INSERT INTO dtb_customer (password) VALUES ('')", "UPDATE dtb_session SET sess_data = ''", "INSERT INTO dtb_session (sess_id) VALUES ('x')", "DROP TABLE dtb_customer", "DELETE FROM mtb_constants",
			"UPDATE dtb_customer SET " + s.id() + " = 5",
		} {
			if _, err := own.ExecContext(t.Context(), text); err == nil {
				t.Errorf("the role may %s", text)
			}
		}
	})
}

// TestEveryMissingRightIsNamed takes one right after the other away.
func TestEveryMissingRightIsNamed(t *testing.T) {
	everyShop(t, func(t *testing.T, s *shop) {
		read := map[string][]string{"eccube2": {"customer_id", "status", "del_flg", "password"}, "eccube4": {"id", "customer_status_id", "password"}}[s.system]
		write := []string{"password"}
		if s.kind == "mysql" {
			read, write = append(read, "create_date", "update_date"), append(write, "create_date", "update_date")
		}
		if s.system == "eccube2" {
			s.visit("one", session(""))
		}
		type right struct{ right, table, words string }
		var all []right
		for _, column := range read {
			all = append(all, right{"SELECT (" + column + ")", "dtb_customer", "The right to read " + column + " of dtb_customer is missing"})
		}
		for _, column := range write {
			all = append(all, right{"UPDATE (" + column + ")", "dtb_customer", "The right to write " + column + " of dtb_customer is missing"})
		}
		if s.system == "eccube2" {
			all = append(all, right{"SELECT (sess_id)", "dtb_session", "The right to read sess_id of dtb_session is missing"},
				right{"SELECT (sess_data)", "dtb_session", "The right to read sess_data of dtb_session is missing"},
				right{"DELETE", "dtb_session", "The right to delete rows of dtb_session is missing"},
				right{"SELECT (id)", "mtb_constants", "The right to read id of mtb_constants is missing"},
				right{"SELECT (name)", "mtb_constants", "The right to read name of mtb_constants is missing"})
		}
		who := s.role
		if s.kind == "mysql" {
			who = "'" + s.role + "'@'127.0.0.1'"
		}
		for _, r := range all {
			s.do(fmt.Sprintf("REVOKE %s ON %s FROM %s", r.right, r.table, who))
			got := strings.Replace(s.look(), s.usual(), "", 1)
			if !strings.HasPrefix(got, "B "+r.words) || !strings.Contains(got, "`exposurectl reset grants`") || strings.Count(got, "\n") != 1 {
				t.Errorf("without %s on %s the check finds\n%s", r.right, r.table, got)
			}
			s.do(fmt.Sprintf("GRANT %s ON %s TO %s", r.right, r.table, who))
		}
	})
}

func TestTooManyRightsAreAWarning(t *testing.T) {
	everyShop(t, func(t *testing.T, s *shop) {
		who := s.role
		if s.kind == "mysql" {
			who = "'" + s.role + "'@'127.0.0.1'"
		}
		if s.system == "eccube2" {
			s.visit("one", session(""))
		}
		for right, words := range map[string]string{
			"UPDATE (salt)": "write salts", "SELECT (salt)": "read salts", "SELECT (secret_key)": "read the secret keys", "UPDATE (secret_key)": "write secret keys",
			"SELECT (name01, email)": "read names and addresses", "UPDATE (email)": "change members' addresses", "DELETE": "delete members",
		} {
			s.do(fmt.Sprintf("GRANT %s ON dtb_customer TO %s", right, who))
			got := strings.Replace(s.look(), s.usual(), "", 1)
			if want := "N The role in EXPOSURE_CONNECTOR may do more than it needs: " + words; !strings.HasPrefix(got, want) || strings.Count(got, "\n") != 1 {
				t.Errorf("with %s the check finds %s", right, got)
			}
			s.do(fmt.Sprintf("REVOKE %s ON dtb_customer FROM %s", right, who))
		}
		s.do(s.say("{ALTER ROLE " + s.role + " SUPERUSER|GRANT ALL ON *.* TO " + who + "}"))
		if got := s.look(); !strings.HasPrefix(got, "N EXPOSURE_CONNECTOR names an administrator of the shop's database") || strings.Contains(got, "B ") {
			t.Errorf("an administrator: %s", got)
		}
		s.do(s.say("{ALTER ROLE " + s.role + " NOSUPERUSER|REVOKE ALL ON *.* FROM " + who + "}"))
	})
}

func TestWhatAShopMayBeLike(t *testing.T) {
	everyDatabase(t, "eccube2", func(t *testing.T, s *shop) {
		expect := func(what, begins string, lines int) {
			t.Helper()
			if got := s.look(); !strings.Contains(got, begins) || strings.Count(got, "\n") != lines {
				t.Errorf("%s: the check finds\n%s", what, got)
			}
		}
		expect("no session", "N There is no session in dtb_session. If the shop keeps its sessions elsewhere", 1)
		s.visit("one", "c2Vzc2lvbiBlbmNyeXB0ZWQgYnkgc3Vob3Npbg..")
		expect("encrypted sessions", "B Sessions in dtb_session are not in PHP's own format", 1)
		s.visit("two", session(""))
		expect("as usual", "", 0)
		for _, kind := range []string{`"PLAIN"`, "PLAIN", "'plain'"} {
			s.do("UPDATE mtb_constants SET name = $1 WHERE id = 'AUTH_TYPE'", kind)
			expect(kind, "B The shop keeps passwords in clear (AUTH_TYPE in mtb_constants is PLAIN).", 1)
		}
		s.do("DELETE FROM mtb_constants")
		expect("no AUTH_TYPE", "N mtb_constants has no AUTH_TYPE.", 1)
		s.do("DROP TABLE dtb_session")
		if got := s.look(); !strings.Contains(got, "B ") || !strings.Contains(got, "dtb_session") {
			t.Errorf("no sessions: the check finds\n%s", got)
		}
	})
}

// TestAnotherSystemThanIsSaid: eccube2 is said of a shop of EC-CUBE 4, and the reverse.
func TestAnotherSystemThanIsSaid(t *testing.T) {
	everyShop(t, func(t *testing.T, s *shop) {
		other := strings.Replace(s.address(s.server.Addr()), s.system, map[string]string{"eccube2": "eccube4", "eccube4": "eccube2"}[s.system], 1)
		got := findings(t, s.connect(other, 0))
		if !strings.Contains(got, "B ") || !strings.Contains(got, s.say("{Let EXPOSURE_CONNECTOR name the shop's own database and the system that it runs|or there is no such thing}")) {
			t.Errorf("the check finds %s", got)
		}
	})
}

func TestADatabaseThatTakesNoWrites(t *testing.T) {
	everyShop(t, func(t *testing.T, s *shop) {
		s.fill(1)
		c := s.connector()
		seen := s.read(c, "1").Fingerprint
		if s.system == "eccube2" {
			s.visit("one", session(textID("1")))
		}
		s.server.RestartReadOnly()
		defer s.server.Restart()
		if held := s.again(c, "1"); held.Blank || held.Fingerprint == nil {
			t.Errorf("read as %+v", held)
		}
		unavailable(t, "blanking", c.Blank(t.Context(), "1", seen))
		if s.system == "eccube2" {
			unavailable(t, "ending sessions", c.EndSessions(t.Context(), []string{"1"}))
		}
		if got, want := findings(t, c), "B The shop's database takes no writes: it is a replica, or set to read-only."; !strings.HasPrefix(got, want) {
			t.Errorf("the check finds %s", got)
		}
		s.server.Restart()
		s.again(c, "1")
		if err := c.Blank(t.Context(), "1", seen); err != nil || !s.read(c, "1").Blank {
			t.Errorf("when it takes writes again: %v", err)
		}
	})
}

func TestADatabaseThatDoesNotAnswer(t *testing.T) {
	everyShop(t, func(t *testing.T, s *shop) {
		wrong := strings.Replace(s.address(s.server.Addr()), rolePassword, "another-password-1234", 1)
		if got := findings(t, s.connect(wrong, 0)); !strings.HasPrefix(got, "B The shop's database refuses the name, password or database in EXPOSURE_CONNECTOR (error ") || strings.Count(got, "\n") != 1 {
			t.Errorf("a wrong password: %s", got)
		}
		c := s.connect(s.address("127.0.0.1:1"), time.Second)
		if got := findings(t, c); !strings.HasPrefix(got, "B The shop's database does not answer now (no answer). Start it") || strings.Count(got, "\n") != 1 {
			t.Errorf("nobody listens: %s", got)
		}
		_, err := c.Read(t.Context(), []string{"1"})
		unavailable(t, "reading", err)
	})
}
