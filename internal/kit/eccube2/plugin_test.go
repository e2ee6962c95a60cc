package eccube2_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"exposure/internal/kit/eccube2/host"
)

// TestPlugin drives the plugin in a shop, from its upload to its removal.
func TestPlugin(t *testing.T) {
	everyShop(t, func(t *testing.T, s *shop) {
		s.isInstalled()
		s.watches()
		s.isSwitchedOn()
		s.tells()
		s.keepsOut()
		s.setsAPassword()
		s.breaksNothing()
		s.leavesNothing()
	})
}

func (s *shop) isInstalled() {
	s.t.Helper()
	s.owner = s.Owner()
	archive, err := os.ReadFile(filepath.Join(s.kit(), "ExposureReset.tar.gz"))
	if err != nil {
		s.t.Fatal(err)
	}
	s.owner.Upload("ExposureReset.tar.gz", archive)
	s.owner.Turn("enable", "ExposureReset")
	if _, enabled := s.owner.Plugin("ExposureReset"); !enabled {
		s.t.Fatalf("the plugin is not enabled: %s", s.Log("error.log"))
	}
	s.config = s.owner.Config("ExposureReset")
	has(s.t, "the settings page at first", s.owner.Get(s.config).Body, "ひなた堂", "https://check.example.com/check", "2023年7月25日", "まだ保存していません")
	if n := s.count("SELECT COUNT(*) FROM plg_exposure_state"); n == 0 {
		s.t.Error("the plugin has no tables")
	}
	has(s.t, "the admin before anything is entered", s.owner.Get("admin/home.php").Body, "exposure-reset-alert", "未設定です")
}

// watches: in mode watch the shop is as before.
func (s *shop) watches() {
	s.t.Helper()
	page := s.owner.Post(s.config, s.settings("watch", "none-of-ours")).Body
	has(s.t, "settings with a wrong key", page, "保存していません", "exk_ で始まる")
	page = s.save("watch")
	has(s.t, "saved settings", page, "保存しました。", "exk_kkkk…", "まだ一度もリストを取得していません")
	lacks(s.t, "saved settings", page, "kkkkkkkkk")
	has(s.t, "mode on without a list", s.save("on"), "「実施」にはできません")
	s.order(1001, "required")
	s.round()
	v := s.Visitor(host.PC)
	if v.Login(address(1001), password); !v.IsMember() {
		s.t.Error("somebody is kept out in mode watch")
	}
	has(s.t, "the forgot page in mode watch", v.Get("forgot/").Body, `value="mail_check"`)
	lacks(s.t, "the login page in mode watch", s.Visitor(host.PC).Get("mypage/login.php").Body, "exposure-reset-note")
	s.order(1001, "completed")
	s.round()
}

func (s *shop) isSwitchedOn() {
	s.t.Helper()
	form := s.settings("on", "")
	form.Set("transactionid", "another")
	if p := s.owner.Post(s.config, form); strings.Contains(p.Body, "保存しました") {
		s.t.Error("settings are saved without the shop's token")
	}
	s.owner.Get(s.config)
	page := s.save("on")
	has(s.t, "mode on", page, "保存しました。", "exk_kkkk…", "のページは閉じています。")
	lacks(s.t, "mode on", page, "まだ確認できていません")
	if strings.Contains(page, "できません。「監視のみ」のまま") {
		s.t.Fatalf("mode on is refused: %s", page)
	}
	if p := s.Visitor(host.PC).Get(s.config); strings.Contains(p.Body, "api_url") {
		s.t.Error("the settings are shown to anybody")
	}
	lacks(s.t, "the admin with a fresh list", s.owner.Get("admin/home.php").Body, "exposure-reset-alert")
	lacks(s.t, "the login page before an order", s.Visitor(host.PC).Get("mypage/login.php").Body, "exposure-reset-note")
}

// tells: the neutral page and the note, for everybody, on every device.
func (s *shop) tells() {
	s.t.Helper()
	s.order(1001, "required")
	s.round()
	for _, agent := range []string{host.PC, host.Smartphone, host.Phone} {
		v := s.Visitor(agent)
		closed := v.Get("forgot/")
		has(s.t, "the forgot page", closed.Body, `<meta name="exposure-forgot" content="closed">`, "お客様情報の確認", "https://check.example.com/check")
		lacks(s.t, "the forgot page", closed.Body, "mail_check")
		if closed.Status != http.StatusOK || closed.Header.Get("Referrer-Policy") != "no-referrer" {
			s.t.Errorf("the forgot page: %d %v", closed.Status, closed.Header)
		}
		if want := map[bool]string{true: "Shift_JIS", false: "UTF-8"}[agent == host.Phone]; !strings.HasSuffix(closed.Header.Get("Content-Type"), want) {
			s.t.Errorf("the forgot page is %s", closed.Header.Get("Content-Type"))
		}
		has(s.t, "the old form", v.Post("forgot/", url.Values{"mode": {"mail_check"}, "email": {address(1001)}}).Body, "休止しています")
		for _, path := range []string{"mypage/login.php", "shopping/"} {
			has(s.t, path, v.Get(path).Body, "exposure-reset-note", "2023年7月25日のお知らせにともない")
		}
		lacks(s.t, "another page", v.Get("index.php").Body, "exposure-reset-note")
	}
	if s.count("SELECT COUNT(*) FROM dtb_customer WHERE customer_id = 1001 AND password <> ''") != 0 {
		s.t.Error("the password still works")
	}
}

// keepsOut: who is barred is out again on the next page, whichever way they came in.
func (s *shop) keepsOut() {
	s.t.Helper()
	s.stolen(1001)
	ways := map[string]func(v *host.Visitor) host.Page{
		"login":    func(v *host.Visitor) host.Page { return v.Login(address(1001), password) },
		"checkout": func(v *host.Visitor) host.Page { return v.Checkout(address(1001), password) },
	}
	for name, way := range ways {
		for _, agent := range []string{host.PC, host.Smartphone, host.Phone} {
			v := s.Visitor(agent)
			p := way(v)
			has(s.t, name+" with "+agent, strings.ReplaceAll(p.Body, `\/`, "/"), map[bool]string{true: `{"success":"` + s.URL + `forgot/index.php"}`, false: "休止しています"}[agent == host.Smartphone])
			if v.IsMember() {
				s.t.Errorf("%s lets in who is barred, with %s", name, agent)
			}
		}
	}
	v := s.Visitor(host.PC)
	has(s.t, "after a login", v.Login(address(1001), password).Body, "お客様情報の確認")
	if v.Login(address(1002), password); !v.IsMember() {
		s.t.Error("somebody else is kept out")
	}
	s.do("UPDATE plg_exposure_member SET required = 1, barred_at = 1, renewal_key = NULL WHERE customer_id = 1002")
	s.do("INSERT INTO plg_exposure_member (customer_id, required, barred_at) SELECT 1002, 1, 1 WHERE NOT EXISTS (SELECT 1 FROM plg_exposure_member WHERE customer_id = 1002)")
	p := v.Get("index.php")
	has(s.t, "the page of somebody barred meanwhile", p.Body, "パスワードを忘れた方へ")
	if !strings.HasPrefix(p.Path, "forgot/") || strings.Contains(p.Path, "transactionid") {
		s.t.Errorf("it leads to %s", p.Path)
	}
	s.do("DELETE FROM plg_exposure_member WHERE customer_id = 1002")
	if v.IsMember() {
		s.t.Error("the session lives on")
	}
}

var csrf = regexp.MustCompile(`name="exposure_csrf" value="([0-9a-f]{64})"`)

func (s *shop) setsAPassword() {
	s.t.Helper()
	const ticket, chosen = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "tidy-otter-41-lantern"
	s.api.ticket(ticket, "1001")
	s.do("UPDATE dtb_customer SET password = '' WHERE customer_id = 1001")
	v := s.Visitor(host.PC)
	before := s.count("SELECT COUNT(*) FROM dtb_session")
	page := v.Get("forgot/?ticket=" + ticket)
	has(s.t, "the page of a ticket", page.Body, `value="`+ticket+`"`)
	if n := s.count("SELECT COUNT(*) FROM dtb_session WHERE sess_data LIKE '%" + ticket + "%'"); n != 0 || before == 0 {
		s.t.Error("the shop remembers the ticket")
	}
	form := url.Values{"exposure_step": {"redeem"}, "ticket": {ticket}, "exposure_csrf": {csrf.FindStringSubmatch(page.Body)[1]}}
	if p := s.Visitor(host.PC).Post("forgot/", form); p.Status != http.StatusForbidden {
		s.t.Errorf("a form from elsewhere: %d", p.Status)
	}
	page = v.Post("forgot/", form)
	has(s.t, "the form", page.Body, "新しいパスワードを決めてください", "会員番号", "1001")
	if page.Path != "forgot/" {
		s.t.Errorf("the form stands at %s", page.Path)
	}
	has(s.t, "a bad password", v.Post("forgot/", s.passwords(page, "short", "shorter")).Body, "同じではありません", "文字以上にしてください")
	page = v.Get("forgot/")
	has(s.t, "a new password", v.Post("forgot/", s.passwords(page, chosen, chosen)).Body, "パスワードを変えました", "mypage/login.php")
	if v.IsMember() {
		s.t.Error("nobody logged in, and is a member")
	}
	if v.Login(address(1001), chosen); !v.IsMember() {
		s.t.Errorf("the new password does not let in: %s", s.Log("site.log"))
	}
	s.doesWithoutSalt()
	if w := s.Visitor(host.PC); w.Login(address(1001), password).Status != 0 && w.IsMember() {
		s.t.Error("the old password lets in")
	}
	has(s.t, "a spent ticket", s.spend(ticket).Body, "このページの期限")
	for _, log := range []string{"site.log", "error.log", "customer.log"} {
		lacks(s.t, log, s.Log(log), ticket, chosen, address(1001))
	}
}

// doesWithoutSalt: rows from before 2.11 are read the old way, and stay so.
func (s *shop) doesWithoutSalt() {
	s.t.Helper()
	const ticket, chosen = "CCECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "tidy-otter-43-lantern"
	s.do("UPDATE dtb_customer SET password = '', salt = '' WHERE customer_id = 1002")
	s.api.ticket(ticket, "1002")
	v := s.Visitor(host.Smartphone)
	page := v.Get("forgot/?ticket=" + ticket)
	page = v.Post("forgot/", url.Values{"exposure_step": {"redeem"}, "ticket": {ticket}, "exposure_csrf": {csrf.FindStringSubmatch(page.Body)[1]}})
	has(s.t, "a new password without a salt", v.Post("forgot/", s.passwords(page, chosen, chosen)).Body, "パスワードを変えました")
	if v.Login(address(1002), chosen); !v.IsMember() || s.count("SELECT COUNT(*) FROM dtb_customer WHERE customer_id = 1002 AND salt <> ''") != 0 {
		s.t.Error("a member without a salt does not come in, or has one now")
	}
	s.do("UPDATE dtb_customer SET salt = 'saltsalt10' WHERE customer_id = 1002")
	s.stolen(1002)
}

func (s *shop) spend(ticket string) host.Page {
	v := s.Visitor(host.PC)
	page := v.Get("forgot/?ticket=" + ticket)
	return v.Post("forgot/", url.Values{"exposure_step": {"redeem"}, "ticket": {ticket}, "exposure_csrf": {csrf.FindStringSubmatch(page.Body)[1]}})
}

func (s *shop) passwords(page host.Page, first, second string) url.Values {
	return url.Values{"exposure_step": {"set"}, "password": {first}, "again": {second}, "exposure_csrf": {csrf.FindStringSubmatch(page.Body)[1]}}
}

// breaksNothing: with the plugin's own tables gone every page still comes, and whoever
// cannot be judged is a guest there.
func (s *shop) breaksNothing() {
	s.t.Helper()
	if notices := s.Log("error.log"); notices != "" {
		s.t.Errorf("PHP complained: %s", notices)
	}
	v := s.Visitor(host.PC)
	if v.Login(address(1002), password); !v.IsMember() {
		s.t.Fatal("a member cannot log in")
	}
	s.do("ALTER TABLE plg_exposure_member RENAME TO plg_exposure_away")
	for _, path := range []string{"index.php", "mypage/login.php", "shopping/", "forgot/"} {
		if p := s.Visitor(host.PC).Get(path); p.Status != http.StatusOK || strings.Contains(p.Body, "システムエラー") {
			s.t.Errorf("%s: %d %s", path, p.Status, p.Body)
		}
	}
	if p := v.Get("index.php"); p.Status != http.StatusOK {
		s.t.Errorf("the page of a member: %d", p.Status)
	}
	has(s.t, "the forgot page", v.Get("forgot/").Body, `content="closed"`)
	if v.IsMember() {
		s.t.Error("somebody stays logged in whom nobody can judge")
	}
	has(s.t, "the log", s.Log("site.log"), "ExposureReset: page: ExposureReset_Trouble")
	s.do("ALTER TABLE plg_exposure_away RENAME TO plg_exposure_member")
	if v.Login(address(1002), password); !v.IsMember() {
		s.t.Error("a member stays out")
	}
}

func (s *shop) leavesNothing() {
	s.t.Helper()
	s.owner.Turn("uninstall", "ExposureReset")
	if id, _ := s.owner.Plugin("ExposureReset"); id != "" {
		s.t.Error("the plugin is still there")
	}
	for _, from := range []string{
		"information_schema.tables WHERE table_name LIKE 'plg_exposure%' AND table_schema IN ('public', '" + s.Database + "')",
		"dtb_plugin", "dtb_plugin_hookpoint",
	} {
		if n := s.count("SELECT COUNT(*) FROM " + from); n != 0 {
			s.t.Errorf("%d are left in %s", n, from)
		}
	}
	has(s.t, "the forgot page of before", s.Visitor(host.PC).Get("forgot/").Body, `value="mail_check"`)
}
