package main

import (
	"encoding/json"
	"fmt"
	"time"

	"exposure/internal/audit"
)

type resetRetryCmd struct {
	JSON   bool `name:"json" help:"Print as JSON."`
	Commit bool `help:"Do it; without this nothing is changed."`
}

func (resetRetryCmd) Help() string {
	return `Example:
  exposurectl reset retry
  exposurectl reset retry --commit

What a shop did not take by webhook for a day is given up and alarmed. Once the shop is well again this queues all of it
anew, lets deliveries go on that the shop stopped, and has what waits tried at once. What fails in a shop's database is tried
again by the server all the time, and what fails in a kit in the shop by its next run: neither needs a retry; "reset status" shows how far it is.

JSON: {"committed","waiting","dead","stopped"}, as it was before.`
}

// retried is what is tried again, as scripts read it.
type retried struct {
	Committed bool `json:"committed"`
	webhooks
}

func (c resetRetryCmd) Run(p *program) error {
	d, err := p.office()
	if err != nil {
		return err
	}
	defer d.db.Close()
	queue := d.db.Webhook(d.keys, "")
	before, err := queue.Stats(d.ctx, time.Now())
	if err != nil {
		return err
	}
	out := retried{Committed: c.Commit, webhooks: webhooks{Waiting: before.Waiting, Dead: before.Dead, Stopped: before.Stopped}}
	if c.Commit && out.webhooks != (webhooks{}) {
		entry := d.entry(audit.ResetRetry)
		entry.Detail = fmt.Sprintf("webhooks of %s, %d given up", people(out.Waiting+out.Dead), out.Dead)
		if err := d.db.Audit(d.keys).Append(d.ctx, entry); err != nil {
			return fmt.Errorf("recording the retry: %w", err)
		}
		if _, err := queue.Retry(d.ctx, entry.At); err != nil {
			return err
		}
	}
	return c.print(d, out)
}

func (c resetRetryCmd) print(d *office, out retried) error {
	if c.JSON {
		if err := json.NewEncoder(d.Out).Encode(out); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(d.Out, "%6d  members wait to be told to the shop\n%6d  were given up\n", out.Waiting, out.Dead)
		if out.Stopped {
			fmt.Fprintln(d.Out, "The shop said that its webhook is gone for good, so it was told nothing since.")
		}
	}
	switch {
	case out.webhooks == webhooks{}:
		if !c.JSON {
			fmt.Fprintln(d.Out, "\nNothing waits: nothing was changed.")
		}
	case !c.Commit:
		d.dryRun("all of these would be tried at once")
	case !c.JSON:
		fmt.Fprintln(d.Out, "\nThe server tries all of these now.")
	}
	return nil
}
