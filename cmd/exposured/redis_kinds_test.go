package main

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"exposure/internal/agent"
	"exposure/internal/live"
	"exposure/internal/ratelimit"
	"exposure/internal/wire"
)

// kindsOfKeys are all the server keeps in Redis: its keys, with … for what differs from one
// to the next. Whoever adds one says here what it is, and in
// TestWhoWritesRedisGainsNothing what whoever writes it gains.
func kindsOfKeys() []string {
	return strings.Fields(`
		ready session:… otp:{…}:web otp:{…}:web:… otp:{…}:phone otp:{…}:phone:… outbox:{mail} outbox:{mail}:seen:…
		outbox:{mail}:shelf outbox:{mail}:stand-ins
		limit:request-ip:{…}:…:… limit:request-net:{…}:…:… limit:request-net:{…}:… limit:request-site:{…}:…
		limit:failed-ip:{…}:… limit:failed-ip:{…}:…:back:… limit:failed-net:{…}:… limit:failed-net:{…} limit:failed-site:{…}
		limit:letter-ip:{all}:…:… limit:letter-global:{all}:together limit:letter-global:{all}:together:back:…
		limit:report-session:{…}:… limit:send-address:{…} limit:send-address:{…}:phone limit:send-mailbox:{…} limit:send-mailbox:{…}:phone
		limit:send-reserve:{…} limit:send-domain:{…}:… limit:send-ahead:{…}:… limit:{send-global:}
		limit:agent-sign-in:{…} limit:agent-sign-in:{…}:back:… limit:agent-ip:{…} limit:agent-ip:{…}:back:…
		limit:agent-code:{…}:… limit:agent-note:{…}:… limit:agent-guess:{…} limit:agent-guess:{…}:back:…
		limit:agent-letter:{…} limit:agent-letter:{…}:back:…
		limit:client-ip:{…}:… limit:client-request:{…}:… limit:client-members:…:… limit:client-refused:…:… limit:client-tickets:…:…
	`)
}

// changing are the parts of keys that differ from one to the next: of whom it is, whose
// network, how long a window is, which take a receipt is for.
var changing = []struct {
	part *regexp.Regexp
	by   string
}{
	{regexp.MustCompile(`^ready:\{\d+\}`), "ready"}, // of a Cluster each master is asked
	{regexp.MustCompile(`\{[0-9a-z]*[0-9a-z]\}`), "{…}"},
	{regexp.MustCompile(`\{…(mail|all)…\}`), "{$1}"},
	{regexp.MustCompile(`:[0-9a-f]{16,}`), ":…"},
	{regexp.MustCompile(`:[a-z]+:[0-9a-f]{8}:`), ":…:"},
	{regexp.MustCompile(`:[0-9]+$`), ":…"},
}

// ownPrefix is what every key of an installation begins with.
var ownPrefix = regexp.MustCompile(`^exposure:[0-9a-f]{4}(-[0-9a-f]{4}){5}:`)

// kindOfKey is the kind of a key, whether it is listed or not.
func kindOfKey(key string) string {
	key = ownPrefix.ReplaceAllString(key, "")
	key = strings.NewReplacer("{mail}", "{…mail…}", "{all}", "{…all…}").Replace(key)
	for _, c := range changing {
		key = c.part.ReplaceAllString(key, c.by)
	}
	return key
}

// TestEveryKeyInRedisIsOfAKnownKind goes through all doors, right and wrong, and finds each
// kind of key that is listed, and no key of another.
func TestEveryKeyInRedisIsOfAKnownKind(t *testing.T) {
	s, shop := smallSite(t)
	store, slow := live.NewRedis(t), openSlowOffice(t)
	office := slow.postOffice
	goesAhead := slices.Sorted(maps.Keys(listedPeople(shop, 20)))[19]
	flows, dries := context.WithCancel(t.Context())
	go slow.flow(flows)
	f := &shopfloor{site: s, store: store, desk: openDesk(t, s)}
	members := membersOf(shop, false, false)
	f.desk.order(t, members[0].id)
	room, numbers := s.postRoom(t), letterNumbers(1)
	room.write(t, room.recipients(t)[:1], numbers)
	f.running = s.serve(t, store.URL(), office.url, "--console-url", "http://127.0.0.1", "--console-hours", "always", "--mypage-addr", "127.0.0.1:0",
		"--trusted-proxies", proxy.String(), "--limits", "send-address=1/24h")
	f.mypage = f.running.mypage(t)

	b, address := from(f.public, here), shop.Examples()[1].Email
	report(t, b, b.prove(t, office, address).Token)
	b.start(t, address) // its reserve
	b.confirm(t, b.start(t, "nobody@example.jp"), "00000000")
	b.confirm(t, b.begin(t, "nobody@example.jp"), "00000000")
	b.letter(t, "84620-17395-2660")
	b.proveByLetter(t, numbers[0])
	site := http.Header{"X-Forwarded-For": {"2001:db8:aaaa::1"}}
	distant := from(f.public, proxy)
	var v wire.Verification
	distant.ask(t, "distant@example.jp", site).decode(t, &v)
	req, err := http.NewRequest(http.MethodPost, f.public+confirmation(v), strings.NewReader(`{"secret":"`+v.Secret+`","code":"00000000"}`))
	must(t, err)
	req.Header = http.Header{"Content-Type": {"application/json"}, "X-Forwarded-For": site["X-Forwarded-For"]}
	distant.send(t, req).says(t, "a wrong code from a /48", http.StatusUnprocessableEntity, "")

	a := s.hire(t, f.private, "sato", agent.RoleAgent)
	a.do(t, http.MethodPost, "/v1/agent/sessions", "", wire.SignIn{Name: "ito", Password: "korokoro-donguri-9", Code: "123456"})
	call := a.takes(t)
	a.asks(t, call, shop.Examples()[2].Email)
	a.want(t, http.StatusUnprocessableEntity, http.MethodPost, call+"/confirmation", map[string]string{"code": misheard(office.phoneCode(t, shop.Examples()[2].Email))})
	a.tells(t, call, office.phoneCode(t, shop.Examples()[2].Email))
	call = a.takes(t)
	a.tellsByLetter(t, call, numbers[0].Grouped())
	a.want(t, http.StatusUnprocessableEntity, http.MethodPost, call+"/letter-confirmation", map[string]string{"letter_number": "84620-17395-2660"})
	a.want(t, http.StatusCreated, http.MethodPost, call+"/tickets", map[string]string{"topic": "other", "note": "折り返しを希望"})

	kit := f.desk.client(t, "kit", "gate,complete")
	f.gate(t, kit, members[0].id).says(t, "the gate", http.StatusOK, "")
	f.gate(t, "exk_"+strings.Repeat("A", 43), members[0].id).says(t, "an invented key", http.StatusUnauthorized, "")
	f.complete(t, kit, members[0].id, "a").says(t, "a completion that is none", http.StatusConflict, "")
	f.redeem(t, kit, "CANARY"+strings.Repeat("0", 36)+"A").says(t, "an invented ticket", http.StatusNotFound, "")
	from(f.private, here).do(t, http.MethodGet, "/readyz", "", nil)

	dries()
	t.Cleanup(func() { close(slow.tokens) }) // or the server waits for its mails
	for i := range 260 {                     // more than leave in a minute
		from(f.public, source(100+i/20)).start(t, fmt.Sprintf("stranger%d@example.jp", i))
	}
	from(f.public, source(200)).start(t, goesAhead)
	slow.handOn(t, []string{goesAhead}, 20*time.Millisecond)

	client := redis.NewClient(&redis.Options{Addr: store.Addr()})
	defer client.Close()
	eventually(t, "a stand-in on the shelf", func() bool {
		keys, err := client.Keys(t.Context(), "*outbox*:stand-ins").Result()
		return err == nil && len(keys) == 1
	})
	keys, err := client.Keys(t.Context(), "*").Result()
	must(t, err)
	found := map[string]bool{}
	for _, key := range keys {
		found[kindOfKey(key)] = true
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(kindsOfKeys())), slices.Sorted(maps.Keys(found))); diff != "" {
		t.Errorf("the kinds of keys that are listed (-) and that are found (+):\n%s", diff)
	}
	for name := range ratelimit.Default() {
		if !strings.Contains(strings.Join(kindsOfKeys(), " "), string(name)) {
			t.Errorf("no kind of key is listed for the limit %s", name)
		}
	}
}
