package tcrapi_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/functions/tcrapi"
)

func TestUnflatten(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		given map[string]string
		want  string // "" if it is refused
	}{
		{map[string]string{}, `{}`},
		{map[string]string{"RegistryId": "a", "Action": "b", "Signature": "c", "Language": "d"}, `{"RegistryId":"a"}`},
		{map[string]string{"T.L.0.A": "x", "T.L.1.A": "y", "T.L.10.A": "z", "T.L.2.A": "0"}, `{"T":{"L":[{"A":"x"},{"A":"y"},{"A":"0"},{"A":"z"}]}}`},
		{map[string]string{"L.99999999999999999999": "x"}, `{"L":{"99999999999999999999":"x"}}`},
		{map[string]string{"L.00": "x", "L.0": "y"}, `{"L":{"0":"y","00":"x"}}`},
		{map[string]string{"L.-1": "x"}, `{"L":["x"]}`},
		{map[string]string{"0": "x"}, `{"0":"x"}`},
		{map[string]string{"A": "x", "A.B": "y"}, ""},
		{map[string]string{"A.B": "x", "A.B.C": "y"}, ""},
		{map[string]string{strings.Repeat("A.", 100000): "x"}, ""},
		{map[string]string{"A..B": "x", "": "y"}, `{"":"y","A":{"":{"B":"x"}}}`},
	} {
		got, err := tcrapi.Unflatten(test.given)
		if (err != nil) != (test.want == "") {
			t.Errorf("%v: %s, %v", test.given, got, err)
		}
		if diff := cmp.Diff(test.want, string(got)); diff != "" {
			t.Errorf("%.100v (-want +got):\n%s", test.given, diff)
		}
	}
}

func FuzzUnflatten(f *testing.F) {
	f.Add("Trigger.Targets.0.Headers.0.Key", "Trigger.Targets.0.Address", "x")
	f.Add("A.1", "A.b", "")
	f.Add("A", "A.0", "\xff")
	f.Fuzz(func(t *testing.T, one, two, value string) {
		got, err := tcrapi.Unflatten(map[string]string{one: value, two: value})
		if err == nil && !json.Valid(got) {
			t.Errorf("%q and %q make %q", one, two, got)
		}
	})
}
