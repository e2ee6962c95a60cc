package mailauth

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"regexp"
	"syscall"
)

// Why a key is refused. None of these errors holds a byte of the key.
var (
	// ErrPermissions: somebody besides the owner may read or write the file.
	ErrPermissions = errors.New("DKIM key file is open to others than its owner")
	// ErrKey: the file holds no key that mails can be signed with.
	ErrKey = errors.New("no DKIM key")
	// ErrSelector: the selector cannot stand in a domain name.
	ErrSelector = errors.New("no DKIM selector: use letters, digits and hyphens, e.g. exposure2026")
)

const (
	maxKeyFile = 64 << 10
	// minRSA is the smallest key that providers are sure to accept for years to come;
	// RFC 8301 asks signers for 2048 bits.
	minRSA = 2048
	// maxRSA is the largest that every verifier has to accept (RFC 6376 3.3.3 has 2048,
	// common ones 4096).
	maxRSA = 4096
)

var selectorForm = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$`)

// Key signs mails under a selector. It does not print; safe for concurrent use.
type Key struct {
	selector string
	// private is a function, because that is the one thing fmt never looks into.
	private func() crypto.Signer
}

// LoadKey reads a PEM file (PKCS #8, or PKCS #1 for RSA) that its owner alone may read.
func LoadKey(path, selector string) (*Key, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe would wait for a writer
	if err != nil {
		return nil, fmt.Errorf("opening the DKIM key file: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, fmt.Errorf("opening the DKIM key file: %w", err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%w: %s is not a file", ErrKey, path)
	case info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("%w: %s has mode %04o; run chmod 600 on it", ErrPermissions, path, info.Mode().Perm())
	}
	data, err := io.ReadAll(io.LimitReader(f, maxKeyFile))
	if err != nil {
		return nil, fmt.Errorf("reading the DKIM key file: %w", err)
	}
	k, err := ParseKey(data, selector)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return k, nil
}

// ParseKey reads the content of a key file.
func ParseKey(data []byte, selector string) (*Key, error) {
	if err := CheckSelector(selector); err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, fmt.Errorf("%w: the file is not PEM", ErrKey)
	}
	private, err := parsePrivate(block)
	if err != nil {
		return nil, err
	}
	return &Key{selector, func() crypto.Signer { return private }}, nil
}

// CheckSelector returns ErrSelector for what is none.
func CheckSelector(s string) error {
	if len(s) > 120 || !selectorForm.MatchString(s) {
		return ErrSelector
	}
	return nil
}

// parsePrivate drops the parsers' own errors: they may quote the file.
func parsePrivate(block *pem.Block) (crypto.Signer, error) {
	var key any
	var err error
	switch block.Type {
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "PUBLIC KEY":
		return nil, fmt.Errorf("%w: this is the public key; the private one signs", ErrKey)
	case "ENCRYPTED PRIVATE KEY":
		return nil, fmt.Errorf("%w: it is locked by a password; write it without one, mode 0600", ErrKey)
	default:
		return nil, fmt.Errorf("%w: the PEM block must be PRIVATE KEY or RSA PRIVATE KEY", ErrKey)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: the PEM block is damaged", ErrKey)
	}
	switch k := key.(type) {
	case ed25519.PrivateKey:
		return k, nil
	case *rsa.PrivateKey:
		if n := k.N.BitLen(); n < minRSA || n > maxRSA {
			return nil, fmt.Errorf("%w: an RSA key of %d bits; use %d", ErrKey, n, minRSA)
		}
		return k, nil
	default:
		return nil, fmt.Errorf("%w: it must be an RSA or an Ed25519 key", ErrKey)
	}
}

// Selector is the name under which DNS has the public key.
func (k *Key) Selector() string { return k.selector }

// Signer is the private key, for whoever signs.
func (k *Key) Signer() crypto.Signer { return k.private() }

// Algorithm is rsa or ed25519, as in DNS.
func (k *Key) Algorithm() string {
	if _, ok := k.private().(ed25519.PrivateKey); ok {
		return "ed25519"
	}
	return "rsa"
}

// public is the key as DNS has it: the bare 32 bytes, or a SubjectPublicKeyInfo.
func (k *Key) public() string {
	if p, ok := k.private().Public().(ed25519.PublicKey); ok {
		return base64.StdEncoding.EncodeToString(p)
	}
	der, _ := x509.MarshalPKIXPublicKey(k.private().Public()) // fails for kinds of keys only that parsePrivate refuses
	return base64.StdEncoding.EncodeToString(der)
}

// String masks the key.
func (k *Key) String() string { return "(DKIM key)" }

// LogValue masks the key in structured logs.
func (k *Key) LogValue() slog.Value { return slog.StringValue(k.String()) }
