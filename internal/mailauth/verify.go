package mailauth

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/emersion/go-msgauth/dkim"
)

// ErrUnsigned means that a mail carries no DKIM signature.
var ErrUnsigned = errors.New("the mail carries no DKIM signature")

// maxSignatures bounds the work a mail can cause; ours have one.
const maxSignatures = 4

// Signature is one DKIM signature of a mail that was checked.
type Signature struct {
	Domain  string
	Headers []string // what it covers
	Err     error    // nil: it holds
}

// Verify checks the signatures of a whole mail as a receiver does. txt gives the TXT
// records of a name.
func Verify(mail []byte, txt func(name string) ([]string, error)) ([]Signature, error) {
	found, err := dkim.VerifyWithOptions(bytes.NewReader(mail), &dkim.VerifyOptions{LookupTXT: txt, MaxVerifications: maxSignatures})
	if err != nil {
		return nil, fmt.Errorf("checking the DKIM signature: %w", err)
	}
	if len(found) == 0 {
		return nil, ErrUnsigned
	}
	all := make([]Signature, len(found))
	for i, v := range found {
		all[i] = Signature{Domain: v.Domain, Headers: v.HeaderKeys, Err: v.Err}
	}
	return all, nil
}

// Only answers with one record under its own name, as a DNS that has just been set up.
func Only(r Record) func(name string) ([]string, error) {
	return func(name string) ([]string, error) {
		if name != r.Name {
			return nil, fmt.Errorf("no record at %s", name)
		}
		return []string{r.Value}, nil
	}
}
