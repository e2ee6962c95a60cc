package main

import (
	"context"

	"exposure/internal/breach"
	"exposure/internal/lookup"
	"exposure/internal/sqlstore"
)

// checkResets proves every row about a member. What it finds wrong keeps everybody who asks
// for one from being answered, until a check finds all well.
func (b *product) checkResets(ctx context.Context) {
	err := b.resets.Check(ctx)
	if ctx.Err() != nil {
		return
	}
	switch {
	case err != nil:
		b.resetDoubt.Store(&err)
		b.link.unproven(err)
		b.log.Error("the forced resets cannot be proven", "error", err)
	case b.resetDoubt.Swap(nil) != nil:
		b.log.Info("the forced resets are proven again")
	}
}

// inDoubt is what the last checks found, nil when all was well.
func (b *product) inDoubt() error {
	for _, doubt := range []*error{b.doubt.Load(), b.resetDoubt.Load()} {
		if doubt != nil {
			return *doubt
		}
	}
	return nil
}

// watchedMembers sees resets that cannot be proven.
type watchedMembers struct {
	*sqlstore.Resets
	alarms *alarms
}

var _ lookup.Resets = watchedMembers{}

// ContactsOf implements lookup.Resets.
func (w watchedMembers) ContactsOf(ctx context.Context, tags breach.Tags) ([]string, error) {
	all, err := w.Resets.ContactsOf(ctx, tags)
	w.alarms.unproven(ctx, err)
	return all, err
}

// ByRef implements lookup.Resets.
func (w watchedMembers) ByRef(ctx context.Context, version int64, refs []int64) (map[int64]breach.Reset, error) {
	all, err := w.Resets.ByRef(ctx, version, refs)
	w.alarms.unproven(ctx, err)
	return all, err
}
