package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/term"

	"exposure/internal/reset"
)

// runs tells whether this program makes the passwords worthless by itself: if it was told
// to, or if a person looks on. The server does it as well, and both at once do no harm.
func (c resetOrderCmd) runs(d *office, shop *shop) bool {
	if shop.direct == nil || !c.Commit {
		return false
	}
	if c.Here != nil {
		return *c.Here
	}
	f, ok := d.Err.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// bar makes the passwords of everybody ordered worthless and ends their sessions, twice
// with a minute between, and shows how far it is.
func (d *office) bar(shop *shop) error {
	status, err := reset.Look(d.ctx, d.resets, time.Now())
	if err != nil {
		return err
	}
	if status.Unbarred == 0 {
		return nil
	}
	add, end := d.counting("making passwords worthless", status.Unbarred)
	defer end()
	fmt.Fprintln(d.Err, "Sessions are ended once more a minute later; that is waited for. Ctrl-C loses nothing.")
	shown, told := 0, false
	enforcer := reset.NewEnforcer(reset.EnforcerConfig{
		Resets: d.resets, Connector: shop.direct,
		Held: func(ctx context.Context) (bool, error) {
			hold, err := d.resets.Held(ctx)
			return hold != nil, err
		},
		Seen: func(p reset.Progress, err error) {
			add(p.Barred + p.Sweeping - shown)
			shown = p.Barred + p.Sweeping
			if errors.Is(err, reset.ErrShopUnavailable) && !told {
				told = true
				fmt.Fprintf(d.Err, "\n%v; it is tried again.\n", err)
			}
		},
	})
	err = enforcer.Bar(d.ctx)
	if n := enforcer.Progress().Unverified; n > 0 {
		fmt.Fprintf(d.Err, "\nThe shop held passwords that were changed without a ticket since the plan: %d of them, found in this run. "+
			"\"exposurectl reset status\" shows whose accounts wait for a decision; ask the customer before \"exposurectl reset accept\".\n", n)
	}
	switch {
	case errors.Is(err, context.Canceled):
		return errors.New("interrupted: what is ordered stays ordered, and the server goes on making passwords worthless, or the same command does")
	case err != nil:
		return fmt.Errorf("making passwords worthless: %w", err)
	}
	return nil
}
