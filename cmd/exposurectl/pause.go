package main

import (
	"fmt"
	"time"

	"exposure/internal/audit"
	"exposure/internal/sqlstore"
)

type pauseCmd struct {
	Reason string `required:"" placeholder:"R" help:"Why; for the audit log, never shown to customers. No names, no numbers of people."`
	BackAt string `placeholder:"T" help:"When it is expected to open again, e.g. 16:00 or 2026-07-25T16:00:00+09:00. Customers read it."`
}

func (pauseCmd) Help() string {
	return `Example:
  exposurectl pause --reason "wrong file published" --back-at 16:00

Shuts the look-up at once, without --commit: nobody is answered and no code is sent until "resume", except mails that
were being handed over at that moment. Codes asked for before wait. Customers read that the page is not available, and
never that they are not on the list.`
}

func (c pauseCmd) Run(p *program) error {
	in, db, roster, err := p.roster()
	if err != nil {
		return err
	}
	defer db.Close()
	var back *time.Time
	if c.BackAt != "" {
		t, err := instant(c.BackAt, time.Now().In(in.Zone))
		if err != nil {
			return err
		}
		back = &t
	}
	order := sqlstore.PauseOrder{Reason: c.Reason, BackAt: back}
	order.OSUser, order.Host = whoAmI()
	entry := p.entry(audit.Pause)
	entry.Detail = c.Reason
	if err := roster.Pause(p.ctx, order, entry); err != nil {
		return err
	}
	fmt.Fprintln(p.Out, "The look-up is shut. \"exposurectl resume\" opens it again.")
	if back != nil {
		fmt.Fprintf(p.Out, "Customers read that it is expected back at %s. It does not open by itself.\n", back.In(in.Zone).Format("2006-01-02 15:04 (MST)"))
	}
	return nil
}

// longestPause is what people can be told to wait for; further ahead is a slip in the date.
const longestPause = 14 * 24 * time.Hour

// instant reads a time of day, the next one to come, or a complete time.
func instant(s string, now time.Time) (time.Time, error) {
	if t, err := time.ParseInLocation("15:04", s, now.Location()); err == nil {
		t = time.Date(now.Year(), now.Month(), now.Day(), t.Hour(), t.Minute(), 0, 0, now.Location())
		if !t.After(now) {
			t = t.AddDate(0, 0, 1)
		}
		return t, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	switch {
	case err != nil:
		return time.Time{}, usagef("--back-at wants a time of day such as 16:00, or 2026-07-25T16:00:00+09:00")
	case !t.After(now):
		return time.Time{}, usagef("--back-at lies in the past")
	case t.After(now.Add(longestPause)):
		return time.Time{}, usagef("--back-at lies more than two weeks ahead: leave it out while the time is not known")
	}
	return t, nil
}

type resumeCmd struct{}

func (resumeCmd) Help() string {
	return `Example:
  exposurectl resume

Opens the look-up again, at once.`
}

func (resumeCmd) Run(p *program) error {
	_, db, roster, err := p.roster()
	if err != nil {
		return err
	}
	defer db.Close()
	order := sqlstore.ResumeOrder{}
	order.OSUser, order.Host = whoAmI()
	if err := roster.Resume(p.ctx, order, p.entry(audit.Resume)); err != nil {
		return err
	}
	fmt.Fprintln(p.Out, "The look-up is open.")
	return nil
}
