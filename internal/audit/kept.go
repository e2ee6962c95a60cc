package audit

import (
	"crypto/ed25519"
	"errors"
	"fmt"
)

// ErrNoHeads means that a text that should hold heads of a log holds something else.
var ErrNoHeads = errors.New("it holds something else than heads of an audit log")

// ReadHeads reads the text of a file that heads were appended to, in its order. All of them
// must be signed by one of the keys: a file of another installation's would hide a log that
// was put back. A head that was cut off is skipped; an empty text holds none.
func ReadHeads(text string, keys ...ed25519.PublicKey) ([]Head, error) {
	signed, cut := SplitHeads(text)
	if len(signed)+cut == 0 && text != "" {
		return nil, ErrNoHeads
	}
	all := make([]Head, 0, len(signed))
	for i, s := range signed {
		h, err := OpenHead(s, keys...)
		if err != nil {
			return nil, fmt.Errorf("head %d in it: %w", i+1, err)
		}
		all = append(all, h)
	}
	return all, nil
}

// Newest is the head over the most rows, the zero Head of none.
func Newest(heads []Head) (newest Head) {
	for _, h := range heads {
		if h.Size > newest.Size {
			newest = h
		}
	}
	return newest
}
