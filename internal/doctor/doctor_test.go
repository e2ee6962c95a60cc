package doctor_test

import (
	"bytes"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/doctor"
	"exposure/internal/incident"
	"exposure/internal/live"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

func find(r doctor.Report, area string, severity doctor.Severity, text string) bool {
	for _, f := range r.Findings {
		if f.Area == area && f.Severity == severity && strings.Contains(f.What+" "+f.Do, text) {
			return true
		}
	}
	return false
}

func printed(t *testing.T, r doctor.Report) string {
	t.Helper()
	var out bytes.Buffer
	if err := r.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestEachIllness: an installation in which everything fits is well; each thing that is
// wrong is found alone, at its place, with what to do.
func TestEachIllness(t *testing.T) {
	r := newRig(t)
	if got := doctor.Examine(t.Context(), r.Installation); !got.Well {
		t.Fatalf("a sound installation:\n%s", printed(t, got))
	}
	domain := r.domain()
	evicting := live.NewRedis(t)
	evicting.Do("CONFIG SET maxmemory 50mb")
	evicting.Do("CONFIG SET maxmemory-policy allkeys-lru")
	gone := live.NewRedis(t)
	gone.Stop()
	dir := t.TempDir()
	open := filepath.Join(dir, "open.key")
	copied, err := os.ReadFile(r.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(open, copied, 0o600), os.Chmod(open, 0o644)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name     string
		set      func(i *doctor.Installation)
		area     string
		severity doctor.Severity
		want     string
	}{
		{"a refused configuration", func(i *doctor.Installation) { i.Refusals = []error{errors.New("EXPOSURE_X is wrong")} }, "configuration", doctor.Error, "EXPOSURE_X"},
		{"a proxy that is not trusted", func(i *doctor.Installation) { i.ProxyUnnamed = true }, "configuration", doctor.Warning, "set EXPOSURE_TRUSTED_PROXIES"},
		{"no incident file", func(i *doctor.Installation) { i.Incident = filepath.Join(dir, "no.yaml") }, "incident", doctor.Error, "does not load"},
		{"closed", func(i *doctor.Installation) { i.Now = func() time.Time { return time.Now().AddDate(20, 0, 0) } }, "incident", doctor.Error, "closes_at"},
		{"another sender", func(i *doctor.Installation) { i.MailFrom = "notice@example.net" }, "incident", doctor.Error, "allow_domain"},
		{"a key file for everybody", func(i *doctor.Installation) { i.KeyFile = open }, "keys", doctor.Error, "chmod 600"},
		{"a key file of the wrong kind", func(i *doctor.Installation) { i.KeyFile = i.OperatorKeyFile }, "keys", doctor.Error, "this is the operator's file: set EXPOSURE_KEY_FILE"},
		{"no key file at all", func(i *doctor.Installation) { i.KeyFile = write(t, "{}") }, "keys", doctor.Error, "give the path of the file that exposurectl keygen wrote"},
		{"no pair", func(i *doctor.Installation) { i.OperatorKeyFile = i.KeyFile }, "keys", doctor.Error, "this is a server's file"},
		{"keys of the future", func(i *doctor.Installation) { i.Now = func() time.Time { return time.Now().AddDate(-1, 0, 0) } }, "keys", doctor.Warning, "future"},
		{"a clock behind", func(i *doctor.Installation) { i.Now = func() time.Time { return time.Now().AddDate(-1, 0, 0) } }, "database", doctor.Error, "clock is behind"},
		{"no database", func(i *doctor.Installation) { i.Database = "sqlite:" + filepath.Join(dir, "no.db") }, "database", doctor.Error, "migrate"},
		{"another incident file", func(i *doctor.Installation) { i.Incident = r.edited(t, "#", "# \n#") }, "database", doctor.Error, "another incident file"},
		{"no folder", func(i *doctor.Installation) { i.Database = "sqlite:" + filepath.Join(dir, "no", "x.db") }, "disk", doctor.Error, "cannot be written"},
		{"no Redis there", func(i *doctor.Installation) { i.Redis = gone.URL() }, "redis", doctor.Error, "does not answer"},
		{"no Redis URL", func(i *doctor.Installation) { i.Redis = "redis://:CANARY@host:port" }, "redis", doctor.Error, "not understood"},
		{"a Redis that evicts", func(i *doctor.Installation) { i.Redis = evicting.URL() }, "redis", doctor.Error, "noeviction"},
		{"a Redis that forgets", func(i *doctor.Installation) { i.Redis = evicting.URL() }, "redis", doctor.Warning, "appendonly"},
		{"a Redis in another time", func(i *doctor.Installation) { i.Now = func() time.Time { return time.Now().Add(time.Minute) } }, "redis", doctor.Error, "clocks"},
		{"no mail server there", func(i *doctor.Installation) { i.SMTP = "smtp://127.0.0.1:1" }, "mail", doctor.Error, "takes no mail"},
		{"no STARTTLS", func(i *doctor.Installation) { i.SMTP = strings.Replace(i.SMTP, "none", "required", 1) }, "mail", doctor.Error, "STARTTLS"},
		{"a log-in that is not offered", func(i *doctor.Installation) { i.SMTP = strings.Replace(i.SMTP, "smtp://", "smtp://u:CANARY@", 1) }, "mail", doctor.Error, "takes no mail"},
		{"a mail server for small mails", func(i *doctor.Installation) { i.SMTP = "smtp://" + mailServer(t, 500) + "?starttls=none" }, "mail", doctor.Error, "500 bytes"},
		{"no DKIM", func(i *doctor.Installation) { i.DKIM = nil }, "dns", doctor.Note, "do not sign"},
		{"another DKIM key", func(i *doctor.Installation) { i.DKIM = signingKey(t) }, "dns", doctor.Error, "another key"},
		{"no DNS", func(i *doctor.Installation) { i.Resolver = asks("127.0.0.1:1") }, "dns", doctor.Warning, domain + " could not be looked up"},
		{"a domain that takes no mail", func(*doctor.Installation) { r.zone.mail(domain, ".") }, "dns", doctor.Error, "takes no mail"},
		{"a domain that mail cannot find", func(*doctor.Installation) { r.zone.mail(domain, "") }, "dns", doctor.Error, "neither an MX record"},
		{"no public address", func(i *doctor.Installation) { i.PublicURL = &url.URL{Scheme: "http", Host: "127.0.0.1:1"} }, "public", doctor.Warning, "does not answer"},
		{"another server", func(i *doctor.Installation) { i.PublicURL = listen(t, nil) }, "public", doctor.Error, "404"},
		{"another incident's", func(i *doctor.Installation) { i.PublicURL = listen(t, map[string]string{"/v1/incident": `{"id":"x"}`}) }, "public", doctor.Error, "another incident"},
		{"a private listener in public", func(i *doctor.Installation) {
			i.PublicURL = listen(t, map[string]string{"/v1/incident": `{"id":"` + r.id + `"}`, "/metrics": "x"})
		}, "public", doctor.Warning, "/metrics"},
		{"a server that is not ready", func(i *doctor.Installation) { i.PrivateAddr = listen(t, map[string]string{"/healthz": "ok"}).Host }, "server", doctor.Error, "/readyz with 404"},
		{"no server here", func(i *doctor.Installation) { i.PrivateAddr = "127.0.0.1:1" }, "server", doctor.Note, "no server answers"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r.zone.mail(domain, "mail.example.net.")
			i := r.Installation
			c.set(&i)
			got := doctor.Examine(t.Context(), i)
			text := printed(t, got)
			if !find(got, c.area, c.severity, c.want) || got.Well != (c.severity == doctor.Note) || strings.Contains(text, "CANARY") {
				t.Errorf("want %s of %s with %q, got\n%s", c.severity, c.area, c.want, text)
			}
		})
	}
}

// TestRosterTroubles: a roster that is paused, unpublished, or was touched.
func TestRosterTroubles(t *testing.T) {
	r := newRig(t)
	keys, err := vault.LoadServer(r.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	in, err := incident.Load(r.Incident)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlstore.Open(t.Context(), r.Database)
	if err != nil {
		t.Fatal(err)
	}
	entry := audit.Entry{At: time.Now(), Actor: audit.Actor{Kind: audit.Operator, ID: "Sato"}, Action: audit.Pause, Outcome: audit.Done, Detail: "wrong file"}
	err = db.Roster(keys, in.Digest).Pause(t.Context(), sqlstore.PauseOrder{Reason: "wrong file"}, entry)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	if got := doctor.Examine(t.Context(), r.Installation); !find(got, "database", doctor.Warning, "resume") || got.Well {
		t.Errorf("paused:\n%s", printed(t, got))
	}
	raw, err := sql.Open("sqlite", strings.TrimPrefix(r.Database, "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = raw.Exec(`DELETE FROM pauses`)
	if err != nil {
		t.Fatal(err)
	}
	if got := doctor.Examine(t.Context(), r.Installation); !find(got, "database", doctor.Error, "exposurectl pause, or resume") {
		t.Errorf("the order is missing:\n%s", printed(t, got))
	}
	if db, err = sqlstore.Open(t.Context(), r.Database); err != nil {
		t.Fatal(err)
	}
	entry.Action = audit.Resume
	err = db.Roster(keys, in.Digest).Resume(t.Context(), sqlstore.ResumeOrder{}, entry)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	_, err = raw.Exec(`DELETE FROM roster_persons WHERE person = (SELECT max(person) FROM roster_persons)`)
	if err := errors.Join(err, raw.Close()); err != nil {
		t.Fatal(err)
	}
	if got := doctor.Examine(t.Context(), r.Installation); !find(got, "database", doctor.Error, "somebody or something changed it") {
		t.Errorf("a person is missing:\n%s", printed(t, got))
	}
	empty := r.Installation
	empty.Database = "sqlite:" + filepath.Join(t.TempDir(), "new.db")
	if err := sqlstore.Migrate(t.Context(), empty.Database); err != nil {
		t.Fatal(err)
	}
	if got := doctor.Examine(t.Context(), empty); !find(got, "database", doctor.Error, "publish a version") {
		t.Errorf("nothing published:\n%s", printed(t, got))
	}
}

// TestEachRecord: what receivers would make of the records that are there.
func TestEachRecord(t *testing.T) {
	r := newRig(t)
	domain := r.domain()
	spf, dkim, dmarc := domain, r.DKIM.DKIM(domain).Name, "_dmarc."+domain
	whole := map[string][]string{spf: r.zone.txt[spf], dkim: r.zone.txt[dkim], dmarc: r.zone.txt[dmarc]}
	r.zone.set("nine.example.net", "v=spf1"+strings.Repeat(" exists:x.example.net", 9))
	r.Installation = doctor.Installation{Incident: r.Incident, DKIM: r.DKIM, Resolver: r.Resolver}
	for _, c := range []struct {
		name, at string
		records  []string
		severity doctor.Severity
		want     string
	}{
		{"all there", spf, whole[spf], doctor.OK, "has an SPF record"},
		{"no SPF", spf, nil, doctor.Error, "no SPF record"},
		{"two SPF", spf, []string{"v=spf1 mx -all", "v=spf1 a -all"}, doctor.Error, "2 SPF records"},
		{"SPF for everybody", spf, []string{"v=spf1 +all"}, doctor.Error, "everybody"},
		{"SPF for nobody in particular", spf, []string{"v=spf1 mx ?all"}, doctor.Warning, "-all"},
		{"SPF that ends nowhere", spf, []string{"v=spf1 mx"}, doctor.Warning, "says nothing"},
		{"SPF elsewhere", spf, []string{"v=spf1 redirect=_spf.example.net"}, doctor.OK, "SPF"},
		{"SPF of ten look-ups", spf, []string{"v=spf1 include:loop.example.net" + strings.Repeat(" a:x.example.net", 9) + " -all"}, doctor.OK, "has an SPF record"},
		{"SPF of eleven look-ups", spf, []string{"v=spf1 include:nine.example.net a mx -all"}, doctor.Error, "more than 10 look-ups"},
		{"SPF that includes itself", spf, []string{"v=spf1 include:" + domain + " -all"}, doctor.Error, "more than 10 look-ups"},
		{"no DKIM", dkim, nil, doctor.Error, "IN TXT \"v=DKIM1"},
		{"DKIM revoked", dkim, []string{"v=DKIM1; k=ed25519; p="}, doctor.Error, "revokes"},
		{"DKIM twice", dkim, []string{whole[dkim][0], whole[dkim][0] + ";"}, doctor.Error, "2 records"},
		{"DKIM on trial", dkim, []string{whole[dkim][0] + "; t=y"}, doctor.Warning, "t=y"},
		{"DKIM of another kind", dkim, []string{strings.Replace(whole[dkim][0], "k=ed25519; ", "", 1)}, doctor.Error, "another key"},
		{"DKIM with spaces", dkim, []string{strings.Replace(whole[dkim][0], "p=", "p= ", 1)}, doctor.OK, "of our key"},
		{"no DMARC", dmarc, nil, doctor.Error, "no DMARC record"},
		{"two DMARC", dmarc, []string{"v=DMARC1; p=none", "v=DMARC1; p=reject"}, doctor.Error, "2 DMARC"},
		{"DMARC of none", dmarc, []string{"v=DMARC1; p=none"}, doctor.Note, "quarantine"},
		{"DMARC in part", dmarc, []string{"v=DMARC1; p=reject; pct=20"}, doctor.Note, "20 %"},
		{"DMARC broken", dmarc, []string{"v=DMARC1; p=maybe"}, doctor.Error, "cannot be read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for name, records := range whole {
				r.zone.set(name, records...)
			}
			r.zone.set(c.at, c.records...)
			if got := doctor.Examine(t.Context(), r.Installation); !find(got, "dns", c.severity, c.want) {
				t.Errorf("want %s with %q, got\n%s", c.severity, c.want, printed(t, got))
			}
		})
	}
}
