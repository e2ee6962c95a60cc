package mailer

import "time"

// What tests look at from outside.
var (
	EncodeMail = encodeMail
	DecodeMail = decodeMail

	EnqueueScript = enqueueScript
	RetryScript   = retryScript
	ShelveScript  = shelveScript
)

// EncodeMailV1 writes m as the first version did, without its receipt.
func EncodeMailV1(m CodeMail) []byte {
	b := encodeMail(m)
	b[0] = 1
	return append(b[:receiptAt], b[receiptAt+8:]...)
}

// WaitAfter is what everybody is told to wait after the turn of one entry, or after its mail went
// ahead or failed.
func WaitAfter(m CodeMail, now time.Time, aheadOfOthers, fails bool) time.Duration {
	s, in := waitTimes{unusual: newRecent[struct{}]()}, turn
	if aheadOfOthers {
		in = ahead
	}
	if e := (Entry{ID: "1", Mail: m}); fails {
		s.failure(m.RequestedAt, e, in, &TemporaryError{Step: StepConnect})
	} else {
		s.turn(now, e, in, true)
	}
	return s.now(now)
}

// CallTimeout bounds one call to Redis.
const CallTimeout = callTimeout

// SealLabel is the label of sealed outbox entries.
const SealLabel = sealLabel

// StartTLS is the policy that an SMTP URL asks for.
func StartTLS(url string) (string, error) {
	s, err := parseURL(url)
	return s.starttls.String(), err
}

// Render writes a mail that nobody signs.
func Render(m Message) ([]byte, error) { return render(m, nil) }
