package mailauth

import (
	"bytes"
	"errors"

	"github.com/emersion/go-msgauth/dkim"
)

// signed are the headers a signature covers: what a reader sees and what decides how it
// is shown. From and Subject are named twice, Reply-To and Cc although our mails have
// none, so that nobody can put another one in front. The list fits on one line: go-mail's
// own signer, which breaks longer ones within a name, makes signatures that do not hold.
func signed() []string {
	return []string{"From", "From", "Reply-To", "To", "Cc", "Subject", "Subject", "Date", "Message-ID", "Content-Type"}
}

// Sign puts a DKIM signature for the domain in front of a whole mail with CRLF line ends.
// Spaces and line breaks may change on the way, nothing else.
func (k *Key) Sign(mail []byte, domain string) ([]byte, error) {
	var out bytes.Buffer
	err := dkim.Sign(&out, bytes.NewReader(mail), &dkim.SignOptions{
		Domain: domain, Selector: k.selector, Signer: k.private(), HeaderKeys: signed(),
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
	})
	if err != nil {
		return nil, errors.New("mail cannot be signed") // the library's error may hold a header
	}
	// The library's first line may be too long. A break where a space is changes nothing
	// under relaxed canonicalization.
	return bytes.Replace(out.Bytes(), []byte("; bh="), []byte(";\r\n bh="), 1), nil
}
