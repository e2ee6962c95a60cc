package sqlstore_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"exposure/internal/sqlstore"
)

// TestServe: one server alone, or several that share, by whatever name they know the file.
func TestServe(t *testing.T) {
	s := newStore(t)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(filepath.Dir(s.path), link); err != nil {
		t.Fatal(err)
	}
	other, err := sqlstore.Open(t.Context(), "sqlite:"+filepath.Join(link, filepath.Base(s.path)))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	for _, c := range []struct {
		first, second bool // alone
		want          error
	}{{true, true, sqlstore.ErrServed}, {true, false, sqlstore.ErrServed}, {false, true, sqlstore.ErrServed}, {false, false, nil}} {
		end, others, err := s.DB.Serve(c.first)
		if err != nil {
			t.Fatal(err)
		}
		if others {
			t.Errorf("%+v: the first is not alone", c)
		}
		second, others, err := other.Serve(c.second)
		if !others {
			t.Errorf("%+v: the second does not see the first", c)
		}
		if !errors.Is(err, c.want) {
			t.Errorf("%+v: the second got %v", c, err)
		}
		if err := end(); err != nil {
			t.Fatal(err)
		}
		if second != nil {
			if err := second(); err != nil {
				t.Fatal(err)
			}
		}
	}
}
