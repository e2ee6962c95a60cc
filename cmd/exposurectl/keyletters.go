package main

import (
	"fmt"

	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// letterNeeds are the letter numbers that only a letter key knows.
func letterNeeds(p *program, letters *sqlstore.Letters, k vault.Info) (needs []need, err error) {
	n, err := letters.Needs(p.ctx, k.ID)
	if n > 0 {
		needs = append(needs, need{k.ID, fmt.Sprintf("%d numbers of printed letters are only known by it: whoever has one is told that it is not known", n), nil, false})
	}
	return needs, err
}
