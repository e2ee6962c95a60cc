package agent

import (
	"crypto/rand"

	"golang.org/x/crypto/argon2"
)

// Paper and time codes as the tests of folding see them.
var (
	FoldName     = foldName
	FoldSecond   = foldSecond
	FoldPassword = foldPassword
)

// ReadDigest tells whether a stored hash is understood, and how it would be written.
func ReadDigest(s string) (written string, ok bool) {
	d, ok := parseDigest(s)
	return d.String(), ok
}

// WeakHash hashes a password as an earlier version of this program might have.
func WeakHash(secrets AccountSecrets, name, password string) string {
	d := digest{memory: 8 * 1024, time: 1, threads: 1, salt: make([]byte, hashSalt)}
	rand.Read(d.salt)
	var before [32]byte
	d.key, before = secrets.AccountMAC(passwordLabel, []byte(name), []byte(password))
	d.sum = argon2.IDKey(before[:], d.salt, d.time, d.memory, d.threads, hashSize)
	return d.String()
}
