package mailer

// What tests look at from outside.
var (
	EncodeMail = encodeMail
	DecodeMail = decodeMail
	ParseURL   = parseURL
	Render     = render

	EnqueueScript = enqueueScript
)

// SealLabel is the label of sealed outbox entries.
const SealLabel = sealLabel
