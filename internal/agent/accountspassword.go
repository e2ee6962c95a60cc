package agent

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	_ "embed" // the list
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// argon2id as the OWASP Password Storage Cheat Sheet has it (19 MiB, two passes, one lane).
// Each hash says what it was made with: raising these raises a hash when its owner signs in.
const (
	hashMemory  = 19 * 1024 // KiB
	hashTime    = 2
	hashThreads = 1
	hashSalt    = 16
	hashSize    = 32

	// What a stored hash may ask for at most, so that a row cannot exhaust the machine.
	maxHashMemory  = 256 * 1024
	maxHashTime    = 16
	maxHashThreads = 8

	// atOnce is how many hashes are computed at a time: 19 MiB each.
	atOnce = 2
)

const (
	minPassword = 12  // characters
	maxPassword = 128 // characters
	// maxPasswordBytes bounds what is looked at: 128 characters of four bytes, decomposed.
	maxPasswordBytes = 2048
	// fewest is how many different characters a password has at least.
	fewest = 5
	// shortWord is the length from which a word of letters may not be in a password; of
	// other scripts two characters are a word.
	shortWord = 3
)

// digest is a stored hash. The zero digest verifies nothing.
type digest struct {
	memory, time uint32
	threads      uint8
	key          [keyIDSize]byte // under which the password was hashed before
	salt, sum    []byte
}

// parseDigest reads $argon2id$v=19$m=19456,t=2,p=1,keyid=01234567$SALT$SUM, and nothing
// that it would not write itself.
func parseDigest(s string) (d digest, ok bool) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 {
		return d, false
	}
	for _, p := range strings.Split(parts[3], ",") {
		name, value, _ := strings.Cut(p, "=")
		n, _ := strconv.ParseUint(value, 10, 32)
		switch name {
		case "m":
			d.memory = uint32(n)
		case "t":
			d.time = uint32(n)
		case "p":
			d.threads = uint8(min(n, maxHashThreads+1))
		case "keyid":
			if id, err := hex.DecodeString(value); err == nil && len(id) == keyIDSize {
				d.key = [keyIDSize]byte(id)
			}
		}
	}
	d.salt, _ = base64.RawStdEncoding.DecodeString(parts[4])
	d.sum, _ = base64.RawStdEncoding.DecodeString(parts[5])
	usable := d.memory > 0 && d.memory <= maxHashMemory && d.time > 0 && d.time <= maxHashTime && d.threads > 0 && d.threads <= maxHashThreads
	return d, usable && len(d.salt) == hashSalt && len(d.sum) == hashSize && d.String() == s
}

// String is the form that is stored.
func (d digest) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d,keyid=%x$%s$%s", argon2.Version, d.memory, d.time, d.threads, d.key,
		base64.RawStdEncoding.EncodeToString(d.salt), base64.RawStdEncoding.EncodeToString(d.sum))
}

// of hashes what a password is under the digest's key. It takes its memory.
func (d digest) of(before [32]byte) []byte {
	return argon2.IDKey(before[:], d.salt, d.time, d.memory, d.threads, hashSize)
}

const passwordLabel = "password"

// newDigest is a digest without its sum, under the parameters and the key of now.
func newDigest(secrets AccountSecrets, name, password string) (d digest, before [32]byte) {
	d = digest{memory: hashMemory, time: hashTime, threads: hashThreads, salt: make([]byte, hashSalt)}
	rand.Read(d.salt)
	d.key, before = secrets.AccountMAC(passwordLabel, []byte(name), []byte(password))
	return d, before
}

// hashPassword hashes a password, already folded, of the account of this name.
func hashPassword(secrets AccountSecrets, name, password string) (string, error) {
	if _, ok := foldPassword(password); !ok {
		return "", fmt.Errorf("%w: it does not print", ErrPassword)
	}
	d, before := newDigest(secrets, name, password)
	d.sum = d.of(before)
	return d.String(), nil
}

// verify tells whether it is the password of the digest. It costs the same for any digest
// of the same parameters, whatever is wrong.
func (d digest) verify(secrets AccountSecrets, name, password string) bool {
	before, known := secrets.AccountMACOf(d.key, passwordLabel, []byte(name), []byte(password))
	return subtle.ConstantTimeCompare(d.of(before), d.sum) == 1 && known
}

// stale tells whether a password should be hashed anew: other parameters, or another key.
func (d digest) stale(secrets AccountSecrets) bool {
	key, _ := secrets.AccountMAC(passwordLabel)
	return d.memory != hashMemory || d.time != hashTime || d.threads != hashThreads || d.key != key
}

// dummy is a digest that no password has, for accounts that there are not.
func dummy(secrets AccountSecrets) digest {
	d, _ := newDigest(secrets, unknown, "")
	d.sum = make([]byte, hashSize)
	rand.Read(d.sum)
	return d
}

// foldPassword is the one form of a password, however a keyboard writes its characters;
// false for what nobody can have chosen.
func foldPassword(typed string) (string, bool) {
	if len(typed) > maxPasswordBytes || !utf8.ValidString(typed) {
		return "", false
	}
	folded := norm.NFKC.String(typed)
	n := utf8.RuneCountInString(folded)
	unprintable := strings.ContainsFunc(folded, func(r rune) bool { return unicode.Is(unicode.C, r) })
	return folded, n > 0 && n <= maxPassword && !unprintable
}

//go:embed accounts_common.txt
var commonest string

// checkPassword holds a new password against the rules. words are those that must not be in
// it: the account's and the shop's.
func checkPassword(typed string, words []string) (string, error) {
	password, ok := foldPassword(typed)
	n := utf8.RuneCountInString(password)
	switch {
	case !ok && n > maxPassword || len(typed) > maxPasswordBytes:
		return "", fmt.Errorf("%w: longer than %d characters", ErrPassword, maxPassword)
	case !ok && n > 0 || !utf8.ValidString(typed):
		return "", fmt.Errorf("%w: it does not print", ErrPassword)
	case n < minPassword:
		return "", fmt.Errorf("%w: shorter than %d characters", ErrPassword, minPassword)
	}
	low := strings.ToLower(password)
	for _, w := range words {
		if w = strings.ToLower(norm.NFKC.String(w)); isWord(w) && strings.Contains(low, w) {
			return "", fmt.Errorf("%w: it holds the name of the account or of the shop", ErrPassword)
		}
	}
	different := map[rune]bool{}
	for _, r := range low {
		different[r] = true
	}
	if len(different) < fewest || strings.Contains("\n"+commonest+"\n", "\n"+low+"\n") {
		return "", fmt.Errorf("%w: it is a common one", ErrPassword)
	}
	return password, nil
}

func isWord(w string) bool {
	n := utf8.RuneCountInString(w)
	return n >= shortWord || n == shortWord-1 && w[0] >= utf8.RuneSelf
}

// hashing bounds the memory of hashing: so many at a time, and whoever waits gives up in
// time. Safe for concurrent use.
type hashing struct {
	slots chan struct{}
	wait  time.Duration
}

func newHashing(wait time.Duration) hashing { return hashing{make(chan struct{}, atOnce), wait} }

// do runs one hash when there is room for it. ErrUnavailable when there was none in time.
func (h hashing) do(ctx context.Context, hash func()) error {
	ctx, cancel := context.WithTimeout(ctx, h.wait)
	defer cancel()
	if ctx.Err() != nil { // or a free slot would be as good as the end of the time
		return tooLate(ctx)
	}
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
		hash()
		return nil
	case <-ctx.Done():
		return tooLate(ctx)
	}
}

func tooLate(ctx context.Context) error {
	return fmt.Errorf("%w: waiting for room to hash: %w", ErrUnavailable, context.Cause(ctx))
}
