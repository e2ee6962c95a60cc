package otp

import (
	"errors"
	"fmt"
	"time"

	"exposure/internal/email"
)

// MailRequest asks for one code mail. It holds no code: the code is drawn by whoever
// hands the mail over, so that its life counts from there and no queue holds a secret.
type MailRequest struct {
	Address    email.Address // folded; whoever queues it seals it
	Nonce      [16]byte      // of the verification the code will belong to
	Purpose    Purpose
	Long       bool // a long code is wanted whatever the address's history says
	ListedOnly bool // mailed only if the address is on the published list
	// Owed: beyond the budget of everybody, and charged to nothing yet. Whoever mails it
	// charges the one mail that the address is owed a day, and does not mail it if that is used up.
	Owed        bool
	RequestedAt time.Time
	// Receipt names what the mail was charged to, so that it can be given back if the mail
	// never leaves; zero when it was charged to nothing.
	Receipt [8]byte
	// Once, if not zero, names the mail: asking for it again within a day is no error and mails
	// nothing. Nobody who reads it may learn whom it is about.
	Once [16]byte
}

// PasswordChanged is the purpose of a mail that carries no code: it says that a password was
// changed, at RequestedAt. No code is ever of this purpose.
const PasswordChanged Purpose = "changed"

// Errors of a queue of mail requests.
var (
	// ErrNotQueued is in every error after which the mail certainly is not queued. After any
	// other, nobody knows.
	ErrNotQueued = errors.New("the mail is not queued")
	// ErrOutboxFull: the queue holds all it may. It is an ErrNotQueued.
	ErrOutboxFull = fmt.Errorf("outbox is full: %w", ErrNotQueued)
)

// SecretLabel derives a verification's secret from its nonce. Whoever mails a code and
// whoever checks it must use the same one, because the secret is part of a code's MAC.
const SecretLabel = "verification-secret"
