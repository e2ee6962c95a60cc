package mailauth

import (
	"net/netip"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Record is a TXT record.
type Record struct {
	Name  string // without the dot at its end
	Value string
}

// pieceSize is the longest string within a TXT record.
const pieceSize = 255

// Line is the record as a line of a zone file. A value over 255 bytes stands in several
// strings, which readers join.
func (r Record) Line() string {
	var pieces []string
	for rest := r.Value; rest != ""; {
		n := min(len(rest), pieceSize)
		pieces = append(pieces, `"`+strings.ReplaceAll(rest[:n], `"`, `\"`)+`"`)
		rest = rest[n:]
	}
	return r.Name + ". 3600 IN TXT " + strings.Join(pieces, " ")
}

// DKIM is the record that publishes the key for a domain.
func (k *Key) DKIM(domain string) Record {
	return Record{DKIMName(k.selector, domain), "v=DKIM1; k=" + k.Algorithm() + "; p=" + k.public()}
}

// DKIMName is where the public key of a selector stands.
func DKIMName(selector, domain string) string { return selector + "._domainkey." + domain }

// DMARCName is where the policy of a domain stands.
func DMARCName(domain string) string { return "_dmarc." + domain }

// SPF proposes the record that lets the mail server send for the domain. What such a
// server is called outside is not known when it is on this machine or a private network:
// then the record holds ADDRESS-OF-THE-RELAY, to be filled in.
func SPF(domain, mailServer string) Record {
	from := "a:" + mailServer
	if a, err := netip.ParseAddr(mailServer); err == nil {
		from = "ip4:" + mailServer
		if a.Is6() {
			from = "ip6:" + mailServer
		}
		if a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() {
			from = "ip4:ADDRESS-OF-THE-RELAY"
		}
	} else if !strings.Contains(mailServer, ".") {
		from = "ip4:ADDRESS-OF-THE-RELAY"
	}
	return Record{domain, "v=spf1 " + from + " -all"}
}

// DMARC proposes a policy that holds from the first day. Reports go to the sender's
// mailbox: without an address for them nobody sees who forges.
func DMARC(domain, reports string) Record {
	return Record{DMARCName(domain), "v=DMARC1; p=quarantine; rua=mailto:" + reports}
}

// Organisation is the domain that somebody registered, for which DMARC policies hold as
// well: example.jp for mail.example.jp. A domain of which that is not known is its own.
func Organisation(domain string) string {
	org, err := publicsuffix.EffectiveTLDPlusOne(domain)
	if err != nil {
		return domain
	}
	return org
}

// Aligned tells whether DMARC (relaxed, its default) takes a verified domain as speaking
// for the domain of From.
func Aligned(from, verified string) bool {
	return strings.EqualFold(from, verified) || Organisation(strings.ToLower(from)) == Organisation(strings.ToLower(verified))
}
