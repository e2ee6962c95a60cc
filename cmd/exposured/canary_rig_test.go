package main

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"exposure/internal/canary"
	"exposure/internal/incident"
	"exposure/internal/live"
	"exposure/internal/roster"
	"exposure/internal/wire"
)

// aviary is a site whose every secret is planted, with everything that may leak it.
type aviary struct {
	site
	set     *canary.Set
	shop    *canary.Shop
	store   *live.RedisServer
	office  *grumpyOffice
	siren   string            // where alarms go
	secret  string            // that signs them
	alarms  syncBuffer        // what came there
	tapes   []*tape           // of what Redis was sent
	places  map[string][]byte // what is searched at the end
	secrets map[string]string // what was put into settings, by name
	temp    string            // what programs take for the place of temporary files
	planted int
	key     string // of the shop's program, once a reset is ordered
}

// openAviary imports and publishes the shop of canaries and opens a Redis and a mail server
// that want passwords.
func openAviary(t *testing.T) *aviary {
	t.Helper()
	a := &aviary{site: newSite(t), set: canary.New(), places: map[string][]byte{}, temp: t.TempDir()}
	a.secrets = map[string]string{
		"password of Redis": "redisCanaryQ7vX2", "password of SMTP": "smtpCanaryW9kZ4", "password of the webhook": "hookCanaryR3jY8",
		"password of the alarm": "alarmCanaryT6hU1", "password of the database": "sqlCanaryP5gV0",
	}
	for name, value := range a.secrets {
		a.set.Text(name, value)
	}
	exports := t.TempDir()
	shop, err := a.set.WriteShop(exports, 7)
	must(t, err)
	a.shop = shop
	in, words, err := incident.LoadAll(a.incident)
	must(t, err)
	f := shop.Files
	result, err := roster.ImportShop(t.Context(), roster.Options{
		Incident: in, Vocabulary: words, Profile: "eccube2", AcceptRejects: shop.Rejects,
		Files: roster.Files{Members: f.Members, Orders: f.Orders, Items: f.Items, Deliveries: f.Deliveries, Settlements: f.Settlements},
	})
	must(t, err)
	a.publish(t, in.Digest, result)
	a.plantKeys(t)
	a.store = live.NewRedis(t)
	a.office = openGrumpyOffice(t, a.secrets["password of SMTP"])
	a.openSiren(t)
	return a
}

// plantKeys plants every secret byte of the key files, and a key that signs mails.
func (a *aviary) plantKeys(t *testing.T) {
	t.Helper()
	for _, path := range []string{a.keys, a.keys + ".operator"} {
		raw, err := os.ReadFile(path)
		must(t, err)
		var file struct {
			Keys []struct {
				Purpose string
				Secret  []byte
			}
		}
		must(t, json.Unmarshal(raw, &file))
		for _, k := range file.Keys {
			if k.Purpose != "contacts_public" {
				a.set.Bytes("key "+k.Purpose, k.Secret)
			}
		}
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	a.set.Bytes("DKIM key", key.Seed())
	a.set.Bytes("DKIM key file", der)
	must(t, os.WriteFile(filepath.Join(a.dir, "dkim.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600))
}

// plant adds a value that came into being under way.
func (a *aviary) plant(what, value string) string {
	a.planted++
	a.set.Text(fmt.Sprintf("%s (%d)", what, a.planted), value)
	return value
}

// opened sets the password of Redis and records everything that is sent to it from now on.
func (a *aviary) opened(t *testing.T) {
	t.Helper()
	a.store.Do("ACL SETUSER canary on >" + a.secrets["password of Redis"] + " ~* &* +@all")
	a.store.Do("CONFIG SET rdbcompression no")
	conn, err := net.Dial("tcp", a.store.Addr())
	must(t, err)
	t.Cleanup(func() { conn.Close() })
	_, err = io.WriteString(conn, "MONITOR\r\n")
	must(t, err)
	r := bufio.NewReader(conn)
	if ok, err := r.ReadString('\n'); err != nil || !strings.HasPrefix(ok, "+OK") {
		t.Fatalf("MONITOR: %q %v", ok, err)
	}
	tape := &tape{done: make(chan struct{})}
	a.tapes = append(a.tapes, tape)
	go func() {
		defer close(tape.done)
		_, _ = io.Copy(&tape.syncBuffer, r) // ends with the server
	}()
}

// tape is what one Redis was sent until it ended.
type tape struct {
	syncBuffer
	done chan struct{}
}

// closed keeps what Redis holds and ends it.
func (a *aviary) closed(t *testing.T) {
	t.Helper()
	n := fmt.Sprint(len(a.tapes))
	a.places["Redis, dumped "+n] = []byte(contents(t, a.store))
	a.store.Do("SAVE")
	file, err := os.ReadFile(a.store.RDB())
	must(t, err)
	a.places["Redis, its file "+n] = file
	a.store.Stop()
	last := a.tapes[len(a.tapes)-1]
	<-last.done
	a.places["Redis, what it was sent "+n] = []byte(last.String())
}

// child is "exposured serve" as a process of its own, so that what libraries print by
// themselves and what the runtime prints when it is killed are seen as well.
type child struct {
	cmd             *exec.Cmd
	out             syncBuffer
	public, private string
	ended           chan struct{}
}

var serving = regexp.MustCompile(`"msg":"serving".*"public":"([^"]+)","private":"([^"]+)"`)

func (a *aviary) environment(more ...string) []string {
	return append([]string{
		"PATH=" + os.Getenv("PATH"), roleVariable + "=exposured", "TMPDIR=" + a.temp, "GOTRACEBACK=all",
		"EXPOSURE_INCIDENT=" + a.incident, "EXPOSURE_KEY_FILE=" + a.keys, "EXPOSURE_DATABASE_URL=" + a.database,
		"EXPOSURE_REDIS_URL=redis://canary:" + a.secrets["password of Redis"] + "@" + a.store.Addr(),
		"EXPOSURE_SMTP_URL=" + a.office.url, "EXPOSURE_PUBLIC_URL=http://127.0.0.1", "EXPOSURE_PUBLIC_ADDR=127.0.0.1:0",
		"EXPOSURE_PRIVATE_ADDR=127.0.0.1:0", "EXPOSURE_TRUSTED_PROXIES=127.9.9.9/32",
		"EXPOSURE_CONNECTOR=webhook:https://canary:" + a.secrets["password of the webhook"] + "@127.0.0.1/hook",
		"EXPOSURE_WEBHOOK_SECRET=" + a.secret,
		"EXPOSURE_ALARM_URL=http://canary:" + a.secrets["password of the alarm"] + "@" + a.siren + "/alarm", "EXPOSURE_ALARM_SECRET=" + a.secret,
		"EXPOSURE_DKIM_KEY_FILE=" + filepath.Join(a.dir, "dkim.pem"), "EXPOSURE_DKIM_SELECTOR=canary2026",
		"EXPOSURE_AUDIT_HEADS=" + filepath.Join(a.dir, "heads.txt"),
	}, more...)
}

// launch starts the server and waits until it serves, or ended by itself.
func (a *aviary) launch(t *testing.T, more ...string) *child {
	t.Helper()
	c := &child{cmd: exec.Command(os.Args[0], "serve"), ended: make(chan struct{})}
	c.cmd.Env = a.environment(more...)
	c.cmd.Stdout, c.cmd.Stderr = &c.out, &c.out
	must(t, c.cmd.Start())
	go func() { defer close(c.ended); _ = c.cmd.Wait() }()
	t.Cleanup(func() { _ = c.cmd.Process.Kill(); <-c.ended })
	deadline := time.After(60 * time.Second)
	for {
		if m := serving.FindStringSubmatch(c.out.String()); m != nil {
			c.public, c.private = "http://"+m[1], "http://"+m[2]
			return c
		}
		select {
		case <-c.ended:
			return c
		case <-deadline:
			t.Fatalf("the server neither started nor refused:\n%s", c.out.String())
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// end stops the server by a signal and keeps what it printed.
func (a *aviary) end(t *testing.T, c *child, name string, by syscall.Signal) {
	t.Helper()
	must(t, c.cmd.Process.Signal(by))
	select {
	case <-c.ended:
	case <-time.After(60 * time.Second):
		t.Fatalf("%s did not end", name)
	}
	a.places["what "+name+" printed"] = []byte(c.out.String())
}

// visitor is a client of one network whose every answer is searched.
type visitor struct {
	*browser
	a    *aviary
	name string
}

func (a *aviary) visitor(base, name string, from4 byte) *visitor {
	return &visitor{from(base, netip.AddrFrom4([4]byte{127, 3, from4, 1})), a, name}
}

// keep searches an answer at the end, without what this very answer has to hand over.
func (v *visitor) keep(what string, r reply, own ...string) reply {
	raw := fmt.Appendf(nil, "%d\n", r.status)
	for name, values := range r.header {
		raw = fmt.Appendf(raw, "%s: %s\n", name, strings.Join(values, ", "))
	}
	raw = append(raw, r.body...)
	for _, value := range own {
		if value != "" {
			raw = bytes.ReplaceAll(raw, []byte(value), []byte("(its own)"))
		}
	}
	place := "the answers to " + v.name
	v.a.places[place] = append(append(v.a.places[place], "\n-- "+what+"\n"...), raw...)
	return r
}

// send is a request of any shape. No answer is one, too.
func (v *visitor) send(t *testing.T, what, method, path string, header http.Header, body string) reply {
	t.Helper()
	req, err := http.NewRequest(method, v.base+path, strings.NewReader(body))
	must(t, err)
	req.Header.Set("Content-Type", "application/json")
	for name, values := range header {
		req.Header[name] = values
	}
	if host := header.Get("Host"); host != "" {
		req.Host = host
	}
	resp, err := v.client.Do(req)
	if err != nil {
		return reply{}
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	must(t, err)
	return v.keep(what, reply{resp.StatusCode, resp.Header, raw})
}

// ask begins a verification and plants what it brings.
func (v *visitor) ask(t *testing.T, address string) (wire.Verification, reply) {
	t.Helper()
	r := v.do(t, http.MethodPost, "/v1/verifications", "", map[string]string{"email": address})
	var w wire.Verification
	if r.status == http.StatusAccepted {
		r.decode(t, &w)
		v.a.plant("verification id", w.Id)
		v.a.plant("verification secret", w.Secret)
	}
	v.keep("a start", r, w.Id, w.Secret)
	return w, r
}

// try hands a code over and plants the session it may bring.
func (v *visitor) try(t *testing.T, w wire.Verification, code string) reply {
	t.Helper()
	r := v.confirm(t, w, code)
	own := ""
	if r.status == http.StatusOK {
		var c wire.Confirmation
		r.decode(t, &c)
		own = v.a.plant("session token", c.Token)
	}
	return v.keep("a confirmation", r, own)
}
