package mailer

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"exposure/internal/mailauth"
)

// encodedPiece is how many bytes of text go into one encoded word: 30 make a word of 52
// characters, which fits behind "Subject: " on the first line of 76.
const encodedPiece = 30

// encodedLine is how many bytes of text go into one line of 76 characters.
const encodedLine = 57

// render writes the whole mail, pure ASCII with CRLF line ends, no line over 76 (an address or
// a message id over 60 characters excepted). It adds no header that says which program or
// machine wrote it. With a key the mail is signed for the domain of its sender.
func render(m Message, key *mailauth.Key) ([]byte, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.Grow(1<<10 + 2*len(m.Body))
	for _, h := range [...]struct{ name, value string }{
		{"Date", m.Date.Format(time.RFC1123Z)},
		{"Message-ID", "<" + m.MessageID + ">"},
		{"From", mailbox(m.FromName, m.From.Reveal())},
		{"To", mailbox("", m.To.Reveal())},
		{"Subject", encodeWords(m.Subject)},
		{"Auto-Submitted", "auto-generated"}, // no vacation replies
		{"MIME-Version", "1.0"},
		{"Content-Type", "text/plain; charset=UTF-8"},
		{"Content-Transfer-Encoding", "base64"},
	} {
		writeHeader(&out, h.name, h.value)
	}
	out.WriteString("\r\n")
	for line := range slices.Chunk([]byte(strings.ReplaceAll(m.Body, "\n", "\r\n")), encodedLine) {
		out.Write(base64.StdEncoding.AppendEncode(out.AvailableBuffer(), line))
		out.WriteString("\r\n")
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

// writeHeader writes a header, broken at spaces so that no line is over 76, but never before the
// first word: mail programs have been seen to lose a header that starts with an empty line.
func writeHeader(out *bytes.Buffer, name, value string) {
	out.WriteString(name + ":")
	column := len(name) + 1
	for i, word := range strings.Split(value, " ") {
		if i > 0 && word != "" && column+1+len(word) > 76 {
			out.WriteString("\r\n")
			column = 0
		}
		out.WriteString(" " + word)
		column += 1 + len(word)
	}
	out.WriteString("\r\n")
}
