package mailer

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
