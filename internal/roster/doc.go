// Package roster turns what a shop can hand over, its exports or a list approved by
// hand, into people, what was exposed about each, and the records nobody has decided
// about yet.
//
// It guarantees that columns are found by name and never by position, that a value it
// does not know (a payment method, device or state) stops the import by name instead
// of being guessed, that a fact an export does not hold is Unknown and leads to the
// review list instead of to "no", and that no person is lost silently: an unreadable
// row is a reject with file and line, and rejects must be accepted by their exact
// number before anything is stored.
//
// A decision about a record of the review list changes that record and what follows from
// it, and nothing else. Records are named by the shop's own numbers, never by their place
// in a file, so that a decision holds in later imports; the digest of the sources tells
// which were taken into account. Why somebody is on a list is worked out anew from the
// facts of each record whenever it is asked for.
//
// It refuses files that carry card numbers, security codes or passwords, links no
// people by similar names or addresses, and keeps names and addresses in memory only.
// Errors never contain an address, a name or any other cell of a customer's row.
//
// Doubtful records, so that counts can be compared: people on the review list are
// counted per reason as "people" only if they are on no list at all, while "records"
// counts every waiting record, also those of people who are listed anyway. Addressees
// of a doubtful order make no record of their own: they follow the order's decision.
package roster
