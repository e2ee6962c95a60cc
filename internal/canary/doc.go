// Package canary plants unmistakable values in a shop, and finds them again in whatever a
// program leaves behind: logs, answers, databases, dumps.
//
// It guarantees to find a planted value as it is, in any case, as UTF-16, CP932, hex,
// base64 at every offset and in both alphabets, percent-encoded, quoted-printable, escaped
// as in JSON or by Redis, broken across lines, and as a plain (unkeyed) MD5 or SHA digest
// of itself in any of these forms: such a digest of an address answers whether it is that
// address, and so is the address. A finding names the value and its form, and never repeats
// the value.
//
// It refuses to plant what is too short to be told from chance. It cannot find a value
// under a key or compressed: whoever searches turns compression off.
//
// It is for tests.
package canary
