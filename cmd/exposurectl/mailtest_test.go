package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-msgauth/dkim"
	"github.com/emersion/go-smtp"

	"exposure/internal/incident"
)

// mailbox is a real mail server that keeps what it gets.
type mailbox struct {
	mu       sync.Mutex
	from, to []string
	mails    []string
}

// NewSession implements smtp.Backend.
func (b *mailbox) NewSession(*smtp.Conn) (smtp.Session, error) { return b, nil }

func (b *mailbox) Mail(from string, _ *smtp.MailOptions) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.from = append(b.from, from)
	return nil
}

func (b *mailbox) Rcpt(to string, _ *smtp.RcptOptions) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.to = append(b.to, to)
	return nil
}

func (b *mailbox) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mails = append(b.mails, string(raw))
	return err
}

func (b *mailbox) Reset()        {}
func (b *mailbox) Logout() error { return nil }

func (b *mailbox) serve(t *testing.T) (url string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := smtp.NewServer(b)
	s.Domain = "mx"
	var wg sync.WaitGroup
	wg.Go(func() { _ = s.Serve(ln) })
	t.Cleanup(func() { s.Close(); wg.Wait() })
	return "smtp://" + ln.Addr().String() + "?starttls=none"
}

// TestMailTestSends: one mail arrives, from the sender that was told, and its signature
// holds against the record that was printed.
func TestMailTestSends(t *testing.T) {
	box, dir := &mailbox{}, t.TempDir()
	url := box.serve(t)
	src, err := incident.Example("tougyoku-2023")
	if err != nil {
		t.Fatal(err)
	}
	file, key := filepath.Join(dir, "incident.yaml"), filepath.Join(dir, "dkim.pem")
	if err := os.WriteFile(file, src, 0o600); err != nil {
		t.Fatal(err)
	}
	writeDKIM(t, key)
	var out, errs bytes.Buffer
	args := []string{"mail-test", "--incident", file, "--to", "foo..bar@docomo.ne.jp", "--smtp-url", url,
		"--dkim-key-file", key, "--dkim-selector", "s1", "--json"}
	if code := run(t.Context(), args, terminal{Out: &out, Err: &errs}); code != exitDone || len(box.mails) != 0 {
		t.Fatalf("a dry run ended with %d and sent %d mails: %s", code, len(box.mails), errs.String())
	}
	out.Reset()
	if code := run(t.Context(), append(args, "--commit"), terminal{Out: &out, Err: &errs}); code != exitDone {
		t.Fatalf("ended with %d: %s", code, errs.String())
	}
	var told trial
	if err := json.Unmarshal(out.Bytes(), &told); err != nil {
		t.Fatal(err)
	}
	box.mu.Lock()
	defer box.mu.Unlock()
	if len(box.mails) != 1 || box.from[0] != told.Envelope || box.to[0] != "foo..bar@docomo.ne.jp" {
		t.Fatalf("%d mails from %q to %q", len(box.mails), box.from, box.to)
	}
	raw := box.mails[0]
	if !told.Sent || told.TLS != nil || told.Size != len(raw) || !strings.Contains(raw, "<"+told.ID+">") {
		t.Errorf("told %+v of a mail of %d bytes\n%s", told, len(raw), raw)
	}
	found, err := dkim.VerifyWithOptions(strings.NewReader(raw), &dkim.VerifyOptions{LookupTXT: func(name string) ([]string, error) {
		for _, line := range told.Records {
			if value, ok := strings.CutPrefix(line, name+". 3600 IN TXT "); ok {
				return []string{strings.ReplaceAll(strings.Trim(value, `"`), `" "`, "")}, nil
			}
		}
		return nil, nil
	}})
	if err != nil || len(found) != 1 || found[0].Err != nil || found[0].Domain != "tougyoku.com" {
		t.Errorf("signatures %+v, %v", found, err)
	}
}
