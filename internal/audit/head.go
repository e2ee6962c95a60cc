package audit

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

var (
	// ErrHead means that a text is not a head of this log: cut off, altered, or something
	// else altogether.
	ErrHead = errors.New("not a signed head of an audit log")
	// ErrSigner means that a head is signed by none of the known keys, or altered after it
	// was signed.
	ErrSigner = errors.New("the head is not signed by this key file")
)

const (
	// origin is the first line of every head.
	origin = "exposure audit log"
	// signerName is the name of the key in the signature's line.
	signerName = "exposure-audit"
	// signature begins the line of a signature.
	signature = "— "
	// maxHead bounds the text of one head, in bytes.
	maxHead = 4096
)

// Head says what a log was at some time: so many rows with this root. Whoever keeps a
// signed one elsewhere can tell later whether the log still begins with the same rows.
type Head struct {
	Size int64
	Root Hash
	At   time.Time // when it was signed, in milliseconds, UTC
}

const headTime = "2006-01-02T15:04:05.000Z"

// text is what is signed: a checkpoint of a transparency log, with the time below it.
func (h Head) text() string {
	return fmt.Sprintf("%s\n%d\n%s\n%s\n", origin, h.Size, h.Root, h.At.UTC().Format(headTime))
}

// Sign returns the head as a signed note: four lines, a blank one, and the line of the
// signature, each ended.
func (h Head) Sign(key ed25519.PrivateKey) (string, error) {
	s, err := newSigner(key)
	if err != nil {
		return "", err
	}
	signed, err := note.Sign(&note.Note{Text: h.text()}, s)
	if err != nil {
		return "", fmt.Errorf("signing a head: %w", err)
	}
	return string(signed), nil
}

// VerifierKey is the public key in the form that tools for signed notes read.
func VerifierKey(key ed25519.PublicKey) (string, error) {
	return note.NewEd25519VerifierKey(signerName, key)
}

// Installation names an installation in public, by the last of its log's keys, newest first:
// the one that first signed it. That key stays in the server's file as long as there is the
// log, whatever is rotated.
func Installation(keys ...ed25519.PublicKey) string {
	sum := sha256.Sum256(append([]byte("exposure/installation\x00"), keys[len(keys)-1]...))
	var groups []string
	for i := 0; i < 12; i += 2 {
		groups = append(groups, hex.EncodeToString(sum[i:i+2]))
	}
	return strings.Join(groups, "-")
}

// OpenHead reads a signed head and checks that one of the keys signed it. The last line
// need not be ended, as shells cut that off.
func OpenHead(signed string, keys ...ed25519.PublicKey) (Head, error) {
	if len(signed) > maxHead {
		return Head{}, ErrHead
	}
	signed = strings.TrimRight(signed, "\n") + "\n"
	verifiers := make([]note.Verifier, 0, len(keys))
	for _, k := range keys {
		text, err := VerifierKey(k)
		if err != nil {
			return Head{}, err
		}
		v, err := note.NewVerifier(text)
		if err != nil {
			return Head{}, err
		}
		verifiers = append(verifiers, v)
	}
	n, err := note.Open([]byte(signed), note.VerifierList(verifiers...))
	unknown, altered := new(note.UnverifiedNoteError), new(note.InvalidSignatureError)
	switch {
	case errors.As(err, &unknown) || errors.As(err, &altered):
		return Head{}, ErrSigner
	case err != nil:
		return Head{}, ErrHead
	}
	return parseHead(n.Text)
}

// parseHead reads exactly what text writes.
func parseHead(text string) (Head, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 5 || lines[0] != origin {
		return Head{}, ErrHead
	}
	size, err1 := strconv.ParseInt(lines[1], 10, 64)
	root, err2 := base64.StdEncoding.DecodeString(lines[2])
	at, err3 := time.Parse(headTime, lines[3])
	if err1 != nil || err2 != nil || err3 != nil || len(root) != tlog.HashSize || size < 1 {
		return Head{}, ErrHead
	}
	h := Head{Size: size, Root: Hash(root), At: at.UTC()}
	if h.text() != text {
		return Head{}, ErrHead
	}
	return h, nil
}

// SplitHeads finds the signed heads in a text that holds any number of them, in their
// order: a file they were appended to, one below the other. A head that was cut off (by
// a power cut or a full disk), wherever, is counted and skipped. Nothing is checked: see
// OpenHead.
func SplitHeads(text string) (signed []string, cut int) {
	var one strings.Builder
	for line := range strings.Lines(text) {
		begins := strings.TrimSuffix(line, "\n") == origin
		if begins && one.Len() > 0 {
			cut++
			one.Reset()
		}
		if begins || one.Len() > 0 {
			one.WriteString(line)
		}
		if one.Len() > 0 && strings.HasPrefix(line, signature) {
			if whole(line) {
				signed = append(signed, one.String())
			} else {
				cut++
			}
			one.Reset()
		}
	}
	if one.Len() > 0 {
		cut++
	}
	return signed, cut
}

// whole tells whether a line is a whole signature: key id and 64 bytes.
func whole(line string) bool {
	line = strings.TrimSuffix(line, "\n")
	b, err := base64.StdEncoding.Strict().DecodeString(line[strings.LastIndexByte(line, ' ')+1:])
	return err == nil && len(b) == 4+ed25519.SignatureSize
}

// signer signs notes with a key in memory: the library's own wants it as text.
type signer struct {
	note.Verifier
	key ed25519.PrivateKey
}

func newSigner(key ed25519.PrivateKey) (note.Signer, error) {
	text, err := VerifierKey(key.Public().(ed25519.PublicKey))
	if err != nil {
		return nil, fmt.Errorf("making a signer of heads: %w", err)
	}
	v, err := note.NewVerifier(text)
	if err != nil {
		return nil, fmt.Errorf("making a signer of heads: %w", err)
	}
	return signer{v, key}, nil
}

// Sign implements note.Signer.
func (s signer) Sign(message []byte) ([]byte, error) { return ed25519.Sign(s.key, message), nil }
