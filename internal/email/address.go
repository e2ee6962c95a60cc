// Package email folds what people and shops write as an e-mail address into the one
// form under which it is looked up and mailed.
//
// It guarantees that input and import agree (one grammar, one function), that
// folding is idempotent, and that an [Address] does not print: every formatting verb
// and slog show a masked form, and only [Address.Reveal] and [Address.SMTP] give the
// real one. It accepts what Japanese carriers handed out for years (consecutive dots,
// a dot before the @) and refuses anything that could fold two different mailboxes
// into one: no plus or dot folding, no Unicode look-alikes.
package email

import (
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// Errors of [Parse]. They never contain the input.
var (
	ErrEmpty     = errors.New("no e-mail address given")
	ErrTooLong   = errors.New("e-mail address is too long")
	ErrMalformed = errors.New("not the form of an e-mail address")
)

const (
	// maxBytes bounds the folded address: RFC 5321 4.5.3.1.3 leaves 254 octets for a
	// path. The local part has no limit of its own, because shops hold longer ones
	// than RFC 5321's 64.
	maxBytes = 254
	// maxInput bounds the work done on foreign bytes. A full-width rune takes three
	// bytes, so every address that folds to maxBytes fits.
	maxInput = 4 * maxBytes
)

// Address is a folded address. The zero value is no address.
type Address struct{ folded string }

// Parse folds s. The grammar, in order: size; no CR, LF or NUL; full-width ASCII,
// ideographic space, ideographic full stops and the dashes people type for a hyphen
// become ASCII; white space at the ends and around the @, "mailto:", one pair of
// angle brackets and the root dot of the domain are dropped; any other rune that is
// not ASCII is refused, and so is one that NFKC would turn into ASCII; then one local
// part, one @ and one domain name of at least two labels.
func Parse(s string) (Address, error) {
	if len(s) > maxInput {
		return Address{}, ErrTooLong
	}
	if strings.ContainsAny(s, "\r\n\x00") {
		return Address{}, fmt.Errorf("%w: it holds a line break", ErrMalformed)
	}
	s = unwrap(strings.Map(narrow, s))
	if s == "" {
		return Address{}, ErrEmpty
	}
	local, domain, err := split(s)
	if err != nil {
		return Address{}, err
	}
	if local, err = foldLocal(local); err != nil {
		return Address{}, err
	}
	if domain, err = foldDomain(domain); err != nil {
		return Address{}, err
	}
	folded := local + "@" + domain
	if len(folded) > maxBytes {
		return Address{}, ErrTooLong
	}
	return Address{folded: folded}, nil
}

// narrow maps the runes people type in place of ASCII ones, and leaves all others
// alone so that they can be refused.
func narrow(r rune) rune {
	switch {
	case r < 0x80:
		return r
	case r >= '！' && r <= '～':
		return r - '！' + '!'
	case r == '　':
		return ' '
	case r == '。' || r == '｡':
		return '.'
	case strings.ContainsRune("‐‑‒–—―−ー─﹣ｰ", r):
		return '-'
	default:
		return r
	}
}

func unwrap(s string) string {
	s = trim(s)
	if len(s) >= 7 && strings.EqualFold(s[:7], "mailto:") {
		s = trim(s[7:])
	}
	if strings.HasPrefix(s, "<") && strings.HasSuffix(s, ">") {
		s = trim(s[1 : len(s)-1])
	}
	return strings.TrimSuffix(s, ".")
}

func trim(s string) string { return strings.Trim(s, " \t\v\f") }

func split(s string) (local, domain string, err error) {
	for _, r := range s {
		if r >= 0x80 || r < 0x20 && r != '\t' || r == 0x7f {
			return "", "", fmt.Errorf("%w: %s", ErrMalformed, foreign(r))
		}
	}
	local, domain, found := strings.Cut(s, "@")
	if !found || strings.Contains(domain, "@") {
		return "", "", fmt.Errorf("%w: it needs exactly one @", ErrMalformed)
	}
	return trim(local), trim(domain), nil
}

// foreign explains a refused rune without printing it.
func foreign(r rune) string {
	if n := norm.NFKC.String(string(r)); n < "\x80" {
		return "it holds a look-alike of an ASCII character"
	}
	return "it holds a character that cannot be part of an address"
}

func foldLocal(local string) (string, error) {
	if len(local) >= 2 && local[0] == '"' && local[len(local)-1] == '"' {
		local = local[1 : len(local)-1]
	}
	if local == "" || local[0] == '.' {
		return "", fmt.Errorf("%w: nothing usable before the @", ErrMalformed)
	}
	for i := range len(local) {
		if !isLocalByte(local[i]) {
			return "", fmt.Errorf("%w: a character before the @ is not allowed", ErrMalformed)
		}
	}
	if strings.Contains(local, "=?") && encodedWord.MatchString(local) {
		return "", fmt.Errorf("%w: an encoded word before the @ is not allowed", ErrMalformed)
	}
	return strings.ToLower(local), nil
}

// encodedWord is RFC 2047's way to write any text in ASCII. Some mail software decodes
// it inside an address too, and would then deliver to another one than was asked for.
var encodedWord = regexp.MustCompile(`=\?[^?]+\?[bBqQ]\?[^?]*\?=`)

func isLocalByte(b byte) bool {
	switch {
	case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b >= '0' && b <= '9':
		return true
	default:
		return strings.IndexByte("!#$%&'*+/=?^_`{|}~.-", b) >= 0
	}
}

func foldDomain(domain string) (string, error) {
	domain = strings.ToLower(domain)
	if isHostname(domain) && !strings.Contains(domain, "--") {
		return domain, nil // IDNA changes nothing; asking it takes longer than all the rest
	}
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil || !isHostname(ascii) {
		return "", fmt.Errorf("%w: the part after the @ is not a domain name", ErrMalformed)
	}
	return ascii, nil
}

// isHostname wants at least two labels of letters, digits and inner hyphens, and a
// last label that is no number (so that no IPv4 literal passes).
func isHostname(s string) bool {
	if len(s) > 253 || !strings.Contains(s, ".") {
		return false
	}
	last := ""
	for l := range strings.SplitSeq(s, ".") {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' {
			return false
		}
		for i := range len(l) {
			if b := l[i]; b != '-' && (b < '0' || b > '9') && (b < 'a' || b > 'z') {
				return false
			}
		}
		last = l
	}
	return strings.Trim(last, "0123456789") != ""
}

// IsZero tells whether this is no address at all.
func (a Address) IsZero() bool { return a.folded == "" }

// Reveal returns the folded address in clear: the key of a look-up. Whatever it is
// given to must not log it.
func (a Address) Reveal() string { return a.folded }

// Domain returns the part after the @, which names a provider and nobody.
func (a Address) Domain() string { return a.folded[strings.LastIndexByte(a.folded, '@')+1:] }

// SMTP returns the mailbox as it goes on the wire (RFC 5321 4.1.2): a local part that
// is no dot-atom is quoted, or mail servers refuse the old carrier addresses.
func (a Address) SMTP() string {
	at := strings.LastIndexByte(a.folded, '@')
	if at < 0 {
		return ""
	}
	if local := a.folded[:at]; strings.HasSuffix(local, ".") || strings.Contains(local, "..") {
		return `"` + local + `"` + a.folded[at:]
	}
	return a.folded
}

// String masks the address: it says only whether there is one.
func (a Address) String() string {
	if a.IsZero() {
		return "(no address)"
	}
	return "(address)"
}

// GoString masks %#v as well.
func (a Address) GoString() string { return "email.Address(masked)" }

// LogValue masks the address in structured logs.
func (a Address) LogValue() slog.Value { return slog.StringValue(a.String()) }
