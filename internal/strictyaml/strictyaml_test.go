package strictyaml_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/goccy/go-yaml/ast"

	"exposure/internal/strictyaml"
)

// read reads a file that must have "a" and may have "b", and returns the values that were
// handed over.
func read(form strictyaml.Form, src string) (values []string, err error) {
	r := strictyaml.New(form, "f.yaml", []byte(src))
	take := func(n ast.Node) {
		if s, ok := r.Scalar(n, "a value"); ok {
			values = append(values, s)
		}
	}
	if root, ok := r.Tree(); ok {
		r.Object(root, "the file", strictyaml.Must("a", take), strictyaml.May("b", take))
	}
	return values, r.Err()
}

func TestWhatAFileMaySay(t *testing.T) {
	strict, lenient := strictyaml.Form{Name: "a test file"}, strictyaml.Form{Name: "a test file", NullIsNo: true}
	for _, c := range []struct {
		name, src    string
		form         strictyaml.Form
		line, column int
		says         string // "": no fault
	}{
		{"both", "b: y\na: x\n", strict, 0, 0, ""},
		{"after a byte order mark", "\ufeffa: x\n", strict, 0, 0, ""},
		{"nothing where nothing is no", "a: x\nb:\n", lenient, 0, 0, ""},
		{"nothing where nothing is a mistake", "b:\na: x\n", strict, 1, 3, "fill it in or leave it out"},
		{"nothing where something must be", "a:\nb: y\n", lenient, 1, 3, `"a" of the file is empty`},
		{"an unknown key", "a: x\n山: y\n", strict, 2, 1, `no key "山"; it may have a, b`},
		{"a missing key", "b: y\n", strict, 1, 1, `lacks "a"`},
		{"a number for text", "a: 010\n", strict, 1, 4, "put it in quotes"},
		{"a NUL", "a: x\nb: \x00\n", strict, 2, 4, "not UTF-8 text"},
		{"other bytes", "a: x\nb: 山\xff\n", strict, 2, 5, "not UTF-8 text"},
		{"an alias", "a: *x\n", strict, 1, 4, "not used in a test file"},
		{"a tag", "a: !!str x\n", strict, 1, 4, "not used in a test file"},
		{"a second file", "a: x\n---\na: y\n", strict, 2, 1, "a test file is one document"},
		{"depth", "a: " + strings.Repeat("[", 5000), strict, 1, 36, "nested too deeply"},
		{"size", strings.Repeat("#", strictyaml.MaxBytes+1), strict, 0, 0, "at most 1048576 are read"},
	} {
		_, err := read(c.form, c.src)
		var e *strictyaml.Error
		switch {
		case c.says == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.says == "":
		case !errors.As(err, &e) || e.Line != c.line || e.Column != c.column || !strings.Contains(e.Message, c.says):
			t.Errorf("%s: want %d:%d and %q, got\n%v", c.name, c.line, c.column, c.says, err)
		}
	}
}

// TestKeysAreReadInTheirOwnOrder: what others refer to is known before they are read.
func TestKeysAreReadInTheirOwnOrder(t *testing.T) {
	values, err := read(strictyaml.Form{}, "b: y\na: x\n")
	if err != nil || strings.Join(values, " ") != "x y" {
		t.Errorf("got %v, %v; want a before b", values, err)
	}
}

func TestTheFirstFaultsOnly(t *testing.T) {
	var src strings.Builder
	src.WriteString("a: x\n")
	for i := range 500 {
		src.WriteString(strings.Repeat("k", i+1) + ": x\n")
	}
	_, err := read(strictyaml.Form{}, src.String())
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || len(joined.Unwrap()) != 20 {
		t.Fatalf("want the first 20 faults, got %v", err)
	}
}

// An export passed as an incident file must not print its customers.
func TestNothingOfAnotherKindOfFileIsShown(t *testing.T) {
	for _, src := range []string{
		"1,山田,hanako@example.jp\n2,佐藤,ken@example.jp\n",
		"# a comment\n\"a: b\", hanako@example.jp\n",
		"氏名: 山田\nhanako@example.jp\n",
		"- hanako@example.jp\n",
		"\ufeff会員ID,E-MAIL\n1,hanako@example.jp: x\n",
	} {
		r := strictyaml.New(strictyaml.Form{Name: "a file"}, "x.yaml", []byte(src))
		for line := 1; line <= 3; line++ {
			r.At(line, 1, "it is wrong")
		}
		if said := r.Err().Error(); strings.Contains(said, "hanako") || strings.Contains(said, "山田") || !strings.Contains(said, "x.yaml:1:1: it is wrong") {
			t.Errorf("%q is shown as\n%s", src, said)
		}
	}
	r := strictyaml.New(strictyaml.Form{Name: "a file"}, "x.yaml", []byte("# ours\n\nid: hanako\n"))
	if r.At(3, 5, "it is wrong"); !strings.Contains(r.Err().Error(), "id: hanako") {
		t.Errorf("our own file is hidden: %v", r.Err())
	}
}
