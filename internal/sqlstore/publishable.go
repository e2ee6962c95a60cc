package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"exposure/internal/breach"
)

var (
	// ErrUndecided: nobody decided about some records of the review list, not even that
	// they are decided later.
	ErrUndecided = errors.New("records of the review list have no decision")
	// ErrDecidedSince: something else was decided than the version was made with.
	ErrDecidedSince = errors.New("decisions were made since: import again")
	// ErrAlreadyPublished: the version is the one that answers.
	ErrAlreadyPublished = errors.New("this version is published already")
)

// Publishable tells whether Publish would refuse, and changes nothing: it checks the names
// and proves every row of the version.
func (r *Roster) Publishable(ctx context.Context, version int64, p Publication) error {
	if err := p.check(); err != nil {
		return err
	}
	if err := r.checkVersion(ctx, version); err != nil {
		return fmt.Errorf("proving version %d: %w", version, err)
	}
	return r.db.inSnapshot(ctx, func(tx *sql.Tx) error { return r.publishable(ctx, tx, version, p) })
}

// publishable is what may change between the proof of a version and its publication. A
// recorded reason goes back over decisions made since: in an emergency the version of
// yesterday must be at hand.
func (r *Roster) publishable(ctx context.Context, q querier, version int64, p Publication) error {
	published, err := r.publishedIn(ctx, q)
	if err != nil {
		return fmt.Errorf("reading the publications: %w", err)
	}
	again, err := r.takenAway(ctx, q, version)
	if err != nil {
		return err
	}
	if !again && published != nil && published.ID == version {
		return fmt.Errorf("%w: %d", ErrAlreadyPublished, version)
	}
	v, err := r.load(ctx, q, version)
	if err != nil {
		return err
	}
	list, err := r.reviews(ctx, q, v)
	if err != nil {
		return fmt.Errorf("reading the review list of version %d: %w", version, err)
	}
	acts, _, err := r.history(ctx, q)
	if err != nil {
		return fmt.Errorf("reading the publications: %w", err)
	}
	if err := proveBase(acts, v); err != nil {
		return err
	}
	log, err := r.decisionLog(ctx, q)
	if err != nil {
		return fmt.Errorf("reading the decisions: %w", err)
	}
	if err := errors.Join(log.holds(version, list), r.proveTaken(ctx, q, log)); err != nil {
		return err
	}
	err = agree(list, log)
	if errors.Is(err, ErrDecidedSince) && strings.TrimSpace(p.Override) != "" {
		return nil
	}
	return err
}

// takenAway tells whether the publication of a version was the newest one until somebody removed
// it. No other can be published then: who is told by that one that they were on an earlier list
// would be forgotten.
func (r *Roster) takenAway(ctx context.Context, q querier, version int64) (bool, error) {
	err := r.db.agreesPublished(ctx, q, r.keys)
	var gone *unpublishedError
	if errors.As(err, &gone) && gone.entry.Version == version {
		return true, nil
	}
	return false, err
}

// agree compares a version's review list with what was decided until now.
func agree(list []StagedReview, log decisionLog) error {
	undecided, since := map[breach.ReviewReason]int{}, map[breach.ReviewReason]int{}
	for _, r := range list {
		switch d, decided := log.latest[r.Handle]; {
		case !decided:
			undecided[r.Reason]++
		case d.decision != r.Applied && !(open(d.decision) && open(r.Applied)):
			since[r.Reason]++
		}
	}
	switch {
	case len(undecided) > 0:
		return fmt.Errorf("%w: %s", ErrUndecided, counted(undecided))
	case len(since) > 0:
		return fmt.Errorf("%w: %s", ErrDecidedSince, counted(since))
	}
	return nil
}

// open tells whether a decision leaves the record open.
func open(d breach.Decision) bool { return d == "" || d == breach.DecidedLater }

func counted(reasons map[breach.ReviewReason]int) string {
	var parts []string
	for _, reason := range slices.Sorted(maps.Keys(reasons)) {
		parts = append(parts, fmt.Sprintf("%s %d", reason, reasons[reason]))
	}
	return strings.Join(parts, ", ")
}
