package wording

// Line is one thing an agent says, in Japanese and, beside it, in English.
type Line struct {
	Part string // what it is about, e.g. "card", "member", "purchaser", "recipient", "none"
	Ja   string
	En   string
}
