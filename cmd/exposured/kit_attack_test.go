package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"exposure/internal/breach"
	"exposure/internal/kit/eccube2/host"
)

const chosenInKit = "Kaede-mo-momiji-mo-akai-7"

// TestTheKitUnderAttack: tickets that are not one's own, forms of other sites, and words that
// are more than words.
func TestTheKitUnderAttack(t *testing.T) {
	everyKit(t, func(t *testing.T, d kitDatabase) {
		k := d.open(t, "2.25.0")
		k.switchOn()
		k.desk.order(t, "1002", "1003", "1006")
		k.round()
		k.foreignForms()
		k.replayedTickets()
		k.ticketsOfOthers()
		k.wordsThatAreMore()
		k.idsThatAreMore()
	})
}

// foreignForms: a page of another site can send the visitor's session along, but not its token.
func (k *kitShop) foreignForms() {
	k.t.Helper()
	ticket := k.ticket("taro@example.com")
	v, other := k.Visitor(host.PC), k.Visitor(host.PC)
	opened := v.Get("forgot/?ticket=" + ticket)
	others := hidden(k.t, other.Get("forgot/?ticket="+ticket).Body, "exposure_csrf")
	for what, form := range map[string]url.Values{
		"no token":              {"exposure_step": {"redeem"}, "ticket": {ticket}},
		"another visitor's":     {"exposure_step": {"redeem"}, "ticket": {ticket}, "exposure_csrf": {others}},
		"an empty one":          {"exposure_step": {"redeem"}, "ticket": {ticket}, "exposure_csrf": {""}},
		"a list instead of one": {"exposure_step": {"redeem"}, "ticket": {ticket}, "exposure_csrf[]": {hidden(k.t, opened.Body, "exposure_csrf")}},
	} {
		if p := v.Post("forgot/", form); p.Status != http.StatusForbidden {
			k.t.Errorf("a ticket by a form with %s: %d %s", what, p.Status, text(p.Body))
		}
	}
	if n := k.line.asked("redemption"); n != 0 {
		k.t.Errorf("foreign forms spent the ticket %d times", n)
	}
	form := k.redeem(v, ticket)
	for what, token := range map[string]string{"another visitor's": others, "none": ""} {
		set := url.Values{"exposure_step": {"set"}, "password": {chosenInKit}, "again": {chosenInKit}, "exposure_csrf": {token}}
		if p := v.Post("forgot/", set); p.Status != http.StatusForbidden || k.hashOf("1002") != "" {
			k.t.Errorf("a password by a form with the token %s: %d %q", what, p.Status, k.hashOf("1002"))
		}
	}
	set := url.Values{"exposure_step": {"set"}, "password": {chosenInKit}, "again": {chosenInKit}, "exposure_csrf": {others}, "member": {"1002"}}
	if p := other.Post("forgot/", set); p.Status != http.StatusGone || k.hashOf("1002") != "" {
		k.t.Errorf("a password by who redeemed nothing: %d %q", p.Status, k.hashOf("1002"))
	}
	k.choose(v, form, chosenInKit)
	if k.hashOf("1002") != kitHash(chosenInKit) {
		k.t.Error("after foreign forms the member's own one is not taken")
	}
}

// replayedTickets: what was used once opens nothing.
func (k *kitShop) replayedTickets() {
	k.t.Helper()
	ticket := k.ticket("later@example.com")
	v := k.Visitor(host.PC)
	form := k.redeem(v, ticket)
	done := k.choose(v, form, chosenInKit)
	reads(k.t, "after the password", done.Body, "パスワードを変えました")
	for what, again := range map[string]*host.Visitor{"the same visitor": v, "another": k.Visitor(host.PC)} {
		if p := k.redeem(again, ticket); p.Status != http.StatusGone {
			k.t.Errorf("a used ticket of %s: %d %s", what, p.Status, text(p.Body))
		}
	}
	set := url.Values{"exposure_step": {"set"}, "password": {"Another-password-9"}, "again": {"Another-password-9"}, "exposure_csrf": {hidden(k.t, form.Body, "exposure_csrf")}}
	v.Post("forgot/", set)
	if k.hashOf("1006") != kitHash(chosenInKit) {
		k.t.Error("the form sent again set another password")
	}
	for _, bad := range []string{"", "short", strings.Repeat("A", 43), strings.Repeat("A", 5000), `"><script>alert(1)</script>`, "%00", "' OR '1'='1"} {
		p := k.redeem(k.Visitor(host.PC), url.QueryEscape(bad))
		if p.Status != http.StatusGone && p.Status != http.StatusNotFound {
			k.t.Errorf("the ticket %.50q: %d", bad, p.Status)
		}
		harmless(k.t, "a page for the ticket "+bad, p.Body)
	}
	if p := k.Visitor(host.PC).Get("forgot/?ticket[]=" + ticket); p.Status != http.StatusGone {
		k.t.Errorf("a list of tickets: %d", p.Status)
	}
}

// ticketsOfOthers: a ticket is good for whom it was given, whatever number the form holds.
func (k *kitShop) ticketsOfOthers() {
	k.t.Helper()
	k.do(`UPDATE dtb_customer SET del_flg = 1 WHERE customer_id = 1004`)
	v := k.Visitor(host.PC)
	form := k.redeem(v, k.desk.ticketFor(k.t, "1003"))
	before := k.rows(`SELECT customer_id, password FROM dtb_customer WHERE customer_id <> 1003 ORDER BY 1`)
	form = k.choose(v, form, chosenInKit, "member", "2001")
	reads(k.t, "a form for another member", form.Body, "会員番号を選んで")
	k.choose(v, form, chosenInKit, "customer_id", "2001", "ids", "2001")
	if got := k.rows(`SELECT customer_id, password FROM dtb_customer WHERE customer_id <> 1003 ORDER BY 1`); got != before {
		k.t.Errorf("the form's number counts:\n%s\n%s", before, got)
	}
	if k.hashOf("1003") != kitHash(chosenInKit) || k.desk.state(k.t, "1003") != breach.ResetCompleted {
		k.t.Errorf("the member's own password is %q, the reset %s", k.hashOf("1003"), k.desk.state(k.t, "1003"))
	}
}

// harmless: nothing of what was put in is more than text.
func harmless(t testing.TB, what, body string) {
	t.Helper()
	for _, part := range []string{"<script>alert", "<img src=x", `href="javascript:`, "onerror=alert(1)>"} {
		if strings.Contains(body, part) {
			t.Errorf("%s holds %q: %s", what, part, body)
		}
	}
}

// wordsThatAreMore: settings come from people; a page that shows them shows text.
func (k *kitShop) wordsThatAreMore() {
	k.t.Helper()
	kept := k.rows(`SELECT free_field1 FROM dtb_plugin`)
	settings, err := url.ParseQuery(kept)
	must(k.t, err)
	evil := `"><script>alert(1)</script><img src=x onerror=alert(1)>'`
	for _, name := range []string{"shop_name", "notice_date", "phone"} {
		settings.Set(name, evil)
	}
	settings.Set("lookup_url", "javascript:alert(1)")
	k.do(`UPDATE dtb_plugin SET free_field1 = '%s'`, strings.ReplaceAll(settings.Encode(), "+", "%20"))
	v := k.Visitor(host.PC)
	config := k.owner.Config(kitCode)
	for what, p := range map[string]host.Page{
		"/forgot/": v.Get("forgot/"), "the ticket's page": v.Get("forgot/?ticket=" + strings.Repeat("A", 43)), "an expired ticket's": v.Get("forgot/?ticket=x"),
		"the login": v.Get("mypage/login.php"), "the checkout": v.Get("shopping/index.php"), "the kit's page": k.owner.Get(config), "the admin": k.owner.Get("admin/home.php"),
	} {
		harmless(k.t, what, p.Body)
		if p.Status >= http.StatusInternalServerError {
			k.t.Errorf("%s: %d", what, p.Status)
		}
	}
	phone := k.Visitor(host.Phone)
	harmless(k.t, "/forgot/ on a phone", phone.Get("forgot/").Body)
	k.do(`UPDATE dtb_plugin SET free_field1 = '%s'`, kept)
	form := k.settings("on")
	form.Set("shop_name", evil)
	harmless(k.t, "the kit's page after saving", k.save(form).Body)
	form.Set("lookup_url", "javascript:alert(1)")
	reads(k.t, "an address that is none", k.save(form).Body, "保存していません")
	form = k.settings("watch")
	form.Set("transactionid", "wrong")
	k.save(form)
	if strings.Contains(k.rows(`SELECT free_field1 FROM dtb_plugin`), "mode=watch") {
		k.t.Error("a form of another site switches the kit off")
	}
	k.save(k.settings("on"))
}

// idsThatAreMore: numbers that this shop has not are passed over, and never SQL.
func (k *kitShop) idsThatAreMore() {
	k.t.Helper()
	members := k.rows(`SELECT COUNT(*) FROM plg_exposure_member`)
	ids := []string{"0", "01001", "99999999999", "2147483648", "1001.0", "abc", "_", "-5"}
	k.line.instead(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "password-resets") {
			k.line.api.ServeHTTP(w, r)
			return
		}
		var list []string
		for _, id := range ids {
			list = append(list, fmt.Sprintf(`{"member_id":%q,"required":true,"state":"required","since":"2026-01-01T00:00:00Z"}`, id))
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"members":[%s],"next_cursor":"1","more":false,"held":false}`, strings.Join(list, ","))
	})
	k.round()
	k.line.mend()
	if got := k.rows(`SELECT COUNT(*) FROM plg_exposure_member`); got != members {
		k.t.Errorf("of %d numbers that are none the kit kept some: %s, before %s", len(ids), got, members)
	}
	for _, id := range []string{"1001", "2001"} {
		if k.hashOf(id) != kitHash(kitPassword(id)) {
			k.t.Errorf("the password of %s is gone", id)
		}
	}
	v := k.Visitor(host.PC)
	v.Get("index.php")
	k.do(`UPDATE dtb_session SET sess_data = '%s' WHERE sess_data NOT LIKE '%%customer|%%'`, strings.ReplaceAll(k.session(`1' OR '1'='1`, "x@example.com"), "'", "''"))
	if p := v.Get("mypage/index.php"); p.Status != http.StatusOK {
		k.t.Errorf("a session with a number that is SQL: %d", p.Status)
	}
}
