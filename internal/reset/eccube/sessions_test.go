package eccube_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"exposure/internal/reset"
)

// session is the session text of a visitor: of a member if it is given an id.
func session(owner string) string {
	if owner == "" {
		return `cart|a:1:{i:0;a:2:{s:2:"id";s:1:"7";s:8:"quantity";i:1;}}site|a:1:{s:8:"pre_page";s:5:"/cart";}`
	}
	return fmt.Sprintf(`site|a:1:{s:8:"pre_page";s:6:"/login";}customer|a:41:{s:11:"customer_id";%ss:6:"name01";s:4:"Name";s:5:"email";s:15:"one@example.com";}`, owner)
}

// textID and intID are how PHP writes an id, as the database handed it over.
func textID(id string) string { return fmt.Sprintf(`s:%d:"%s";`, len(id), id) }
func intID(id string) string  { return "i:" + id + ";" }

func (s *shop) visit(sessID, data string) {
	s.t.Helper()
	s.do("INSERT INTO dtb_session (sess_id, sess_data) VALUES ($1, $2)", sessID, data)
}

// left are the sessions that are left.
func (s *shop) left() string {
	s.t.Helper()
	return strings.ReplaceAll(strings.ReplaceAll(s.table("SELECT sess_id AS s FROM dtb_session ORDER BY sess_id"), "s=", ""), " \n", " ")
}

func TestSessionsOfMembersEnd(t *testing.T) {
	everyDatabase(t, "eccube2", func(t *testing.T, s *shop) {
		typed := `customer|a:41:{s:11:"customer_id";s:1:"5";`
		for id, data := range map[string]string{
			"end01": session(textID("5")),
			"end02": session(intID("5")),
			"end03": session(textID("12")), // beside other members' numbers
			"end04": session(intID("123456")),
			// Robbers logged in as 5, who typed a text that names somebody else, before and after.
			"end05": `form|s:60:"customer|a:1:{s:11:"customer_id";s:3:"999";";` + session(textID("5")),
			"end06": session(textID("5")) + `form|s:60:"customer|a:1:{s:11:"customer_id";s:3:"999";";`,
			"end07": `form|s:60:"customer|a:1:{s:11:"customer_id";s:` + `";` + session(intID("5")),
			"end08": `form|s:9:"` + strings.Repeat("customer|a:1:{", 5000) + `";` + session(textID("5")),
			// A visitor who typed what a session of 5 would say harms that visitor alone.
			"end09": `form|s:60:"` + typed + `";`,
			// What stays: nobody's, others', and what only looks alike.
			"stay01": session(""),
			"stay02": session(textID("51")),
			"stay03": session(textID("15")),
			"stay04": session(intID("1")),
			"stay05": session(intID("1234567")),
			"stay06": `member|a:3:{s:11:"customer_id";s:1:"5";}`,
			"stay07": `order|a:3:{s:11:"customer_id";s:1:"5";}customer|N;`,
			"stay08": `customer|a:2:{s:11:"customer_id";s:1:"";}`,
			"stay09": session(textID("999")),
			"stay10": "",
		} {
			s.visit(id, data)
		}
		s.do("INSERT INTO dtb_session (sess_id, sess_data) VALUES ('stay11', NULL)")
		c := s.connector()
		if err := c.EndSessions(t.Context(), []string{"5", "12", "123456", "0", "", "x"}); err != nil {
			t.Fatal(err)
		}
		if got, want := s.left(), "stay01 stay02 stay03 stay04 stay05 stay06 stay07 stay08 stay09 stay10 stay11 "; got != want {
			t.Errorf("left are %s, want %s", got, want)
		}
		if err := c.EndSessions(t.Context(), nil); err != nil || !strings.HasPrefix(s.left(), "stay01") {
			t.Errorf("ending the sessions of nobody: %v", err)
		}
	})
}

// TestManySessionsAreReadInPages has sessions of one member and of others mixed over several
// pages, and ids that an order without upper case puts side by side.
func TestManySessionsAreReadInPages(t *testing.T) {
	everyDatabase(t, "eccube2", func(t *testing.T, s *shop) {
		const sessions = 2601
		from := fmt.Sprintf("(SELECT generate_series(1, %d) AS n) AS numbers", sessions)
		if s.kind == "mysql" {
			from = fmt.Sprintf("(SELECT seq AS n FROM seq_1_to_%d) AS numbers", sessions)
		}
		s.run(s.admin, fmt.Sprintf(`INSERT INTO dtb_session (sess_id, sess_data)
			SELECT CONCAT(CASE WHEN n %% 2 = 0 THEN 'A' ELSE 'a' END, 1000000 - n), CONCAT('customer|a:1:{s:11:"customer_id";i:', n, ';}') FROM %s`, from))
		s.visit(" ", session(textID("3"))) // an id that a browser chose
		s.visit("0", session(textID("3")))
		var ids []string
		for i := 1; i <= sessions; i += 3 {
			ids = append(ids, fmt.Sprint(i))
		}
		c := s.connector()
		if err := c.EndSessions(t.Context(), ids); err != nil {
			t.Fatal(err)
		}
		if got, want := s.table("SELECT COUNT(*) AS n FROM dtb_session"), fmt.Sprintf("n=%d \n", sessions+2-len(ids)); got != want {
			t.Errorf("left are %s, want %s", got, want)
		}
		if err := c.EndSessions(t.Context(), []string{"3"}); err != nil || s.table("SELECT sess_id FROM dtb_session WHERE sess_id IN (' ', '0')") != "" {
			t.Errorf("the sessions of member 3 are left: %v", err)
		}
	})
}

// TestARequestInFlightBringsItsSessionBack: EC-CUBE 2 writes a session at the end of a
// request, also one that is gone. The second sweep ends it.
func TestARequestInFlightBringsItsSessionBack(t *testing.T) {
	everyDatabase(t, "eccube2", func(t *testing.T, s *shop) {
		c := s.connector()
		s.visit("flying", session(textID("5")))
		s.visit("other", session(textID("6")))
		begun, swept, written := make(chan struct{}), make(chan struct{}), make(chan error)
		go func() { // the shop's request
			data := session(textID("5"))
			close(begun)
			<-swept
			written <- s.try("INSERT INTO dtb_session (sess_id, sess_data) VALUES ('flying', $1)", data)
		}()
		<-begun
		if err := c.EndSessions(t.Context(), []string{"5"}); err != nil || s.left() != "other " {
			t.Fatalf("after the first sweep are left %s, %v", s.left(), err)
		}
		close(swept)
		if err := <-written; err != nil || s.left() != "flying other " {
			t.Fatalf("the request did not write its session again: %s, %v", s.left(), err)
		}
		if err := c.EndSessions(t.Context(), []string{"5"}); err != nil || s.left() != "other " {
			t.Errorf("after the second sweep are left %s, %v", s.left(), err)
		}
	})
}

// TestALockedSessionHoldsUpNoOther: the shop has one session locked for as long as it likes.
func TestALockedSessionHoldsUpNoOther(t *testing.T) {
	everyDatabase(t, "eccube2", func(t *testing.T, s *shop) {
		for i := range 1100 {
			s.visit(fmt.Sprintf("s%05d", i), session(textID("5")))
		}
		tx, err := s.admin.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback()
		if _, err := tx.ExecContext(t.Context(), "UPDATE dtb_session SET sess_data = sess_data WHERE sess_id = 's00003'"); err != nil {
			t.Fatal(err)
		}
		c := s.connector()
		if err := c.EndSessions(t.Context(), []string{"5"}); !errors.Is(err, reset.ErrShopUnavailable) {
			t.Errorf("with a locked session: %v", err)
		}
		if got := s.table("SELECT COUNT(*) AS n FROM dtb_session WHERE sess_id > 's00600'"); got != "n=0 \n" {
			t.Errorf("of the sessions after the locked one are left %s", got)
		}
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		if err := c.EndSessions(t.Context(), []string{"5"}); err != nil || s.left() != "" {
			t.Errorf("after the lock: %v, left are %s", err, s.left())
		}
	})
}

func TestEccube4KeepsNoSessionsInItsDatabase(t *testing.T) {
	everyDatabase(t, "eccube4", func(t *testing.T, s *shop) {
		if err := s.connector().EndSessions(t.Context(), []string{"1"}); err != nil {
			t.Errorf("ending sessions: %v", err)
		}
	})
}
