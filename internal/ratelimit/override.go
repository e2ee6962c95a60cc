package ratelimit

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

const (
	maxCount = 1_000_000_000
	maxExact = 1_000 // an exact limit keeps that many timestamps of each key
	minPer   = time.Second
	maxPer   = 31 * day
)

const tooLate = "a mail that waited an hour is dropped, and its owner gets none: give 1h or less"

// longestSpans are of limits that promise something: a count that comes back later breaks it.
var longestSpans = map[Name]struct {
	span time.Duration
	why  string
}{
	SendReserve: {day, "whoever's mails strangers have used up is promised one long code a day: give 24h or less"},
	SendDomain:  {time.Hour, tooLate},
	SendAhead:   {time.Hour, tooLate},
}

// Override returns the table with some limits replaced, as operators write them:
//
//	request-ip=120/1h,send-address=1/1m+3/15m
//
// A name keeps only the rates given here. Where send-address is given and send-mailbox is
// not, the mailbox follows it at three times as many, and send-ahead follows send-domain at a
// quarter; a mailbox is refused where it would cap what an address is promised, and so is a span
// that would break what a limit promises. Errors name the entry. The table itself is not changed.
func (t Table) Override(list string) (Table, error) {
	out := t.clone()
	if strings.TrimSpace(list) == "" {
		return out, nil
	}
	seen := map[Name]bool{}
	for entry := range strings.SplitSeq(list, ",") {
		entry = strings.TrimSpace(entry)
		name, rates, err := t.parseEntry(entry)
		if err == nil && seen[name] {
			err = errors.New("the name is given twice")
		}
		if err != nil {
			return nil, fmt.Errorf("limit %q: %w", entry, err)
		}
		seen[name] = true
		out[name] = rates
	}
	if seen[SendAddress] && !seen[SendMailbox] {
		out[SendMailbox] = ofMailbox(out[SendAddress])
	}
	if seen[SendDomain] && !seen[SendAhead] {
		out[SendAhead] = ahead(out[SendDomain])
	}
	if err := out.checkMailbox(); err != nil {
		return nil, err
	}
	return out, nil
}

// mailboxTimes is how many addresses of one mailbox may be mailed as often as one may.
const mailboxTimes = 3

// ofMailbox are the rates of a mailbox that follow those of an address.
func ofMailbox(address []Rate) []Rate {
	rates := make([]Rate, len(address))
	for i, r := range address {
		rates[i] = Rate{min(mailboxTimes*r.Count, maxExact), r.Per}
	}
	return rates
}

// ahead are the rates of mails that go ahead, which follow those of a provider.
func ahead(domain []Rate) []Rate {
	rates := make([]Rate, len(domain))
	for i, r := range domain {
		rates[i] = Rate{max(1, r.Count/4), r.Per}
	}
	return rates
}

// checkMailbox refuses a mailbox that is mailed less than one address is promised: the
// address's limit would be written down and never reached.
func (t Table) checkMailbox() error {
	for _, m := range t[SendMailbox] {
		if most := mostIn(t[SendAddress], m.Per); m.Count < most {
			return fmt.Errorf("limit %q: %d in %s is less than the %d that %s allows one address: raise it, or leave it out and it is three times %s",
				SendMailbox, m.Count, m.Per, most, SendAddress, SendAddress)
		}
	}
	return nil
}

// mostIn is how many takes rates let through in a span, at most.
func mostIn(rates []Rate, span time.Duration) int64 {
	most := int64(maxCount)
	for _, r := range rates {
		windows := (span + r.Per - 1) / r.Per
		most = min(most, r.Count*int64(windows))
	}
	return most
}

func (t Table) parseEntry(entry string) (Name, []Rate, error) {
	left, right, found := strings.Cut(entry, "=")
	if !found {
		return "", nil, errors.New("want name=count/duration, e.g. request-ip=120/1h")
	}
	name := Name(strings.TrimSpace(left))
	if _, known := t[name]; !known {
		return "", nil, fmt.Errorf("there is no limit %q", name)
	}
	var rates []Rate
	for text := range strings.SplitSeq(right, "+") {
		r, err := parseRate(strings.TrimSpace(text))
		if err != nil {
			return "", nil, err
		}
		rates = append(rates, r)
	}
	if promise, any := longestSpans[name]; any && longest(rates) > promise.span {
		return "", nil, errors.New(promise.why)
	}
	return name, rates, checkRates(name, rates)
}

func parseRate(text string) (Rate, error) {
	count, per, found := strings.Cut(text, "/")
	if !found {
		return Rate{}, fmt.Errorf("%q: want count/duration, e.g. 120/1h", text)
	}
	n, err := strconv.ParseInt(count, 10, 64)
	if err != nil {
		return Rate{}, fmt.Errorf("%q: the count is not a number", text)
	}
	d, err := time.ParseDuration(per)
	if err != nil {
		return Rate{}, fmt.Errorf("%q: the duration is not one like 1m, 15m or 24h", text)
	}
	if d < minPer || d > maxPer {
		return Rate{}, fmt.Errorf("%q: the duration must be between 1 s and 31 days", text)
	}
	return Rate{n, d}, nil
}

// checkRates is what New demands of every limit, however it came about.
func checkRates(name Name, rates []Rate) error {
	if len(rates) == 0 {
		return errors.New("it has no rate")
	}
	spans := map[int64]time.Duration{} // counters tell windows apart by their milliseconds
	for _, r := range rates {
		switch {
		case r.Count < 1 || r.Count > maxCount:
			return fmt.Errorf("the count must be between 1 and %d", maxCount)
		case r.Per < time.Millisecond || r.Per > maxPer:
			return errors.New("the duration must be between 1 ms and 31 days")
		case spans[r.Per.Milliseconds()] == r.Per:
			return fmt.Errorf("the duration %s is given twice", r.Per)
		case spans[r.Per.Milliseconds()] != 0:
			return fmt.Errorf("the durations %s and %s are the same to the millisecond: keep one", spans[r.Per.Milliseconds()], r.Per)
		case name.distinct() && r.Count > maxDistinct:
			return fmt.Errorf("the count must be at most %d: this limit remembers each of them", maxDistinct)
		case name.exact() && r.Count > maxExact:
			return fmt.Errorf("the count must be at most %d: this limit remembers each mail", maxExact)
		}
		spans[r.Per.Milliseconds()] = r.Per
	}
	return nil
}
