// Package incident reads the one file that describes an incident and turns it into
// the domain's [breach.Incident] and the importer's [Vocabulary].
//
// It guarantees that a file that loads is complete: every id exists, every text is
// there in every locale that needs it, every time has a zone, and every rule has been
// type-checked and has a plain sentence in English and Japanese. Every error names
// file, line and column and shows the line, also inside a rule. A rule answers
// "unknown" where a record does not say enough, and never guesses.
//
// It refuses unknown and duplicate keys, anchors, aliases, tags and second documents,
// files over [MaxBytes], and rules that could loop. Nothing in it knows a particular
// incident: the files under examples and templates are data.
package incident
