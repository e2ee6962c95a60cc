package main

import (
	"fmt"
	"strings"

	"exposure/internal/vault"
)

// answering is the published version, if it was made under a tag key.
func (q *keyQuestion) answering(k vault.Info) ([]need, error) {
	if q.published.TagKeyID != k.ID {
		return nil, nil
	}
	return []need{{What: fmt.Sprintf("version %d, by which customers are answered, was made under it: import again and publish that", q.published.ID), Hard: true}}, nil
}

// members is what is kept about members that only a tag key finds or proves.
func (q *keyQuestion) members(k vault.Info) (needs []need, err error) {
	n, err := q.db.Resets(q.keys).Needs(q.ctx, k.ID)
	for _, what := range []struct {
		rows int
		text string
	}{
		{n.Resets, "forced resets are only found by it: \"reset plan\" writes them anew"},
		{n.Holds, "that resets are held, or are not any more, is only proven by it: \"reset hold\" and \"reset hold --release\" write it anew"},
		{n.Contacts, "addresses that stand for login addresses are only known by it: \"contact add\" writes them anew"},
		{n.Prints, "passwords of members can only be compared by it: \"reset plan\" reads those anew that are only planned; the others are done with once they are barred"},
	} {
		if what.rows > 0 {
			needs = append(needs, need{What: fmt.Sprintf("%d %s", what.rows, what.text), Hard: true})
		}
	}
	return needs, err
}

// contacts are the versions whose people's names and addresses, for letters and notices,
// open with a key only. A pair has one id; it is asked about once.
func (q *keyQuestion) contacts(k vault.Info) (needs []need, err error) {
	if k.Operator {
		return nil, nil
	}
	versions, err := sealedUnder(q.ctx, k, q.db.SealedUnder)
	for _, v := range versions {
		needs = append(needs, need{What: fmt.Sprintf("names and addresses of the people of version %d, for letters, only open with it: import again and publish that", v)})
	}
	return needs, err
}

// versions are those that hold something sealed under a key.
func (q *keyQuestion) versions(k vault.Info) (needs []need, err error) {
	versions, err := sealedUnder(q.ctx, k, q.db.SealedUnder)
	for _, v := range versions {
		n := need{What: fmt.Sprintf("version %d holds what only it opens", v), Hard: v == q.published.ID}
		if n.Hard {
			n.What += ", and is published: import again and publish that"
		}
		needs = append(needs, n)
	}
	return needs, err
}

// accounts are those of the call centre that sign in with what a key proves.
func (q *keyQuestion) accounts(k vault.Info) ([]need, error) {
	names, err := sealedUnder(q.ctx, k, q.db.Agents(q.keys).Under)
	if err != nil || len(names) == 0 {
		return nil, err
	}
	return []need{{What: "these accounts of the call centre sign in with what only it proves; \"agent reset\" gives them something new: " + strings.Join(names, ", ")}}, nil
}

func (q *keyQuestion) canaries(k vault.Info) (int, error) {
	return q.db.Canaries(q.keys).Needs(q.ctx, k.ID)
}

func (q *keyQuestion) letters(k vault.Info) (int, error) {
	return q.db.Letters(q.keys, [32]byte{}).Needs(q.ctx, k.ID)
}

// sealedMembers counts what is kept about members sealed under a key.
func (q *keyQuestion) sealedMembers(k vault.Info) (int, error) {
	return sealedUnder(q.ctx, k, q.db.Resets(q.keys).Sealed)
}

// notes counts those of the call centre. A pair has one id; it is asked about once.
func (q *keyQuestion) notes(k vault.Info) (int, error) {
	if k.Operator {
		return 0, nil
	}
	return sealedUnder(q.ctx, k, q.db.Tickets(q.keys).Sealed)
}
