package profile_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"exposure/internal/roster/profile"
)

// TestGuidesExportWhatTheImportReads takes the column names out of every SQL statement of
// every guide and passes them to the flag its heading names. Nothing may have to be accepted
// but what the section itself says.
func TestGuidesExportWhatTheImportReads(t *testing.T) {
	alias := regexp.MustCompile(`AS "([^"]+)"`)
	waiver := regexp.MustCompile(`(?m)^付ける指定：(.*)$`)
	heading := regexp.MustCompile(`(?m)^#+ .*（(--[a-z]+)）$`)
	statements := map[string]int{"eccube2": 7, "eccube3": 3, "eccube4": 4, "magento2": 2}
	for _, name := range profile.Names() {
		guide, err := profile.Guide(name)
		if err != nil {
			t.Fatal(err)
		}
		p, n := builtin(t, name), 0
		at := heading.FindAllStringSubmatchIndex(guide, -1)
		for i, h := range at {
			end := len(guide)
			if i+1 < len(at) {
				end = at[i+1][0]
			}
			section, r := guide[h[1]:end], profile.Role(strings.TrimPrefix(guide[h[2]:h[3]], "--"))
			var o profile.MatchOptions
			for _, w := range waiver.FindAllStringSubmatch(section, -1) {
				o.AcceptMissing = append(o.AcceptMissing, strings.Fields(strings.ReplaceAll(w[1], "--accept-missing", ""))...)
			}
			parts := strings.Split(section, "```")
			if len(parts) < 3 || !strings.Contains(parts[1], `AS "`) {
				continue
			}
			n++
			var columns []string
			for _, m := range alias.FindAllStringSubmatch(parts[1], -1) {
				columns = append(columns, m[1])
			}
			if c, err := p.Match(r, name, columns, o); err != nil {
				t.Errorf("%s: %v", name, err)
			} else if len(c.Accepted()) != len(o.AcceptMissing) {
				t.Errorf("%s, %s: the section accepts %v, needed is %v", name, r, o.AcceptMissing, c.Accepted())
			}
			if strings.Contains(parts[1], ";") || name == "eccube2" && strings.HasPrefix(strings.TrimSpace(parts[1]), "SELECT") {
				t.Errorf("%s, %s: the shop software refuses this statement", name, r)
			}
		}
		if n != statements[name] {
			t.Errorf("%s: %d statements were looked at, want %d", name, n, statements[name])
		}
	}
}

// TestGuidesTellHowToGetEverything: whatever a usual export hides must be named in the guide
// its refusal points to.
func TestGuidesTellHowToGetEverything(t *testing.T) {
	for _, k := range known {
		guide, err := profile.Guide(k.shop)
		if err != nil {
			t.Fatal(err)
		}
		for _, column := range append(slices.Clone(k.hidden), k.missing) {
			if column != "" && column != "_entity_id" && column != "status" && !strings.Contains(guide, column) {
				t.Errorf("the guide of %s does not mention %s", k.shop, column)
			}
		}
		if !strings.Contains(guide, "Excel") || !strings.Contains(guide, "カード番号の入ったファイルは") {
			t.Errorf("the guide of %s does not warn", k.shop)
		}
	}
}

func TestGenericHasAGuideAndNoProfile(t *testing.T) {
	if guide, err := profile.Guide("generic"); err != nil || !strings.Contains(guide, "--mapping shop.yaml") {
		t.Errorf("%v", err)
	}
	if _, err := profile.Builtin("generic"); err == nil || !strings.Contains(err.Error(), "--mapping") {
		t.Errorf("got %v, want advice to pass a mapping file", err)
	}
	for _, name := range []string{"../eccube2", "", "eccube2.guide", "template"} {
		if _, err := profile.Guide(name); err == nil {
			t.Errorf("a guide %q was found", name)
		}
		if _, err := profile.Builtin(name); err == nil {
			t.Errorf("a profile %q was found", name)
		}
	}
}
