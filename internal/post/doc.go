// Package post posts signed messages to an address that an operator wrote: alarms to
// people, orders to a shop. Headers and signatures are those of Standard Webhooks.
//
// It guarantees that a message reaches only what the address stands for: no redirect is
// followed, no proxy is asked, and a name that resolves to a private, loopback or reserved
// address is refused at the moment of connecting, whatever it resolved to before. One
// attempt ends within [Within], however the receiver behaves, and no more than [MaxAnswer]
// of an answer is read.
//
// It refuses to sign with a secret that is too short. No error holds the address, which is
// a secret, or anything of a message or an answer. It keeps nothing: what is tried again,
// and for how long, is for its users to say.
//
// # What a receiver does
//
// Every message is an HTTP POST with a JSON body and three headers:
//
//	webhook-id         the same each time this message is tried
//	webhook-timestamp  when it was tried, in seconds since 1970
//	webhook-signature  "v1," and the base64 of HMAC-SHA-256(secret, id "." timestamp "." body);
//	                   two of them, with a space between, while a secret is replaced
//
// The secret is what the base64 after "whsec_" stands for. A receiver computes the
// signature over the body as it came, byte by byte, before it reads anything of it; compares
// it in constant time with each one that is given; refuses a timestamp that differs from its
// own clock by more than five minutes; remembers the ids of at least a day and does nothing
// when one comes again, but answers 2xx; and answers within 15 seconds. Libraries that do
// this: https://www.standardwebhooks.com.
package post
