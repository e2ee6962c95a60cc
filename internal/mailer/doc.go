// Package mailer turns requests for a code into code mails: an outbox that remembers
// who is waiting, workers that draw the code, and the sender that hands the mail to an
// SMTP server.
//
// It guarantees that a request taken into the outbox is mailed, refused for good by the
// mail server, or dropped because it is an hour old, and that it survives a worker that
// dies, a mail server that is down and a Redis that comes back; that one entry is mailed
// once in ordinary operation (twice only when nobody can know whether the first mail
// arrived); that a mail which certainly never left, in no try of any worker, is given back
// to what it was charged to when it is dropped, and one that may have left never; and that
// a code exists nowhere but in the mail: the outbox holds none, and the code store holds a
// keyed hash.
//
// It refuses to write down whom it writes to. Entries in Redis are sealed and all of one
// size, and no error, log line or counter holds an address, a code, or what a mail
// server answered, since servers repeat the address.
package mailer
