package wording

import (
	"fmt"
	"slices"
	"strings"

	"exposure/internal/breach"
)

// Line is one thing an agent says, in Japanese and, beside it, in English.
type Line struct {
	Part string // what it is about, e.g. "card", "member", "purchaser", "recipient", "none"
	Ja   string
	En   string
}

// Parts of a script.
const (
	PartCard         = "card"
	PartMember       = "member"
	PartPurchaser    = "purchaser"
	PartRecipient    = "recipient"
	PartOther        = "other" // of a kind that has no words of its own
	PartUndetermined = "undetermined"
	PartFirstNotice  = "first_notice" // had the first notice, and is on no list
	PartDropped      = "dropped"      // was on the list of an earlier result
	PartNone         = "none"
)

// Script is what an agent says to a caller who has proven who they are, part by part and in
// this order. What a part is follows from the kinds of data and records of the incident, not
// from the names of its cohorts. It never says of anybody who is not listed that they are
// safe; where they are to hear the address, it says so: 〔読み上げ〕.
func Script(in *breach.Incident, r breach.Report) []Line {
	var lines []Line
	for _, e := range r.Exposures {
		lines = append(lines, exposed(in, r, e))
	}
	if r.Status != breach.StatusListed {
		lines = append(lines, notListed(in, r)...)
	}
	return append(lines, undetermined(r)...)
}

func exposed(in *breach.Incident, r breach.Report, e breach.ReportedExposure) Line {
	has := func(id breach.CategoryID) bool {
		return slices.ContainsFunc(e.Categories, func(c breach.ReportedCategory) bool { return c.ID == id })
	}
	var record breach.RecordKind
	if c := in.Cohort(e.Cohort); c != nil {
		record = c.Record
	}
	switch {
	case slices.ContainsFunc(e.Categories, func(c breach.ReportedCategory) bool { return isCard(c.ID) }):
		return card(r, e)
	case has("login_password"):
		return member(r, e)
	case record == breach.DeliveryRecord:
		return recipient(r, e)
	case record == breach.OrderRecord:
		return concerns(PartPurchaser, e, has("engraved_name_and_birth_date"))
	default:
		return concerns(PartOther, e, has("engraved_name_and_birth_date"))
	}
}

func isCard(id breach.CategoryID) bool {
	return slices.Contains([]breach.CategoryID{"card_holder_name", "card_number", "card_expiry", "card_security_code"}, id)
}

// line joins what is said in order; every piece is said or left out in both languages.
func line(part string, pieces ...piece) Line {
	l := Line{Part: part}
	for _, p := range pieces {
		l.Ja += p.ja
		if p.en != "" && l.En != "" {
			l.En += " "
		}
		l.En += p.en
	}
	return l
}

type piece struct{ ja, en string }

// only is the piece, or nothing.
func (p piece) only(when bool) piece {
	if !when {
		return piece{}
	}
	return p
}

func asks(r breach.Report, id breach.ActionID) bool {
	return slices.ContainsFunc(r.Actions, func(a breach.ReportedAction) bool { return a.ID == id })
}

func labelled(t breach.Text, otherJa, otherEn string) piece {
	if len(t) == 0 {
		return piece{otherJa, otherEn}
	}
	return piece{t.In(breach.Japanese), t.In(breach.English)}
}

func card(r breach.Report, e breach.ReportedExposure) Line {
	period := labelled(e.Period.Label, "カードでのお支払い", "Card payment")
	return line(PartCard, piece{period.ja + "が対象です。", "This is involved: " + period.en + "."}, cardRequests(r),
		piece{"手数料はご負担がないよう、カード会社に依頼しております。", "We have asked card companies not to charge a fee for a new card."}.only(asks(r, "request_card_reissue")),
		piece{"当店では、どのカードかは分かりません。", "We cannot see which card it is."})
}

// cardRequests are those of the three that this report makes, counted aloud.
func cardRequests(r breach.Report) piece {
	var ja, en []string
	for _, q := range []struct {
		id     breach.ActionID
		ja, en string
	}{
		{"check_card_statement", "明細の確認", "please check your statements"},
		{"contact_card_issuer", "覚えのない請求があればカード会社へのご連絡", "please call your card company about any charge you do not recognise"},
		{"request_card_reissue", "ご希望の場合の差し替え", "if you want a new card, please ask your card company"},
	} {
		if asks(r, q.id) {
			ja, en = append(ja, q.ja), append(en, q.en)
		}
	}
	ordinals := []piece{{"一つ目は", "first"}, {"二つ目は、", "second"}, {"三つ目は、", "third"}}
	switch len(ja) {
	case 0:
		return piece{}
	case 1:
		return piece{"お願いが1つございます。" + ja[0] + "です。", "We ask one thing: " + en[0] + "."}
	}
	for i := range ja {
		ja[i], en[i] = ordinals[i].ja+ja[i], ordinals[i].en+", "+en[i]
	}
	return piece{
		fmt.Sprintf("お願いが%dつございます。%sです。", len(ja), strings.Join(ja, "、")),
		fmt.Sprintf("We ask %d things: %s.", len(en), strings.Join(en, "; ")),
	}
}

func member(r breach.Report, e breach.ReportedExposure) Line {
	reused := piece{"ほかのサイトでも同じパスワードをお使いでしたら、そちらも変更をお願いいたします。", "If you use the same password on other sites, please change it there, too."}
	if !asks(r, breach.ActionResetPassword) { // every membership at this address was closed
		return line(PartMember, reused)
	}
	never := piece{"お電話でパスワードをお決めすることや、お聞きすることはございません。", "We neither set a password by phone nor ask for one."}
	where := piece{"パソコンかスマートフォンで、当店の「お客様情報の確認」ページから、新しいパスワードをお決めいただけます。", "You can set a new one on our page 「お客様情報の確認」 with a computer or smartphone."}
	login := piece{"この手続きは、MYページへのログインに使っているメールアドレスで確認したときだけできます。", "This works only after checking with the address you use to log in."}
	of := concerns("", e, false)
	subject := piece{of.Ja, of.En}
	state := breach.ResetPlanned
	offered := false
	if r.Reset != nil {
		state, offered = r.Reset.State, r.Reset.Offered
	}
	switch state {
	case breach.ResetRequired, breach.ResetTicketIssued:
		return line(PartMember, subject, piece{"これまでのパスワードは使えなくなっております。", "Your old password no longer works."}, where, login.only(!offered), never, reused)
	case breach.ResetChangedUnverified:
		return line(PartMember, subject,
			piece{"MYページのパスワードが、この手続きによらずに変更されております。どなたが変更されたのか、こちらでは確認できておりません。",
				"Your MY page password was changed in another way than this procedure. We could not confirm by whom."}, where, login.only(!offered), never, reused)
	case breach.ResetCompleted, breach.ResetExempt:
		return line(PartMember, subject, piece{"MYページのパスワードは、新しくなっております。手続きは必要ございません。", "Your MY page password is new, so there is nothing to do there."}, never, reused)
	default:
		return line(PartMember, subject, piece{"MYページでパスワードを変えてください。", "Please log in to MY page and change your password."}, never, reused)
	}
}

// concerns says what is involved by the name of its source.
func concerns(part string, e breach.ReportedExposure, engraved bool) Line {
	label := labelled(e.Label, "お客様の情報", "Data about you")
	return line(part, piece{label.ja + "が対象です。", label.en + " is involved."},
		piece{"名前旗や名前木札に入れたお名前と生年月日も含まれます。ご家族にもお伝えください。",
			"So are the name and birth date on the name flag or plaque. Please tell your family, too."}.only(engraved))
}

func recipient(r breach.Report, e breach.ReportedExposure) Line {
	polite := map[breach.CategoryID]string{"name": "お名前", "address": "ご住所", "phone": "お電話番号"}
	var ja, en []string
	for _, c := range e.Categories {
		said := polite[c.ID]
		if said == "" {
			said = c.Label.In(breach.Japanese)
		}
		ja, en = append(ja, said), append(en, strings.ToLower(c.Label.In(breach.English)))
	}
	ruledOut := func(id breach.CategoryID) bool {
		return slices.ContainsFunc(r.NotExposed, func(c breach.Category) bool { return c.ID == id })
	}
	return line(PartRecipient,
		piece{"贈り物などのお届け先として、" + strings.Join(ja, "、") + "が対象です。", "As the recipient of a gift or another delivery, this about you is involved: " + strings.Join(en, ", ") + "."},
		piece{"お届け先の情報には、メールアドレスとカードの情報はございません。", "What we hold about recipients has no e-mail address and no card data."}.only(ruledOut("email") && ruledOut("card_number")),
		piece{"どなたからのお届け物かは、お答えできません。", "We cannot say who sent it."})
}

func notListed(in *breach.Incident, r breach.Report) (lines []Line) {
	if asks(r, breach.ActionCallUs) { // never a bare "not listed" for those who were told once
		day := piece{"以前", "earlier"}
		if in.FirstNotice != nil {
			at := in.FirstNotice.In(in.Zone)
			day = piece{fmt.Sprintf("%d月%d日に", at.Month(), at.Day()), at.Format("on 2 January")}
		}
		return []Line{line(PartFirstNotice, piece{day.ja + "、このメールアドレスに第一報をお送りしております。その後の調査の結果は、担当から改めてご説明いたします。受付番号をお出しします。",
			"We sent our first notice to this address " + day.en + ". Somebody will explain to you what the investigation has found since; here is a number for it."})}
	}
	if r.Dropped {
		lines = append(lines, line(PartDropped, piece{"前回の確認結果から変わりました。", "This differs from your last result."}))
	}
	if r.ByLetter {
		return append(lines, line(PartNone, piece{"このお手紙の番号では、一覧に見当たりませんでした。対象ではないと申し上げることはできません。メールアドレスでも確認いたしましょうか。",
			"With the number of this letter we find nothing on the list. We cannot say that you are not involved. Shall we check an e-mail address, too?"}))
	}
	return append(lines, line(PartNone, piece{"〔読み上げ〕というアドレスでは、一覧に見当たりませんでした。対象ではないと申し上げることはできません。ほかのアドレスや、お届け先になられたことはございますか。",
		"〔read out〕 is not on the list. We cannot say that you are not involved. Have you used another address, or been the recipient of a delivery?"}))
}

// undetermined says what is not decided yet, and why, once for each reason.
func undetermined(r breach.Report) (lines []Line) {
	var said []string
	for _, u := range r.Undetermined {
		why := piece{u.Reason.In(breach.Japanese), u.Reason.In(breach.English)}
		if slices.Contains(said, why.ja) {
			continue
		}
		said = append(said, why.ja)
		var ja, en []string
		for _, o := range r.Undetermined {
			if o.Reason.In(breach.Japanese) == why.ja {
				ja, en = append(ja, o.Label.In(breach.Japanese)), append(en, strings.ToLower(o.Label.In(breach.English)))
			}
		}
		lines = append(lines, line(PartUndetermined,
			piece{strings.Join(ja, "、") + "が対象かどうかは、まだ決まっておりません。", "We do not know yet about these: " + strings.Join(en, ", ") + "."},
			piece{why.ja + "、確認しております。", why.en + "."}.only(why.ja != ""),
			piece{"お急ぎの場合は、受付番号をお出しして担当が確認いたします。", "If it is urgent, you get a number, and somebody will look into it."}))
	}
	return lines
}
