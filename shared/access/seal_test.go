package access_test

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/access"
)

// key is a sealing key of one repeated byte.
func key(b byte) []byte { return bytes.Repeat([]byte{b}, access.SealKeySize) }

func newSealer(t testing.TB, keys ...[]byte) *access.Sealer {
	t.Helper()
	s, err := access.NewSealer(keys...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func seal(t testing.TB, s *access.Sealer, context, text string) string {
	t.Helper()
	sealed, err := s.Seal(context, text)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// sealedBefore is "secret" sealed in the context "c" with key(1), when this was
// written: stores hold such texts, and they must always open.
const sealedBefore = "s1.72cd6e84.xQrwxRpMcJSS3Y1-IgWie3igJizxbg9voPCt-xVLGmVrcw"

func TestSealedBefore(t *testing.T) {
	t.Parallel()
	if got, err := newSealer(t, key(2), key(1)).Open("c", sealedBefore); err != nil || got != "secret" {
		t.Errorf("it opens as %q, %v", got, err)
	}
}

func TestSealRoundTrip(t *testing.T) {
	t.Parallel()
	s := newSealer(t, key(1))
	for _, text := range []string{"", "a", "••••", "\x00\xff", strings.Repeat("long", 1000), "s1.a.b"} {
		for _, context := range []string{"", "a", "v1\x00default\x001"} {
			one, two := seal(t, s, context, text), seal(t, s, context, text)
			if one == two {
				t.Errorf("%q is sealed to the same text twice", text)
			}
			if !strings.HasPrefix(one, "s1.") || text != "" && strings.Contains(one, text) && len(text) > 1 {
				t.Errorf("%q is sealed as %s", text, one)
			}
			got, err := s.Open(context, one)
			if err != nil || got != text {
				t.Errorf("%q is opened as %q, %v", text, got, err)
			}
		}
	}
}

// TestSealedElsewhere opens a sealed text in every place but its own.
func TestSealedElsewhere(t *testing.T) {
	t.Parallel()
	s := newSealer(t, key(1))
	sealed := seal(t, s, "v1\x00default\x001", "secret")
	for _, context := range []string{"", "v1\x00default\x002", "v1\x00other\x001", "v1\x00default\x001 ", "V1\x00default\x001"} {
		if got, err := s.Open(context, sealed); err == nil {
			t.Errorf("it opens with the context %q as %q", context, got)
		}
	}
}

// TestSealKeyRing turns a ring: what is new is sealed with the first key, and
// what is old opens as long as its key is there.
func TestSealKeyRing(t *testing.T) {
	t.Parallel()
	first, both, second := newSealer(t, key(1)), newSealer(t, key(2), key(1)), newSealer(t, key(2))
	old, fresh := seal(t, first, "c", "old"), seal(t, both, "c", "fresh")
	for _, test := range []struct {
		name   string
		sealer *access.Sealer
		sealed string
		want   string // "" for an error
	}{
		{"old with the old key", first, old, "old"},
		{"old with both", both, old, "old"},
		{"old with the new key", second, old, ""},
		{"fresh with the old key", first, fresh, ""},
		{"fresh with both", both, fresh, "fresh"},
		{"fresh with the new key", second, fresh, "fresh"},
		{"sealed again", second, seal(t, both, "c", "old"), "old"},
		{"the same key twice", newSealer(t, key(1), key(1)), old, "old"},
	} {
		got, err := test.sealer.Open("c", test.sealed)
		if got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%s: %q, %v, want %q", test.name, got, err, test.want)
		}
		if err != nil && !strings.Contains(err.Error(), "not in the ring") {
			t.Errorf("%s: the error %q does not say that the key is missing", test.name, err)
		}
	}
}

// TestSealTampered changes every character of a sealed text, and cuts it at
// every place.
func TestSealTampered(t *testing.T) {
	t.Parallel()
	s := newSealer(t, key(1))
	sealed := seal(t, s, "c", "secret")
	for i := range len(sealed) {
		if got, err := s.Open("c", sealed[:i]); err == nil {
			t.Errorf("cut to %d characters it opens as %q", i, got)
		}
		for _, c := range []byte("A_-.~0\x00") {
			if sealed[i] == c {
				continue
			}
			changed := []byte(sealed)
			changed[i] = c
			if got, err := s.Open("c", string(changed)); err == nil && !equivalent(sealed, string(changed)) {
				t.Errorf("with %q in place %d it opens as %q", c, i, got)
			}
		}
	}
}

// equivalent reports whether two sealed texts stand for the same bytes: the last
// character of base64 may have bits that count for nothing.
func equivalent(a, b string) bool {
	decoded := func(text string) []byte {
		data, _ := base64.RawURLEncoding.DecodeString(text[strings.LastIndex(text, ".")+1:])
		return data
	}
	return bytes.Equal(decoded(a), decoded(b)) && a[:strings.LastIndex(a, ".")] == b[:strings.LastIndex(b, ".")]
}

func TestSealMalformed(t *testing.T) {
	t.Parallel()
	s := newSealer(t, key(1))
	id := strings.Split(seal(t, s, "c", "secret"), ".")[1]
	for _, text := range []string{
		"", ".", "..", "s1", "s1.", "s1..", "s1." + id, "s1." + id + ".", "s1." + id + ".AAAA", "s1." + id + ".!!!!", "s2." + id + ".AAAA",
		"s1.00000000." + strings.Repeat("A", 64), "plain", "••••", strings.Repeat("s1.", 1000), "s1." + id + "." + strings.Repeat("A", 64) + "=",
	} {
		if got, err := s.Open("c", text); err == nil || got != "" {
			t.Errorf("%q opens as %q, %v", text, got, err)
		}
	}
}

func TestSealKeys(t *testing.T) {
	t.Parallel()
	one, two := base64.StdEncoding.EncodeToString(key(1)), base64.StdEncoding.EncodeToString(key(2))
	for _, test := range []struct {
		name, text string
		want       [][]byte
		err        string
	}{
		{"one", one, [][]byte{key(1)}, ""},
		{"a line", one + "\n", [][]byte{key(1)}, ""},
		{"two with a comma", one + "," + two, [][]byte{key(1), key(2)}, ""},
		{"two on lines of their own", one + "\r\n" + two + "\n", [][]byte{key(1), key(2)}, ""},
		{"many separators", " ,\t" + one + " , \n" + two, [][]byte{key(1), key(2)}, ""},
		{"none", "", nil, "no sealing key"},
		{"separators alone", " ,\n", nil, "no sealing key"},
		{"too short", base64.StdEncoding.EncodeToString(key(1)[:31]), nil, "sealing key 1 is not 32 bytes of base64"},
		{"too long", base64.StdEncoding.EncodeToString(append(key(1), 0)), nil, "sealing key 1 is not 32 bytes of base64"},
		{"not base64", one + ",x", nil, "sealing key 2 is not 32 bytes of base64"},
	} {
		got, err := access.ParseSealKeys(test.text)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
		if test.err != "" && (err == nil || err.Error() != test.err) || test.err == "" && err != nil {
			t.Errorf("%s: %v, want %q", test.name, err, test.err)
		}
		if err != nil && strings.Contains(err.Error(), one) {
			t.Errorf("%s: the error shows the key", test.name)
		}
	}
	made, again := access.NewSealKey(), access.NewSealKey()
	if keys, err := access.ParseSealKeys(made); err != nil || len(keys) != 1 || made == again {
		t.Errorf("a new key reads as %d keys, %v; two new ones are the same: %v", len(keys), err, made == again)
	}
}

func TestNewSealer(t *testing.T) {
	t.Parallel()
	for name, keys := range map[string][][]byte{
		"none": nil, "empty": {{}}, "of AES-128": {key(1)[:16]}, "too long": {slices.Concat(key(1), key(1))}, "second too short": {key(1), key(2)[:1]},
	} {
		if s, err := access.NewSealer(keys...); err == nil || s != nil {
			t.Errorf("%s: a sealer is made, and %v", name, err)
		}
	}
}

func FuzzSealOpen(f *testing.F) {
	s := newSealer(f, key(1), key(2))
	for _, text := range []string{
		"", "s1", "s1..", sealedBefore, sealedBefore[:len(sealedBefore)-1], strings.Replace(sealedBefore, "s1", "s2", 1), "s1.72cd6e84.AAAA",
	} {
		f.Add("c", text)
	}
	f.Add("d", sealedBefore)
	f.Fuzz(func(t *testing.T, context, text string) {
		got, err := s.Open(context, text)
		if err != nil && got != "" {
			t.Errorf("an error comes with the text %q", got)
		}
		if err == nil && !(context == "c" && equivalent(sealedBefore, text)) {
			t.Errorf("%q with the context %q opens as %q, but was never sealed", text, context, got)
		}
		if got, err := s.Open(context, seal(t, s, context, text)); err != nil || got != text {
			t.Errorf("%q is opened as %q, %v", text, got, err)
		}
	})
}
