package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/client"
	"exposure/internal/kit/eccube2/host"
	"exposure/internal/reset"
)

// TestTheKitWithoutTheAPI: the last list decides, also what was set meanwhile is told later;
// a kit that never had a list keeps nobody out and says so in red.
func TestTheKitWithoutTheAPI(t *testing.T) {
	everyKit(t, func(t *testing.T, d kitDatabase) {
		k := d.open(t, "2.25.0")
		k.neverHadAList()
		k.line.mend()
		k.pageRound()
		k.selfTest()
		k.save(k.settings("on"))
		k.desk.order(t, "1002", "1003", "1004")
		k.round()
		k.lastListDecides()
		k.toldLater()
		k.orderedMeanwhile()
	})
}

func (k *kitShop) neverHadAList() {
	k.t.Helper()
	k.install()
	k.line.cut()
	k.desk.order(k.t, "1001")
	refused := k.save(k.settings("on"))
	reads(k.t, "a kit that never had a list, switched on", refused.Body, "「監視のみ」のままです", "正しい答えが返りません")
	k.do(`UPDATE dtb_plugin SET free_field1 = REPLACE(free_field1, 'mode=watch', 'mode=on')`)
	k.round()
	if !k.lets("hanako@example.com", kitPassword("1001")) || k.hashOf("1001") != kitHash(kitPassword("1001")) {
		k.t.Error("without any list somebody is kept out")
	}
	reads(k.t, "the admin", k.owner.Get("admin/home.php").Body, "exposure-reset-alert", "まだ一度もリストを取得していません")
	reads(k.t, "the page of the kit", k.owner.Get(k.owner.Config(kitCode)).Body, "まだ一度もリストを取得していません")
}

// lastListDecides: for an hour nobody answers.
func (k *kitShop) lastListDecides() {
	k.t.Helper()
	k.line.cut()
	hour := time.Now().Add(-time.Hour).Unix()
	k.do(`UPDATE plg_exposure_state SET value = '%d' WHERE name IN ('list_at', 'report_at')`, hour)
	k.desk.order(k.t, "1006")
	k.do(`UPDATE dtb_customer SET password = '%s' WHERE customer_id = 1002`, kitHash("set-by-the-shop"))
	for range 3 {
		k.round()
		k.pageRound()
	}
	if k.lets("taro@example.com", kitPassword("1002")) || k.lets("taro@example.com", "set-by-the-shop") {
		k.t.Error("without the API who is on the list gets in")
	}
	if !k.lets("later@example.com", kitPassword("1006")) || !k.lets("stranger@example.com", kitPassword("2001")) {
		k.t.Error("without the API somebody who is not on the last list is kept out")
	}
	reads(k.t, "/forgot/ without the API", k.Visitor(host.PC).Get("forgot/").Body, `content="closed"`)
	reads(k.t, "the admin", k.owner.Get("admin/home.php").Body, "exposure-reset-alert", "60分たっています")
	reads(k.t, "the self-test", k.selfTest().Body, "正しい答えが返りません", "一覧が360")
	k.line.mend()
}

// toldLater: the API goes away between the ticket and the password.
func (k *kitShop) toldLater() {
	k.t.Helper()
	const fresh = "Kaede-mo-momiji-mo-akai-7"
	v := k.Visitor(host.PC)
	ticket := k.ticket("taro@example.com")
	k.line.cut()
	away := k.redeem(v, ticket)
	if away.Status != http.StatusServiceUnavailable {
		k.t.Errorf("a ticket without the API: %d %s", away.Status, text(away.Body))
	}
	k.line.mend()
	form := k.redeem(v, ticket)
	k.line.cut()
	reads(k.t, "a new password without the API", k.choose(v, form, fresh).Body, "パスワードを変えました")
	if !k.lets("taro@example.com", fresh) || k.desk.state(k.t, "1002") != breach.ResetTicketIssued {
		k.t.Errorf("the member gets in: %v, the reset is %s", k.lets("taro@example.com", fresh), k.desk.state(k.t, "1002"))
	}
	k.round()
	reads(k.t, "the page of the kit", k.owner.Get(k.owner.Config(kitCode)).Body, "未送信</th><td>1件")
	k.line.mend()
	k.round()
	if got := k.desk.state(k.t, "1002"); got != breach.ResetCompleted || !k.lets("taro@example.com", fresh) {
		k.t.Errorf("told later, the reset is %s", got)
	}
	k.round()
	if k.hashOf("1002") != kitHash(fresh) {
		k.t.Error("a later run undid the new password")
	}
}

// orderedMeanwhile is made up for, and a hold keeps who is not barred yet as they are.
func (k *kitShop) orderedMeanwhile() {
	k.t.Helper()
	k.round()
	if k.hashOf("1006") != "" {
		k.t.Error("who was ordered while the API was away is not barred")
	}
	must(k.t, k.desk.Hold(k.t.Context(), "to look at it", operatorEntry(audit.ResetHold)))
	k.desk.order(k.t, "1005")
	k.round()
	if k.hashOf("1005") == "" || k.lets("later@example.com", kitPassword("1006")) {
		k.t.Error("a hold bars somebody anew, or lets somebody in")
	}
	must(k.t, k.desk.Release(k.t.Context(), operatorEntry(audit.ResetHold)))
	k.round()
	if k.hashOf("1005") != "" {
		k.t.Error("the end of a hold bars nobody")
	}
}

// TestTheKitTrustsNobodyElse: another server, another certificate, a wrong or ended key and
// answers that are none change nothing.
func TestTheKitTrustsNobodyElse(t *testing.T) {
	everyKit(t, func(t *testing.T, d kitDatabase) {
		k := d.open(t, "2.12.6")
		k.switchOn()
		k.desk.order(t, "1002")
		k.round()
		before := k.rows(`SELECT customer_id, password FROM dtb_customer ORDER BY 1`) + k.rows(`SELECT customer_id, required, barred_since FROM plg_exposure_member`)
		same := func(what string) {
			t.Helper()
			k.round()
			k.pageRound()
			if got := k.rows(`SELECT customer_id, password FROM dtb_customer ORDER BY 1`) + k.rows(`SELECT customer_id, required, barred_since FROM plg_exposure_member`); got != before {
				t.Errorf("%s changed the shop:\n%s\n%s", what, before, got)
			}
		}
		k.otherCertificates(same)
		k.answersThatAreNone(same)
		k.endedKeys(same)
		k.clockOff()
	})
}

// forgedList names other members, in the API's own words.
const forgedList = `{"members":[{"member_id":"2001","required":true,"state":"required","since":"2026-01-01T00:00:00Z"},
	{"member_id":"1002","required":false,"state":"completed","since":"2026-01-01T00:00:00Z"}],"next_cursor":"999999","more":false,"held":false}`

func forged(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(forgedList))
}

// otherCertificates: whoever sits on the line cannot even read the key.
func (k *kitShop) otherCertificates(same func(string)) {
	k.t.Helper()
	k.line.instead(forged)
	trusted := k.line.TLS.Certificates[0]
	year := 365 * 24 * time.Hour
	for what, c := range map[string]tls.Certificate{
		"a certificate of its own":          kitCertificate(k.t, nil, net.ParseIP("127.0.0.1"), year),
		"a certificate for another machine": kitCertificate(k.t, &trusted, net.ParseIP("127.0.0.9"), year),
		"a certificate that has ended":      kitCertificate(k.t, &trusted, net.ParseIP("127.0.0.1"), -time.Hour),
	} {
		k.line.asked("")
		k.line.show(&c)
		same(what)
		if n := k.line.asked(""); n != 0 {
			k.t.Errorf("%s got %d requests", what, n)
		}
		reads(k.t, "the self-test with "+what, k.selfTest().Body, "接続先の証明書を確認できません")
	}
	good := kitCertificate(k.t, &trusted, net.ParseIP("127.0.0.1"), year)
	k.line.mend()
	k.line.show(&good)
	k.line.asked("")
	same("a certificate of the authority that is trusted")
	if k.line.asked("") == 0 {
		k.t.Error("a good certificate gets no request either")
	}
	k.line.show(nil)
}

// kitCertificate is one for an address, made by that authority or by itself.
func kitCertificate(t *testing.T, by *tls.Certificate, ip net.IP, good time.Duration) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	c := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "kit"}, IPAddresses: []net.IP{ip},
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(good), BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	parent, signer := c, any(key)
	if by != nil {
		parent, err = x509.ParseCertificate(by.Certificate[0])
		must(t, err)
		signer = by.PrivateKey
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
	must(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// answersThatAreNone come from something in between that speaks with the right certificate.
func (k *kitShop) answersThatAreNone(same func(string)) {
	k.t.Helper()
	for what, answer := range map[string]http.HandlerFunc{
		"a page": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>maintenance</html>") },
		"a redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/other", http.StatusFound)
		},
		"half an answer": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", "5000")
			fmt.Fprint(w, forgedList[:100])
		},
		"too much": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, strings.Repeat(" ", 2<<20)+forgedList)
		},
		"ids that are SQL": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, strings.Replace(forgedList, `"2001"`, `"2001' OR '1'='1"`, 1))
		},
		"a refusal": func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusForbidden) },
	} {
		k.line.instead(answer)
		same(what)
	}
	k.line.mend()
}

// endedKeys: a wrong key, one of another kind, a revoked one, a suspended client.
func (k *kitShop) endedKeys(same func(string)) {
	k.t.Helper()
	k.desk.order(k.t, "1006")
	good := k.key
	enter := func(what, key string) {
		k.t.Helper()
		k.key = key
		reads(k.t, "settings with "+what, k.save(k.settings("on")).Body, "APIのキーが受け付けられません")
		same(what)
	}
	unknown, _ := client.NewKey(time.Now())
	enter("a key of nobody", unknown)
	enter("a key without the scopes", k.desk.client(k.t, "gate", "gate"))
	enter("a revoked key", func() string { k.desk.revoke(k.t, "kit"); return good }())
	k.key = k.desk.client(k.t, "second", "complete,list,enforce")
	_, err := k.desk.db.Clients(k.desk.keys).Change(k.t.Context(), operatorEntry(audit.ClientSuspend), "second", func(c client.Client) (client.Client, error) { return c.Suspend(time.Now()) })
	must(k.t, err)
	enter("a suspended client", k.key)
	k.key = k.desk.rotate(k.t, "second")
	reads(k.t, "settings with a good key", k.save(k.settings("on")).Body, "キーは有効です")
	k.round()
	if k.hashOf("1006") != "" {
		k.t.Error("with a new key the kit does not go on")
	}
}

// clockOff: a shop whose clock is hours off does its work, and says that it is.
func (k *kitShop) clockOff() {
	k.t.Helper()
	k.line.late.Store(int64(-5 * time.Hour))
	k.desk.order(k.t, "1005")
	k.round()
	k.round()
	if k.hashOf("1005") != "" || k.lets("keitai@example.com", kitPassword("1005")) {
		k.t.Error("with a clock that is off nobody is barred")
	}
	reads(k.t, "the self-test", k.selfTest().Body, "時計が")
	kits, err := k.desk.db.Clients(k.desk.keys).Kits(k.t.Context())
	must(k.t, err)
	if !slices.ContainsFunc(kits, func(r reset.Kit) bool { return slices.Contains(r.Findings, "clock") }) {
		k.t.Errorf("the kit reports %+v", kits)
	}
}
