package host_test

import (
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"exposure/internal/kit/eccube2/host"
)

func TestAShopLikeTheRealOne(t *testing.T) {
	everyShop(t, func(t *testing.T, r *rig) {
		r.membersLogIn()
		r.sessionsOutliveThePassword()
		r.forgottenPasswordsAreShown()
		r.aPluginLives()
		r.phonesAndSmartphones()
		r.nothingIsLeft()
	})
}

// What the real one refuses, and what it lets happen.
func TestAShopAsStrictAndAsLaxAsTheRealOne(t *testing.T) {
	everyShop(t, func(t *testing.T, r *rig) {
		r.requestsInFlight()
		r.quiet = false
		r.pluginsThatDoNotFit()
		r.waysOutForPlugins()
	})
}

func (r *rig) membersLogIn() {
	r.t.Helper()
	v := r.Visitor(host.PC)
	if p := v.Login(address, "another password"); !strings.Contains(p.Body, "パスワードが正しくありません") {
		r.t.Errorf("a wrong password: %d %s", p.Status, p.Body)
	}
	if v.IsMember() {
		r.t.Fatal("a wrong password lets in")
	}
	has(r.t, "MY page", v.Login(address, password).Body, `id="welcome">山田様`)
	text := r.value(`SELECT sess_data FROM dtb_session WHERE sess_data LIKE '%customer_id%'`)
	if !regexp.MustCompile(`customer\|a:41:\{s:11:"customer_id";s:1:"7";s:6:"name01";`).MatchString(text) {
		r.t.Errorf("a session is kept as %s", text)
	}
	has(r.t, "the checkout", r.Visitor(host.PC).Checkout(address, password).Body, "お届け先の指定", "山田様")
	if p := v.Post("forgot/index.php", url.Values{"mode": {"mail_check"}, "transactionid": {"wrong"}}); !strings.Contains(p.Body, "不正なページ移動") {
		r.t.Errorf("a form with a wrong token: %d %s", p.Status, p.Body)
	}
}

// sessionsOutliveThePassword: only a deleted row ends one.
func (r *rig) sessionsOutliveThePassword() {
	r.t.Helper()
	v := r.Visitor(host.PC)
	v.Login(address, password)
	r.do(`UPDATE dtb_customer SET password = ''`)
	if !v.IsMember() {
		r.t.Error("a session ended with its password")
	}
	if r.Visitor(host.PC).Login(address, ""); r.Visitor(host.PC).IsMember() {
		r.t.Error("a blank password lets in")
	}
	r.do(`DELETE FROM dtb_session`)
	if v.IsMember() {
		r.t.Error("a deleted session lives")
	}
}

func (r *rig) forgottenPasswordsAreShown() {
	r.t.Helper()
	v := r.Visitor(host.PC)
	form := url.Values{"mode": {"mail_check"}, "name01": {"山田"}, "name02": {"花子"}, "email": {address}}
	v.Get("forgot/index.php")
	has(r.t, "the secret question", v.Post("forgot/index.php", form).Body, `value="secret_check"`)
	form.Set("mode", "secret_check")
	form.Set("reminder", "1")
	form.Set("reminder_answer", "さとう")
	form.Del("transactionid")
	has(r.t, "a wrong answer", v.Post("forgot/index.php", form).Body, "一致しませんでした")
	form.Set("reminder_answer", "すずき")
	m := regexp.MustCompile(`id="new">([0-9a-f]{8})<`).FindStringSubmatch(v.Post("forgot/index.php", form).Body)
	if m == nil {
		r.t.Fatal("no new password is shown")
	}
	if r.Visitor(host.PC).Login(address, m[1]); r.value(`SELECT salt FROM dtb_customer`) != "saltsalt10" {
		r.t.Error("the salt changed")
	}
	v = r.Visitor(host.PC)
	if v.Login(address, m[1]); !v.IsMember() {
		r.t.Error("the new password does not let in")
	}
	r.do(`UPDATE dtb_customer SET password = '` + hash(password, "saltsalt10") + `'`)
}

func (r *rig) aPluginLives() {
	r.t.Helper()
	owner := r.Owner()
	if stranger := r.Visitor(host.PC).Get("admin/ownersstore/index.php"); strings.Contains(stranger.Body, "プラグイン管理") {
		r.t.Error("anybody may install plugins")
	}
	owner.Upload("Probe.tar.gz", probe(r.t, nil))
	if id, enabled := owner.Plugin("Probe"); id == "" || enabled || r.value(`SELECT free_field1 FROM dtb_plugin`) != "installed" {
		r.t.Fatalf("after the upload the plugin is %q, enabled %v", id, enabled)
	}
	if p := r.Visitor(host.PC).Get("index.php"); p.Header.Get("X-Probe") != "" {
		r.t.Error("a plugin that is not enabled is called")
	}
	owner.Turn("enable", "Probe")
	r.pluginIsCalled()
	config := owner.Config("Probe")
	owner.Get(config)
	has(r.t, "the plugin's page", owner.Post(config, url.Values{"mode": {"save"}, "word": {"一語"}}).Body, `id="word">一語<`)
	owner.Post(config, url.Values{"mode": {"save"}, "word": {"other"}, "transactionid": {"wrong"}})
	if got := r.value(`SELECT free_field2 FROM dtb_plugin`); got != "一語" {
		r.t.Errorf("a form with a wrong token saved %s", got)
	}
}

func (r *rig) pluginIsCalled() {
	r.t.Helper()
	v := r.Visitor(host.PC)
	r.Hooks()
	if p := v.Get("forgot/index.php"); p.Header.Get("X-Probe") != "forgot" || p.Header.Get("X-Probe-Forgot") != "called" || !strings.Contains(p.Body, "<!-- probe ") {
		r.t.Errorf("the plugin at the page for forgotten passwords: %v %s", p.Header, p.Body)
	}
	has(r.t, "the login form", v.Get("mypage/login.php").Body, `<p id="probe">お知らせMYページ(ログイン)</p>`)
	if p := v.Post("forgot/index.php", url.Values{"transactionid": {"wrong"}}); p.Header.Get("X-Probe") != "forgot" {
		r.t.Error("the plugin comes after the token was checked")
	}
	r.Hooks()
	v.Login(address, password)
	hooks := strings.Join(r.Hooks(), " ")
	names := []string{"LC_Page_preProcess", "LC_Page_FrontParts_LoginCheck_action_before", "LC_Page_FrontParts_LoginCheck_action_login"}
	has(r.t, "the hooks of a login", hooks, names...)
	if has := slices.Contains(strings.Fields(hooks), "LC_Page_FrontParts_LoginCheck_Ex_action_login"); has != strings.HasPrefix(r.version(), "2.12") {
		r.t.Errorf("the hooks of a login in %s: %s", r.version(), hooks)
	}
	if has := slices.Contains(strings.Fields(hooks), "LC_Page_AbstractMypage_action_before"); has == strings.HasPrefix(r.version(), "2.12") {
		r.t.Errorf("the hooks of MY page in %s: %s", r.version(), hooks)
	}
	if got := r.value(`SELECT value FROM plg_probe`); got != "7" {
		r.t.Errorf("at the hook of a login the member is %s", got)
	}
	if p := v.Get("index.php?probe_bar=1"); !strings.HasPrefix(p.Path, "forgot/index.php") || v.IsMember() {
		r.t.Errorf("the plugin cannot end a session: %s", p.Path)
	}
}

// version is what the shop was opened as.
func (r *rig) version() string {
	return r.t.Name()[strings.LastIndex(r.t.Name(), "/")+1:]
}

func (r *rig) phonesAndSmartphones() {
	r.t.Helper()
	v := r.Visitor(host.Smartphone)
	if p := v.Login(address, password); !strings.Contains(p.Body, `{"success":"\/mypage\/index.php"}`) || p.Header.Get("X-Probe-Login") != "7" {
		r.t.Errorf("a login by smartphone: %v %s", p.Header, p.Body)
	}
	if p := r.Visitor(host.Smartphone).Login(address, "wrong"); p.Header.Get("X-Probe-Login") != "nobody" {
		r.t.Errorf("a refused login by smartphone: %v %s", p.Header, p.Body)
	}
	if got := r.value(`SELECT count(*) FROM plg_probe WHERE value IS NULL`); got != "1" {
		r.t.Errorf("an empty text is kept as NULL %s times, want once", got)
	}
	r.do(`UPDATE dtb_customer SET email_mobile = 'hanako@docomo.ne.jp'`)
	phone := r.Visitor(host.Phone)
	phone.PhoneID = "phone123"
	if p := phone.Post("mypage/login.php", url.Values{"mode": {"login"}}); !strings.HasPrefix(p.Path, "index.php?ECSESSID=") {
		r.t.Errorf("a phone's form without a session leads to %s", p.Path)
	}
	phone = r.Visitor(host.Phone)
	phone.PhoneID = "phone123"
	if p := phone.Get("forgot/index.php?ticket=abc"); !strings.HasPrefix(p.Path, "forgot/index.php?ticket=abc&ECSESSID=") {
		r.t.Errorf("a phone without a session is led to %s", p.Path)
	}
	has(r.t, "a phone's form", phone.Get("mypage/login.php").Body, "ﾛｸﾞｲﾝ", "お客様", "charset=Shift_JIS")
	has(r.t, "MY page on a phone", phone.Login(address, password).Body, "山田様")
	again := r.Visitor(host.Phone)
	again.PhoneID = "phone123"
	if p := again.Get("mypage/login.php"); strings.Contains(p.Body, "login_email") {
		r.t.Errorf("a known phone is asked for an address: %s", p.Body)
	}
	again.Login("", password)
	if !again.IsMember() {
		r.t.Error("a known phone needs more than the password")
	}
}

func (r *rig) nothingIsLeft() {
	r.t.Helper()
	owner := r.Owner()
	owner.Turn("disable", "Probe")
	if p := r.Visitor(host.PC).Get("mypage/login.php"); p.Header.Get("X-Probe") != "" || strings.Contains(p.Body, "お知らせ") {
		r.t.Error("a disabled plugin is called, or what it put into a page is still there")
	}
	owner.Turn("uninstall", "Probe")
	if id, _ := owner.Plugin("Probe"); id != "" || r.value(`SELECT count(*) FROM dtb_plugin_hookpoint`) != "0" {
		r.t.Error("an uninstalled plugin is still there")
	}
	if got := r.value(`SELECT count(*) FROM information_schema.tables WHERE table_name = 'plg_probe'`); got != "0" {
		r.t.Error("the plugin's own uninstall was not called")
	}
}

// requestsInFlight: a request that read its session before the row was deleted puts it back.
func (r *rig) requestsInFlight() {
	r.t.Helper()
	v := r.Visitor(host.PC)
	v.Login(address, password)
	slow := `<?php
define('SAFE', true);
require $argv[1];
$s = new SC_Helper_Session_Ex();
$id = SC_Query_Ex::getSingletonInstance()->get('sess_id', 'dtb_session', "sess_data LIKE '%customer_id%'");
$data = $s->sfSessRead($id);
SC_Query_Ex::getSingletonInstance()->delete('dtb_session');
$s->sfSessWrite($id, $data);
echo 'done';`
	file := filepath.Join(r.t.TempDir(), "slow.php")
	if err := os.WriteFile(file, []byte(slow), 0o600); err != nil {
		r.t.Fatal(err)
	}
	if said := r.Run(file, filepath.Join(r.Dir, "data/require_base.php")); said != "done" || !v.IsMember() {
		r.t.Errorf("a request in flight did not put its session back: %s", said)
	}
}

// pluginsThatDoNotFit: since 2.17.2 a plugin that extends the base class must be static.
func (r *rig) pluginsThatDoNotFit() {
	r.t.Helper()
	extending := `<?php
class Probe extends SC_Plugin_Base
{
    public function install($arrPlugin, $objPluginInstaller = null) {}
    public function uninstall($arrPlugin, $objPluginInstaller = null) {}
    public function enable($arrPlugin, $objPluginInstaller = null) {}
    public function disable($arrPlugin, $objPluginInstaller = null) {}
}`
	owner := r.Owner()
	p := owner.Upload("Probe.tar.gz", probe(r.t, map[string]string{"Probe.php": extending}))
	if fits := p.Status == 200; fits != (r.version() == "2.12.6") {
		r.t.Errorf("a plugin that extends the base class, in %s: %d %s", r.version(), p.Status, r.Log("error.log"))
	}
	if r.version() == "2.12.6" {
		owner.Turn("uninstall", "Probe")
	}
	failing := strings.Replace(extending, "class Probe extends SC_Plugin_Base", "class Probe", 1)
	failing = strings.ReplaceAll(failing, "public function", "public static function")
	failing = strings.Replace(failing, "install($arrPlugin, $objPluginInstaller = null) {}", "install($arrPlugin, $objPluginInstaller = null) { return 'だめです'; }", 1)
	p = owner.Upload("Probe.tar.gz", probe(r.t, map[string]string{"Probe.php": failing}))
	if id, _ := owner.Plugin("Probe"); r.version() != "2.12.6" && (id != "" || !strings.Contains(p.Body, "だめです")) {
		r.t.Errorf("a plugin whose install says no: %q %s", id, p.Body)
	} else if id != "" {
		owner.Turn("uninstall", "Probe")
	}
}

func (r *rig) waysOutForPlugins() {
	r.t.Helper()
	owner := r.Owner()
	owner.Upload("Probe.tar.gz", probe(r.t, nil))
	owner.Turn("enable", "Probe")
	v := r.Visitor(host.PC)
	if p := v.Get("index.php?probe_exit=1"); p.Status != 500 || !strings.Contains(p.Body, "システムエラー") {
		r.t.Errorf("a plugin that calls actionExit: %d %s", p.Status, p.Body)
	}
	if p := v.Get("index.php?probe_away=1"); p.Status != 500 || !strings.Contains(p.Body, "システムエラー") {
		r.t.Errorf("a plugin that redirects to another shop: %d %s", p.Status, p.Body)
	}
}
