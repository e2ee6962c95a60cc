package email_test

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"exposure/internal/email"
)

func TestParseFolds(t *testing.T) {
	const foo = "foo@docomo.ne.jp"
	for _, c := range []struct{ in, key, smtp string }{
		{"ｆｏｏ＠ｄｏｃｏｍｏ．ｎｅ．ｊｐ", foo, foo},
		{"foo@docomo｡ne｡jp", foo, foo},
		{"foo@docomo。ne。jp", foo, foo},
		{" foo @docomo.ne.jp　", foo, foo},
		{"\tfoo@ docomo.ne.jp", foo, foo},
		{"mailto:foo@docomo.ne.jp", foo, foo},
		{"MailTo: <foo@docomo.ne.jp>", foo, foo},
		{"<foo@docomo.ne.jp>", foo, foo},
		{"FOO@Docomo.NE.JP", foo, foo},
		{"foo@docomo.ne.jp.", foo, foo},
		{`"foo"@docomo.ne.jp`, foo, foo},
		{"foo..bar@docomo.ne.jp", "foo..bar@docomo.ne.jp", `"foo..bar"@docomo.ne.jp`},
		{`"foo..bar"@docomo.ne.jp`, "foo..bar@docomo.ne.jp", `"foo..bar"@docomo.ne.jp`},
		{"foo.@ezweb.ne.jp", "foo.@ezweb.ne.jp", `"foo."@ezweb.ne.jp`},
		{"foo−bar@docomo.ne.jp", "foo-bar@docomo.ne.jp", "foo-bar@docomo.ne.jp"},
		{"fooーbar@docomo.ne.jp", "foo-bar@docomo.ne.jp", "foo-bar@docomo.ne.jp"},
		{"fooｰbar@docomo.ne.jp", "foo-bar@docomo.ne.jp", "foo-bar@docomo.ne.jp"},
		{"-foo@softbank.ne.jp", "-foo@softbank.ne.jp", "-foo@softbank.ne.jp"},
		{"_foo/bar?x@example.jp", "_foo/bar?x@example.jp", "_foo/bar?x@example.jp"},
		{"a+b@gmail.com", "a+b@gmail.com", "a+b@gmail.com"},
		{strings.Repeat("x", 200) + "@example.jp", strings.Repeat("x", 200) + "@example.jp", strings.Repeat("x", 200) + "@example.jp"},
	} {
		a, err := email.Parse(c.in)
		if err != nil {
			t.Errorf("Parse(%q) = %v, want %q", c.in, err, c.key)
			continue
		}
		if a.Reveal() != c.key || a.SMTP() != c.smtp {
			t.Errorf("Parse(%q) = %q on the wire %q, want %q and %q", c.in, a.Reveal(), a.SMTP(), c.key, c.smtp)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, in := range []string{
		"", "   ", "a@b@c.jp", "foo@localhost", "foo@[127.0.0.1]", "foo@127.0.0.1", "foo@docomo,ne.jp",
		"foo@docomo..ne.jp", "あ@docomo.ne.jp", ".foo@docomo.ne.jp", `"a@b"@c.jp`, "\u212Aen@example.jp",
		"ﬁ@example.jp", "①@example.jp", "fo\u200bo@example.jp", "аa@example.jp", "ｶﾅ@example.jp",
		"a@b.jp\r\nBcc: x@y.jp", "a@b.jp\n", "a@b.jp\u2028", "a@b.jp\x00", "a@b.jp,c@d.jp", "<a@b>", "<<a@b.jp>>",
		"a(x)@b.jp", "@relay.jp:a@b.jp", "a b@c.jp", "a@xn--a.jp", "a@-b.jp", "a@b_c.jp", "=?utf-8?b?YQ==?=@", "a@",
		"=?utf-8?q?a=40evil.jp=3e?=@b.jp", `"=?UTF-8?B?YQ==?="@b.jp`, "x=?iso-8859-1?Q?y?=z@b.jp",
		"@b.jp", `"@b.jp`, strings.Repeat("x", 244) + "@example.jp", strings.Repeat("(", 1<<20), "用户@例え.jp", "foo@docomo.ne.jp/",
	} {
		if a, err := email.Parse(in); err == nil {
			t.Errorf("Parse(%q) = %q, want an error", in, a.Reveal())
		}
	}
}

func TestErrorsNameNoInput(t *testing.T) {
	for _, in := range []string{"canary-x@@example.jp", "canary-x@localhost", "canary\u200b@example.jp"} {
		_, err := email.Parse(in)
		if !errors.Is(err, email.ErrMalformed) || strings.Contains(err.Error(), "canary") {
			t.Errorf("Parse(%q) error = %v; want ErrMalformed without the input", in, err)
		}
	}
}

func TestAddressDoesNotPrint(t *testing.T) {
	a, err := email.Parse("canary@example.jp")
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "a", a, "s", struct{ A email.Address }{a})
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		fmt.Fprintf(&log, verb, a)
	}
	if strings.Contains(log.String(), "canary") || strings.Contains(log.String(), fmt.Sprintf("%x", "canary")) {
		t.Errorf("an address was printed: %s", log.String())
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"foo@docomo.ne.jp", "ｆｏｏ＠ｄ．ｊｐ", `"a..b"@c.jp`, "mailto:<a@b.jp>", "a@b.jp.", "\xff@x.jp"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := email.Parse(s)
		if err != nil {
			return
		}
		for _, again := range []string{a.Reveal(), a.SMTP(), "<" + a.SMTP() + ">"} {
			b, err := email.Parse(again)
			if err != nil || b != a {
				t.Fatalf("folding is not idempotent: %q -> %q -> %q (%v)", s, a.Reveal(), b.Reveal(), err)
			}
		}
		if strings.ContainsAny(a.SMTP(), "\r\n \x00<>,") || strings.Count(a.Reveal(), "@") != 1 {
			t.Fatalf("unsafe on the wire: %q", a.SMTP())
		}
	})
}
