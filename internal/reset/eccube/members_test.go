package eccube_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"exposure/internal/reset"
	"exposure/internal/reset/eccube"
)

// rows of EC-CUBE 2 that a shop's history leaves behind. Blanking must not change what its
// other pages make of them, so nothing but the password may move.
var oddRows = []struct {
	name, values              string // password, salt, reminder, reminder_answer, status, del_flg
	live, blank, blankedAfter bool
}{
	{"as usual", "'hash', 'salt', 1, 'answer', 2, 0", true, false, true},
	{"blank already", "'', 'salt', 1, 'answer', 2, 0", true, true, true},
	{"no password", "NULL, 'salt', 1, 'answer', 2, 0", true, true, true},
	{"blank, and no salt", "'', '', 1, 'answer', 2, 0", true, true, true},
	{"no secret question", "'hash', 'salt', NULL, 'answer', 2, 0", true, false, true},
	{"no secret answer", "'hash', 'salt', 1, '', 2, 0", true, false, true},
	{"of before 2.11", "'0beec7b5ea3f0fdbc95d0dd47f3c5bc275da8a33', NULL, 1, 'plain answer', 2, 0", true, false, true},
	{"a word that is no hash", "'!reset', 'salt', 1, 'answer', 2, 0", true, false, true},
	{"blanks only", "'  ', 'salt', 1, 'answer', 2, 0", true, false, true},
	{"provisional", "'hash', 'salt', 1, 'answer', 1, 0", false, false, true},
	{"withdrawn", "'hash', 'salt', 1, 'answer', 2, 1", false, false, true},
	{"withdrawn and provisional", "'', 'salt', 1, 'answer', 1, 1", false, true, true},
}

func TestEveryRowThatAShopMayHave(t *testing.T) {
	everyDatabase(t, "eccube2", func(t *testing.T, s *shop) {
		for i, r := range oddRows {
			s.do(fmt.Sprintf(`INSERT INTO dtb_customer (password, salt, reminder, reminder_answer, status, del_flg, customer_id, name01, email, secret_key, create_date, update_date)
				VALUES (%s, %d, 'Name', 'shared@example.com', 'key%d', '2020-02-03 04:05:06', '2021-02-03 04:05:06')`, r.values, i+1, i))
		}
		const others = "SELECT customer_id, name01, email, reminder, reminder_answer, salt, secret_key, status, create_date, update_date, del_flg FROM dtb_customer ORDER BY customer_id"
		before := s.table(others)
		c := s.connector()
		for i, r := range oddRows {
			id := fmt.Sprint(i + 1)
			held := s.read(c, id)
			if !held.Found || held.Live != r.live || held.Blank != r.blank || (held.Fingerprint == nil) != r.blank || held.Rehashed {
				t.Errorf("%s: read as %+v", r.name, held)
			}
			if err := c.Blank(t.Context(), id, held.Fingerprint); err != nil {
				t.Errorf("%s: blanking: %v", r.name, err)
			}
			if held = s.read(c, id); held.Blank != r.blankedAfter || held.Live != r.live {
				t.Errorf("%s: read as %+v after it was blanked", r.name, held)
			}
		}
		if after := s.table(others); after != before {
			t.Errorf("something else was changed:\n%s\nbefore:\n%s", after, before)
		}
		want := s.table("SELECT customer_id FROM dtb_customer WHERE password IS NULL AND customer_id <> 3")
		if want != "" {
			t.Errorf("a password became NULL, which not every version takes: %s", want)
		}
	})
}

// TestNothingElseOfAMemberChanges has columns that are set to now by any change of a row on
// MariaDB.
func TestNothingElseOfAMemberChanges(t *testing.T) {
	everyShop(t, func(t *testing.T, s *shop) {
		s.fill(3)
		c := s.connector()
		before := s.table("SELECT * FROM dtb_customer ORDER BY 1")
		if err := c.Blank(t.Context(), "2", s.read(c, "2").Fingerprint); err != nil {
			t.Fatal(err)
		}
		want := strings.Replace(before, "password="+s.hashOf(2), "password=", 1)
		if after := s.table("SELECT * FROM dtb_customer ORDER BY 1"); after != want || want == before {
			t.Errorf("got\n%s\nwant\n%s", after, want)
		}
	})
}

func TestOnlyThePasswordThatWasSeenIsBlanked(t *testing.T) {
	everyShop(t, func(t *testing.T, s *shop) {
		s.fill(2)
		c := s.connector()
		seen, other := s.read(c, "1").Fingerprint, s.read(c, "2").Fingerprint
		for what, was := range map[string][]byte{"another member's": other, "none": nil, "empty": {}, "part": seen[:31], "more": append(bytes.Clone(seen), 0)} {
			if err := c.Blank(t.Context(), "1", was); !errors.Is(err, reset.ErrPasswordMoved) {
				t.Errorf("by a fingerprint that is %s: %v", what, err)
			}
		}
		s.do(fmt.Sprintf("UPDATE dtb_customer SET password = 'of today' WHERE %s = 1", s.id()))
		if err := c.Blank(t.Context(), "1", seen); !errors.Is(err, reset.ErrPasswordMoved) {
			t.Errorf("a password that was changed: %v", err)
		}
		if got := s.table("SELECT password FROM dtb_customer ORDER BY " + s.id()); got != "password=of today \npassword="+s.hashOf(2)+" \n" {
			t.Errorf("passwords are now %s", got)
		}
		if s.read(c, "1").Fingerprint == nil || bytes.Equal(s.read(c, "1").Fingerprint, seen) {
			t.Error("a new password has the fingerprint of the old one")
		}
	})
}

// TestUpperCaseIsAnotherPassword: MariaDB's columns take upper case for lower, and no notice
// of blanks at the end. The shop sets such a password after the hash was read and before
// it is replaced.
func TestUpperCaseIsAnotherPassword(t *testing.T) {
	everyShop(t, func(t *testing.T, s *shop) {
		s.fill(1)
		for _, now := range []string{strings.ToUpper(s.hashOf(1)), s.hashOf(1) + " "} {
			s.do("UPDATE dtb_customer SET password = $1", s.hashOf(1))
			meanwhile := func(id string, hash []byte) []byte {
				s.do("UPDATE dtb_customer SET password = $1", now)
				return fingerprint(id, hash)
			}
			c, err := eccube.New(eccube.Config{DSN: s.address(s.server.Addr()), Fingerprint: meanwhile})
			if err != nil {
				t.Fatal(err)
			}
			err = c.Blank(t.Context(), "1", fingerprint("1", []byte(s.hashOf(1))))
			if got := s.table("SELECT password AS p FROM dtb_customer"); !errors.Is(err, reset.ErrPasswordMoved) || got != "p="+now+" \n" {
				t.Errorf("%q in the place of the hash that was seen: %v, then %s", now, err, got)
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

// TestAMemberResetsDuringTheSweep: whatever comes first, a new password stays.
func TestAMemberResetsDuringTheSweep(t *testing.T) {
	const members = 150
	everyShop(t, func(t *testing.T, s *shop) {
		s.fill(members)
		c := s.connector()
		held, err := c.Read(t.Context(), numbers(members))
		if err != nil {
			t.Fatal(err)
		}
		var both sync.WaitGroup
		both.Go(func() {
			for id := range members {
				if err := s.try(fmt.Sprintf("UPDATE dtb_customer SET password = 'new' WHERE %s = %d", s.id(), id+1)); err != nil {
					t.Error(err)
				}
			}
		})
		blanked := 0
		both.Go(func() {
			for _, h := range held {
				if err := c.Blank(t.Context(), h.MemberID, h.Fingerprint); err == nil {
					blanked++
				} else if !errors.Is(err, reset.ErrPasswordMoved) {
					t.Error(err)
				}
			}
		})
		both.Wait()
		if got := s.table("SELECT password, COUNT(*) AS n FROM dtb_customer GROUP BY password"); got != fmt.Sprintf("password=new n=%d \n", members) {
			t.Errorf("passwords: %s", got)
		}
		t.Logf("%d of %d were blanked before their owners set a new password", blanked, members)
	})
}

// TestTwoRunnersBlankAtOnce: both succeed, one of them by doing nothing.
func TestTwoRunnersBlankAtOnce(t *testing.T) {
	const members = 100
	everyShop(t, func(t *testing.T, s *shop) {
		s.fill(members)
		var both sync.WaitGroup
		for range 2 {
			c := s.connector()
			held, err := c.Read(t.Context(), numbers(members))
			if err != nil {
				t.Fatal(err)
			}
			both.Go(func() {
				for _, h := range held {
					if err := c.Blank(t.Context(), h.MemberID, h.Fingerprint); err != nil {
						t.Error(err)
					}
				}
			})
		}
		both.Wait()
		if got := s.table("SELECT password, COUNT(*) AS n FROM dtb_customer GROUP BY password"); got != fmt.Sprintf("password= n=%d \n", members) {
			t.Errorf("passwords: %s", got)
		}
	})
}

func TestIdsThatTheShopDoesNotHave(t *testing.T) {
	everyShop(t, func(t *testing.T, s *shop) {
		s.fill(2)
		s.do(fmt.Sprintf("UPDATE dtb_customer SET %[1]s = 0 WHERE %[1]s = 2", s.id()))
		before := s.table("SELECT * FROM dtb_customer ORDER BY 1")
		c := s.connector()
		ids := []string{"1", "0", "-1", "01", "+1", " 1", "1 ", "1.0", "1e0", "0x1", "１", "", "2", "1 OR 1=1", "1'--", "9223372036854775807", "9223372036854775808", "M:1", "1"}
		held, err := c.Read(t.Context(), ids)
		if err != nil {
			t.Fatal(err)
		}
		for i, h := range held {
			if h.MemberID != ids[i] || h.Found != (ids[i] == "1") || h.Found == (h.Fingerprint == nil) {
				t.Errorf("%q is read as %+v", ids[i], h)
			}
			if !h.Found {
				if err := c.Blank(t.Context(), ids[i], held[0].Fingerprint); !errors.Is(err, reset.ErrPasswordMoved) {
					t.Errorf("blanking %q: %v", ids[i], err)
				}
			}
		}
		if len(held) != len(ids) || s.table("SELECT * FROM dtb_customer ORDER BY 1") != before {
			t.Error("ids are missing, or something was changed")
		}
	})
}

func TestMembersAreReadInTheirOrderAndInBatches(t *testing.T) {
	everyShop(t, func(t *testing.T, s *shop) {
		s.fill(1203)
		ids := numbers(1210)
		slices.Reverse(ids)
		held, err := s.connector().Read(t.Context(), ids)
		if err != nil || len(held) != len(ids) {
			t.Fatalf("%d of %d members: %v", len(held), len(ids), err)
		}
		for i, h := range held {
			if h.MemberID != ids[i] || h.Found != (i > 6) || h.Found && !bytes.Equal(h.Fingerprint, fingerprint(ids[i], []byte(s.hashOf(1210-i)))) {
				t.Fatalf("%d. is %+v, asked for was %s", i, h, ids[i])
			}
		}
		if held, err := s.connector().Read(t.Context(), nil); err != nil || len(held) != 0 {
			t.Errorf("nobody: %v, %v", held, err)
		}
	})
}

// TestARehashIsNoNewPassword: EC-CUBE 4.3 replaces a legacy hash at a login with the same
// password. After the password was blanked nobody can have logged in.
func TestARehashIsNoNewPassword(t *testing.T) {
	const modern = "$2y$13$abcdefghijklmnopqrstuuOXeZ1lHh4hVjvNhn3uOcUeJ9oYk3mHW"
	everyShop(t, func(t *testing.T, s *shop) {
		s.fill(2)
		c := s.connector()
		set := func(hash string) reset.Held {
			t.Helper()
			s.do(fmt.Sprintf("UPDATE dtb_customer SET password = $1 WHERE %s = 1", s.id()), hash)
			return s.read(c, "1")
		}
		if h := s.read(c, "1"); h.Rehashed {
			t.Errorf("a legacy hash: %+v", h)
		}
		if h := set(modern); h.Rehashed != (s.system == "eccube4") {
			t.Errorf("a newer hash after a legacy one: %+v", h)
		}
		if h := set(""); h.Rehashed {
			t.Errorf("blank: %+v", h)
		}
		if h := set(modern); h.Rehashed {
			t.Errorf("a hash after a blank one is a new password: %+v", h)
		}
		old := set(s.hashOf(1))
		if err := c.Blank(t.Context(), "1", old.Fingerprint); err != nil {
			t.Fatal(err)
		}
		if h := set(modern); h.Rehashed {
			t.Errorf("a hash after one that we blanked: %+v", h)
		}
	})
}
