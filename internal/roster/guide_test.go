package roster_test

import (
	"regexp"
	"strings"
	"testing"

	"exposure/internal/demo"
	"exposure/internal/roster/profile"
	"exposure/internal/roster/shopcsv"

	"os"
	"path/filepath"
)

// TestExportGuideWritesWhatTheImportReads compares the columns of the guide's SQL with
// the header lines of exports that the importer accepts.
func TestExportGuideWritesWhatTheImportReads(t *testing.T) {
	guide, err := profile.Guide("eccube2")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	files, err := demo.NewShop(1).WriteExports(dir)
	if err != nil {
		t.Fatal(err)
	}
	alias := regexp.MustCompile(`AS "([^"]+)"`)
	for flag, path := range map[string]string{
		"--members": files.Members, "--orders": files.Orders, "--items": files.Items, "--deliveries": files.Deliveries,
	} {
		_, section, found := strings.Cut(guide, "（"+flag+"）")
		if !found || !strings.Contains(guide, filepath.Base(path)) {
			t.Fatalf("the guide does not name %s and %s", flag, filepath.Base(path))
		}
		sql := strings.Split(section, "```")[1]
		if strings.Contains(sql, ";") || strings.Contains(strings.ToUpper(sql[:20]), "SELECT") {
			t.Errorf("%s: the shop software refuses this statement", flag)
		}
		var columns []string
		for _, m := range alias.FindAllStringSubmatch(sql, -1) {
			columns = append(columns, strings.ToLower(m[1]))
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		header, err := shopcsv.NewReader(f, shopcsv.Options{}).Header()
		if err != nil {
			t.Fatal(err)
		}
		if got, want := strings.Join(columns, ","), strings.Join(header, ","); got != want {
			t.Errorf("%s: the guide exports\n%s\nthe importer was proven on\n%s", flag, got, want)
		}
	}
	if _, err := profile.Guide("../eccube2"); err == nil {
		t.Error("a guide that does not exist was found")
	}
}
