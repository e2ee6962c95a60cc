// Package mailauth is what lets a mailbox provider tell our mails from forged ones: the
// DKIM key that signs them, the DNS records that vouch for them (SPF, DKIM, DMARC), and
// the check that both fit together.
//
// It guarantees that a key which others can read is refused, that a key does not print,
// and that what it signs is what a receiver checks. It asks no network: whoever looks
// records up hands them over.
package mailauth
