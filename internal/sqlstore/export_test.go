package sqlstore

// The statements of the hot path, so that a test can ask for their plans.
const (
	GuardSQL    = guardSQL
	AnswerSQL   = answerSQL
	StandingSQL = standingSQL
	PastSQL     = pastSQL
)
