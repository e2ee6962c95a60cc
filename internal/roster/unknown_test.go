package roster_test

import (
	"testing"

	"exposure/internal/breach"
	"exposure/internal/roster"
)

func certainty(p roster.Person, c breach.CategoryID) breach.Certainty {
	for _, e := range p.Exposures {
		for _, x := range e.Categories {
			if x.Category == c {
				return x.Certainty
			}
		}
	}
	return "absent"
}

// What a shop cannot deliver is unknown: it leads to "if entered" or to the review
// list, and never to "no".
func TestWhatTheExportsDoNotSay(t *testing.T) {
	for name, c := range map[string]struct {
		shop   func(*tiny)
		accept []string
		check  func(*testing.T, *roster.Result)
	}{
		"gender and birth date": {
			func(s *tiny) {
				s.replace(roster.RoleMembers, "性別", "x").replace(roster.RoleMembers, "誕生日", "y")
			}, []string{"性別", "birth_date"},
			func(t *testing.T, r *roster.Result) {
				if got := certainty(find(t, r, "M:2"), "gender"); got != breach.PossibleIfEntered {
					t.Errorf("gender is %s", got)
				}
			},
		},
		"items": {
			func(s *tiny) { s.edit = func(o *roster.Options) { o.Files.Items = "" } }, []string{"items"},
			func(t *testing.T, r *roster.Result) {
				if got := certainty(find(t, r, "M:1"), "engraved_name_and_birth_date"); got != breach.PossibleIfEntered {
					t.Errorf("engraved is %s", got)
				}
			},
		},
		"devices": {
			func(s *tiny) { s.replace(roster.RoleOrders, "端末種別ID", "z") }, []string{"端末種別ＩＤ"},
			func(t *testing.T, r *roster.Result) {
				p := find(t, r, "G:ichiro@example.jp")
				if len(p.Exposures) != 0 || waitsFor(p) != "unclear_record:card+purchaser" {
					t.Errorf("in %v, waits for %q", p.Exposures, waitsFor(p))
				}
				if got := waitsFor(find(t, r, "R:山田太郎|1500001|東京都渋谷区1-2-3")); got != "unclear_record:recipient" {
					t.Errorf("the recipient waits for %q", got)
				}
			},
		},
		"one approval": {
			func(s *tiny) { // the payment company's file lacks a line of an order that went on
				s.add(roster.RoleOrders, "104,0,,木村,直,キムラ,ナオ,nao@example.jp,530,0004,大阪府,北区,2-2-2,クレジットカード決済,5,0,2023-03-06 12:00:00,2")
			}, nil,
			func(t *testing.T, r *roster.Result) {
				p := find(t, r, "G:nao@example.jp")
				if cohortsOf(p) != "purchaser" || waitsFor(p) != "unclear_record:card" {
					t.Errorf("in %s, waits for %q: card data would be ruled out", cohortsOf(p), waitsFor(p))
				}
			},
		},
		"deleted orders": {
			func(s *tiny) { s.replace(roster.RoleOrders, "削除フラグ", "z") }, []string{"削除フラグ"},
			func(t *testing.T, r *roster.Result) {
				if got := waitsFor(find(t, r, "G:minoru@example.jp")); got != "unclear_record:card+purchaser" {
					t.Errorf("the attempt waits for %q", got)
				}
				if got := cohortsOf(find(t, r, "M:1")); got != "member purchaser" {
					t.Errorf("hanako is in %s", got)
				}
			},
		},
		"settlements": {
			func(s *tiny) { s.edit = func(o *roster.Options) { o.Files.Settlements = "" } }, []string{"settlements"},
			func(t *testing.T, r *roster.Result) {
				p := find(t, r, "G:ichiro@example.jp")
				if cohortsOf(p) != "purchaser" || waitsFor(p) != "unclear_record:card" {
					t.Errorf("in %s, waits for %q", cohortsOf(p), waitsFor(p))
				}
			},
		},
		"settlements after a day": {
			func(s *tiny) {
				s.files[roster.RoleSettlements] = append(s.files[roster.RoleSettlements][:1], "T1,999,承認,2023/03/02 00:00:00,tok_a")
			}, nil,
			func(t *testing.T, r *roster.Result) {
				if got := waitsFor(find(t, r, "G:ichiro@example.jp")); got != "unclear_record:card" {
					t.Errorf("a card order the settlement file does not cover waits for %q", got)
				}
			},
		},
		"the payment method of one order": {
			func(s *tiny) { s.replace(roster.RoleOrders, "クレジットカード決済,5", ",5") }, nil,
			func(t *testing.T, r *roster.Result) {
				if got := waitsFor(find(t, r, "G:ichiro@example.jp")); got != "unclear_record:card" {
					t.Errorf("waits for %q", got)
				}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := tinyShop()
			c.shop(s)
			edit := s.edit
			s.edit = func(o *roster.Options) {
				o.AcceptMissing = c.accept
				if edit != nil {
					edit(o)
				}
			}
			c.check(t, s.importIt(t))
		})
	}
}

func TestTheFirstNotice(t *testing.T) {
	s := tinyShop()
	s.first = "メールアドレス\r\n101\r\nHANAKO@example.jp\nminoru@example.jp\nstranger@example.jp\n102\n55555\n"
	r := s.importIt(t)
	for key, want := range map[string]string{
		"G:ichiro@example.jp":   "",
		"M:1":                   "first_notice_only:card",
		"G:minoru@example.jp":   "abandoned_card_attempt:card+purchaser first_notice_only:card+purchaser",
		"G:stranger@example.jp": "first_notice_only:card+purchaser",
	} {
		if p := find(t, r, key); !p.FirstNotice || waitsFor(p) != want {
			t.Errorf("%s: first notice %v, waits for %q, want %q", key, p.FirstNotice, waitsFor(p), want)
		}
	}
	if p := find(t, r, "M:2"); p.FirstNotice {
		t.Error("somebody else got the first notice")
	}
	if len(r.Rejects) != 1 || r.Rejects[0].Line != 7 || r.Rejects[0].File != "first.txt" {
		t.Errorf("rejects: %v", r.Rejects)
	}
	if r.SourcesDigest == tinyShop().importIt(t).SourcesDigest {
		t.Error("the first-notice file does not count as a source")
	}
}

// The shop's clock decides on which side of a border an order falls.
func TestTheClockOfTheShop(t *testing.T) {
	for zone, want := range map[string]string{"Asia/Tokyo": "card purchaser", "UTC": "purchaser"} {
		s := tinyShop()
		s.edit = func(o *roster.Options) { o.Zone = location(t, zone) }
		if got := cohortsOf(find(t, s.importIt(t), "G:ichiro@example.jp")); got != want {
			t.Errorf("in %s: %s, want %s", zone, got, want)
		}
	}
	s := tinyShop().replace(roster.RoleOrders, "2023-03-14 23:59:59.9999999", "2023-03-14 14:59:59.5+00:00")
	s.edit = func(o *roster.Options) { o.Zone = location(t, "UTC") }
	if got := cohortsOf(find(t, s.importIt(t), "G:ichiro@example.jp")); got != "card purchaser" {
		t.Errorf("with an offset: %s", got)
	}
}

// Names of files do not matter to the digest; roles, contents and the clock do.
func TestTheSameFilesAreTheSameSources(t *testing.T) {
	a, b := tinyShop().importIt(t), tinyShop().importIt(t)
	if a.SourcesDigest != b.SourcesDigest || a.SourcesDigest == [32]byte{} {
		t.Error("the same contents have two digests")
	}
	c := tinyShop().replace(roster.RoleItems, "NF-01", "NF-02").importIt(t)
	if a.SourcesDigest == c.SourcesDigest {
		t.Error("other contents have the same digest")
	}
	// Or whoever declared the wrong clock could never import these files again.
	utc := tinyShop()
	utc.edit = func(o *roster.Options) { o.Zone = location(t, "UTC") }
	if a.SourcesDigest == utc.importIt(t).SourcesDigest {
		t.Error("read by another clock the files have the same digest")
	}
}
