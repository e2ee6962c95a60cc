package main

import "exposure/openapi"

type mypageGuideCmd struct {
	Lang string `enum:"ja,en" default:"ja" help:"Language: ja or en."`
}

func (mypageGuideCmd) Help() string {
	return `Example:
  exposurectl mypage-guide > ショップのプログラム.md
  exposurectl mypage-guide --lang en > shop.md

For whoever programs the shop, whatever its system: the gate at every login, the page for a new password, completion, sessions,
the list, the webhook, and what to do while nobody answers.`
}

func (c mypageGuideCmd) Run(p *program) error {
	guide, err := openapi.Guide(c.Lang)
	if err != nil {
		return &usageError{err.Error()}
	}
	_, err = p.Out.Write(guide)
	return err
}
