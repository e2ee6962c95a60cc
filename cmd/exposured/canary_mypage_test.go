package main

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"exposure/internal/wire"
)

// order orders a reset for the member among the canaries and gives the shop's program a
// key, which is planted.
func (a *aviary) order(t *testing.T) {
	t.Helper()
	d := openDesk(t, a.site)
	d.order(t, a.shop.MemberID)
	a.key = a.plantToken(t, "MY page key", d.client(t, "shop", "gate,complete,list"), "exk_")
	must(t, d.db.Close()) // so that nothing but the server holds its files
}

// plantToken plants a token that is kept as a hash of its own, which tells nobody anything:
// the token is 256 random bits. It is looked for as text and as those bits.
func (a *aviary) plantToken(t *testing.T, what, token, prefix string) string {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(token, prefix))
	must(t, err)
	a.set.Plain(what, token)
	a.set.Bytes(what+", its bytes", raw)
	return token
}

// newPassword asks for the way to a new password. The one who is barred gets a ticket, which
// the shop redeems; ticket and key are sent to where they do not belong as well.
func (v *visitor) newPassword(t *testing.T, c *child, session string, barred bool) {
	t.Helper()
	key := v.a.key
	r := v.do(t, http.MethodPost, "/v1/password-reset", session, nil)
	if !barred {
		v.keep("a reset", r)
		return
	}
	var got wire.PasswordReset
	r.decode(t, &got)
	u, err := url.Parse(got.Url)
	must(t, err)
	ticket := v.a.plantToken(t, "reset ticket", u.Query().Get("ticket"), "")
	v.keep("a reset", r, ticket)
	shop := &visitor{from(c.private, here), v.a, "the shop"}
	own := http.Header{"Authorization": {"Bearer " + key}}
	redemption := "/v1/mypage/reset-tickets/" + ticket + "/redemption"
	if r := shop.send(t, "a redemption without a key", http.MethodPost, redemption, nil, ""); r.status != http.StatusUnauthorized {
		t.Errorf("without a key: %d", r.status)
	}
	r = ask(t, c.private, http.MethodPost, redemption, key)
	if r.status != http.StatusOK {
		t.Errorf("redeeming a ticket: %d %s", r.status, r.body)
	}
	shop.keep("a redemption", r, v.a.shop.MemberID) // which it has to name
	for i, path := range []string{redemption, gatePath(ticket), gatePath(key), "/v1/mypage/" + key + "?ticket=" + ticket, "/" + ticket} {
		shop.send(t, fmt.Sprint("path ", i), http.MethodPost, path, own, `{"`+ticket+`":"`+key+`"}`)
		shop.send(t, fmt.Sprint("asked for path ", i), http.MethodGet, path, own, "")
		v.send(t, fmt.Sprint("in public, path ", i), http.MethodPost, path, own, ticket)
	}
}
