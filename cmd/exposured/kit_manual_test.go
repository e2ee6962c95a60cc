package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"exposure/internal/breach"
	"exposure/internal/kit/eccube2/host"
)

// TestTheKitWithoutPlugin: two lines in a shop that takes no plugins do the same.
func TestTheKitWithoutPlugin(t *testing.T) {
	everyKit(t, func(t *testing.T, d kitDatabase) {
		k := d.open(t, "2.12.6")
		before := k.dump()
		dir := k.putIn()
		reads(t, "/forgot/ while the kit watches", k.Visitor(host.PC).Get("forgot/").Body, `value="mail_check"`)
		k.enter(dir, "on")
		reads(t, "/forgot/", k.Visitor(host.PC).Get("forgot/").Body, `content="closed"`)
		k.desk.order(t, "1002")
		k.byHand(dir)
		v := k.Visitor(host.PC)
		k.do(`UPDATE dtb_customer SET password = '%s' WHERE customer_id = 1002`, kitHash("set-by-the-shop"))
		if p := v.Login("taro@example.com", "set-by-the-shop"); v.IsMember() || !strings.HasPrefix(p.Path, "forgot/") {
			t.Errorf("a login leads to %s", p.Path)
		}
		if !k.lets("stranger@example.com", kitPassword("2001")) {
			t.Error("somebody else is kept out")
		}
		reads(t, "the login", k.Visitor(host.PC).Get("mypage/login.php").Body, "パスワードを使えなくしました", k.server.public)
		reads(t, "the admin", k.owner.Get("admin/home.php").Body, "ログイン中")
		form := k.redeem(v, k.ticket("taro@example.com"))
		reads(t, "after the password", k.choose(v, form, chosenInKit).Body, "パスワードを変えました")
		if !k.lets("taro@example.com", chosenInKit) || k.desk.state(t, "1002") != breach.ResetCompleted {
			t.Errorf("with the new password the member gets in: %v, the reset is %s", k.lets("taro@example.com", chosenInKit), k.desk.state(t, "1002"))
		}
		k.takeOut(dir)
		k.do(`UPDATE dtb_customer SET password = '%s' WHERE customer_id = 1002`, kitHash(kitPassword("1002")))
		if after := k.dump(); after != before {
			t.Errorf("the shop is not as it was:\n%s\n\n%s", before, after)
		}
	})
}

// putIn copies the folder, enters the settings, has a run make the tables and puts in the
// two lines.
func (k *kitShop) putIn() string {
	k.t.Helper()
	dir := filepath.Join(k.t.TempDir(), "exposure")
	must(k.t, os.CopyFS(dir, os.DirFS(filepath.Join(written(k.t), "without-plugin"))))
	k.enter(dir, "watch")
	k.byHand(dir)
	k.putLine(filepath.Join(k.Dir, "html/require.php"), "require_once '"+dir+"/exposure-front.php';\n", false)
	for _, device := range []string{"default", "sphone", "mobile"} {
		k.putLine(filepath.Join(k.Programs, "templates", device, "mypage/login.tpl"), `<!--{include_php file="`+dir+`/exposure-note.php"}-->`, true)
	}
	return dir
}

// putLine puts a line into a file of the shop.
func (k *kitShop) putLine(file, line string, first bool) {
	k.t.Helper()
	text, err := os.ReadFile(file)
	must(k.t, err)
	whole := string(text) + line
	if first {
		whole = line + string(text)
	}
	must(k.t, os.WriteFile(file, []byte(whole), 0o644))
}

// enter writes the settings.
func (k *kitShop) enter(dir, mode string) {
	k.t.Helper()
	var out strings.Builder
	for name, values := range k.settings(mode) {
		fmt.Fprintf(&out, "'%s' => '%s',\n", name, values[0])
	}
	must(k.t, os.WriteFile(filepath.Join(dir, "exposure-settings.php"), []byte("<?php\nreturn array(\n"+out.String()+");\n"), 0o644))
}

// byHand is a run from cron.
func (k *kitShop) byHand(dir string) {
	k.t.Helper()
	if k.rows(`SELECT COUNT(*) FROM information_schema.tables WHERE table_name = 'plg_exposure_state'`) != "0" {
		k.due()
	}
	k.Run(filepath.Join(dir, "exposure-cron.php"), filepath.Join(k.Dir, "html"))
}

// takeOut takes the lines out again and drops the tables.
func (k *kitShop) takeOut(dir string) {
	k.t.Helper()
	file := filepath.Join(k.Dir, "html/require.php")
	text, err := os.ReadFile(file)
	must(k.t, err)
	must(k.t, os.WriteFile(file, []byte(strings.Replace(string(text), "require_once '"+dir+"/exposure-front.php';\n", "", 1)), 0o644))
	k.Run(filepath.Join(dir, "exposure-cron.php"), filepath.Join(k.Dir, "html"), "uninstall")
	reads(k.t, "/forgot/ afterwards", k.Visitor(host.PC).Get("forgot/").Body, `value="mail_check"`)
}
