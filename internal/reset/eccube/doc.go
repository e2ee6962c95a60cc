// Package eccube reaches the members' passwords and sessions of an EC-CUBE 2 or 4 shop in
// its own database, PostgreSQL or MariaDB/MySQL (5.5.3 and later): reset.Connector.
//
// It guarantees that a password becomes worthless only while it is the one that was seen,
// in one statement; that nothing else of a member is written, times of change included;
// that no call waits longer than its deadline, here or in the shop's database, where it
// holds two connections at most and no lock beyond one statement; and that no error names
// a host, a user, a password or a value.
//
// It refuses to write or read a salt or a secret key, to keep a hash (but for the time of
// one call), to invent a password (a blank one is the empty text, never a word that some setting of the
// shop might take for the password itself), and to work where passwords stand in clear.
package eccube
