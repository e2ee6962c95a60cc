package main

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"exposure/internal/email"
	"exposure/internal/live"
	"exposure/internal/wire"
)

// openListeningPost is a post office that also keeps what was said on the wire.
func openListeningPost(t *testing.T) (*postOffice, *syncBuffer) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	p := &postOffice{url: "smtp://" + ln.Addr().String() + "?starttls=none", boxes: map[string][]letter{}, wake: make(chan struct{})}
	said := &syncBuffer{}
	srv := smtp.NewServer(p)
	srv.Domain, srv.AllowInsecureAuth, srv.MaxMessageBytes, srv.Debug = "localhost", true, 64<<10, said
	go srv.Serve(ln)
	t.Cleanup(func() { srv.Close() })
	return p, said
}

// spellings of addresses, and what must stand in RCPT TO.
var spellings = []struct{ typed, recipient string }{
	{"person@example.jp", "person@example.jp"},
	{"Person@Example.JP", "person@example.jp"},
	{"PERSON@EXAMPLE.jp", "person@example.jp"},
	{"ｐｅｒｓｏｎ＠ｅｘａｍｐｌｅ．ｊｐ", "person@example.jp"},
	{"ＰＥＲＳＯＮ@example。jp", "person@example.jp"},
	{"person@example｡jp", "person@example.jp"},
	{"<person@example.jp>", "person@example.jp"},
	{"mailto:person@example.jp", "person@example.jp"},
	{"MAILTO:<person@example.jp>", "person@example.jp"},
	{"human@example.jp.", "human@example.jp"},
	{" \thuman @ example.jp　", "human@example.jp"},
	{"human@ｅｘａｍｐｌｅ.jp．", "human@example.jp"},
	{`"person"@example.jp`, "person@example.jp"},
	{"Person+Tag@example.jp", "person+tag@example.jp"},
	{"p.e.r.s.o.n@example.com", "p.e.r.s.o.n@example.com"},
	{"dummy..test@docomo.ne.jp", `"dummy..test"@docomo.ne.jp`},
	{`"dummy..test"@docomo.ne.jp`, `"dummy..test"@docomo.ne.jp`},
	{"dummy-test.@ezweb.ne.jp", `"dummy-test."@ezweb.ne.jp`},
	{"dummy...@ezweb.ne.jp", `"dummy..."@ezweb.ne.jp`},
	{"dummyーtest@example.jp", "dummy-test@example.jp"},
	{"a%0d%0arcpt%20to@example.jp", "a%0d%0arcpt%20to@example.jp"},
	{"o'hara|x={y}~`z`!#$&*/?^@example.jp", "o'hara|x={y}~`z`!#$&*/?^@example.jp"},
	{strings.Repeat("l", 200) + "@example.jp", strings.Repeat("l", 200) + "@example.jp"},
}

// TestEverySpellingHasOneRecipient reads the SMTP transcript of each spelling: one sender,
// one recipient in the canonical form, one mail with that recipient alone in its head.
func TestEverySpellingHasOneRecipient(t *testing.T) {
	s, _ := smallSite(t)
	office, said := openListeningPost(t)
	b := from(s.serve(t, live.Redis(t), office.url, "--insecure-no-limits").public, here)
	mails := map[string]int{}
	for _, c := range spellings {
		heard := len(said.String())
		b.start(t, c.typed)
		mails[c.recipient]++
		got := office.box(t, c.recipient, mails[c.recipient])
		var recipients, senders []string
		for line := range strings.Lines(said.String()[heard:]) {
			line = strings.TrimRight(line, "\r\n")
			if address, ok := strings.CutPrefix(line, "RCPT TO:"); ok {
				recipients = append(recipients, address)
			}
			if strings.HasPrefix(line, "MAIL FROM:") {
				senders = append(senders, line)
			}
		}
		if !slices.Equal(recipients, []string{"<" + c.recipient + ">"}) || len(senders) != 1 {
			t.Errorf("%q: recipients %q, senders %q; want <%s> alone", c.typed, recipients, senders, c.recipient)
		}
		head, _, _ := strings.Cut(got[len(got)-1].raw, "\r\n\r\n")
		for name, want := range map[string]int{"To:": 1, "Cc:": 0, "Bcc:": 0, "From:": 1, "Subject:": 1, "Reply-To:": 0, "Content-Type:": 1} {
			if n := strings.Count("\n"+head, "\n"+name); n > want || want == 1 && n != 1 {
				t.Errorf("%q: the mail has %d lines %s\n%s", c.typed, n, name, head)
			}
		}
	}
	if office.count() != len(spellings) {
		t.Errorf("%d mails for %d requests", office.count(), len(spellings))
	}
}

// TestEverySpellingSharesOneBudget: whoever writes an address in another way gets no other
// budget for it, and the same answer about it.
func TestEverySpellingSharesOneBudget(t *testing.T) {
	s, shop := smallSite(t)
	office := openPostOffice(t)
	store := live.Redis(t)
	b := from(s.serve(t, store, office.url, "--limits", plenty).public, here)
	watch := watchBuckets(t, s, store)
	person, err := email.Parse("person@example.jp")
	must(t, err)
	tag := watch.keys.Tag(person)
	for _, c := range spellings {
		if c.recipient != person.Reveal() {
			continue
		}
		for _, name := range watch.charged(t, "send", func() { b.start(t, c.typed) }) {
			limit, key, _ := strings.Cut(name, ":")
			if (limit == "send-address" || limit == "send-mailbox" || limit == "send-reserve") && key != fmt.Sprintf("%x", tag[:]) {
				t.Errorf("%q is charged as somebody else: %s", c.typed, name)
			}
		}
	}
	listed := shop.Examples()[0].Email
	local, domain, _ := strings.Cut(listed, "@")
	if c := b.prove(t, office, strings.ToUpper(local)+"＠"+domain); c.Report.Status != wire.ReportStatusListed {
		t.Errorf("the same address in capitals is %s", c.Report.Status)
	}
	for _, other := range []string{local + "+tag@" + domain, local[:1] + "." + local[1:] + "@" + domain} {
		if c := b.prove(t, office, other); c.Report.Status != wire.ReportStatusNotListed {
			t.Errorf("another address, which shares a mailbox at most, is %s", c.Report.Status)
		}
	}
	office.box(t, person.Reveal(), 2)
	if n := len(office.box(t, person.Reveal(), 0)); n != 2 {
		t.Errorf("%d mails to ten spellings within a minute, want one and the reserve", n)
	}
}

// noAddresses must be refused: each would reach somebody else, or somebody more, at one
// mail server or another.
var noAddresses = []string{
	" ", "　", "a", "@", "a@", "@b.jp", "a@b", "a@localhost", "a@localhost.", "a@.jp", "a@b..jp", "a@b.jp..", ".a@b.jp", "a@@b.jp", "a@b@c.jp",
	"\u212Aen@example.jp", "ﬁ@example.jp", "①@example.jp", "a\u200bb@example.jp", "a\u00adb@example.jp", "\u202ea@example.jp", "аdam@example.jp", "ａ＠ｅｘａｍｐｌｅ．ｊｐ＠b.jp",
	"ｶﾅ@example.jp", "あ@example.jp", "a@例え.jp", "a@ex\u0430mple.jp", "é@example.jp", "e\u0301@example.jp", "a@\uff0e.jp", "a\u3164@example.jp",
	"a@b.jp\r\nBcc: x@y.jp", "a@b.jp\nBcc: x@y.jp", "a@b.jp\r\nRCPT TO:<x@y.jp>", "a@b.jp\r\n.\r\n", "a@b.jp\n.\r\n", "a@b.jp\r", "\r\na@b.jp", "a\r\n@b.jp",
	"a@b.jp\u2028Bcc: x@y.jp", "a@b.jp\u0085", "a@b.jp\u2029", "a@b.jp\x00", "a\x00@b.jp", "a@b.jp\x1b[2J", "a@b.jp\x7f", "a@b.jp%0d%0aBcc:x@y.jp", "a@b.jp%0a.jp",
	"=?utf-8?b?YQ==?=@b.jp", "=?utf-8?q?a=40evil.example=3e?=@b.jp", `"=?UTF-8?B?YQ==?="@b.jp`, "a@=?utf-8?q?b.jp?=",
	"a@b.jp,c@d.jp", "a@b.jp;c@d.jp", "a@b.jp c@d.jp", "a@b.jp|c@d.jp", "<a@b.jp>,<c@d.jp>", "<a@b.jp> <c@d.jp>", "Name <a@b.jp>", `"c@d.jp" <a@b.jp>`, "group: a@b.jp, c@d.jp;",
	`"a@b"@c.jp`, `"a b"@c.jp`, `"a\"b"@c.jp`, `"a`, `"a@b.jp`, `a"@b.jp`, `a"b"@c.jp`, `a\@b.jp`, "<a@b>", "<<a@b.jp>>", "<a@b.jp", "a@b.jp>", "<>", "a b@c.jp", "a\tb@c.jp",
	"a(x)@b.jp", "(x)a@b.jp", "a@b.jp(x)", "a@(x)b.jp", "@relay.jp:a@b.jp", "<@relay.jp:a@b.jp>", "@x.jp,@y.jp:a@b.jp", "a@b.jp@relay.jp",
	"a@[127.0.0.1]", "a@[IPv6:::1]", "a@127.0.0.1", "a@1.2.3", "a@2130706433", "a@0x7f.1", "a@xn--a.jp", "a@xn--.jp", "a@-b.jp", "a@b-.jp", "a@b_c.jp", "a@b.jp/", "a@b.jp:25", "a@b.jp#c", "a@b.jp%c",
	"a@b.jp SIZE=1", "a@b.jp> NOTIFY=SUCCESS ORCPT=rfc822;c@d.jp", "mailto:a@b.jp?bcc=c@d.jp", "mailto:a@b.jp?subject=x", "mailto:mailto:a@b.jp", "http://a@b.jp/",
	strings.Repeat("l", 244) + "@example.jp", strings.Repeat("l", 300) + "@example.jp", "a@" + strings.Repeat("d", 64) + ".jp", "a@" + strings.Repeat("d.", 130) + "jp",
	strings.Repeat("(", 1000) + "a@b.jp", strings.Repeat("(", 3900) + strings.Repeat(")", 3900) + "a@b.jp", strings.Repeat(`"`, 1000) + "@b.jp", strings.Repeat("a,", 3000) + "a@b.jp", strings.Repeat("@", 7900),
}

// TestWhatIsNoAddressIsRefusedAlike: one answer for all of them, to the byte, before any
// limit is charged and without a mail.
func TestWhatIsNoAddressIsRefusedAlike(t *testing.T) {
	s, _ := smallSite(t)
	office := openPostOffice(t)
	store := live.Redis(t)
	server := s.serve(t, store, office.url, "--public-url", "https://check.example.jp")
	watch := watchBuckets(t, s, store)
	b := from(server.public, here)
	answers := map[string]string{}
	charged := watch.charged(t, "", func() {
		for _, typed := range noAddresses {
			r := b.do(t, http.MethodPost, "/v1/verifications", "", map[string]string{"email": typed})
			uniform(t, typed, r)
			answers[head(r)+string(r.body)] = typed
			if r.status != http.StatusBadRequest {
				t.Errorf("%.80q: %d %s", typed, r.status, r.body)
			}
		}
		megabyte := `{"email":"` + strings.Repeat("(", 1<<20) + `a@b.jp"}` // refused by its size, unread
		if r := b.raw(t, "/v1/verifications", megabyte, "application/json"); r.status != http.StatusRequestEntityTooLarge {
			t.Errorf("a megabyte of comments: %d %s", r.status, r.body)
		}
	})
	if len(answers) != 1 {
		t.Errorf("refused in %d ways, by example: %q", len(answers), answers)
	}
	b.start(t, "person@example.jp")
	office.box(t, "person@example.jp", 1)
	if len(charged) != 0 || office.count() != 1 {
		t.Errorf("charged %q and mailed %d, want nothing and the one that was an address", charged, office.count())
	}
	if strings.Contains(server.log.String(), "relay.jp") || strings.Contains(server.log.String(), "Bcc") {
		t.Error("what was typed is in the log")
	}
}

// TestTenThousandTagsAreOneMailbox: plus tags and dots, as many as somebody cares to think
// of, share the cap of the mailbox; its owner still has the reserve.
func TestTenThousandTagsAreOneMailbox(t *testing.T) {
	s, _ := smallSite(t)
	office := openPostOffice(t)
	server := s.serve(t, live.Redis(t), office.url, "--limits", plenty+",send-address=1/1m+5/24h,send-mailbox=5/24h")
	b := from(server.public, here)
	n := 9_999
	if slowed {
		n = 999
	}
	var next sync.Mutex
	i := 0
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for {
				next.Lock()
				i++
				mine := i
				next.Unlock()
				if mine > n {
					return
				}
				addresses := []string{fmt.Sprintf("victim+%d@example.jp", mine)}
				if mine%10 == 0 {
					addresses = append(addresses, dotted("victimofdots", mine)+"@gmail.com")
				}
				for _, address := range addresses {
					if r, err := b.try(http.MethodPost, "/v1/verifications", "", map[string]string{"email": address}); err != nil || r.status != http.StatusAccepted {
						t.Errorf("%d: %d %v", mine, r.status, err)
					}
				}
			}
		})
	}
	all.Wait()
	b.start(t, "victim@example.jp")
	office.box(t, "victim@example.jp", 1)
	for deadline := time.Now().Add(patience); server.metric(t, "exposure_outbox_waiting") != "0"; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the outbox does not get empty")
		}
	}
	office.mu.Lock()
	defer office.mu.Unlock()
	mails := map[string]int{}
	for address, letters := range office.boxes {
		local, domain, _ := strings.Cut(address, "@")
		plain, _, _ := strings.Cut(strings.ReplaceAll(local, ".", ""), "+")
		mails[plain+"@"+domain] += len(letters)
	}
	if mails["victim@example.jp"] != 6 || mails["victimofdots@gmail.com"] != 5 || office.taken != 11 {
		t.Errorf("mails by mailbox %v, want 5 of the cap each, and the owner's reserve", mails)
	}
}

// dotted puts dots between letters after the binary digits of n, and tags what is left.
func dotted(name string, n int) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && n>>(i-1)&1 == 1 {
			b.WriteByte('.')
		}
		b.WriteRune(r)
	}
	return fmt.Sprintf("%s+%d", b.String(), n>>(len(name)-1))
}
