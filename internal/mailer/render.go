package mailer

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	gomail "github.com/wneessen/go-mail"

	"exposure/internal/mailauth"
)

// encodedPiece is how many bytes of text go into one encoded word: 30 make a word of 52
// characters, which fits behind "Subject: " on the first line of 76.
const encodedPiece = 30

// render writes the whole mail, pure ASCII with CRLF line ends, no line over 76 (an
// address over 70 characters excepted). It adds no header that says which program or
// machine wrote it. With a key the mail is signed for the domain of its sender.
func render(m Message, key *mailauth.Key) ([]byte, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	msg := gomail.NewMsg(gomail.WithEncoding(gomail.EncodingB64), gomail.WithCharset(gomail.CharsetUTF8),
		gomail.WithNoDefaultUserAgent())
	msg.SetDateWithValue(m.Date)
	msg.SetMessageIDWithValue(m.MessageID)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // no vacation replies
	// The library would put a long word on a line of its own, and mail programs have been
	// seen to lose a header that starts with an empty line.
	for _, h := range [...]struct{ name, value string }{
		{"From", mailbox(m.FromName, m.From.Reveal())},
		{"To", mailbox("", m.To.Reveal())},
		{"Subject", encodeWords(m.Subject)},
	} {
		msg.SetGenHeaderPreformatted(gomail.Header(h.name), fold(len(h.name)+1, h.value))
	}
	msg.SetBodyString(gomail.TypeTextPlain, strings.ReplaceAll(m.Body, "\n", "\r\n"))
	var out bytes.Buffer
	if _, err := msg.WriteTo(&out); err != nil {
		return nil, errors.New("mail cannot be written") // the library's error may hold the address
	}
	if key == nil {
		return out.Bytes(), nil
	}
	return key.Sign(out.Bytes(), m.From.Domain())
}

// check refuses what could end a header early or hide in one.
func (m Message) check() error {
	if m.From.IsZero() || m.To.IsZero() {
		return errors.New("mail without sender or recipient")
	}
	for _, f := range [...]struct{ name, value string }{{"sender name", m.FromName}, {"subject", m.Subject}, {"message id", m.MessageID}} {
		if !utf8.ValidString(f.value) || strings.ContainsFunc(f.value, unprintable) {
			return fmt.Errorf("mail whose %s holds a control character", f.name)
		}
	}
	local, domain, found := strings.Cut(m.MessageID, "@")
	if !found || local == "" || domain == "" || strings.ContainsAny(m.MessageID, "<> ") || strings.ContainsFunc(m.MessageID, isWide) {
		return errors.New("mail whose message id is not local@domain")
	}
	if !utf8.ValidString(m.Body) || strings.ContainsAny(m.Body, "\r\x00") {
		return errors.New("mail whose body is not text with plain line ends")
	}
	return nil
}

func unprintable(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }
func isWide(r rune) bool      { return r > unicode.MaxASCII }

// mailbox writes a name and an address as in a From header.
func mailbox(name, address string) string {
	angle := (&mail.Address{Address: address}).String() // "<…>", quoted where needed
	switch {
	case name == "":
		return angle
	case strings.ContainsFunc(name, isWide):
		return encodeWords(name) + " " + angle
	default:
		return (&mail.Address{Name: name, Address: address}).String()
	}
}

// encodeWords writes text that is not ASCII as encoded words (RFC 2047) of a length
// that folds well, cut between characters.
func encodeWords(s string) string {
	if !strings.ContainsFunc(s, isWide) && !strings.Contains(s, "=?") {
		return s
	}
	var words []string
	for len(s) > 0 {
		n := 0
		for n < len(s) {
			_, size := utf8.DecodeRuneInString(s[n:])
			if n+size > encodedPiece {
				break
			}
			n += size
		}
		words = append(words, encodeWord(s[:n]))
		s = s[n:]
	}
	return strings.Join(words, " ")
}

// encodeWord encodes one piece, also one that happens to be ASCII: next to an encoded
// word it would gain a space.
func encodeWord(s string) string {
	return "=?UTF-8?b?" + base64.StdEncoding.EncodeToString([]byte(s)) + "?="
}

// fold breaks what follows so many columns of a header at spaces, so that no line is over 76, but
// never before the first word.
func fold(column int, value string) string {
	var out strings.Builder
	for i, word := range strings.Split(value, " ") {
		if i > 0 {
			if word != "" && column+1+len(word) > 76 {
				out.WriteString("\r\n")
				column = 0
			}
			out.WriteByte(' ')
		}
		out.WriteString(word)
		column += 1 + len(word)
	}
	return out.String()
}
