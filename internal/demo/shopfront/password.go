package shopfront

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	_ "embed" // the list of common passwords
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// Lengths of a new password, in characters. Nothing is cut off: argon2id reads all of it.
const (
	minPassword = 12
	maxPassword = 200
)

// Cost of one hash: the second choice of OWASP's password storage sheet, about 20 ms.
const (
	hashPasses  = 2
	hashMemory  = 19 << 10 // KiB
	hashThreads = 1
	hashLength  = 32
)

// stored is an argon2id hash with its own salt. The zero value is a blank password: it
// opens nothing, also not an empty one.
type stored struct{ salt, sum []byte }

func (s stored) blank() bool { return len(s.sum) == 0 }

// hasher makes and compares hashes, a few at a time: each takes 19 MiB.
type hasher struct{ slots chan struct{} }

func newHasher(atOnce int) *hasher { return &hasher{slots: make(chan struct{}, atOnce)} }

func (h *hasher) sum(ctx context.Context, password string, salt []byte) ([]byte, error) {
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting to hash a password: %w", ctx.Err())
	}
	return argon2.IDKey([]byte(norm.NFKC.String(password)), salt, hashPasses, hashMemory, hashThreads, hashLength), nil
}

func (h *hasher) make(ctx context.Context, password string) (stored, error) {
	s := stored{salt: make([]byte, 16)}
	_, _ = rand.Read(s.salt) // never fails
	var err error
	s.sum, err = h.sum(ctx, password, s.salt)
	return s, err
}

// opens tells whether the password is the stored one. It takes as long for a blank one.
func (h *hasher) opens(ctx context.Context, s stored, password string) (bool, error) {
	salt := s.salt
	if s.blank() {
		salt = make([]byte, 16)
	}
	sum, err := h.sum(ctx, password, salt)
	return err == nil && !s.blank() && subtle.ConstantTimeCompare(sum, s.sum) == 1, err
}

// Why a new password is not taken. Each has words of its own.
var (
	errShort   = errors.New("short")
	errLong    = errors.New("long")
	errControl = errors.New("control")
	errAddress = errors.New("address")
	errCommon  = errors.New("common")
	errOld     = errors.New("old")
	errDiffer  = errors.New("differ")
)

//go:embed files/common.txt
var commonList string

// acceptable tells why a new password cannot be taken, before it is compared with the old
// one. Lengths are counted after NFKC: a full-width letter is the letter.
func acceptable(password, again, address string) error {
	p := norm.NFKC.String(password)
	n := utf8.RuneCountInString(p)
	folded := strings.ToLower(p)
	switch {
	case p != norm.NFKC.String(again):
		return errDiffer
	case n < minPassword:
		return errShort
	case n > maxPassword:
		return errLong
	case !utf8.ValidString(p) || strings.ContainsFunc(p, unicode.IsControl):
		return errControl
	case strings.Contains(folded, strings.ToLower(address)) || strings.Contains(strings.ToLower(address), folded):
		return errAddress
	case common(folded):
		return errCommon
	default:
		return nil
	}
}

// common tells passwords that are tried first: those of the list, and one short piece
// written again and again.
func common(folded string) bool {
	for line := range strings.Lines(commonList) {
		if strings.TrimSpace(line) == folded {
			return true
		}
	}
	letters := []rune(folded)
	for size := 1; size <= 4; size++ {
		same := true
		for i := size; i < len(letters) && same; i++ {
			same = letters[i] == letters[i-size]
		}
		if same {
			return true
		}
	}
	return false
}
