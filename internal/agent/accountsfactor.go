package agent

import (
	"bytes"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"golang.org/x/text/unicode/norm"
)

const (
	// totpPeriod is one step of a time-based code: 30 seconds is what every app knows.
	totpPeriod = 30 * time.Second
	// totpSkew is how many steps a clock may be off.
	totpSkew = 1
	// totpSecret is the length of a secret: what RFC 4226 recommends for SHA-1.
	totpSecret = 20
	// paperCodes is how many paper codes an account is given.
	paperCodes = 10
	// paperLength is the length of a paper code: 8 of 32 letters and digits are 40 bits.
	paperLength = 8

	keyIDSize = 4
	macSize   = 32
)

// paperLetters are the letters of paper codes. I, L, O and U are not among them: read as
// they look, they are taken for 1 and 0.
const paperLetters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// AccountSecrets computes under the server's keys. A MAC is made under the key that writes;
// AccountMACOf is under the key of an id, and false when that key is gone.
type AccountSecrets interface {
	AccountMAC(label string, parts ...[]byte) (key [4]byte, mac [32]byte)
	AccountMACOf(key [4]byte, label string, parts ...[]byte) (mac [32]byte, ok bool)
	SealAccount(plaintext, ad []byte) []byte
	OpenAccount(sealed, ad []byte) ([]byte, error)
}

// Credentials are what the owner of an account is given, once. They are kept nowhere.
type Credentials struct {
	Name     string
	Password string   // the first one
	TOTP     string   // the secret in base32
	Papers   []string // shown as XXXX-XXXX
}

// URI is the secret as authenticator apps read it, from whom it says it is.
func (c Credentials) URI(issuer string) string {
	issuer = strings.ReplaceAll(issuer, ":", " ") // it would end there
	q := url.Values{"secret": {c.TOTP}, "issuer": {issuer}, "algorithm": {"SHA1"}, "digits": {"6"}, "period": {"30"}}
	u := url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + issuer + ":" + c.Name}
	u.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20") // some apps show a plus
	return u.String()
}

// equip gives an account all it proves itself with.
func equip(secrets AccountSecrets, a Account) (Account, Credentials, error) {
	c := Credentials{Name: a.Name, Password: strings.ToLower(drawLetters(4) + "-" + drawLetters(4) + "-" + drawLetters(4) + "-" + drawLetters(4))}
	var err error
	if a.Password, err = hashPassword(secrets, a.Name, c.Password); err != nil {
		return Account{}, Credentials{}, err
	}
	a.MustChange = true
	a, c.TOTP, c.Papers = equipFactors(secrets, a)
	return a, c, nil
}

// equipFactors gives an account a second factor, in an app and on paper.
func equipFactors(secrets AccountSecrets, a Account) (_ Account, text string, papers []string) {
	secret := make([]byte, totpSecret)
	rand.Read(secret) // never fails: crypto/rand ends the program instead
	text = base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
	a.TOTP, a.LastStep = secrets.SealAccount([]byte(text), []byte(a.Name)), 0
	key, _ := secrets.AccountMAC(paperLabel)
	a.Papers = key[:]
	for range paperCodes {
		code := drawLetters(paperLength)
		papers = append(papers, code[:paperLength/2]+"-"+code[paperLength/2:])
		mac, _ := secrets.AccountMACOf(key, paperLabel, []byte(a.Name), []byte(code))
		a.Papers = append(a.Papers, mac[:]...)
	}
	return a, text, papers
}

const paperLabel = "paper-code"

// drawLetters draws uniformly: 32 letters divide a byte's values evenly.
func drawLetters(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	for i := range b {
		b[i] = paperLetters[b[i]%byte(len(paperLetters))]
	}
	return string(b)
}

// maxSecond bounds what is looked at of a second factor as it was typed.
const maxSecond = 128

// foldSecond takes out of what was typed what people put between the characters of a code.
// It returns what cannot be a code as an empty one.
func foldSecond(typed string) string {
	if len(typed) > maxSecond {
		return ""
	}
	folded := strings.Map(func(r rune) rune {
		switch {
		case r == ' ' || r == '-' || r == '‐' || r == '‑' || r == '–' || r == '−' || r == 'ー' || r == '\t':
			return -1
		case r == 'I' || r == 'L':
			return '1'
		case r == 'O':
			return '0'
		}
		return r
	}, strings.ToUpper(norm.NFKC.String(typed)))
	if len(folded) != paperLength && len(folded) != otp.DigitsSix.Length() || strings.Trim(folded, paperLetters) != "" {
		return ""
	}
	return folded
}

// prove tells what becomes of the account when a code proves a second factor: its step, or
// the paper code, is used up. Whatever the code is, the work is the same.
func (a Account) prove(secrets AccountSecrets, typed string, now time.Time) (next Account, paper, ok bool) {
	code := foldSecond(typed)
	step, inTime := a.timeStep(secrets, code, now)
	papers, onPaper := a.usePaper(secrets, code)
	switch {
	case inTime:
		a.LastStep = step
	case onPaper:
		a.Papers = papers
	}
	return a, onPaper, inTime || onPaper
}

// timeStep finds the step that a code is of, among those near now that are later than the
// last one that was used.
func (a Account) timeStep(secrets AccountSecrets, code string, now time.Time) (step int64, ok bool) {
	secret, err := secrets.OpenAccount(a.TOTP, []byte(a.Name))
	if err != nil {
		secret = []byte(base32.StdEncoding.EncodeToString(make([]byte, totpSecret))) // the work is done all the same
	}
	at := now.Unix() / int64(totpPeriod/time.Second)
	for s := at + totpSkew; s >= at-totpSkew; s-- { // the earliest that fits is the last one found
		is, wrong := hotp.GenerateCodeCustom(string(secret), uint64(s), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if wrong == nil && subtle.ConstantTimeCompare([]byte(is), []byte(code)) == 1 && s > a.LastStep && err == nil {
			step, ok = s, true
		}
	}
	return step, ok
}

// usePaper takes a paper code away.
func (a Account) usePaper(secrets AccountSecrets, code string) (left []byte, ok bool) {
	if len(a.Papers) < keyIDSize {
		return a.Papers, false
	}
	mac, known := secrets.AccountMACOf([keyIDSize]byte(a.Papers), paperLabel, []byte(a.Name), []byte(code))
	found := -1
	for i := keyIDSize; i+macSize <= len(a.Papers); i += macSize {
		if subtle.ConstantTimeCompare(a.Papers[i:i+macSize], mac[:]) == 1 {
			found = i
		}
	}
	if found < 0 || !known || code == "" {
		return a.Papers, false
	}
	return bytes.Join([][]byte{a.Papers[:found], a.Papers[found+macSize:]}, nil), true
}
