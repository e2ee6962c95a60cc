package incident_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"exposure/internal/breach"
	"exposure/internal/incident"
)

// The sentences that are signed off, whole.
func TestJapaneseSentences(t *testing.T) {
	in, _ := load(t, "tougyoku-2023")
	for id, want := range map[breach.CohortID]string{
		"card": "次のすべてに当てはまります。（1）お客様がサイトで注文しました。（2）カードの支払いが承認されました。" +
			"（3）注文の日時は、2023年3月1日0時00分ちょうどか、それより後です。（4）注文の日時は、2023年3月15日0時00分より前です。時刻は日本時間です。",
		"member": "会員登録の日時は、2023年3月17日0時00分より前です（日本時間）。",
		"purchaser": "次のすべてに当てはまります。（1）お客様がサイトで注文しました。（2）カードで払おうとして、購入が完了しなかった記録ではありません。" +
			"（3）注文の日時は、2023年3月17日0時00分より前です。時刻は日本時間です。",
		"recipient": "次のすべてに当てはまります。（1）お客様がサイトで注文しました。（2）カードで払おうとして、購入が完了しなかった記録ではありません。" +
			"（3）注文の日時は、2023年3月17日0時00分より前です。（4）お届け先の名前は、購入した方の名前と違います。時刻は日本時間です。",
	} {
		for _, l := range []breach.Locale{breach.Japanese, breach.EasyJapanese} {
			if got := incident.SentenceIn(in.Cohort(id).Where, l); got != want {
				t.Errorf("%s reads\n%s, want\n%s", id, got, want)
			}
		}
		if got := incident.SentenceIn(in.Cohort(id).Where, breach.English); got == "" || !strings.HasSuffix(in.Cohort(id).Sentence, " where "+got+".") {
			t.Errorf("%s reads %q in English", id, got)
		}
	}
	for i, want := range map[int]string{5: "会員登録に性別が入っています。", 6: "会員登録に生年月日が入っています。"} {
		if got := incident.SentenceIn(in.Cohort("member").Exposes[i].When, breach.Japanese); got != want {
			t.Errorf("a condition reads %s, want %s", got, want)
		}
	}
	if got := incident.SentenceIn(nil, breach.Japanese); got != "" {
		t.Errorf("no rule reads %q", got)
	}
}

func TestJapaneseSentencesOfRules(t *testing.T) {
	const web, deleted, cancelled = "お客様がサイトで注文しました。", "注文の記録は削除されました。", "注文は取り消されました。"
	for _, c := range []struct{ record, where, want string }{
		{"order", "order.web", web},
		{"order", `"!order.web"`, "お客様がサイトで注文したものではありません。"},
		{"order", "order.web && (order.deleted || order.cancelled)",
			"次の両方に当てはまります。（1）" + web + "（2）次の少なくとも一方に当てはまります。（2-1）" + deleted + "（2-2）" + cancelled},
		{"order", "order.web || order.deleted && order.cancelled",
			"次の少なくとも一方に当てはまります。（1）" + web + "（2）次の両方に当てはまります。（2-1）" + deleted + "（2-2）" + cancelled},
		{"order", `"!(order.web && order.deleted)"`, "次の少なくとも一方に当てはまります。（1）お客様がサイトで注文したものではありません。（2）注文の記録は削除されていません。"},
		{"order", "order.web || order.deleted || order.cancelled", "次の少なくとも1つに当てはまります。（1）" + web + "（2）" + deleted + "（3）" + cancelled},
		{"order", "order.delivery_count >= 3", "お届け先は、3か所以上です。"},
		{"order", "3 > order.delivery_count", "お届け先は、3か所より少ないです。"},
		{"order", `"!(order.delivery_count == 3)"`, "お届け先は、3か所ではありません。"},
		{"order", `order.placed_at == timestamp("2023-03-16T15:00:01Z")`, "注文の日時は、2023年3月17日0時00分01秒ちょうどです（日本時間）。"},
		{"order", `timestamp("2023-03-16T15:00:00Z") > order.placed_at`, "注文の日時は、2023年3月17日0時00分より前です（日本時間）。"},
		{"order", `"true"`, "いつも当てはまります。"},
		{"member", `"!member.provisional && !member.withdrawn"`, "次の両方に当てはまります。（1）会員登録の手続きは完了しています（仮登録ではありません）。（2）退会していません。"},
		{"delivery", "delivery.to_buyer", "お届け先の名前は、購入した方の名前と同じです。"},
	} {
		if got := incident.SentenceIn(compile(t, c.record, c.where).Where, breach.Japanese); got != c.want {
			t.Errorf("%s reads\n%s, want\n%s", c.where, got, c.want)
		}
	}
}

// Other zones are named as they are, and each sentence names its zone once.
func TestJapaneseZones(t *testing.T) {
	for zone, want := range map[string]string{
		"UTC":           "注文の日時は、2023年3月16日15時00分より前です（協定世界時（UTC））。",
		"Europe/London": "注文の日時は、2023年3月16日15時00分より前です（Europe/Londonの時刻）。",
	} {
		src := strings.Replace(withRule("order", `order.placed_at < timestamp("2023-03-17T00:00:00+09:00")`), "zone: Asia/Tokyo", "zone: "+zone, 1)
		in, _, err := incident.Parse("x.yaml", []byte(src))
		if err != nil {
			t.Fatal(err)
		}
		if got := incident.SentenceIn(in.Cohorts[0].Where, breach.Japanese); got != want {
			t.Errorf("%s: %s, want %s", zone, got, want)
		}
	}
}

var (
	aTime   = regexp.MustCompile(`^注文の日時は、(\d+)年(\d+)月(\d+)日(\d+)時(\d\d)分(?:([\d.]+)秒)?(\D+)。$`)
	aNumber = regexp.MustCompile(`^お届け先は、(ちょうど)?(\d+)か所(\D+)。$`)
	tokyo   = time.FixedZone("", 9*60*60)
)

// readJapanese decides about an order as a person does who has only the sentence.
func readJapanese(t *rapid.T, s string, o breach.Order) breach.Tri {
	if strings.Count(s, "日本時間") > 1 || strings.Contains(s, "注文の日時") != strings.Contains(s, "日本時間") {
		t.Fatalf("the zone is not named once: %s", s)
	}
	s = strings.Replace(strings.TrimSuffix(s, "時刻は日本時間です。"), "（日本時間）。", "。", 1)
	return readPart(t, s, "", o)
}

func readPart(t *rapid.T, s, prefix string, o breach.Order) breach.Tri {
	for head, of := range map[string]struct {
		join  func(a, b breach.Tri) breach.Tri
		start breach.Tri
		two   bool
	}{
		"次の両方に当てはまります。":      {both, breach.Yes, true},
		"次のすべてに当てはまります。":     {both, breach.Yes, false},
		"次の少なくとも一方に当てはまります。": {breach.Tri.Or, breach.No, true},
		"次の少なくとも1つに当てはまります。": {breach.Tri.Or, breach.No, false},
	} {
		rest, found := strings.CutPrefix(s, head)
		if !found {
			continue
		}
		parts := numbered(t, rest, prefix)
		if (len(parts) == 2) != of.two || len(parts) < 2 {
			t.Fatalf("%d parts in %s", len(parts), s)
		}
		result := of.start
		for i, part := range parts {
			result = of.join(result, readPart(t, part, prefix+strconv.Itoa(i+1)+"-", o))
		}
		return result
	}
	return readLeaf(t, s, o)
}

// numbered splits （1）…（2）… at the numbers that begin with prefix.
func numbered(t *rapid.T, s, prefix string) []string {
	var parts []string
	for i := 1; ; i++ {
		mark := fmt.Sprintf("（%s%d）", prefix, i)
		if i == 1 {
			rest, found := strings.CutPrefix(s, mark)
			if !found {
				t.Fatalf("no %s in %s", mark, s)
			}
			s = rest
			continue
		}
		part, rest, found := strings.Cut(s, mark)
		parts = append(parts, part)
		if !found {
			return parts
		}
		s = rest
	}
}

func readLeaf(t *rapid.T, s string, o breach.Order) breach.Tri {
	for _, f := range truths {
		switch s {
		case f.yes + "。":
			return *f.of(&o)
		case f.no + "。":
			return opposite(*f.of(&o))
		}
	}
	if s == "いつも当てはまります。" {
		return breach.Yes
	}
	if s == "当てはまることはありません。" {
		return breach.No
	}
	if m := aTime.FindStringSubmatch(s); m != nil {
		if o.PlacedAt.IsZero() {
			return breach.Unknown
		}
		return breach.TriOf(readRelation(t, m[7], o.PlacedAt.Compare(readTime(t, m[1:7]))))
	}
	m := aNumber.FindStringSubmatch(s)
	if m == nil {
		t.Fatalf("nobody can read %q", s)
	}
	if o.DeliveryCount < 0 {
		return breach.Unknown
	}
	n, err := strconv.Atoi(m[2])
	if err != nil {
		t.Fatal(err)
	}
	return breach.TriOf(readRelation(t, m[1]+m[3], o.DeliveryCount-n))
}

func readTime(t *rapid.T, parts []string) time.Time {
	if parts[5] == "" {
		parts[5] = "0"
	}
	var n [5]int
	for i := range n {
		v, err := strconv.Atoi(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		n[i] = v
	}
	seconds, err := time.ParseDuration(parts[5] + "s")
	if err != nil {
		t.Fatal(err)
	}
	return time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], 0, 0, tokyo).Add(seconds)
}

func readRelation(t *rapid.T, words string, sign int) bool {
	switch words {
	case "より前です", "より少ないです":
		return sign < 0
	case "ちょうどか、それより前です", "以下です":
		return sign <= 0
	case "より後です", "より多いです":
		return sign > 0
	case "ちょうどか、それより後です", "以上です":
		return sign >= 0
	case "ちょうどです":
		return sign == 0
	case "ちょうどではありません", "ではありません":
		return sign != 0
	default:
		t.Fatalf("nobody can read %q", words)
		return false
	}
}
