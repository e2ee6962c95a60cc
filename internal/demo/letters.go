package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/otp"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// enoughLetters are for a trial.
const enoughLetters = 3

var errEnough = errors.New("enough")

// NewLetters draws numbers of letters for a few recipients of the published version. A
// number that one of them had before is worth nothing then.
func NewLetters(ctx context.Context, db *sqlstore.DB, keys *vault.Server, in *breach.Incident) ([]breach.LetterNumber, error) {
	list := db.Roster(keys, in.Digest)
	version, err := list.Published(ctx)
	if err != nil {
		return nil, fmt.Errorf("writing the demo's letters: %w", err)
	}
	var issues []sqlstore.LetterIssue
	err = list.Listed(ctx, version.ID, func(p sqlstore.ListedPerson) error {
		if p.Kind != breach.KindRecipient {
			return nil
		}
		check := breach.NewTags(breach.KeyedTag{Key: keys.TagKeyID(), Tag: breach.Tag(p.Handle)}) // there is no address
		issues = append(issues, sqlstore.LetterIssue{Person: p.Handle, Number: otp.DrawLetterNumber(), Check: check})
		if len(issues) == enoughLetters {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, fmt.Errorf("writing the demo's letters: %w", err)
	}
	if err := db.Letters(keys, in.Digest).Issue(ctx, version.ID, issues, did(audit.LetterIssue, time.Now())); err != nil {
		return nil, fmt.Errorf("writing the demo's letters: %w", err)
	}
	var numbers []breach.LetterNumber
	for _, i := range issues {
		numbers = append(numbers, i.Number)
	}
	return numbers, nil
}
