package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/client"
	"exposure/internal/demo"
	"exposure/internal/live"
	"exposure/internal/reset"
)

// shopfloor is a server, its operator, and one member whose reset is ordered.
type shopfloor struct {
	*running
	site   site
	shop   *demo.Shop
	desk   *desk
	member member
	other  member // ordered, too
	store  *live.RedisServer
	mypage string // base URL of the MY page listener
}

// openShopfloor starts a server with a MY page listener of its own. Without a store
// everything is in memory.
func openShopfloor(t *testing.T, store *live.RedisServer, flags ...string) *shopfloor {
	t.Helper()
	s, shop := smallSite(t)
	f := &shopfloor{site: s, shop: shop, store: store}
	members := membersOf(shop, false, false)
	f.member, f.other = members[0], members[1]
	f.desk = openDesk(t, s)
	f.desk.order(t, f.member.id, f.other.id)
	f.start(t, flags...)
	return f
}

func (f *shopfloor) start(t *testing.T, flags ...string) {
	t.Helper()
	url := ""
	if f.store != nil {
		url = f.store.URL()
	}
	f.running = f.site.serve(t, url, openPostOffice(t).url, append([]string{"--mypage-addr", "127.0.0.1:0"}, flags...)...)
	f.mypage = f.running.mypage(t)
}

// mypage is where the server said it serves the shop's programs.
func (r *running) mypage(t testing.TB) string {
	t.Helper()
	for line := range strings.Lines(r.log.String()) {
		var said struct{ Msg, MyPage string }
		if json.Unmarshal([]byte(line), &said) == nil && said.Msg == "serving" {
			return "http://" + said.MyPage
		}
	}
	t.Fatal("the server did not say where it serves the shop's programs")
	return ""
}

// client adds a client as the operator's program does, and returns its key.
func (d *desk) client(t testing.TB, name, scopes string) string {
	t.Helper()
	text, key := client.NewKey(time.Now())
	_, err := d.db.Clients(d.keys).Change(t.Context(), operatorEntry(audit.ClientAdd), name, func(client.Client) (client.Client, error) {
		all, err := client.ParseScopes(scopes)
		must(t, err)
		return client.New(name, all, key)
	})
	must(t, err)
	return text
}

// rotate gives a client a new key.
func (d *desk) rotate(t testing.TB, name string) string {
	t.Helper()
	text, key := client.NewKey(time.Now())
	_, err := d.db.Clients(d.keys).Change(t.Context(), operatorEntry(audit.ClientRotate), name, func(c client.Client) (client.Client, error) {
		return c.Rotate(key)
	})
	must(t, err)
	return text
}

// revoke ends the oldest key of a client.
func (d *desk) revoke(t testing.TB, name string) {
	t.Helper()
	_, err := d.db.Clients(d.keys).Change(t.Context(), operatorEntry(audit.ClientRevoke), name, func(c client.Client) (client.Client, error) {
		return c.Revoke(c.Keys[0].ID())
	})
	must(t, err)
}

// ticketFor is what the look-up page hands out to members of one mailbox.
func (d *desk) ticketFor(t testing.TB, ids ...string) string {
	t.Helper()
	ticket, err := d.shop.Issue(t.Context(), reset.TicketOrder{Members: ids, Actor: audit.Actor{Kind: audit.Customer}, Version: d.version})
	must(t, err)
	return ticket.Token
}

// ask calls the MY page API at a base URL.
func ask(t testing.TB, base, method, path, key string, header ...string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, base+path, http.NoBody)
	must(t, err)
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	must(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	must(t, err)
	return reply{resp.StatusCode, resp.Header, body}
}

func (f *shopfloor) gate(t testing.TB, key, id string, header ...string) reply {
	t.Helper()
	return ask(t, f.mypage, http.MethodGet, gatePath(id), key, header...)
}

func (f *shopfloor) complete(t testing.TB, key, id, idempotency string) reply {
	t.Helper()
	return ask(t, f.mypage, http.MethodPost, gatePath(id)+"/completion", key, "Idempotency-Key", idempotency)
}

func (f *shopfloor) redeem(t testing.TB, key, ticket string) reply {
	t.Helper()
	return ask(t, f.mypage, http.MethodPost, "/v1/mypage/reset-tickets/"+ticket+"/redemption", key)
}

func gatePath(id string) string { return "/v1/mypage/members/" + id + "/password-reset" }

// says checks a status and, for a problem, its slug.
func (r reply) says(t testing.TB, what string, status int, slug string) {
	t.Helper()
	if r.status != status || slug != "" && r.problem(t) != slug {
		t.Errorf("%s: %d %s, want %d %s", what, r.status, r.body, status, slug)
	}
}

// rowsOf counts audit rows of an action.
func (f *shopfloor) rowsOf(t *testing.T, action audit.Action) (n int) {
	t.Helper()
	db := f.site.open(t)
	defer db.Close()
	must(t, db.QueryRow(`SELECT count(*) FROM audit_entries WHERE action = ?`, string(action)).Scan(&n))
	return n
}

// rawStatus sends bytes that no client library would, and returns the status of the answer.
func rawStatus(t testing.TB, base, request string) int {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	must(t, err)
	defer conn.Close()
	must(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	_, _ = io.WriteString(conn, request) // the server may hang up before the end
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	must(t, err)
	resp.Body.Close()
	return resp.StatusCode
}

// moveAway and moveBack are a disk that goes and comes.
func moveAway(path string) error { return os.Rename(path, path+".away") }
func moveBack(path string) error { return os.Rename(path+".away", path) }
