package main

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"exposure/internal/agent"
	"exposure/internal/alarm"
	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/email"
	"exposure/internal/live"
	"exposure/internal/lookup"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// suzume is the address of a person who does not exist, and swallow one of as many
// characters that nobody planted.
const suzume, swallow = "suzume@example.jp", "tsubam@example.jp"

// plantCanaries makes canaries of suzume and of a letter's number, as the office does.
func plantCanaries(t *testing.T, s site, number breach.LetterNumber) {
	t.Helper()
	keys, err := vault.LoadServer(s.keys)
	must(t, err)
	db, err := sqlstore.Open(t.Context(), s.database)
	must(t, err)
	defer db.Close()
	a, err := email.Parse(suzume)
	must(t, err)
	must(t, db.Canaries(keys).Add(t.Context(), sqlstore.CanaryAddress, keys.Tags(a).Newest(), "Ito", operatorEntry(audit.CanaryAdd)))
	must(t, db.Canaries(keys).Add(t.Context(), sqlstore.CanaryLetter, keys.LetterTags(number.Reveal()).Newest(), "Ito", operatorEntry(audit.CanaryAdd)))
}

// touches are the rows about canaries: of whom, by whom.
func (s site) touches(t *testing.T) []audit.Entry { return s.entries(t, audit.CanaryTouched) }

// entries are the rows of one kind, oldest first.
func (s site) entries(t *testing.T, of audit.Action) (all []audit.Entry) {
	t.Helper()
	db := s.open(t)
	defer db.Close()
	rows, err := db.Query(`SELECT encoded FROM audit_entries WHERE action = ? ORDER BY seq`, string(of))
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		var b []byte
		must(t, rows.Scan(&b))
		e, err := audit.Decode(b)
		must(t, err)
		all = append(all, e)
	}
	must(t, rows.Err())
	return all
}

// TestACanaryIsTouched: whoever asks for one on the page or by a letter's number sets off the
// alarm and leaves a row with who it was, and is answered like anybody; a number nobody was
// sent is an unknown one. What waits when the server ends is written.
func TestACanaryIsTouched(t *testing.T) {
	s := letterSite(t, "a")
	numbers := letterNumbers(9)
	plantCanaries(t, s, numbers[5])
	server := s.serve(t, live.Redis(t), openPostOffice(t).url)
	b := from(server.public, here)
	const on = `exposure_alarm_on{alarm="canary-touched"}`
	same := func(what string, canary, other reply) {
		t.Helper()
		if a, b := head(canary)+mask(canary.body), head(other)+mask(other.body); countdown.ReplaceAllString(a, "") != countdown.ReplaceAllString(b, "") {
			t.Errorf("%s is told apart:\n%s\n%s", what, a, b)
		}
	}
	other := b.do(t, http.MethodPost, "/v1/verifications", "", map[string]string{"email": swallow})
	nobody := b.letter(t, numbers[6].Grouped())
	if got := server.metric(t, on); got != "0" || len(s.touches(t)) != 0 {
		t.Fatalf("the alarm is %s before anybody asked for a canary", got)
	}
	same("an address", b.do(t, http.MethodPost, "/v1/verifications", "", map[string]string{"email": suzume}), other)
	same("a number", b.letter(t, numbers[5].Grouped()), nobody)
	v, w := b.start(t, suzume), b.start(t, swallow)
	same("a guess", b.confirm(t, v, "00000000"), b.confirm(t, w, "00000000"))
	eventually(t, "the alarm is on", func() bool { return server.metric(t, on) == "1" })
	server.stop() // at once: rows that wait are written first
	all := s.touches(t)
	if len(all) != 4 {
		t.Fatalf("%d rows, want 4: two questions for an address, a guess, a number", len(all))
	}
	tags := map[breach.Tag]int{}
	for i, e := range all {
		tags[*e.Tag]++
		letter := i == 1 // a letter has no verification
		if e.Actor.Kind != audit.Customer || (e.Actor.ID == "") != letter || e.Network == [16]byte{} || e.Outcome != audit.Done {
			t.Errorf("%+v", e)
		}
	}
	if len(tags) != 2 || all[2].Actor != all[3].Actor || s.verifyLog(t, nil).Bad != nil {
		t.Errorf("%d canaries, by %+v", len(tags), all)
	}
}

// countdown are the heads that say what is left of a limit.
var countdown = regexp.MustCompile(`(?i)ratelimit[^\]]*\]`)

// TestACanaryByTelephone: the same for whom an agent asks for; nothing that the agent is told
// and no command of Redis differs.
func TestACanaryByTelephone(t *testing.T) {
	r := openCalls(t)
	plantCanaries(t, r.site, r.letters[2])
	r.canaries.look(t.Context())
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	type seen struct {
		said  []string
		redis map[string]int
	}
	see := func(address string, number breach.LetterNumber) (s seen) {
		r.counted()
		call := r.about(t, sato, address)
		_, err := r.calls.SendCode(t.Context(), sato, call.ID)
		must(t, err)
		_, guess := r.calls.Confirm(t.Context(), sato, call.ID, "12345678")
		_, letter := r.calls.ConfirmLetter(t.Context(), sato, call.ID, number.Grouped())
		web, err := r.service.Start(t.Context(), lookup.Client{}, address)
		must(t, err)
		_, page := r.service.Confirm(t.Context(), lookup.Client{}, web.ID, web.Secret, "12345678")
		_, typed := r.service.ConfirmLetter(t.Context(), lookup.Client{}, number.Grouped())
		for what, err := range map[string]error{"a code": guess, "a letter": letter, "a code typed": page, "a letter typed": typed} {
			notAccepted(t, what, err)
		}
		s.said = []string{guess.Error(), letter.Error(), page.Error(), typed.Error()}
		s.redis = r.counted()
		return s
	}
	unknown := letterNumbers(6)
	see("warm@example.jp", unknown[3])
	want := see(swallow, unknown[4])
	touched := func() bool {
		return slices.ContainsFunc(r.alarms.States(), func(s alarm.State) bool { return s.Kind == alarm.Canary && s.On })
	}
	if touched() {
		t.Error("the alarm is on before anybody asked for a canary")
	}
	if got := see(suzume, r.letters[2]); !slices.Equal(got.said, want.said) || !maps.Equal(got.redis, want.redis) {
		t.Errorf("a canary is told apart:\n%+v\n%+v", got, want)
	}
	if !touched() {
		t.Error("no alarm")
	}
	stop() // nothing was written so far: all of it waits
	must(t, r.canaries.run(ctx))
	var by []string
	for _, e := range r.site.touches(t) {
		by = append(by, string(e.Actor.Kind)+" "+e.Actor.ID[:min(5, len(e.Actor.ID))])
	}
	agents := 0
	for _, who := range by {
		if who == "agent sato/" {
			agents++
		}
	}
	if agents != 3 || len(by) != 6 {
		t.Errorf("rows by %v, want three by sato and three by customers", by)
	}
	if _, err := r.calls.Open(t.Context(), sato, agent.ReasonCard, false); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// notYet is an audit log that takes no rows at first.
type notYet struct {
	lookup.Recorder
	stop  func() // what happens when it is asked the first time
	tries int
}

func (n *notYet) Append(ctx context.Context, entries ...audit.Entry) error {
	if n.tries++; n.tries == 1 {
		n.stop()
		return errors.New("the disk is full")
	}
	return n.Recorder.Append(ctx, entries...)
}

// TestTouchesAreWrittenAtTheEnd: those that wait when the server is told to end, that one
// included which the log would not take; more than may wait are in the program's log.
func TestTouchesAreWrittenAtTheEnd(t *testing.T) {
	r := openCalls(t)
	plantCanaries(t, r.site, r.letters[2])
	ctx, stop := context.WithCancel(context.Background())
	log := &syncBuffer{}
	late := &notYet{Recorder: r.audit, stop: stop}
	w := newCanaryWatch(r.canaries.canaries, late, r.alarms, slog.New(slog.NewTextHandler(log, nil)))
	w.look(t.Context())
	a, err := email.Parse(suzume)
	must(t, err)
	ask := lookup.Question{At: time.Now(), Tags: r.site.postRoom(t).keys.Tags(a), Actor: audit.Actor{Kind: audit.Customer, ID: "0a"}}
	for range touchedQueue + 1 {
		w.AskedFor(ask)
	}
	if n := strings.Count(log.String(), "so many were before"); n != 1 || len(w.touched) != touchedQueue {
		t.Fatalf("%d wait, and %d lines say that more asked", len(w.touched), n)
	}
	for len(w.touched) > 20 {
		<-w.touched
	}
	must(t, w.run(ctx))
	if n := len(r.site.touches(t)); n != 20 || late.tries < 21 {
		t.Errorf("%d rows after %d tries, want 20 after at least 21", n, late.tries)
	}
}
