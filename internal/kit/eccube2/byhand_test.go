package eccube2_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"exposure/internal/kit/eccube2/host"
)

// TestByHand is the variant for shops without the plugin engine: two lines in the shop, and
// a settings file.
func TestByHand(t *testing.T) {
	everyShop(t, func(t *testing.T, s *shop) {
		kit := s.isPutIn()
		s.handWatches(kit)
		s.handKeepsOut(kit)
		s.handSetsAPassword()
		if _, notices, _ := strings.Cut(s.Log("error.log"), missing); notices != "" {
			t.Errorf("PHP complained: %s", notices)
		}
		if said := s.Run(filepath.Join(kit, "exposure-cron.php"), filepath.Join(s.Dir, "html"), "uninstall"); !strings.Contains(said, "dropped") {
			t.Errorf("uninstall says %q", said)
		}
		if n := s.count("SELECT COUNT(*) FROM information_schema.tables WHERE table_name LIKE 'plg_exposure%' AND table_schema IN ('public', '" + s.Database + "')"); n != 0 {
			t.Errorf("%d tables are left", n)
		}
	})
}

// missing is the end of what the shop notes once, before there are tables.
const missing = "SELECT value FROM plg_exposure_state WHERE name = ?\n"

// isPutIn does what the shop's owner does: files beside data/, a line in require.php, a line
// in the login template.
func (s *shop) isPutIn() string {
	s.t.Helper()
	kit := filepath.Join(s.kit(), "without-plugin")
	s.addTo("boot.php", "\nrequire_once '"+kit+"/exposure-front.php';\n", false)
	for _, device := range []string{"default", "sphone", "mobile"} {
		s.addTo("templates/"+device+"/mypage/login.tpl", `<!--{include_php file="`+kit+`/exposure-note.php"}-->`+"\n", true)
	}
	return kit
}

func (s *shop) addTo(name, text string, before bool) {
	s.t.Helper()
	found, err := filepath.Glob(filepath.Join(s.Dir, "../../*/host", name))
	if err != nil || len(found) != 1 {
		s.t.Fatalf("the shop has no %s: %v %v", name, found, err)
	}
	was, err := os.ReadFile(found[0])
	if err != nil {
		s.t.Fatal(err)
	}
	is := string(was) + text
	if before {
		is = text + string(was)
	}
	if err := os.WriteFile(found[0], []byte(is), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) handSettings(kit, mode string) {
	s.t.Helper()
	text := fmt.Sprintf("<?php\nreturn array('api_url' => '%s', 'key' => '%s', 'lookup_url' => 'https://check.example.com/check', 'mode' => '%s', 'shop_name' => '', 'phone' => '0120-000-000', 'notice_date' => '2023年7月25日');\n", s.api.url, s.api.key, mode)
	if err := os.WriteFile(filepath.Join(kit, "exposure-settings.php"), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) handRound(kit string) {
	s.t.Helper()
	for range 2 {
		s.do("UPDATE plg_exposure_state SET value = '0' WHERE name = 'next_run'")
		if said := s.Run(filepath.Join(kit, "exposure-cron.php"), filepath.Join(s.Dir, "html")); !strings.HasPrefix(said, "ExposureReset: required ") {
			s.t.Fatalf("cron says %q", said)
		}
	}
}

// handWatches: the first page makes the tables, and mode watch changes nothing.
func (s *shop) handWatches(kit string) {
	s.t.Helper()
	s.handSettings(kit, "watch")
	v := s.Visitor(host.PC)
	if p := v.Get("index.php"); p.Status != http.StatusOK {
		s.t.Fatalf("the first page: %d %s", p.Status, p.Body)
	}
	s.eventually("the tables are made", func() bool {
		return s.count("SELECT COUNT(*) FROM information_schema.tables WHERE table_name = 'plg_exposure_member' AND table_schema IN ('public', '"+s.Database+"')") == 1
	})
	s.order(1001, "required")
	s.handRound(kit)
	if v.Login(address(1001), password); !v.IsMember() {
		s.t.Error("somebody is kept out in mode watch")
	}
	has(s.t, "the forgot page in mode watch", v.Get("forgot/").Body, `value="mail_check"`)
}

func (s *shop) handKeepsOut(kit string) {
	s.t.Helper()
	s.handSettings(kit, "on")
	said := s.Run(filepath.Join(kit, "exposure-cron.php"), filepath.Join(s.Dir, "html"))
	s.handRound(kit)
	if !strings.HasPrefix(said, "ExposureReset: required 1") {
		s.t.Errorf("cron says %q", said)
	}
	s.stolen(1001)
	for _, agent := range []string{host.PC, host.Smartphone, host.Phone} {
		v := s.Visitor(agent)
		has(s.t, "the login page", v.Get("mypage/login.php").Body, "exposure-reset-note", "2023年7月25日")
		led := v.Login(address(1001), password).Body + v.Get("index.php").Body // smartphones are led by a script
		has(s.t, "the next page", led, "パスワードを忘れた方へ", "ひなた堂", "0120-000-000")
		if v.IsMember() {
			s.t.Errorf("somebody barred comes in with %s", agent)
		}
		has(s.t, "the old form", v.Post("forgot/", url.Values{"mode": {"mail_check"}}).Body, `content="closed"`)
	}
	if v := s.Visitor(host.PC); v.Login(address(1002), password).Status != http.StatusOK || !v.IsMember() {
		s.t.Error("somebody else is kept out")
	}
	has(s.t, "the admin", s.Owner().Get("admin/home.php").Body, "</html>")
}

func (s *shop) handSetsAPassword() {
	s.t.Helper()
	const ticket, chosen = "BBECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "tidy-otter-42-lantern"
	s.api.ticket(ticket, "1001")
	v := s.Visitor(host.Phone)
	page := v.Get("forgot/?ticket=" + ticket)
	page = v.Post("forgot/", url.Values{"exposure_step": {"redeem"}, "ticket": {ticket}, "exposure_csrf": {csrf.FindStringSubmatch(page.Body)[1]}})
	has(s.t, "a phone's form", page.Body, "新しいパスワードを決めてください", `name="ECSESSID"`)
	has(s.t, "a phone's end", v.Post("forgot/", s.passwords(page, chosen, chosen)).Body, "パスワードを変えました")
	if w := s.Visitor(host.PC); w.Login(address(1001), chosen).Status != http.StatusOK || !w.IsMember() {
		s.t.Error("the new password does not let in")
	}
}
