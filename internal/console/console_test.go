package console_test

import (
	"testing"

	"exposure/internal/console"
)

func TestNewNamesWhatIsMissing(t *testing.T) {
	if _, err := console.New(console.Config{}); err == nil {
		t.Error("a door without anything behind it was made")
	}
}
