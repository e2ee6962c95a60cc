package roster

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

//go:embed profiles
var profiles embed.FS

// Role is what one file of a shop is about.
type Role string

// The roles, in the order files are read: each needs the ones before it.
const (
	RoleMembers     Role = "members"
	RoleOrders      Role = "orders"
	RoleItems       Role = "items"
	RoleDeliveries  Role = "deliveries"
	RoleSettlements Role = "settlements"
)

func roles() []Role {
	return []Role{RoleMembers, RoleOrders, RoleItems, RoleDeliveries, RoleSettlements}
}

// Profile describes the exports of a shop system. Profiles are data: adding a shop
// system means writing a YAML file.
type Profile struct {
	Name         string               `yaml:"name"`
	Title        string               `yaml:"title"`
	Times        []string             `yaml:"times"` // layouts of package time
	EmptyDates   []string             `yaml:"empty_dates"`
	GuestIDs     []string             `yaml:"guest_ids"`
	Yes          []string             `yaml:"yes"`
	No           []string             `yaml:"no"`
	MemberStatus memberStatus         `yaml:"member_status"`
	OrderStatus  orderStatus          `yaml:"order_status"`
	Settlement   settlementWords      `yaml:"settlement"`
	Ignore       []string             `yaml:"ignore"` // columns that only look like secrets
	Files        map[Role]fileProfile `yaml:"files"`
}

type memberStatus struct {
	Provisional []string `yaml:"provisional"`
	Full        []string `yaml:"full"`
}

type orderStatus struct {
	Cancelled []string `yaml:"cancelled"`
	Other     []string `yaml:"other"`
}

type settlementWords struct {
	Approved []string `yaml:"approved"`
	Other    []string `yaml:"other"`
}

type fileProfile struct {
	Flag    string                  `yaml:"flag"` // of the command line, for advice
	Columns map[field]columnProfile `yaml:"columns"`
}

type columnProfile struct {
	Names  []string `yaml:"names"`
	Need   need     `yaml:"need"`
	Exempt bool     `yaml:"exempt"` // not searched for card numbers
}

type need string

const (
	needNot            need = ""
	needAlways         need = "always"
	needUnlessAccepted need = "unless_accepted"
)

// field is the profile's name for what a column holds.
type field string

// Only fields of this list mean anything; a profile may name them and no others.
const (
	fMemberID     field = "member_id"
	fEmail        field = "email"
	fEmailMobile  field = "email_mobile"
	fGender       field = "gender"
	fBirthDate    field = "birth_date"
	fRegisteredAt field = "registered_at"
	fStatus       field = "status"
	fDeleted      field = "deleted"
	fOrderID      field = "order_id"
	fFamilyName   field = "name_family"
	fGivenName    field = "name_given"
	fFamilyKana   field = "kana_family"
	fGivenKana    field = "kana_given"
	fZip1         field = "zip1"
	fZip2         field = "zip2"
	fPrefecture   field = "prefecture"
	fAddress1     field = "address1"
	fAddress2     field = "address2"
	fMethod       field = "payment_method"
	fMethodID     field = "payment_id"
	fTotal        field = "total"
	fPlacedAt     field = "placed_at"
	fDevice       field = "device"
	fItemID       field = "item_id"
	fProductID    field = "product_id"
	fProductCode  field = "product_code"
	fProductName  field = "product_name"
	fShippingID   field = "shipping_id"
	fTracking     field = "tracking"
	fTransaction  field = "transaction_id"
	fAction       field = "action"
	fProcessedAt  field = "processed_at"
	fCardToken    field = "card_token"
)

func allFields() []field {
	return []field{
		fMemberID, fEmail, fEmailMobile, fGender, fBirthDate, fRegisteredAt, fStatus, fDeleted, fOrderID, fFamilyName,
		fGivenName, fFamilyKana, fGivenKana, fZip1, fZip2, fPrefecture, fAddress1, fAddress2, fMethod, fMethodID, fTotal,
		fPlacedAt, fDevice, fItemID, fProductID, fProductCode, fProductName, fShippingID, fTracking, fTransaction, fAction,
		fProcessedAt, fCardToken,
	}
}

// ProfileNames lists the built-in profiles.
func ProfileNames() []string {
	found, err := fs.Glob(profiles, "profiles/*.yaml")
	if err != nil {
		return nil // the pattern is a constant and well-formed
	}
	for i, f := range found {
		found[i] = strings.TrimSuffix(path.Base(f), ".yaml")
	}
	return found
}

// BuiltinProfile returns a profile by its name, e.g. "eccube2".
func BuiltinProfile(name string) (*Profile, error) {
	if !slices.Contains(ProfileNames(), name) {
		return nil, fmt.Errorf("no profile for this shop system; there is %s", strings.Join(ProfileNames(), ", "))
	}
	src, err := profiles.ReadFile("profiles/" + name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("reading a built-in profile: %w", err)
	}
	return ParseProfile(src)
}

// ParseProfile reads a profile strictly: unknown keys, fields, roles and needs are
// errors.
func ParseProfile(src []byte) (*Profile, error) {
	var p Profile
	if err := yaml.NewDecoder(bytes.NewReader(src), yaml.Strict()).Decode(&p); err != nil {
		return nil, fmt.Errorf("reading a profile: %w", err)
	}
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("profile %q: %w", p.Name, err)
	}
	return &p, nil
}

func (p *Profile) check() error {
	var errs []error
	if p.Name == "" || len(p.Times) == 0 || len(p.Yes) == 0 || len(p.No) == 0 {
		errs = append(errs, errors.New("name, times, yes and no are required"))
	}
	for _, role := range slices.Sorted(maps.Keys(p.Files)) {
		if !slices.Contains(roles(), role) {
			errs = append(errs, fmt.Errorf("unknown file %q", role))
		}
		for _, f := range slices.Sorted(maps.Keys(p.Files[role].Columns)) {
			if c := p.Files[role].Columns[f]; !slices.Contains(allFields(), f) || len(c.Names) == 0 ||
				!slices.Contains([]need{needNot, needAlways, needUnlessAccepted}, c.Need) {
				errs = append(errs, fmt.Errorf("%s: column %q is unknown, unnamed or has an unknown need", role, f))
			}
		}
	}
	for _, role := range roles() {
		if _, ok := p.Files[role]; !ok {
			errs = append(errs, fmt.Errorf("file %q is missing", role))
		}
	}
	return errors.Join(errs...)
}
