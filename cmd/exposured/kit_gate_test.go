package main

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"exposure/internal/breach"
	"exposure/internal/kit/eccube2/host"
)

// TestTheKitKeepsOut: a member whose password was made worthless is kept out at every way in,
// by the shop's own list, although the shop gave them a password again.
func TestTheKitKeepsOut(t *testing.T) {
	everyKit(t, func(t *testing.T, d kitDatabase) {
		d.versions(func(t *testing.T, k *kitShop) {
			k.switchOn()
			k.desk.order(t, "1002", "1005")
			k.round()
			for _, id := range []string{"1002", "1005"} {
				k.do(`UPDATE dtb_customer SET password = '%s' WHERE customer_id = %s`, kitHash("set-by-the-shop"), id)
			}
			k.line.cut()
			k.keepsOutAtLogins()
			k.keepsOutPhones()
			k.keepsOutWhoIsIn()
			k.line.mend()
			k.findsThePassword()
		})
	})
}

// keepsOutAtLogins: at MY page's form and at the checkout's, by PC and by smartphone.
func (k *kitShop) keepsOutAtLogins() {
	k.t.Helper()
	k.line.asked("")
	for what, login := range map[string]func(*host.Visitor, string, string) host.Page{"MY page": (*host.Visitor).Login, "the checkout": (*host.Visitor).Checkout} {
		v := k.Visitor(host.PC)
		if p := login(v, "taro@example.com", "set-by-the-shop"); !strings.HasPrefix(p.Path, "forgot/") || v.IsMember() {
			k.t.Errorf("a login at %s ends at %s", what, p.Path)
		}
		v = k.Visitor(host.PC)
		if login(v, "stranger@example.com", kitPassword("2001")); !v.IsMember() {
			k.t.Errorf("somebody else is kept out at %s", what)
		}
		v = k.Visitor(host.Smartphone)
		if p := login(v, "taro@example.com", "set-by-the-shop"); !strings.Contains(p.Body, `"success"`) || !strings.Contains(strings.ReplaceAll(p.Body, `\/`, "/"), "/forgot/") || v.IsMember() {
			k.t.Errorf("a login by smartphone at %s: %s", what, p.Body)
		}
		v = k.Visitor(host.Smartphone)
		if p := login(v, "taro@example.com", "wrong"); !strings.Contains(p.Body, "login_error") {
			k.t.Errorf("a wrong password by smartphone at %s: %s", what, p.Body)
		}
	}
	if n := k.line.asked(""); n != 0 {
		k.t.Errorf("logins made %d calls", n)
	}
}

// keepsOutPhones: a feature phone is known by its number, and one whose member has no
// address on it never comes by the hook of logins.
func (k *kitShop) keepsOutPhones() {
	k.t.Helper()
	k.do(`UPDATE dtb_customer SET mobile_phone_id = 'phone1005' WHERE customer_id = 1005`)
	for _, mobile := range []string{"'keitai@example.net'", "NULL"} {
		k.do(`UPDATE dtb_customer SET email_mobile = %s WHERE customer_id = 1005`, mobile)
		v := k.Visitor(host.Phone)
		v.PhoneID = "phone1005"
		p := v.Login("", "set-by-the-shop")
		if !strings.HasPrefix(p.Path, "forgot/") || v.IsMember() {
			k.t.Errorf("a login by phone with the address %s ends at %s: %s", mobile, p.Path, text(p.Body))
		}
		reads(k.t, "the closed page on a phone", p.Body, "charset=Shift_JIS", "お客様情報の確認")
	}
}

// keepsOutWhoIsIn: a session that no sweep found ends at the next page.
func (k *kitShop) keepsOutWhoIsIn() {
	k.t.Helper()
	v := k.Visitor(host.PC)
	v.Get("index.php")
	k.do(`UPDATE dtb_session SET sess_data = '%s' WHERE sess_data NOT LIKE '%%customer|%%'`, k.session("1002", "taro@example.com"))
	if p := v.Get("mypage/index.php"); !strings.HasPrefix(p.Path, "forgot/") || v.IsMember() {
		k.t.Errorf("MY page with a session from before: %s", p.Path)
	}
	if left := k.rows(`SELECT COUNT(*) FROM dtb_session WHERE sess_data LIKE '%taro@example.com%' AND sess_data LIKE '%login%'`); left != "0" {
		k.t.Errorf("%s sessions hold the member", left)
	}
}

// findsThePassword: it is told, so that somebody asks the member, and made worthless again.
func (k *kitShop) findsThePassword() {
	k.t.Helper()
	ordered, err := k.desk.Get(k.t.Context(), "1002")
	must(k.t, err)
	time.Sleep(time.Until(ordered.Since.Truncate(time.Second).Add(time.Second))) // what is told in the second of the order is passed over
	k.round()
	if got := k.desk.state(k.t, "1002"); got != breach.ResetChangedUnverified {
		k.t.Errorf("a password that nobody told of: %s", got)
	}
	k.round()
	if got := k.hashOf("1002"); got != "" {
		k.t.Errorf("a password that nobody told of stays: %q", got)
	}
	if k.lets("taro@example.com", "set-by-the-shop") {
		k.t.Error("and lets in")
	}
}

// TestTheKitAsksWhichMember: two members with one mailbox set their passwords by one ticket,
// and no third one's.
func TestTheKitAsksWhichMember(t *testing.T) {
	everyKit(t, func(t *testing.T, d kitDatabase) {
		k := d.open(t, "2.25.0")
		k.switchOn()
		k.desk.order(t, "1002", "1003", "1004")
		k.round()
		v := k.Visitor(host.PC)
		form := k.redeem(v, k.ticket("couple@example.com"))
		reads(t, "the form", form.Body, `value="1003"`, `value="1004"`)
		for _, foreign := range []string{"1002", "2001", "1003 OR 1=1", ""} {
			form = k.choose(v, form, "Kaede-mo-momiji-mo-akai-7", "member", foreign)
			reads(t, "a form for "+foreign, form.Body, "会員番号を選んで")
		}
		done := k.choose(v, form, "Kaede-mo-momiji-mo-akai-7", "member", "1004")
		reads(t, "after the first password", done.Body, "パスワードを変えました")
		form = v.Post("forgot/", url.Values{"exposure_step": {"more"}, "exposure_csrf": {hidden(t, done.Body, "exposure_csrf")}})
		k.choose(v, form, "Sakura-mo-ume-mo-shiroi-8")
		if k.hashOf("1004") != kitHash("Kaede-mo-momiji-mo-akai-7") || k.hashOf("1003") != kitHash("Sakura-mo-ume-mo-shiroi-8") {
			t.Errorf("the passwords are %q and %q", k.hashOf("1004"), k.hashOf("1003"))
		}
		if k.hashOf("1002") != "" || k.hashOf("2001") != kitHash(kitPassword("2001")) {
			t.Error("the password of another member was set")
		}
		states := []breach.ResetState{k.desk.state(t, "1003"), k.desk.state(t, "1004"), k.desk.state(t, "1002")}
		if !slices.Equal(states, []breach.ResetState{breach.ResetCompleted, breach.ResetCompleted, breach.ResetRequired}) {
			t.Errorf("the resets are %v", states)
		}
	})
}
