package canary

import (
	"encoding/csv"
	"fmt"
	"io"
	"os"

	"exposure/internal/demo"
	"exposure/internal/roster/shopgen"
)

// Shop is an invented shop with people among the others whose every value is a canary.
type Shop struct {
	Files  demo.Files
	Others *demo.Shop

	Member   string // address of a member who paid by card and sent a present
	Mobile   string // their other address, dotted as carriers once allowed
	Guest    string // address of a guest who typed a card number into a wish
	Stranger string // well-formed address that the shop does not know
	MemberID string
	Rejects  int // rows that an import will not read whole: those with a card number
}

// cardNumber and cardNumberSpaced are well-formed and nobody's.
const (
	cardNumber       = "4547932100864293"
	cardNumberSpaced = "4547 9321 0086 4293"
)

// WriteShop writes the shop's exports into a folder and plants every value of its canary
// people, and the addresses of all the others.
func (s *Set) WriteShop(dir string, seed uint64) (*Shop, error) {
	shop := &Shop{
		Others: demo.NewShop(seed), Rejects: 1, MemberID: "2083910476",
		Member: "Canary.Member-QXZ81@example.com", Mobile: "canary..mobile.77.@example.ne.jp",
		Guest: "canary_guest+kjq4@example.org", Stranger: "canary-stranger.vw52@example.net",
	}
	var err error
	if shop.Files, err = shop.Others.WriteExports(dir); err != nil {
		return nil, fmt.Errorf("writing a shop of canaries: %w", err)
	}
	for path, rows := range shop.rows() {
		if err := appendExport(path, rows); err != nil {
			return nil, fmt.Errorf("writing a shop of canaries: %w", err)
		}
	}
	if err := appendUTF8(shop.Files.Settlements, []string{"T9381740265", "1739284650", "承認", "2023/03/05 10:20:40", "tok_canarycanary7391dm"}); err != nil {
		return nil, fmt.Errorf("writing a shop of canaries: %w", err)
	}
	s.plantShop(shop)
	return shop, nil
}

// rows are what stands about canary people in each file of the shop system.
func (s *Shop) rows() map[string][][]string {
	member := []string{"鸚鵡鵲", "鸞太郎", "カナリアソウ", "ランタロウ"}
	phone, home := []string{"070", "0000", "8391"}, []string{"987", "6543", "北海道", "止木市鳥籠町", "71-93-58 囀荘604"}
	guest := []string{"鷦鷯鳰", "鵯子", "ミソサザイ", "ヒヨドリコ"}
	guestPhone, guestHome := []string{"080", "0000", "5527"}, []string{"986", "7531", "沖縄県", "鶺鴒市巣箱町", "82-64-19"}
	gift, giftHome := []string{"鵤", "鶸之介", "イカルガ", "ヒワノスケ"}, []string{"985", "8642", "高知県", "鴇色市羽毛町", "93-75-28"}
	order := func(head, who, phone, home []string, more ...string) []string {
		row := append(append(append([]string{}, head...), who...), more[0])
		return append(append(append(row, phone...), home...), more[1:]...)
	}
	return map[string][][]string{
		s.Files.Members: {append(append(append(append([]string{s.MemberID}, member...), home...), s.Member, s.Mobile),
			append(phone, "男性", "1971-11-29 00:00:00", "2", "0", "2021-05-06 07:08:09.123", "2022-01-02 03:04:05", "止木の常連")...)},
		s.Files.Orders: {
			order([]string{"1739284650", s.MemberID, "名入れは「鶴亀鵬之丞」"}, member, phone, home, s.Member,
				"1", "1971-11-29 00:00:00", "5", "クレジットカード決済", "5", "0", "2023-03-05 10:20:30.25", "2023-03-07 10:00:00", "", "2023-03-07 10:00:00", "19800", "", "10"),
			order([]string{"1739284651", "0", "カードは" + cardNumberSpaced + "です"}, guest, guestPhone, guestHome, s.Guest,
				"2", "", "3", "銀行振込", "5", "0", "2022-04-05 11:21:31.5", "2022-04-07 11:00:00", "2022-04-06 11:00:00", "2022-04-07 11:00:00", "9900", "", "10"),
		},
		s.Files.Items: {
			{"1739284650", "9990001", "16", "NF-01", "名前旗 雛人形用(金刺繍)", "刺繍", "赤", "9900", "2", "0"},
			{"1739284651", "9990002", "16", "NF-01", "名前旗 雛人形用(金刺繍)", "刺繍", "赤", "9900", "1", "0"},
		},
		s.Files.Deliveries: {
			append(append(append(append([]string{"1739284650", "0"}, gift...), "090", "0000", "6618"), giftHome...), "0", "0"),
			append(append(append(append([]string{"1739284651", "0"}, guest...), guestPhone...), guestHome...), "0", "0"),
		},
	}
}

func (s *Set) plantShop(shop *Shop) {
	for name, address := range map[string]string{"member": shop.Member, "mobile": shop.Mobile, "guest": shop.Guest, "stranger": shop.Stranger} {
		s.Address("address of the "+name, address)
	}
	for i, p := range append(shop.Others.People(), shop.Others.Strangers()...) {
		for _, address := range p.Emails {
			s.Plain(fmt.Sprintf("address of person %d", i), address)
		}
	}
	for name, text := range map[string]string{
		"member id": shop.MemberID, "order number": "1739284650", "order number of the guest": "1739284651",
		"card number": cardNumber, "card number in groups": cardNumberSpaced, "card number in dashed groups": "4547-9321-0086-4293",
		"family name": "鸚鵡鵲", "given name": "鸞太郎", "kana": "カナリアソウ", "guest's family name": "鷦鷯鳰",
		"guest's kana": "ミソサザイ", "recipient's given name": "鶸之介", "recipient's kana": "イカルガ", "engraved name": "鶴亀鵬之丞",
		"postal code": "987-6543", "town": "止木市鳥籠町", "street": "71-93-58 囀荘604", "guest's town": "鶺鴒市巣箱町", "recipient's town": "鴇色市羽毛町",
		"phone": "07000008391", "phone, dashed": "070-0000-8391", "guest's phone": "08000005527", "recipient's phone": "090-0000-6618",
		"birthday": "1971-11-29", "token of the card": "tok_canarycanary7391dm", "payment": "T9381740265", "note": "止木の常連",
	} {
		s.Text(name, text)
	}
}

// appendExport adds rows as the shop system writes them: CP932, quoted as it quotes.
func appendExport(path string, rows [][]string) error {
	return appendTo(path, func(w io.Writer) error {
		out := shopgen.NewExportWriter(w, "\r\n")
		for _, row := range rows {
			_ = out.Write(row...) // Flush tells
		}
		return out.Flush()
	})
}

func appendUTF8(path string, row []string) error {
	return appendTo(path, func(w io.Writer) error { return csv.NewWriter(w).WriteAll([][]string{row}) })
}

func appendTo(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	if err := write(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
