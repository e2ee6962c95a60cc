// Package wording holds the words people see that belong to no particular incident:
// the mails that carry a code, the words of check numbers, times, the note about a
// changed answer, and the readings of easy Japanese.
//
// It guarantees that a code stands once in its mail, in digits, on a line of its own,
// and that no mail holds a link or anything a mail program would turn into one. It
// refuses to know who is listed: a code mail is the same for everybody, and never
// holds a check number. The order of the check words is part of what has been printed
// and mailed; it must never change.
package wording
