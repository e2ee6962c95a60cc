package reset

import (
	"fmt"

	"exposure/internal/email"
)

// noticeLabel separates sealed addresses of completed resets from whatever else the same
// keys seal.
const noticeLabel = "reset-notice"

// Sealer seals what is kept for a short time. Open fails for anything that Seal did not
// return for the same label and associated data.
type Sealer interface {
	Seal(label string, plaintext, ad []byte) []byte
	Open(label string, sealed, ad []byte) ([]byte, error)
}

// SealNotice seals where the completion of a member's reset is told. It opens for that
// member only.
func SealNotice(s Sealer, memberID string, a email.Address) []byte {
	return s.Seal(noticeLabel, []byte(a.Reveal()), []byte(memberID))
}

// openNotice reverses SealNotice.
func openNotice(s Sealer, memberID string, sealed []byte) (email.Address, error) {
	plain, err := s.Open(noticeLabel, sealed, []byte(memberID))
	if err != nil {
		return email.Address{}, fmt.Errorf("opening where a completion is told: %w", err)
	}
	return email.Parse(string(plain))
}
