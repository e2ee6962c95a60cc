package roster_test

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/incident"
	"exposure/internal/roster"
)

// survey looks through the tiny shop's files, named in no particular order.
func (s *tiny) survey(t *testing.T, edit func(*roster.SurveyOptions)) *roster.SurveyResult {
	t.Helper()
	f := s.write(t).Files
	o := roster.SurveyOptions{Files: []string{f.Items, f.Deliveries, f.Settlements, f.Orders, f.Members}}
	if edit != nil {
		edit(&o)
	}
	r, err := roster.Survey(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func words(t *testing.T, r *roster.SurveyResult, what string) roster.SurveyedWords {
	t.Helper()
	i := slices.IndexFunc(r.Words, func(w roster.SurveyedWords) bool { return w.What == what })
	if i < 0 {
		t.Fatalf("nothing about %s", what)
	}
	return r.Words[i]
}

func written(t *testing.T, write func(*bytes.Buffer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func surveyTable(t *testing.T, r *roster.SurveyResult) string {
	return written(t, func(b *bytes.Buffer) error { return r.WriteTable(b) })
}

func shopBlock(t *testing.T, r *roster.SurveyResult) string {
	return written(t, func(b *bytes.Buffer) error { return r.WriteShopBlock(b) })
}

func TestASurveyOfATinyShop(t *testing.T) {
	r := tinyShop().survey(t, nil)
	want := []roster.SurveyedWord{
		// The settlement file is about March 2023 only: of the order of 2022 it says nothing.
		{Value: "クレジットカード決済", Rows: 2, First: "2023-03", Last: "2023-03", Covered: 2, Approved: 1},
		{Value: "代金引換", Rows: 1, First: "2023-03", Last: "2023-03", Covered: 1},
		{Value: "銀行振込", Rows: 1, First: "2022-05", Last: "2022-05"},
	}
	if diff := cmp.Diff(want, words(t, r, "payment_methods").Values); diff != "" {
		t.Errorf("payment methods (-want +got)\n%s", diff)
	}
	var meanings []string
	for _, v := range words(t, r, "order_states").Values {
		meanings = append(meanings, v.Value+" "+v.Meaning)
	}
	if want := []string{"5 other", "3 cancelled"}; !slices.Equal(meanings, want) {
		t.Errorf("order states %v, want %v", meanings, want)
	}
	if v := words(t, r, "devices").Values[0]; v.Value+v.ShownAs != "2スマートフォン" || !strings.Contains(shopBlock(t, r), "\"2\" # スマートフォン: 2 orders") {
		t.Errorf("nobody can tell what device %+v is", v)
	}
	products := []roster.Product{
		{Code: "NF-01", Name: "名前旗 赤", Rows: 1, First: "2022-05", Last: "2022-05"},
		{Code: "ST-01", Name: "名前旗用スタンド", Rows: 1, First: "2023-03", Last: "2023-03"},
	}
	if diff := cmp.Diff(products, r.Products.Candidates); diff != "" {
		t.Errorf("candidates (-want +got)\n%s", diff)
	}
	if n := r.Undecided(); n != 3+3+2 { // methods, devices, candidates
		t.Errorf("%d things to decide, want 8", n)
	}
	text := surveyTable(t, r)
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if first, last := lines[0], lines[len(lines)-2]; !strings.HasPrefix(first, "TO DECIDE: 3 payment methods, 3 devices") || first != last {
		t.Errorf("begins with %q and ends with %q", first, last)
	}
}

// What a survey writes goes into an incident file: that must not load before somebody
// decided, and load afterwards, with what was decided.
func TestAShopBlockLoadsOnceItIsDecided(t *testing.T) {
	block := shopBlock(t, tinyShop().survey(t, nil))
	_, _, err := incident.Parse("new.yaml", withShop(t, block))
	if err == nil {
		t.Fatal("loads although nothing was decided")
	}
	for _, todo := range []string{"TODO_payment_methods", "TODO_devices", "TODO_codes"} {
		if !strings.Contains(err.Error(), todo) {
			t.Errorf("the refusal does not name %s: %v", todo, err)
		}
	}
	decisions := []struct{ todo, value, key string }{
		{"TODO_payment_methods", "クレジットカード決済", "card_methods"}, {"TODO_payment_methods", "代金引換", "other_methods"},
		{"TODO_payment_methods", "銀行振込", "other_methods"}, {"TODO_devices", "2", "web_devices"},
		{"TODO_devices", "10", "web_devices"}, {"TODO_devices", "99", "other_devices"}, {"TODO_codes", "NF-01", "codes"},
		{"TODO_codes", "ST-01", "except"},
	}
	for i, d := range decisions {
		block = decide(t, block, d.value, d.key)
		if last := i+1 == len(decisions) || decisions[i+1].todo != d.todo; last {
			block = dropLine(t, block, d.todo+":")
		}
		_, _, err := incident.Parse("new.yaml", withShop(t, block))
		if done := i+1 == len(decisions); (err == nil) != done {
			t.Fatalf("after deciding about %s: %v", d.value, err)
		}
	}
	_, v, err := incident.Parse("new.yaml", withShop(t, block))
	if err != nil {
		t.Fatal(err)
	}
	v.Zone = nil
	want := &incident.Vocabulary{
		CardMethods: []string{"クレジットカード決済"}, OtherMethods: []string{"銀行振込", "代金引換"}, WebDevices: []string{"10", "2"},
		OtherDevices: []string{"99"}, Engraved: incident.Engraved{Codes: []string{"NF-01"}, Except: []string{"ST-01"}},
	}
	if diff := cmp.Diff(want, v); diff != "" {
		t.Errorf("the words (-want +got)\n%s", diff)
	}
	// With these words the import asks nothing, and the next survey neither.
	s := tinyShop()
	s.edit = func(o *roster.Options) { v.Zone = o.Vocabulary.Zone; o.Vocabulary = v }
	s.importIt(t)
	again := s.survey(t, func(o *roster.SurveyOptions) { o.Vocabulary = v })
	if n := again.Undecided(); n != 0 || !strings.HasPrefix(surveyTable(t, again), "NOTHING IS LEFT TO DECIDE") {
		t.Errorf("%d things are asked again", n)
	}
	if _, v2, err := incident.Parse("new.yaml", withShop(t, shopBlock(t, again))); err != nil || cmp.Diff(v.CardMethods, v2.CardMethods) != "" {
		t.Errorf("what was decided is not kept: %v", err)
	}
}

// decide moves the line of a value under the key it belongs to, as an editor would.
func decide(t *testing.T, block, value, key string) string {
	t.Helper()
	lines := strings.Split(block, "\n")
	from := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(strings.TrimSpace(l), "- "+strconv.Quote(value)) })
	if from < 0 {
		t.Fatalf("no line for %s", value)
	}
	line := lines[from]
	lines = slices.Delete(lines, from, from+1)
	to := slices.IndexFunc(lines, func(l string) bool { return strings.TrimSpace(l) == key+":" })
	if to < 0 {
		t.Fatalf("no key %s", key)
	}
	return strings.Join(slices.Insert(lines, to+1, line), "\n")
}

func dropLine(t *testing.T, block, line string) string {
	t.Helper()
	lines := strings.Split(block, "\n")
	i := slices.IndexFunc(lines, func(l string) bool { return strings.TrimSpace(l) == line })
	if i < 0 {
		t.Fatalf("no line %s", line)
	}
	return strings.Join(slices.Delete(lines, i, i+1), "\n")
}

// withShop is a whole incident file with another shop block.
func withShop(t *testing.T, block string) []byte {
	t.Helper()
	src, err := incident.Example("tougyoku-2023")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	inside := false
	for _, line := range strings.Split(string(src), "\n") {
		if line == "shop:" {
			inside = true
			out = append(out, strings.TrimRight(block, "\n"))
			continue
		}
		if inside = inside && (line == "" || strings.HasPrefix(line, " ")); !inside {
			out = append(out, line)
		}
	}
	return []byte(strings.Join(out, "\n"))
}

// Values of a column that turns out to be another one, and product names made out to a
// customer, appear nowhere.
func TestASurveyPrintsNobody(t *testing.T) {
	const order = ",0,,客,人,キャク,ジン,guest@example.jp,100,0001,東京都,千代田区,1-1,METHOD,5,0,2021-01-01 00:00:00,10"
	s := tinyShop().
		add(roster.RoleOrders, "200"+strings.ReplaceAll(order, "METHOD", "secret@example.jp"), "201"+strings.ReplaceAll(order, "METHOD", "090-1234-5678"),
			"202"+strings.ReplaceAll(order, "METHOD", "鈴木花子様")).
		add(roster.RoleItems, "200,SP-01,鈴木花子様専用ページ", "200,SP-02,鈴木花子様 名前旗", "200,SP-03,お客様専用ページ", "200,SP-04,花模様の名前旗（特別仕様）", "200,4901234567894,名前旗 JAN", "200,090-1234-5678,名前旗 電話")
	r := s.survey(t, nil)
	everything := surveyTable(t, r) + shopBlock(t, r) + string(r.JSON())
	for _, secret := range []string{"secret", "090-1234", "鈴木"} {
		if strings.Contains(everything, secret) {
			t.Errorf("%q was printed:\n%s", secret, everything)
		}
	}
	for _, word := range []string{"お客様専用ページ", "花模様の名前旗(特別仕様)", "4901234567894"} {
		if !strings.Contains(everything, word) {
			t.Errorf("%q is nobody's, and missing", word)
		}
	}
	if w := words(t, r, "payment_methods"); w.Hidden != 3 {
		t.Errorf("%d values not shown, want 3", w.Hidden)
	}
	// The flag for a customer is a decision all the same.
	if p := r.Products; p.Hidden != 3 || p.Unseen != 2 || !strings.Contains(shopBlock(t, r), "TODO_more") {
		t.Errorf("%d products not shown, want 3; %d to look for, want 2", p.Hidden, p.Unseen)
	}
	if _, _, err := incident.Parse("new.yaml", withShop(t, shopBlock(t, r))); err == nil {
		t.Error("values that are not shown count as decided")
	}
}

// A column of anything is not listed, and a shop of endless products ends somewhere.
func TestASurveyIsBounded(t *testing.T) {
	s := tinyShop()
	for i := range 101 {
		s.add(roster.RoleOrders, itoa(1000+i)+",0,,客,人,キャク,ジン,guest@example.jp,100,0001,東京都,千代田区,1-1,何か"+itoa(i)+",5,0,2021-01-01 00:00:00,10")
	}
	for i := range 12_000 {
		s.add(roster.RoleItems, "100,P-"+itoa(i)+",商品"+itoa(i))
	}
	for i := range 1_500 {
		s.add(roster.RoleItems, "100,N-"+itoa(i)+",名入れ"+itoa(i))
	}
	r := s.survey(t, nil)
	if w := words(t, r, "payment_methods"); !w.TooMany || len(w.Values) != 0 || w.Rows != 105 {
		t.Errorf("a column of anything: %+v", w)
	}
	if p := r.Products; len(p.Others) != 10_000 || len(p.Candidates) != 1_000 || p.Beyond != 2_502 || p.Unseen != 502 {
		t.Errorf("%d products, %d candidates, %d and %d beyond", len(p.Others), len(p.Candidates), p.Beyond, p.Unseen)
	}
	text := surveyTable(t, r)
	if strings.Contains(text, "何か") || !strings.Contains(text, "must be another column") || !strings.Contains(text, "not kept apart") {
		t.Errorf("does not say what was left out:\n%.2000s", text)
	}
	block := shopBlock(t, r)
	for _, todo := range []string{"TODO_payment_methods", "TODO_more"} {
		if !strings.Contains(block, todo) {
			t.Errorf("the block takes %s for decided", todo)
		}
	}
}
