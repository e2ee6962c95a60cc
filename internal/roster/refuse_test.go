package roster_test

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"exposure/internal/roster"
)

// pan is a number of the form of a card: the usual one of test systems.
const pan = "4111111111111111"

// customers are cells of the tiny shop that no error may repeat.
var customers = []string{"hanako", "ichiro", "花子", "一郎", "渋谷", "4-5-6", pan}

func TestAFileThatMustNotBeImported(t *testing.T) {
	missing := func(role roster.Role) func(*roster.Options) {
		return func(o *roster.Options) {
			switch role {
			case roster.RoleItems:
				o.Files.Items = ""
			case roster.RoleMembers:
				o.Files.Members = filepath.Join(filepath.Dir(o.Files.Members), "nowhere.csv")
			}
		}
	}
	for name, c := range map[string]struct {
		shop func(*tiny)
		is   error
		says []string
	}{
		"a column is called otherwise": {
			func(s *tiny) { s.replace(roster.RoleOrders, "注文日時", "日付") },
			roster.ErrHeader, []string{"orders.csv (--orders)", "no column 注文日時", "exposurectl export-guide eccube2"},
		},
		"a column is there twice": {
			func(s *tiny) { s.replace(roster.RoleMembers, "備考", "ｅ－ｍａｉｌ") },
			roster.ErrHeader, []string{"members.csv (--members)", "more than one column E-MAIL"},
		},
		"the standard member export": {
			func(s *tiny) { s.replace(roster.RoleMembers, "削除フラグ", "何か") },
			roster.ErrHeader, []string{"no column 削除フラグ", "--accept-missing 削除フラグ", "exposurectl export-guide eccube2"},
		},
		"orders without devices": {
			func(s *tiny) { s.replace(roster.RoleOrders, "端末種別ID", "何か") },
			roster.ErrHeader, []string{"no column 端末種別ID"},
		},
		"members and orders swapped": {
			func(s *tiny) {
				s.edit = func(o *roster.Options) { o.Files.Members, o.Files.Orders = o.Files.Orders, o.Files.Members }
			},
			roster.ErrHeader, []string{"orders.csv (--members): this looks like the orders file: pass it with --orders", "members.csv (--orders): this looks like the members file"},
		},
		"orders passed as deliveries": {
			func(s *tiny) {
				s.replace(roster.RoleOrders, "要望等", "配送情報ID")
				s.edit = func(o *roster.Options) { o.Files.Deliveries = o.Files.Orders }
			},
			roster.ErrHeader, []string{"(--deliveries): this looks like the orders file"},
		},
		"no file of items": {
			func(s *tiny) { s.edit = missing(roster.RoleItems) },
			roster.ErrUnreadable, []string{"the items file is missing", "--items", "--accept-missing items"},
		},
		"a file that is not there": {
			func(s *tiny) { s.edit = missing(roster.RoleMembers) },
			roster.ErrUnreadable, []string{"opening the members file"},
		},
		"a file without a header": {
			func(s *tiny) { s.files[roster.RoleMembers] = s.files[roster.RoleMembers][1:] },
			roster.ErrHeader, []string{"no column"},
		},
		"a workbook": {
			func(s *tiny) { s.files[roster.RoleItems] = []string{"PK\x03\x04..."} },
			roster.ErrUnreadable, []string{"items.csv (--items)", "Excel workbook", "save it as CSV"},
		},
		"an empty file": {
			func(s *tiny) { s.files[roster.RoleItems] = nil; s.edit = truncate(roster.RoleItems) },
			roster.ErrUnreadable, []string{"empty"},
		},
		"words nobody classified": {
			func(s *tiny) {
				s.replace(roster.RoleOrders, "銀行振込", "後払い（コンビニ）").replace(roster.RoleOrders, ",99", ",7").
					replace(roster.RoleOrders, "代金引換,5", "代金引換,42").replace(roster.RoleSettlements, "承認", "与信").
					replace(roster.RoleMembers, ",2,0,2020", ",2,x,2020")
			},
			roster.ErrUnclassified, []string{`payment method "後払い(コンビニ)": 1 rows`, `device "7": 1 rows`, `order state "42"`, `settlement action "与信": 3 rows`, `deletion flag "x"`},
		},
		"addresses where payment methods should be": {
			func(s *tiny) {
				s.replace(roster.RoleOrders, "メールアドレス", "X").replace(roster.RoleOrders, "支払い方法", "メールアドレス").replace(roster.RoleOrders, "X", "支払い方法")
			},
			roster.ErrUnclassified, []string{"looks like personal data"},
		},
		"names where payment methods should be": {
			func(s *tiny) {
				for i := range 40 {
					s.add(roster.RoleOrders, strings.Replace(s.files[roster.RoleOrders][1], "銀行振込", "花子"+strings.Repeat("の", i), 1))
					last := len(s.files[roster.RoleOrders]) - 1
					s.files[roster.RoleOrders][last] = "9" + strconv.Itoa(100+i) + strings.TrimPrefix(s.files[roster.RoleOrders][last], "100")
				}
			},
			roster.ErrUnclassified, []string{"so many different values", "40 rows"},
		},
		"a column of security codes": {
			func(s *tiny) { s.replace(roster.RoleOrders, "要望等", "カードのセキュリティコード") },
			roster.ErrForbidden, []string{"orders.csv: column 3 (カードのセキュリティコード)"},
		},
		"a column of password hashes": {
			func(s *tiny) { s.replace(roster.RoleMembers, "備考", "Password_Hash") },
			roster.ErrForbidden, []string{"members.csv: column 11"},
		},
		"a column of card numbers": {
			func(s *tiny) {
				for range 120 {
					s.add(roster.RoleItems, "100,X,"+pan)
				}
			},
			roster.ErrForbidden, []string{"items.csv: column 3 (商品名) holds card numbers in 120 of 122 cells"},
		},
		"an encoding nobody knows": {
			func(s *tiny) { s.edit = func(o *roster.Options) { o.Encoding = "ebcdic" } },
			nil, []string{"ebcdic"},
		},
		"a shop system nobody knows": {
			func(s *tiny) { s.edit = func(o *roster.Options) { o.Profile = "../secret" } },
			nil, []string{"eccube2"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := tinyShop()
			c.shop(s)
			r, err := roster.ImportShop(t.Context(), s.write(t))
			if err == nil {
				t.Fatalf("imported %d people", r.Size())
			}
			if c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("%v is not %v", err, c.is)
			}
			for _, part := range c.says {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("the error does not say %q:\n%v", part, err)
				}
			}
			for _, cell := range customers {
				if strings.Contains(err.Error(), cell) {
					t.Errorf("the error repeats %q:\n%v", cell, err)
				}
			}
		})
	}
}

func truncate(role roster.Role) func(*roster.Options) {
	return func(o *roster.Options) {
		if role == roster.RoleItems {
			_ = os.Truncate(o.Files.Items, 0)
		}
	}
}

// Rows that cannot be used are rejects: the rest is imported, and saved only if their
// exact number is accepted.
func TestRejects(t *testing.T) {
	for name, c := range map[string]struct {
		shop func(*tiny)
		file string
		line int
		says string
	}{
		"broken UTF-8": {
			func(s *tiny) { s.add(roster.RoleItems, "100,A,\xe3\x81") }, "items.csv", 4, "not UTF-8",
		},
		"a row of Shift_JIS in UTF-8": {
			func(s *tiny) { s.add(roster.RoleItems, "100,A,\x96\xbc\x91\x4f") }, "items.csv", 4, "UTF-8",
		},
		"a lost character": {
			func(s *tiny) { s.add(roster.RoleItems, "100,A,\ufffd") }, "items.csv", 4, "U+FFFD",
		},
		"a column too many": {
			func(s *tiny) { s.add(roster.RoleItems, "100,A,B,C") }, "items.csv", 4, "4 columns",
		},
		"a time that is none": {
			func(s *tiny) { s.add(roster.RoleMembers, "50,a,b,x@example.jp,,,,2,0,yesterday,") }, "members.csv", 6, "time of registration",
		},
		"a member twice": {
			func(s *tiny) { s.add(roster.RoleMembers, "1,a,b,x@example.jp,,,,2,0,2020-01-01 00:00:00,") }, "members.csv", 6, "twice",
		},
		"a card number in a memo": {
			func(s *tiny) {
				s.replace(roster.RoleOrders, "101,0,,", "101,0,カードは"+pan+"です,")
			}, "orders.csv", 3, "column 要望等 held a card number: **** (16 digits), dropped",
		},
		"a card number in full width": {
			func(s *tiny) {
				s.replace(roster.RoleOrders, "101,0,,", "101,0,４１１１－１１１１－１１１１－１１１１,")
			}, "orders.csv", 3, "**** (16 digits)",
		},
		"an address of ten megabytes": {
			func(s *tiny) {
				s.replace(roster.RoleOrders, "minoru@example.jp", strings.Repeat("a", 10<<20)+"@example.jp")
			}, "orders.csv", 4, "bytes",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := tinyShop()
			c.shop(s)
			r := s.importIt(t)
			if len(r.Rejects) != 1 {
				t.Fatalf("rejects: %v", r.Rejects)
			}
			got := r.Rejects[0]
			if got.File != c.file || got.Line != c.line || !strings.Contains(got.Reason, c.says) || strings.Contains(got.Reason, pan) {
				t.Errorf("got %+v, want %s line %d: %s", got, c.file, c.line, c.says)
			}
			if err := r.Committable(); !errors.Is(err, roster.ErrRejects) || !strings.Contains(err.Error(), "--accept-rejects 1") {
				t.Errorf("committable says %v", err)
			}
			for accepted, ok := range map[int]bool{0: false, 1: true, 2: false} {
				s.edit = func(o *roster.Options) { o.AcceptRejects = accepted }
				if err := s.importIt(t).Committable(); (err == nil) != ok {
					t.Errorf("accepting %d: %v", accepted, err)
				}
			}
		})
	}
}

// The real exports of a shop's screens without the advanced ones.
func TestTheStandardExportsAreRefused(t *testing.T) {
	needShop(t)
	o := options(t)
	o.Files.Members, o.Files.Orders = shopData+"member.csv", shopData+"order.csv"
	_, err := roster.ImportShop(t.Context(), o)
	if !errors.Is(err, roster.ErrHeader) {
		t.Fatalf("got %v", err)
	}
	for _, part := range []string{"member.csv (--members)", "order.csv (--orders)", "会員状態", "削除フラグ", "exposurectl export-guide eccube2"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error does not say %q:\n%v", part, err)
		}
	}
}
