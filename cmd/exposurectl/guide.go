package main

import (
	"fmt"

	"exposure/internal/roster"
)

type exportGuideCmd struct {
	Shop string `arg:"" placeholder:"SHOP" help:"Shop system, e.g. eccube2."`
}

func (exportGuideCmd) Help() string {
	return `Example:
  exposurectl export-guide eccube2 > 書き出し手順.md

In Japanese, for whoever runs the shop: where to click, the SQL to paste, and what to call each file.`
}

func (c exportGuideCmd) Run(p *program) error {
	guide, err := roster.ExportGuide(c.Shop)
	if err != nil {
		return &usageError{err.Error()}
	}
	_, err = fmt.Fprint(p.Out, guide)
	return err
}
