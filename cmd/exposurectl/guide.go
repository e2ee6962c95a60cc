package main

import (
	"fmt"

	"exposure/internal/roster/profile"
)

type exportGuideCmd struct {
	Shop     string `arg:"" placeholder:"SHOP" help:"Shop system: eccube2, eccube3, eccube4, shopify, colorme, magento2, generic."`
	Template bool   `help:"With generic: print a commented mapping file to start from."`
}

func (exportGuideCmd) Help() string {
	return `Example:
  exposurectl export-guide eccube2 > 書き出し手順.md
  exposurectl export-guide generic --template > mapping.yaml

In Japanese, for whoever runs the shop: where to click, the SQL to paste, and what to call each file.`
}

func (c exportGuideCmd) Run(p *program) error {
	if c.Template {
		if c.Shop != "generic" {
			return usagef("--template belongs to the generic guide: the other shop systems need no mapping file")
		}
		_, err := p.Out.Write(profile.Template())
		return err
	}
	guide, err := profile.Guide(c.Shop)
	if err != nil {
		return &usageError{err.Error()}
	}
	_, err = fmt.Fprint(p.Out, guide)
	return err
}
