package roster_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/japanese"

	"exposure/internal/breach"
	"exposure/internal/roster"
)

func reviewRecords() []roster.ReviewRecord {
	return []roster.ReviewRecord{
		{ID: "staff_keyed_order/order/103", Reason: breach.StaffKeyedOrder, Person: "G:kaiko@example.jp", File: "orders.csv", Line: 5, Cohorts: []breach.CohortID{"purchaser"}},
		{ID: "first_notice_only/first_notice/G:taro@example.jp", Reason: breach.FirstNoticeOnly, Person: "G:taro@example.jp", File: "first.txt", Line: 2, OnList: true},
		{ID: "near_buyer/delivery/100/0", Reason: breach.NearBuyer, Person: "R:x", File: "deliveries.csv", Line: 9},
	}
}

func decided(t *testing.T, text string) ([]roster.DecidedRecord, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "review.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return roster.ReadDecisions(path)
}

// TestDecideInTheListedFile fills in what was listed, in both languages, and saves it as
// spreadsheet programs do.
func TestDecideInTheListedFile(t *testing.T) {
	var listed bytes.Buffer
	if err := roster.WriteReview(&listed, slices.Values(reviewRecords())); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimRight(listed.String(), "\r\n"), "\r\n")
	if len(lines) != 4 {
		t.Fatalf("%d lines", len(lines))
	}
	if !strings.Contains(lines[2], ",\"first notice, line 2\",") {
		t.Errorf("the record of a first notice is not said by its line: %s", lines[2])
	}
	lines[1] += "in"
	lines[3] += "対象外"
	filled := strings.TrimPrefix(strings.Join(lines, "\r\n")+"\r\n", "\ufeff")
	cp932, err := japanese.ShiftJIS.NewEncoder().String(filled)
	if err != nil {
		t.Fatal(err)
	}
	want := []roster.DecidedRecord{
		{ID: "staff_keyed_order/order/103", Decision: breach.DecidedIn}, {ID: "near_buyer/delivery/100/0", Decision: breach.DecidedOut},
	}
	for name, text := range map[string]string{"UTF-8": "\ufeff" + filled, "CP932": cp932} {
		got, err := decided(t, text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestDecisionsWithMistakesAreRefusedWhole(t *testing.T) {
	for name, c := range map[string]struct{ text, says string }{
		"a word":      {"id,decision\nstaff_keyed_order/order/1,yes\nstaff_keyed_order/order/2,in\n", "line 2: the decision must be in (対象), out (対象外) or later (保留)"},
		"two answers": {"id,decision\na/order/1,in\na/order/1,out\n", "line 3: the same record is decided twice"},
		"no id":       {"id,decision\nhanako@example.jp,in\n", "line 2: the id is not one of a review list"},
		"columns":     {"ids,decisions\na/b,in\n", "it needs the columns id and decision"},
		"cut":         {"id,decision\na/order/1\n", "line 2: it has 1 columns"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := decided(t, c.text)
			if !errors.Is(err, roster.ErrDecisions) || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("got %v, %v", got, err)
			}
			if strings.Contains(err.Error(), "hanako") {
				t.Errorf("the error holds a cell: %v", err)
			}
		})
	}
	if got, err := decided(t, "id,decision\na/order/1,in\na/order/1,in\nb/order/2,\n"); err != nil || len(got) != 1 {
		t.Errorf("the same twice, and nothing decided: %v, %v", got, err)
	}
}

// TestSealedRecordSaysWhichAndNotWhose holds what a version keeps of a review record.
func TestSealedRecordSaysWhichAndNotWhose(t *testing.T) {
	r := reviewRecords()[0]
	kept := roster.EncodeReview(r)
	if bytes.Contains(kept, []byte("kaiko")) {
		t.Errorf("it holds the person: %s", kept)
	}
	got, err := roster.DecodeReview(kept)
	if err != nil {
		t.Fatal(err)
	}
	r.Person = ""
	if diff := cmp.Diff(r, got); diff != "" {
		t.Error(diff)
	}
	if _, err := roster.DecodeReview([]byte("{")); err == nil {
		t.Error("half a record was read")
	}
}
