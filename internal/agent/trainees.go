package agent

import (
	"fmt"
	"strings"

	"exposure/internal/breach"
)

// trainee is somebody who calls in a training call. They are made of the incident, so that
// every answer it can give is practised, and of nobody's data.
type trainee struct {
	story   breach.Text
	address string              // empty: they have a letter
	letter  breach.LetterNumber // zero: they have none
	facts   breach.Facts        // answer and resets
}

// subsets bounds the cohorts of which every set is practised.
const subsets = 4

// trainees are: every set of cohorts of orders and members (of the first four), each cohort
// of deliveries by letter, somebody who closed the membership, one whose password is to be
// changed later, one who is on no list, and one who had the first notice and is on none.
func trainees(in *breach.Incident) []trainee {
	var own, sent []*breach.Cohort
	for i := range in.Cohorts {
		switch c := &in.Cohorts[i]; {
		case c.Record == breach.DeliveryRecord:
			sent = append(sent, c)
		case len(own) < subsets:
			own = append(own, c)
		}
	}
	t := &class{}
	for set := 1; set < 1<<len(own); set++ {
		var in []*breach.Cohort
		for i, c := range own {
			if set>>i&1 == 1 {
				in = append(in, c)
			}
		}
		t.add(somebody(in), breach.ResetRequired, "", "")
	}
	for i, c := range own {
		if c.Record != breach.MemberRecord {
			continue
		}
		gone := somebody(own[i : i+1])
		gone.Withdrawn, gone.Edge = true, breach.EdgeOther
		t.add(gone, breach.ResetExempt, "。会員は退会しました", "; the membership was closed")
		t.add(somebody(own[i:i+1]), breach.ResetPlanned, "。パスワードの変更はこれからです", "; the password is to be changed later")
	}
	for _, c := range sent {
		t.addRecipient(c)
	}
	t.add(breach.Person{}, "", "一覧にない方です", "on no list")
	if in.FirstNotice != nil {
		t.add(breach.Person{FirstNotice: true}, "", "第一報を受け取り、一覧にない方です", "had the first notice, and is on no list")
	}
	return t.all
}

// class is who calls, so far.
type class struct{ all []trainee }

func (t *class) add(p breach.Person, s breach.ResetState, moreJa, moreEn string) {
	n := len(t.all) + 1
	ja, en := involved(p)
	one := trainee{
		story:   breach.Text{breach.Japanese: "メールで確認したい方：" + ja + moreJa + "。", breach.English: "Wants to be checked by e-mail: " + en + moreEn + "."},
		address: address(n), facts: breach.Facts{Answer: breach.Answer{Persons: []breach.Person{p}}},
	}
	if s != "" {
		one.facts.Resets = map[int64]breach.ResetState{p.Ref: s}
	}
	t.all = append(t.all, one)
}

func (t *class) addRecipient(c *breach.Cohort) {
	p := somebody([]*breach.Cohort{c})
	p.Kind, p.Edge = breach.KindRecipient, breach.EdgeOther
	ja, en := involved(p)
	one := trainee{
		story: breach.Text{breach.Japanese: "お手紙を受け取った方：" + ja + "。", breach.English: "Had a letter: " + en + "."},
		facts: breach.Facts{Answer: breach.Answer{Persons: []breach.Person{p}}},
	}
	for n, ok := len(t.all)+1, false; !ok; n += 1000 { // some would read like the number of a card
		one.letter, ok = breach.NewLetterNumber(fmt.Sprintf("%012d", n))
	}
	t.all = append(t.all, one)
}

// somebody is in all of these cohorts. What a record decides reads "if you entered it".
func somebody(in []*breach.Cohort) breach.Person {
	p := breach.Person{Ref: 1, Kind: breach.KindGuest, Edge: breach.EdgeOther}
	for _, c := range in {
		if c.Record == breach.MemberRecord {
			p.Kind, p.Edge = breach.KindMember, breach.EdgeLogin
		}
		e := breach.Exposure{Cohort: c.ID}
		for _, x := range c.Exposes {
			certainty := breach.Possible
			if x.When != nil || x.Flag != "" {
				certainty = breach.PossibleIfEntered
			}
			e.Categories = append(e.Categories, breach.Exposed{Category: x.Category, Certainty: certainty})
		}
		p.Exposures = append(p.Exposures, e)
	}
	return p
}

// involved names the cohorts of somebody for who plays them.
func involved(p breach.Person) (ja, en string) {
	var ids []string
	for _, e := range p.Exposures {
		ids = append(ids, string(e.Cohort))
	}
	return strings.Join(ids, "、"), strings.Join(ids, ", ")
}

// address is one that is worth spelling: with what callers stumble over.
func address(n int) string {
	return fmt.Sprintf([]string{"hanako_renshu%d@example.jp", "taro..renshu%d@example.jp", "renshu-%d+shop@example.com", "r.sakura%d.@example.jp"}[n%4], n)
}
