// Package vault holds the two key files and everything that is computed under their
// keys: tags of addresses, MACs of roster rows and codes, check numbers, sealed
// values.
//
// It guarantees that every purpose has its own independent random key, that every
// MAC frames its parts by length and names what it is for, and that no key prints:
// formatting verbs, slog and JSON show a masked form, and no error holds a byte of a
// key file. The list of a purpose may hold several keys: the newest writes, all of
// them open. It refuses a file that others can read, a server file where an operator
// file belongs (and the other way round), and anything it does not fully understand.
package vault
