// Package doctor looks at an installation from outside: whether what it stands on is
// there, fits together and will hold.
//
// It guarantees that whatever is wrong becomes a finding which says what to do, never a
// crash, that every look has a deadline, and that nothing is changed but for a file in the
// database's folder that is made and removed at once. No finding holds an address of a
// customer, a password or a key.
package doctor
