package main

import (
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"exposure/internal/breach"
	"exposure/internal/kit/eccube2/host"
)

// TestTheKitInAShop is its whole life in a shop: installed, watching, on, gone.
func TestTheKitInAShop(t *testing.T) {
	program := buildOperator(t)
	everyKit(t, func(t *testing.T, d kitDatabase) {
		d.versions(func(t *testing.T, k *kitShop) {
			before := k.dump()
			k.install()
			k.watches(program)
			k.isSwitchedOn()
			k.orders(program)
			k.bars(program)
			k.renews(program)
			k.goes(before)
		})
	})
}

// dump is the shop's schema, and its rows but for sessions.
func (k *kitShop) dump() string {
	k.t.Helper()
	where := ` WHERE table_schema NOT IN ('information_schema', 'pg_catalog', 'mysql', 'performance_schema', 'sys') AND table_name NOT LIKE '%_seq' AND table_schema IN ('public', '` + k.Database + `') ORDER BY 1, 2, 3`
	all := k.rows(`SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns`+where) +
		k.rows(`SELECT table_name, constraint_type, COUNT(*) FROM information_schema.table_constraints`+strings.Replace(where, "ORDER BY", "AND constraint_type <> 'CHECK' GROUP BY 1, 2 ORDER BY", 1))
	for _, table := range []string{"dtb_customer", "dtb_plugin", "dtb_plugin_hookpoint", "dtb_member", "dtb_baseinfo", "mtb_reminder", "mtb_constants"} {
		all += "\n" + table + "\n" + k.rows(`SELECT * FROM `+table+` ORDER BY 1`)
	}
	return all
}

// watches: with settings and a list, in mode watch, the shop is as it was.
func (k *kitShop) watches(program string) {
	k.t.Helper()
	reads(k.t, "the admin before any setting", k.owner.Get("admin/ownersstore/index.php").Body, "exposure-reset-alert")
	reads(k.t, "saved settings", k.save(k.settings("watch")).Body, "保存しました")
	k.desk.order(k.t, "1001")
	customers := k.rows(`SELECT * FROM dtb_customer ORDER BY 1`)
	member := k.Visitor(host.PC)
	member.Login("hanako@example.com", kitPassword("1001"))
	k.round()
	k.pageRound()
	if got := k.rows(`SELECT * FROM dtb_customer ORDER BY 1`); got != customers {
		k.t.Errorf("the kit that only watches changed the members:\n%s\n%s", customers, got)
	}
	if !member.IsMember() || !k.lets("hanako@example.com", kitPassword("1001")) {
		k.t.Error("the kit that only watches keeps somebody out")
	}
	reads(k.t, "/forgot/ while the kit watches", k.Visitor(host.PC).Get("forgot/").Body, `value="mail_check"`)
	page := k.selfTest()
	reads(k.t, "the self-test", page.Body, "<td>監視のみ", "変更が必要な会員</th><td>1人", "使えなくする会員</th><td>1人", `class="mark is-ok"`)
	if strings.Contains(page.Body, k.key) || strings.Contains(page.Body, "mark is-bad") {
		k.t.Errorf("the self-test: %s", text(page.Body))
	}
	if said, err := k.operator(program, "reset", "order", "--member", "1002", "--commit"); err == nil || !strings.Contains(said, "forgot") {
		k.t.Errorf("an order before the kit is on: %v %s", err, said)
	}
}

// isSwitchedOn: from now on /forgot/ is closed.
func (k *kitShop) isSwitchedOn() {
	k.t.Helper()
	reads(k.t, "the kit switched on", k.save(k.settings("on")).Body, "保存しました", "<td>実施</td>")
	v := k.Visitor(host.PC)
	closed := v.Get("forgot/")
	reads(k.t, "/forgot/", closed.Body, `<meta name="exposure-forgot" content="closed">`, k.server.public)
	for name, want := range map[string]string{"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"} {
		if got := closed.Header.Get(name); got != want {
			k.t.Errorf("/forgot/ says %s: %q", name, got)
		}
	}
	form := url.Values{"mode": {"secret_check"}, "name01": {"山田"}, "name02": {"さん1002"}, "email": {"taro@example.com"}, "reminder": {"1"}, "reminder_answer": {"すずき"}}
	v.Get("mypage/login.php")
	hash := k.hashOf("1002")
	if p := v.Post("forgot/index.php", form); strings.Contains(p.Body, `id="new"`) || k.hashOf("1002") != hash {
		k.t.Error("the shop's old way to a new password still works")
	}
}

// orders: the operator's program sees the page and the kit, and takes the order now.
func (k *kitShop) orders(program string) {
	k.t.Helper()
	k.round()
	said, err := k.operator(program, "reset", "order", "--member", "1002", "--member", "1003", "--member", "1004", "--member", "1005", "--commit")
	if err != nil {
		k.t.Fatalf("ordering with the kit on: %v %s", err, said)
	}
	if got := k.desk.state(k.t, "1002"); got != breach.ResetRequired {
		k.t.Fatalf("the ordered member is %s", got)
	}
}

// bars: within a run the password is worthless and every session gone, and once more later.
func (k *kitShop) bars(program string) {
	k.t.Helper()
	other := k.Visitor(host.PC)
	other.Login("taro@example.com", kitPassword("1002"))
	stranger := k.Visitor(host.PC)
	stranger.Login("stranger@example.com", kitPassword("2001"))
	rest := `SELECT customer_id, salt, secret_key, update_date, reminder_answer FROM dtb_customer ORDER BY 1`
	before, sessions := k.rows(rest), k.rows(`SELECT COUNT(*) FROM dtb_session`)
	k.round()
	for _, id := range []string{"1001", "1002", "1003", "1004", "1005"} {
		if got := k.hashOf(id); got != "" {
			k.t.Errorf("the password of %s is %q", id, got)
		}
	}
	if k.hashOf("1006") != kitHash(kitPassword("1006")) || k.hashOf("2001") != kitHash(kitPassword("2001")) {
		k.t.Error("a password was changed that nobody ordered")
	}
	if after := k.rows(rest); after != before {
		k.t.Errorf("more than the password was changed:\n%s\n%s", before, after)
	}
	if got := k.rows(`SELECT COUNT(*) FROM dtb_session WHERE sess_data LIKE '%taro@example.com%'`); got != "0" || sessions == "0" {
		k.t.Errorf("%s sessions are left", got)
	}
	if other.IsMember() || k.lets("taro@example.com", kitPassword("1002")) || k.lets("taro@example.com", "") {
		k.t.Error("the old password or session still lets in")
	}
	if !stranger.IsMember() || !k.lets("stranger@example.com", kitPassword("2001")) {
		k.t.Error("somebody else was logged out")
	}
	k.sweepsTwice()
	reads(k.t, "the login form", k.Visitor(host.PC).Get("mypage/login.php").Body, "パスワードを使えなくしました", k.server.public)
	k.round()
	if said, err := k.operator(program, "reset", "status"); err != nil || !strings.Contains(said, "works") {
		k.t.Errorf("how far it is: %v %s", err, said)
	}
}

// sweepsTwice: what a request in flight put back is gone a minute later, and the gate is
// shut meanwhile.
func (k *kitShop) sweepsTwice() {
	k.t.Helper()
	k.do(`INSERT INTO dtb_session (sess_id, sess_data) VALUES ('%s', '%s')`, strings.Repeat("a", 26), k.session("1002", "taro@example.com"))
	k.do(`UPDATE plg_exposure_member SET swept_at = %d`, time.Now().Unix()-61)
	k.round()
	if got := k.rows(`SELECT COUNT(*) FROM dtb_session WHERE sess_data LIKE '%taro@example.com%'`); got != "0" {
		k.t.Errorf("a session that was put back is not ended a minute later: %s", got)
	}
	if got := k.rows(`SELECT sweeps FROM plg_exposure_member WHERE customer_id = 1002`); got != "2" {
		k.t.Errorf("sessions were ended %s times", got)
	}
}

// session is the text of a member's session.
func (k *kitShop) session(id, address string) string {
	return `customer|a:2:{s:11:"customer_id";s:` + strconv.Itoa(len(id)) + `:"` + id + `";s:5:"email";s:` + strconv.Itoa(len(address)) + `:"` + address + `";}`
}

// renews: the customer's way, from the look-up page to a new password.
func (k *kitShop) renews(program string) {
	k.t.Helper()
	const fresh = "Kaede-mo-momiji-mo-akai-7"
	v := k.Visitor(host.PC)
	form := k.redeem(v, k.ticket("taro@example.com"))
	if form.Path != "forgot/" {
		k.t.Errorf("after the ticket the address is %s", form.Path)
	}
	reads(k.t, "the form", form.Body, `name="password"`, "1002")
	for bad, words := range map[string]string{
		"short": "12文字以上", kitPassword("1002"): "これまでと同じ", "my name is taro@example.com": "メールアドレスが入った", "123456789012": "よく使われる",
	} {
		form = k.choose(v, form, bad)
		reads(k.t, "the form after "+bad, form.Body, words)
	}
	reads(k.t, "after the new password", k.choose(v, form, fresh).Body, "パスワードを変えました")
	if k.hashOf("1002") != kitHash(fresh) {
		k.t.Errorf("the shop stored %q", k.hashOf("1002"))
	}
	if v.IsMember() || k.lets("taro@example.com", kitPassword("1002")) || !k.lets("taro@example.com", fresh) || !k.lets("taro@example.com", fresh) {
		k.t.Error("the old password lets in, or the new one does not, or nobody has to log in")
	}
	if got := k.desk.state(k.t, "1002"); got != breach.ResetCompleted {
		k.t.Errorf("the reset is %s", got)
	}
	k.round()
	k.due()
	if k.hashOf("1002") != kitHash(fresh) || !k.lets("taro@example.com", fresh) {
		k.t.Error("the next run undid the new password")
	}
	said, err := k.operator(program, "reset", "status", "--json")
	if err != nil || !strings.Contains(strings.ReplaceAll(said, " ", ""), `"state":"works"`) {
		k.t.Errorf("how far it is: %v %s", err, said)
	}
}

// goes: the plugin is disabled and removed, and the shop is as before.
func (k *kitShop) goes(before string) {
	k.t.Helper()
	k.owner.Turn("disable", kitCode)
	reads(k.t, "/forgot/ of a disabled kit", k.Visitor(host.PC).Get("forgot/").Body, `value="mail_check"`)
	if p := k.Visitor(host.PC).Get("mypage/login.php"); strings.Contains(p.Body, "パスワードを使えなくしました") {
		k.t.Error("a disabled kit puts its note into the shop's pages")
	}
	k.owner.Turn("uninstall", kitCode)
	for _, m := range kitMembers() {
		k.do(`UPDATE dtb_customer SET password = '%s' WHERE customer_id = %s`, kitHash(kitPassword(m.id)), m.id)
	}
	if after := k.dump(); after != before {
		k.t.Errorf("the shop is not as it was:\n%s\n\n%s", before, after)
	}
}
