package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"exposure/internal/audit"
)

// verdict is the outcome as scripts read it.
type verdict struct {
	Version  int        `json:"version"`
	OK       bool       `json:"ok"`
	Rows     int64      `json:"rows"`
	Root     string     `json:"root"`
	Heads    int        `json:"heads"`
	Kept     int        `json:"kept_heads"`
	Unsigned int64      `json:"rows_after_newest_head"`
	FirstBad *badRow    `json:"first_bad"`
	From     *time.Time `json:"from"`
	To       *time.Time `json:"to"`
	Purged   *purgedLog `json:"purged"` // null: the log was checked with its keys
	Gone     *string    `json:"gone"`   // what the log has and the tables beside it have not; null: nothing
	Next     []string   `json:"next"`   // what to do
}

type badRow struct {
	Row  int64  `json:"row"`
	Last int64  `json:"last"`
	Why  string `json:"why"`
}

// tell prints a verdict; word is nil unless it is about the log that a purge left. gone is what
// tables beside the log have lost.
func (c auditVerifyCmd) tell(p *program, v audit.Verdict, word *lastWord, gone error) (err error) {
	if c.JSON {
		out := c.asVerdict(v, word)
		if gone != nil {
			why := gone.Error()
			out.OK, out.Gone = false, &why
		}
		err = json.NewEncoder(p.Out).Encode(out)
	} else {
		lines := c.lines(v, word)
		if gone != nil {
			lines = append(lines, "", "But other tables are NOT as it says: "+gone.Error()+".", adviceTell)
		}
		_, err = fmt.Fprintln(p.Out, strings.Join(lines, "\n"))
	}
	if err == nil && (v.Bad != nil || gone != nil) {
		return errRefused
	}
	return err
}

func (c auditVerifyCmd) asVerdict(v audit.Verdict, word *lastWord) verdict {
	out := verdict{Version: 1, OK: v.Bad == nil, Rows: v.Rows, Root: v.Root.String(), Heads: v.Heads, Kept: v.Kept, Unsigned: v.Unsigned, Next: []string{}}
	if v.Bad != nil {
		out.FirstBad, out.Next = &badRow{v.Bad.Row, v.Bad.Last, v.Bad.Why}, c.advice(v.Bad)
	}
	if v.Rows > 0 {
		out.From, out.To = &v.First, &v.Last
	}
	if word != nil {
		out.Purged = &purgedLog{word.report.Installation, word.report.VerifierKey, word.head.At}
	}
	return out
}

// lines are the verdict for people.
func (c auditVerifyCmd) lines(v audit.Verdict, word *lastWord) []string {
	if v.Bad != nil {
		good := v.Rows
		if v.Bad.Row > 0 { // a head that disagrees is found after the rows that it covers
			good = min(good, v.Bad.Row-1)
		}
		lines := []string{fmt.Sprintf("The audit log is NOT as it was written: %s.\n%d rows before that are.\n\nWhat to do:", v.Bad, good)}
		for i, step := range c.advice(v.Bad) {
			lines = append(lines, fmt.Sprintf("  %d. %s", i+1, step))
		}
		return lines
	}
	if word != nil {
		return word.proves(v)
	}
	lines := []string{fmt.Sprintf("The audit log is as it was written: %d rows, %d signed heads agree, %d rows are newer than the newest of them.", v.Rows, v.Heads, v.Unsigned)}
	if v.Kept > 0 {
		return append(lines, fmt.Sprintf("%d heads kept elsewhere agree: up to the newest of them the database was not put back.", v.Kept))
	}
	return append(lines, "Whether the whole database was put back to an earlier state only a head kept elsewhere can show: give --heads FILE or --head HEAD.")
}
