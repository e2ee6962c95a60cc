package incident

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"exposure/internal/email"
	"exposure/internal/strictyaml"
)

// Vocabulary is what the words in a shop's exports mean. Only the importer uses it;
// comparing them folded is the importer's job.
type Vocabulary struct {
	CardMethods  []string // payment methods that are a card
	OtherMethods []string // payment methods that are none
	WebDevices   []string // values of the device column of orders placed on the site
	OtherDevices []string // values of orders that were not, e.g. keyed in by staff
	Engraved     Engraved
	Zone         *time.Location // the clock of the shop's exports; never nil
}

// Engraved says which products carry a name and birth date.
type Engraved struct {
	Codes  []string // product codes
	Names  []string // names of products that have no code
	Except []string // codes that look like it and are not
}

func (l *loader) readShop(n ast.Node) {
	v := &l.words
	l.Object(n, "shop",
		strictyaml.May("zone", func(n ast.Node) { v.Zone = l.location(n) }),
		strictyaml.May("card_methods", l.wordList("card_methods", &v.CardMethods)),
		strictyaml.May("other_methods", l.wordList("other_methods", &v.OtherMethods, &v.CardMethods)),
		strictyaml.May("web_devices", l.wordList("web_devices", &v.WebDevices)),
		strictyaml.May("other_devices", l.wordList("other_devices", &v.OtherDevices, &v.WebDevices)),
		strictyaml.May("engraved", func(n ast.Node) {
			l.Object(n, "engraved",
				strictyaml.May("codes", l.wordList("codes", &v.Engraved.Codes)),
				strictyaml.May("names", l.wordList("names", &v.Engraved.Names)),
				strictyaml.May("except", l.wordList("except", &v.Engraved.Except, &v.Engraved.Codes, &v.Engraved.Names)),
			)
		}),
	)
}

// wordList reads into list what stands neither in it yet nor in the others.
func (l *loader) wordList(what string, list *[]string, others ...*[]string) func(ast.Node) {
	return func(n ast.Node) {
		l.Each(n, what, func(n ast.Node) {
			s, ok := l.str(n, "an entry of "+what)
			if !ok {
				return
			}
			for _, o := range append(others, list) {
				if slices.Contains(*o, s) {
					l.Fail(n, "%q appears twice: it cannot mean two things", s)
					return
				}
			}
			*list = append(*list, s)
		})
	}
}

func (l *loader) readSite(n ast.Node) {
	l.Object(n, "site",
		strictyaml.Must("name", func(n ast.Node) {
			l.in.Site.Name = l.text(n, "the site's name", plainLocales)
			for _, name := range l.in.Site.Name {
				if strings.Contains(name, "\n") { // it goes into the subject of mails
					l.Fail(n, "the site's name must be one line")
				}
			}
		}),
		strictyaml.Must("origin", func(n ast.Node) { l.in.Site.Origin = l.link(n, "the site's origin", false) }),
	)
}

// link reads an https address; without path it is an origin.
func (l *loader) link(n ast.Node, what string, path bool) string {
	s, ok := l.str(n, what)
	if !ok {
		return ""
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Fragment != "":
		l.Fail(n, "%s must be an https:// address", what)
	case !path && (u.Path != "" || u.RawQuery != ""):
		l.Fail(n, "%s must end after the host name", what)
	}
	return s
}

func (l *loader) readMail(n ast.Node) {
	before, domain := l.Faults(), n
	l.Object(n, "mail",
		strictyaml.Must("from", func(n ast.Node) { l.in.Mail.From = l.address(n, "the sender of our mails") }),
		strictyaml.Must("allow_domain", func(n ast.Node) {
			s, ok := l.str(n, "allow_domain")
			if a, err := email.Parse("x@" + s); ok && (err != nil || a.Domain() != s) {
				l.Fail(n, "allow_domain must be a domain name in small letters")
			}
			l.in.Mail.AllowDomain, domain = s, n
		}),
	)
	if l.Faults() == before && !l.in.Mail.Allowed() {
		l.Fail(domain, "allow_domain does not cover the sender %s: whoever allows that domain would still not get our mails", l.in.Mail.From)
	}
}

func (l *loader) address(n ast.Node, what string) string {
	s, ok := l.str(n, what)
	if a, err := email.Parse(s); ok && (err != nil || a.Reveal() != s) {
		l.Fail(n, "%s must be an e-mail address in small letters", what)
	}
	return s
}

// line reads text of one line.
func (l *loader) line(n ast.Node, what string) string {
	s, ok := l.str(n, what)
	if ok && strings.Contains(s, "\n") {
		l.Fail(n, "%s must be one line", what)
	}
	return s
}

func (l *loader) readContact(n ast.Node) {
	c := &l.in.Contact
	l.Object(n, "contact",
		strictyaml.Must("phone", func(n ast.Node) { c.Phone = l.line(n, "the phone number") }),
		strictyaml.Must("email", func(n ast.Node) { c.Email = l.address(n, "the help line's address") }),
		strictyaml.Must("label", func(n ast.Node) { c.Label = l.text(n, "the office hours in words", plainLocales) }),
		strictyaml.Must("hours", l.readHours),
	)
}

func (l *loader) readHours(n ast.Node) {
	h := &l.in.Contact.Hours
	h.Zone = l.zone
	before := l.Faults()
	l.Object(n, "hours",
		strictyaml.Must("days", l.readDays),
		strictyaml.Must("from", func(n ast.Node) { h.From = l.clock(n, "from") }),
		strictyaml.Must("to", func(n ast.Node) { h.To = l.clock(n, "to") }),
		strictyaml.May("holidays", func(n ast.Node) { h.Holidays = l.holidays(n) }),
		strictyaml.May("closures", func(n ast.Node) { h.Closures = l.closures(n) }),
	)
	if before == l.Faults() && h.From >= h.To {
		l.Fail(n, "the line must open (from) before it closes (to)")
	}
}

func (l *loader) readDays(n ast.Node) {
	week := []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} // as time.Weekday
	l.Each(n, "days", func(n ast.Node) {
		s, ok := l.str(n, "a day")
		i := slices.Index(week, s)
		switch {
		case !ok:
		case i < 0:
			l.Fail(n, "no day %q; there are %v", s, week)
		default:
			l.in.Contact.Hours.Days[i] = true
		}
	})
	if l.in.Contact.Hours.Days == [7]bool{} {
		l.Fail(n, "the help line needs a day on which it is open")
	}
}

func (l *loader) readFirstNotice(n ast.Node) {
	l.Object(n, "first_notice", strictyaml.Must("sent_on", func(n ast.Node) {
		t := l.day(n, "sent_on")
		l.in.FirstNotice = &t
	}))
}

func (l *loader) readNotices(n ast.Node) {
	since := func(to **time.Time, what string) func(ast.Node) {
		return func(n ast.Node) {
			t := l.dayOrInstant(n, what)
			*to = &t
		}
	}
	l.Object(n, "notices",
		strictyaml.May("mail_from", since(&l.in.Notices.MailFrom, "mail_from")),
		strictyaml.May("letters_from", since(&l.in.Notices.LettersFrom, "letters_from")),
	)
}
