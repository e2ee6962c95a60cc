package main

import (
	"context"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"exposure/internal/wire"
)

// thief reads and writes all of a Redis, and has a mailbox of their own on the list.
type thief struct {
	redis.UniversalClient
	g              *target
	b              *browser
	office         *postOffice
	s              site
	mine, theirs   string // addresses
	token          string // of a session of their own
	victims        string // key of somebody else's session
	entered        wire.Verification
	initial, state string // the victim's codes: their key, and what it held at first
}

func TestWhoWritesRedisGainsNothing(t *testing.T) { onEveryRedis(t, writeRedis) }

func writeRedis(t *testing.T, g *target) {
	x := &thief{UniversalClient: g.redis, g: g, b: from(g.public, here), office: g.office, s: g.site, mine: g.somebody(), theirs: g.somebody()}
	owner := x.b.prove(t, x.office, x.theirs)
	x.victims = x.s.sessionKey(t, owner.Token)
	x.token = x.b.prove(t, x.office, x.mine).Token
	report(t, x.b, x.token)
	x.b.confirm(t, x.b.start(t, "nobody@example.jp"), "00000000") // a right code leaves nothing counted
	from(g.private, here).do(t, http.MethodGet, "/readyz", "", nil)
	for _, key := range x.keys(t) {
		if !slices.Contains(kindsOfKeys(), kindOfKey(key)) {
			t.Errorf("a key of an unknown kind: %s", key)
		}
	}
	x.readsNothing(t)
	t.Run("sessions", x.plantsSessions)
	x.forgetLimits(t)
	x.enters(t)
	t.Run("codes", x.plantsCodes)
	t.Run("budgets", x.lowersBudgets)
	t.Run("limits", x.breaksLimits)
	t.Run("mails", x.plantsMails)
	if n := evaluated(t, x.s, x.theirs, "accepted"); n != 1 {
		t.Errorf("%d guesses about the victim were accepted, want their own one", n)
	}
	g.flush()
	mails := len(x.office.box(t, x.theirs, 0))
	v := x.b.start(t, x.theirs)
	if r := x.b.confirm(t, v, x.office.code(t, x.theirs, mails+1)); r.status != 200 {
		t.Errorf("the victim does not get in afterwards: %d %s", r.status, r.body)
	}
}

func (x *thief) keys(t *testing.T) []string {
	t.Helper()
	return x.g.keysLike(t, "*")
}

func (s site) sessionKey(t *testing.T, token string) string {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(token)
	must(t, err)
	return fmt.Sprintf("%ssession:%x", s.prefix(t), sha256.Sum256(raw))
}

// readsNothing: nothing in Redis can be computed from an address or a network without keys.
func (x *thief) readsNothing(t *testing.T) {
	t.Helper()
	all := ""
	for _, key := range x.keys(t) {
		dump, err := x.Dump(t.Context(), key).Result()
		if err == nil {
			all += key + "\n" + dump + "\n"
		}
	}
	for _, known := range []string{x.mine, x.theirs, strings.ToLower(x.mine), "127.0.0.1", "127.0.0.0/24", "127.0.0.1/32", "example.jp"} {
		a, b, c := md5.Sum([]byte(known)), sha1.Sum([]byte(known)), sha256.Sum256([]byte(known))
		for _, hash := range [][]byte{[]byte(known), a[:], b[:], c[:]} {
			for _, form := range []string{string(hash), hex.EncodeToString(hash), base64.RawURLEncoding.EncodeToString(hash), base64.StdEncoding.EncodeToString(hash)} {
				if strings.Contains(all, form) {
					t.Errorf("Redis holds %q, which anybody can compute", form)
				}
			}
		}
	}
}

// plantsSessions: a record opens under the token it was sealed for and under no other.
func (x *thief) plantsSessions(t *testing.T) {
	ctx := t.Context()
	own, err := x.Get(ctx, x.s.sessionKey(t, x.token)).Bytes()
	must(t, err)
	theirs, err := x.Get(ctx, x.victims).Bytes()
	must(t, err)
	raw := make([]byte, 32)
	rand.Read(raw)
	invented := base64.RawURLEncoding.EncodeToString(raw)
	for name, c := range map[string]struct {
		token  string
		record []byte
	}{
		"the victim's record under the own token":      {x.token, theirs},
		"the victim's record under an invented token":  {invented, theirs},
		"the own record under an invented token":       {invented, own},
		"a record in the clear":                        {invented, []byte(`{"a":"customer","t":"` + base64.StdEncoding.EncodeToString(raw) + `","i":1,"e":9999999999999}`)},
		"an empty record":                              {invented, nil},
		"the own record, one bit of it changed":        {x.token, append(slices.Clone(own[:len(own)-1]), own[len(own)-1]^1)},
		"a record of which the end is the other's end": {x.token, append(slices.Clone(own[:len(own)/2]), theirs[len(theirs)/2:]...)},
	} {
		must(t, x.Set(ctx, x.s.sessionKey(t, c.token), c.record, 0).Err())
		if r := x.b.do(t, http.MethodGet, "/v1/report", c.token, nil); r.status != 401 {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
}

// enters starts a verification of the victim's address. Its code goes to the victim.
func (x *thief) enters(t *testing.T) {
	t.Helper()
	mails := len(x.office.box(t, x.theirs, 0))
	x.entered = x.b.start(t, x.theirs)
	x.office.box(t, x.theirs, mails+1)
	x.initial = keyOf(t, x.s, x.theirs)
	var err error
	x.state, err = x.Get(t.Context(), x.initial).Result()
	must(t, err)
}

// plantsCodes puts a code that the thief was mailed where the victim's is.
func (x *thief) plantsCodes(t *testing.T) {
	mails := len(x.office.box(t, x.mine, 0))
	x.b.start(t, x.mine)
	code := x.office.code(t, x.mine, mails+1)
	var own, theirs map[string]any
	must(t, json.Unmarshal([]byte(x.get(t, keyOf(t, x.s, x.mine))), &own))
	must(t, json.Unmarshal([]byte(x.state), &theirs))
	planted := maps.Clone(newest(t, own))
	planted["n"] = newest(t, theirs)["n"]
	long := maps.Clone(planted)
	delete(long, "n")
	theirs["s"], theirs["l"] = []any{planted}, []any{long}
	text, err := json.Marshal(theirs)
	must(t, err)
	for _, planted := range []string{string(text), x.get(t, keyOf(t, x.s, x.mine)), "", "{", `{"s":[1]}`, `{"v":7}`} {
		must(t, x.Set(t.Context(), x.initial, planted, 0).Err())
		if r := x.b.confirm(t, x.entered, code); r.status != 422 && r.status != 503 {
			t.Errorf("with codes planted: %d %s", r.status, r.body)
		}
	}
	nonce, err := base64.RawURLEncoding.DecodeString(planted["n"].(string))
	must(t, err)
	for _, planted := range []string{`{"e":9999999999999,"t":-9}`, `{"e":9999999999999,"i":true}`, `{"e":1,"u":true}`, `{"e":"x"}`, "[]", "{", ""} {
		must(t, x.Set(t.Context(), x.initial+":"+hex.EncodeToString(nonce), planted, 0).Err())
		if r := x.b.confirm(t, x.entered, code); r.status != 422 && r.status != 503 {
			t.Errorf("with a verification planted: %d %s", r.status, r.body)
		}
	}
	must(t, x.Del(t.Context(), x.initial+":"+hex.EncodeToString(nonce)).Err())
}

func (x *thief) get(t *testing.T, key string) string {
	t.Helper()
	text, err := x.Get(t.Context(), key).Result()
	must(t, err)
	return text
}

// newest is the last code of a state, short or long.
func newest(t *testing.T, state map[string]any) map[string]any {
	t.Helper()
	for _, list := range []string{"s", "l"} {
		if codes, ok := state[list].([]any); ok && len(codes) > 0 {
			return codes[len(codes)-1].(map[string]any)
		}
	}
	t.Fatal("the state holds no code")
	return nil
}

// lowersBudgets lets Redis forget every guess. The audit log does not.
func (x *thief) lowersBudgets(t *testing.T) {
	for range 30 {
		must(t, x.Set(t.Context(), x.initial, x.state, 0).Err())
		x.forgetLimits(t)
		if r := x.b.confirm(t, x.entered, "00000000"); r.status != 422 {
			t.Fatalf("a wrong code: %d %s", r.status, r.body)
		}
	}
	if n := evaluated(t, x.s, x.theirs, "refused"); n != 10 {
		t.Errorf("%d guesses were compared, want 10", n)
	}
}

func (x *thief) forgetLimits(t *testing.T) {
	t.Helper()
	for _, key := range x.keys(t) {
		if strings.HasPrefix(key, x.s.prefix(t)+"limit:") {
			must(t, x.Del(context.Background(), key).Err())
		}
	}
}

// breaksLimits: a counter that cannot be read refuses.
func (x *thief) breaksLimits(t *testing.T) {
	stranger := func(i int) reply {
		return x.b.do(t, http.MethodPost, "/v1/verifications", "", map[string]string{"email": fmt.Sprintf("stranger%d@example.jp", i)})
	}
	for i, kind := range []string{"request-ip:", "request-net:", "{send-global:"} {
		x.forgetLimits(t)
		if r := stranger(2 * i); r.status != 202 {
			t.Fatalf("a stranger: %d %s", r.status, r.body)
		}
		for _, key := range x.keys(t) {
			if strings.HasPrefix(key, x.s.prefix(t)+"limit:"+kind) {
				must(t, x.Del(t.Context(), key).Err())
				must(t, x.ZAdd(t.Context(), key, redis.Z{Member: "x"}).Err())
			}
		}
		if r := stranger(2*i + 1); r.status != 503 {
			t.Errorf("with %s of another type: %d %s", kind, r.status, r.body)
		}
	}
	x.forgetLimits(t)
}

// plantsMails: what the server did not seal is not mailed, and holds nobody up.
func (x *thief) plantsMails(t *testing.T) {
	for deadline := time.Now().Add(patience); x.XLen(t.Context(), x.s.outbox(t)).Val() > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("mails asked for before do not leave")
		}
	}
	before := x.office.count()
	for _, entry := range []string{"", "x", x.theirs, x.get(t, x.victims)} {
		must(t, x.XAdd(t.Context(), &redis.XAddArgs{Stream: x.s.outbox(t), Values: []string{"e", entry}}).Err())
	}
	x.b.start(t, "later@example.jp")
	x.office.box(t, "later@example.jp", 1)
	if n := x.office.count(); n != before+1 {
		t.Errorf("%d mails went out, want one", n-before)
	}
}
