package main

import (
	"fmt"

	"exposure/internal/incident"
	"exposure/internal/roster"
)

type surveyCmd struct {
	Files    []string `arg:"" type:"existingfile" placeholder:"FILE" help:"Exports, in any order; what each is is read from its columns."`
	Shop     string   `placeholder:"SHOP" help:"Shop system; recognised by the columns if left out."`
	Mapping  string   `type:"existingfile" placeholder:"F" help:"Mapping file of a shop system that has no profile."`
	Encoding string   `enum:"auto,cp932,utf-8" default:"auto" help:"Encoding of the files (${enum})."`
	Block    bool     `help:"Print only the shop: block for the incident file."`
	JSON     bool     `name:"json" help:"Print as JSON."`
}

func (surveyCmd) Help() string {
	return `Example:
  exposurectl survey all_members.csv all_orders.csv order_items.csv card_settlements.csv
  exposurectl survey --mapping mapping.yaml orders.csv
  exposurectl survey --block all_orders.csv order_items.csv >> incident.yaml

Lists every payment method, state, device and product with its count. In the block, whatever nobody has decided stands
under TODO, and the incident file does not load until somebody has. What --incident decides already is not asked again.`
}

func (c surveyCmd) Run(p *program) error {
	survey, err := roster.Survey(p.ctx, roster.SurveyOptions{
		Files: c.Files, Profile: c.Shop, Mapping: c.Mapping, Encoding: c.Encoding, Vocabulary: p.vocabulary(), Progress: p.reading(),
	})
	if err != nil {
		return err
	}
	switch {
	case c.JSON:
		_, err = fmt.Fprintf(p.Out, "%s\n", survey.JSON())
		return err
	case c.Block:
		return survey.WriteShopBlock(p.Out)
	}
	if err := survey.WriteTable(p.Out); err != nil {
		return err
	}
	fmt.Fprintln(p.Out)
	return survey.WriteShopBlock(p.Out)
}

// vocabulary is what the incident file decides already. One that does not load yet,
// because it waits for this very survey, decides nothing.
func (p *program) vocabulary() *incident.Vocabulary {
	if p.Incident == "" {
		return nil
	}
	_, words, err := incident.LoadAll(p.Incident)
	if err != nil {
		fmt.Fprintln(p.Err, "The incident file does not load yet: what it decides about the shop is not taken into account.")
		return nil
	}
	return words
}
