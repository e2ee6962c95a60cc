package audit

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"
)

// ErrNoHeads means that a text that should hold heads of a log holds something else.
var ErrNoHeads = errors.New("it holds something else than heads of an audit log")

// ReadHeads reads the text of a file that heads were appended to, in its order. All of them
// must be signed by one of the keys: a file of another installation's would hide a log that
// was put back. A head that was cut off is skipped and counted; an empty text holds none.
func ReadHeads(text string, keys ...ed25519.PublicKey) (heads []Head, cut int, err error) {
	signed, cut := SplitHeads(text)
	if len(signed)+cut == 0 {
		var only bool
		if cut, only = begun(text); !only {
			return nil, 0, ErrNoHeads
		}
	}
	all := make([]Head, 0, len(signed))
	for i, s := range signed {
		h, err := OpenHead(s, keys...)
		if err != nil {
			return nil, cut, fmt.Errorf("head %d in it: %w", i+1, err)
		}
		all = append(all, h)
	}
	return all, cut, nil
}

// begun counts the beginnings of heads for whose first line there was no room, and tells
// whether a text has nothing else.
func begun(text string) (cut int, only bool) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSuffix(line, "\n"); !strings.HasPrefix(origin, line) {
			return 0, false
		}
		if line != "" {
			cut++
		}
	}
	return cut, true
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
