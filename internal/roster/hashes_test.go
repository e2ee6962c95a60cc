package roster

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/japanese"
)

const (
	sha256Hex = "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"
	sha1Hex   = "5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8"
	bcrypt    = "$2y$10$92IXUNpkjO0rOQ5byMi.Ye4oKoEa3Ro9llC/.og/at2.uheWG/igi"
	argon2    = "$argon2id$v=19$m=65536,t=4,p=1$c29tZXNhbHRzb21lc2FsdA$0a1b2c3d4e5f60718293a4b5c6d7e8f9"
)

func hashFile(t *testing.T, content string) HashFile {
	t.Helper()
	f := HashFile{Path: filepath.Join(t.TempDir(), "backup.csv")}
	if err := os.WriteFile(f.Path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f HashFile) all(t *testing.T) (map[string]string, error) {
	t.Helper()
	got := map[string]string{}
	return got, f.Each(t.Context(), func(id, hash string) error { got[id] = hash; return nil })
}

func TestHashFile(t *testing.T) {
	inCP932, err := japanese.ShiftJIS.NewEncoder().String("会員ID,お名前,パスワード\r\n7,東 玉子," + sha256Hex + "\r\n")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		content string
		want    map[string]string
	}{
		"a dump of EC-CUBE 2": {"customer_id,password,salt\n12," + sha256Hex + ",abcdefghij\n13," + sha1Hex + ",\n14,,\n",
			map[string]string{"12": sha256Hex, "13": sha1Hex}},
		"a dump of EC-CUBE 4": {"\ufeffid,password\r\n1," + bcrypt + "\r\n2,\"" + argon2 + "\"\r\n", map[string]string{"1": bcrypt, "2": argon2}},
		"CP932":               {inCP932, map[string]string{"7": sha256Hex}},
		"one member twice":    {"id,hash\n3," + sha1Hex + "\n3," + sha1Hex + "\n", map[string]string{"3": sha1Hex}},
	} {
		got, err := hashFile(t, c.content).all(t)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	named := hashFile(t, "no,password,pw_2022\n5,x,"+sha1Hex+"\n")
	named.MemberColumn, named.HashColumn = "NO", "pw_2022"
	if got, err := named.all(t); err != nil || got["5"] != sha1Hex {
		t.Errorf("columns by name: %v, %v", got, err)
	}
}

// What can be read as a password, or in two ways, is refused before anything is taken,
// and no error repeats it.
func TestHashFileRefused(t *testing.T) {
	good := "1," + sha256Hex + "\n"
	for name, c := range map[string]struct{ content, want string }{
		"a password":           {"id,password\n" + good + "2,CANARY-hunter2\n", "line 3: what stands for the password does not look like a hash"},
		"a long password":      {"id,password\n" + good + "2,CANARY correct horse battery staple for the win ever\n", "line 3"},
		"letters and digits":   {"id,password\n2,CANARY0123456789abcdef0123456789abcdef\n", "line 2"},
		"a mangled number":     {"id,password\n2,5.88E+63\n", "line 2"},
		"no member":            {"id,password\n ," + sha1Hex + "\n", "line 2: there is no member id"},
		"two hashes":           {"id,password\n" + good + "1," + sha1Hex + "\n", "line 3: this member has two different hashes"},
		"cut off":              {"id,password\n1," + sha256Hex, "may be cut off"},
		"a row too short":      {"id,x,password\n1," + sha256Hex + "\n", "line 2"},
		"no hashes":            {"id,password\n1,\n", "holds no hash of any member"},
		"no column of hashes":  {"id,salt\n1," + sha1Hex + "\n", "has no column password, password_hash, hash, パスワード: name it with --hash-column"},
		"no column of members": {"x,password\n" + good, "name it with --member-column"},
		"a column twice":       {"id,password,Password\n1," + sha1Hex + "," + sha256Hex + "\n", `has the column "password" twice`},
	} {
		got, err := hashFile(t, c.content).all(t)
		if !errors.Is(err, ErrHashes) || !strings.Contains(fmt.Sprint(err), c.want) || len(got) != 0 {
			t.Errorf("%s: %v, took %d", name, err, len(got))
		}
		if strings.Contains(fmt.Sprint(err), "CANARY") || strings.Contains(fmt.Sprint(err), sha1Hex) {
			t.Errorf("%s: the error repeats a cell", name)
		}
	}
	if _, err := (HashFile{Path: t.TempDir()}).all(t); !errors.Is(err, ErrUnreadable) {
		t.Errorf("a folder: %v", err)
	}
}
