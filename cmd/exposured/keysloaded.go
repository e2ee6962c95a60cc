package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"exposure/internal/audit"
)

// recordKeys leaves a row that says with which keys this server started, once keys have
// changed: only by these rows can anybody tell since when nothing is made under an old key
// any more.
func (p parts) recordKeys(ctx context.Context) error {
	names, rotated := p.Keys.Newest()
	if !rotated {
		before, err := p.DB.Audit(p.Keys).KeysLoaded(ctx)
		if err != nil || len(before) == 0 {
			return err
		}
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	err = p.DB.Audit(p.Keys).Append(ctx, audit.Entry{
		At: time.Now(), Actor: audit.Actor{Kind: audit.System, ID: host}, Action: audit.KeysLoaded, Outcome: audit.Done,
		Detail: strings.Join(names, " "),
	})
	if err != nil {
		return fmt.Errorf("recording which keys are in use: %w", err)
	}
	return nil
}
