package doctor

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"

	"github.com/emersion/go-msgauth/dmarc"

	"exposure/internal/breach"
	"exposure/internal/mailauth"
)

// dns looks up what vouches for our mails. Carriers mark or drop mail that nothing does.
// Names end in a dot, so that no search domain of this machine answers for them.
func (i Installation) dns(ctx context.Context, p *patient, in *breach.Incident) {
	domain := in.Mail.From[strings.LastIndexByte(in.Mail.From, '@')+1:]
	i.mx(ctx, p, domain)
	i.spf(ctx, p, domain)
	i.dkim(ctx, p, domain)
	i.dmarc(ctx, p, domain)
}

// mx: SoftBank refuses mail from a domain to which no mail can go, and bounces are lost.
func (i Installation) mx(ctx context.Context, p *patient, domain string) {
	servers, err := i.Resolver.LookupMX(ctx, domain+".")
	if notFound(err) {
		var hosts []string
		if hosts, err = i.Resolver.LookupHost(ctx, domain+"."); err == nil && len(hosts) > 0 {
			p.ok("mail to %s finds its way", domain)
			return
		}
	}
	const do = "set an MX record: some carriers refuse mail from a domain without one, and bounces are lost"
	switch {
	case notFound(err):
		p.trouble(do, "no mail can be sent to %s: it has neither an MX record nor an address", domain)
	case err != nil:
		p.warn(askElsewhere, "the mail servers of %s could not be looked up", domain)
	case servers[0].Host == ".":
		p.trouble(do, "%s declares that it takes no mail (MX .)", domain)
	default:
		p.ok("mail to %s finds its way", domain)
	}
}

const askElsewhere = "run this where the internet can be asked, or name a resolver with --resolver"

// notFound: the name, or a record of the kind, does not exist.
func notFound(err error) bool {
	var e *net.DNSError
	return errors.As(err, &e) && e.IsNotFound
}

// txt returns the TXT records of a name, none when it has none. What cannot be asked is a
// finding.
func (i Installation) txt(ctx context.Context, p *patient, name string) (records []string, asked bool) {
	records, err := i.Resolver.LookupTXT(ctx, name+".")
	switch {
	case err == nil:
		return records, true
	case notFound(err):
		return nil, true
	default:
		p.warn(askElsewhere, "%s could not be looked up", name)
		return nil, false
	}
}

func (i Installation) spf(ctx context.Context, p *patient, domain string) {
	records, asked := i.txt(ctx, p, domain)
	if !asked {
		return
	}
	const mailTest = "exposurectl mail-test prints the record to set"
	found := slices.DeleteFunc(records, func(r string) bool {
		version, _, _ := strings.Cut(strings.ToLower(r), " ")
		return version != "v=spf1"
	})
	switch len(found) {
	case 0:
		p.trouble(mailTest, "%s has no SPF record: receivers cannot tell our mail server from a forger's", domain)
		return
	case 1:
	default:
		p.trouble("join them in one", "%s has %d SPF records: receivers take that for none", domain, len(found))
		return
	}
	terms := strings.Fields(strings.ToLower(found[0]))
	if n := i.lookups(ctx, found[0], maxLookups); n > maxLookups {
		p.trouble("leave out what no longer sends, or name addresses (ip4:) instead of include:", "the SPF record of %s takes more than %d look-ups: receivers give up and take it for broken", domain, maxLookups)
		return
	}
	switch {
	case slices.Contains(terms, "+all") || slices.Contains(terms, "all"):
		p.trouble("end it with -all", "the SPF record of %s lets everybody send (+all)", domain)
	case slices.Contains(terms, "?all"):
		p.warn("end it with -all", "the SPF record of %s forbids nobody to send (?all)", domain)
	case !slices.Contains(terms, "-all") && !slices.Contains(terms, "~all") && !strings.Contains(found[0], "redirect="):
		p.warn("end it with -all", "the SPF record of %s says nothing about other senders", domain)
	default:
		p.ok("%s has an SPF record; exposurectl mail-test shows whether it names the mail server", domain)
	}
}

// maxLookups is what receivers follow at most (RFC 7208 4.6.4).
const maxLookups = 10

// lookups counts the look-ups that evaluating an SPF record may take, included records
// with it, and stops once they are more than allowed. Records that cannot be had count
// for themselves.
func (i Installation) lookups(ctx context.Context, record string, allowed int) int {
	n := 0
	for _, term := range strings.Fields(strings.ToLower(record))[1:] {
		term = strings.TrimLeft(term, "+-~?")
		name, value, _ := strings.Cut(term, ":")
		name, _, _ = strings.Cut(name, "/")
		if target, ok := strings.CutPrefix(term, "redirect="); ok {
			name, value = "include", target
		}
		if !slices.Contains([]string{"include", "a", "mx", "ptr", "exists"}, name) {
			continue
		}
		if n++; n > allowed {
			return n
		}
		if name == "include" && !strings.Contains(value, "%") {
			records, _ := i.Resolver.LookupTXT(ctx, value+".")
			for _, r := range records {
				if strings.HasPrefix(strings.ToLower(r), "v=spf1 ") {
					n += i.lookups(ctx, r, allowed-n)
					break
				}
			}
		}
	}
	return n
}

func (i Installation) dkim(ctx context.Context, p *patient, domain string) {
	if i.DKIM == nil {
		p.note("set EXPOSURE_DKIM_KEY_FILE and EXPOSURE_DKIM_SELECTOR, unless the mail server signs for this domain", "we do not sign mails with DKIM")
		return
	}
	want := i.DKIM.DKIM(domain)
	records, asked := i.txt(ctx, p, want.Name)
	if !asked {
		return
	}
	do := "set this line: " + want.Line()
	switch {
	case len(records) == 0:
		p.trouble(do, "%s has no DKIM record: every signature of ours fails", want.Name)
	case len(records) > 1:
		p.trouble(do, "%s has %d records: receivers take that for none", want.Name, len(records))
	case tag(records[0], "p") == "":
		p.trouble(do, "the DKIM record at %s revokes its key", want.Name)
	case tag(records[0], "p") != tag(want.Value, "p") || defaultTo(tag(records[0], "k"), "rsa") != tag(want.Value, "k"):
		p.trouble(do, "the DKIM record at %s is of another key: every signature of ours fails", want.Name)
	case strings.Contains(tag(records[0], "t"), "y"):
		p.warn("remove t=y", "the DKIM record at %s says that it is a test: receivers may ignore it", want.Name)
	default:
		p.ok("the DKIM record at %s is of our key", want.Name)
	}
}

func (i Installation) dmarc(ctx context.Context, p *patient, domain string) {
	names := []string{mailauth.DMARCName(domain)}
	if org := mailauth.Organisation(domain); org != domain {
		names = append(names, mailauth.DMARCName(org))
	}
	for _, name := range names {
		records, asked := i.txt(ctx, p, name)
		if !asked {
			return
		}
		found := slices.DeleteFunc(records, func(r string) bool { return tag(r, "v") != "DMARC1" })
		if len(found) > 0 {
			policy(p, name, found)
			return
		}
	}
	p.trouble("exposurectl mail-test prints the record to set",
		"%s has no DMARC record: docomo marks its mails as possibly forged, and forgers are free to use it", domain)
}

func policy(p *patient, name string, found []string) {
	if len(found) > 1 {
		p.trouble("leave one", "%s has %d DMARC records: receivers take that for none", name, len(found))
		return
	}
	record, err := dmarc.Parse(found[0])
	switch {
	case err != nil:
		p.trouble("correct it; exposurectl mail-test prints one", "the DMARC record at %s cannot be read", name)
	case record.Policy == dmarc.PolicyNone:
		p.note("raise it to quarantine, then reject, once its reports show that all of your mail passes", "the DMARC policy at %s is none: forged mail is delivered", name)
	case record.Percent != nil && *record.Percent < 100:
		p.note("remove pct", "the DMARC policy at %s holds for %d %% of mails", name, *record.Percent)
	default:
		p.ok("the DMARC policy at %s is %s", name, record.Policy)
	}
}

// tag is a value of a record made of name=value; parts. Spaces in it have no meaning.
func tag(record, name string) string {
	for part := range strings.SplitSeq(record, ";") {
		if n, v, ok := strings.Cut(part, "="); ok && strings.TrimSpace(n) == name {
			return strings.Join(strings.Fields(v), "")
		}
	}
	return ""
}

func defaultTo(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
