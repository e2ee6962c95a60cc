package roster

import (
	"fmt"
	"slices"
	"strings"
)

// ExportGuide is the page, in Japanese, that tells a shop how to export what the profile
// of this name wants to read: click path, SQL, file names. Every refusal about a missing
// column points to it.
func ExportGuide(name string) (string, error) {
	if !slices.Contains(ProfileNames(), name) {
		return "", fmt.Errorf("no export guide for this shop system; there is %s", strings.Join(ProfileNames(), ", "))
	}
	guide, err := profiles.ReadFile("profiles/" + name + ".guide.md")
	if err != nil {
		return "", fmt.Errorf("reading an export guide: %w", err)
	}
	return string(guide), nil
}
