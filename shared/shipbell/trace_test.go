package shipbell_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// TestReadTrace reads what the standard allows, and takes everything else for none.
func TestReadTrace(t *testing.T) {
	t.Parallel()
	const id, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
	sampled := shipbell.Trace{ID: id, Parent: parent, Flags: "01"}
	with := func(state string) shipbell.Trace {
		t := sampled
		t.State = state
		return t
	}
	for name, test := range map[string]struct {
		parents, states []string
		want            shipbell.Trace
	}{
		"none":                       {nil, nil, shipbell.Trace{}},
		"sampled":                    {[]string{"00-" + id + "-" + parent + "-01"}, nil, sampled},
		"other flags":                {[]string{"00-" + id + "-" + parent + "-a8"}, nil, shipbell.Trace{ID: id, Parent: parent, Flags: "a8"}},
		"with a state":               {[]string{"00-" + id + "-" + parent + "-01"}, []string{"a=1", "b=2"}, with("a=1,b=2")},
		"a long state":               {[]string{"00-" + id + "-" + parent + "-01"}, []string{"a=" + strings.Repeat("x", 510)}, with("a=" + strings.Repeat("x", 510))},
		"a state that is too long":   {[]string{"00-" + id + "-" + parent + "-01"}, []string{"a=" + strings.Repeat("x", 511)}, sampled},
		"a state that is not text":   {[]string{"00-" + id + "-" + parent + "-01"}, []string{"a=\x01"}, sampled},
		"a state that is not ASCII":  {[]string{"00-" + id + "-" + parent + "-01"}, []string{"a=ä"}, sampled},
		"a later version":            {[]string{"cc-" + id + "-" + parent + "-01"}, nil, sampled},
		"a later version with more":  {[]string{"cc-" + id + "-" + parent + "-01-what the future holds"}, nil, sampled},
		"a later version, cut short": {[]string{"cc-" + id + "-" + parent + "-01x"}, nil, shipbell.Trace{}},
		"this version with more":     {[]string{"00-" + id + "-" + parent + "-01-more"}, nil, shipbell.Trace{}},
		"version ff":                 {[]string{"ff-" + id + "-" + parent + "-01"}, nil, shipbell.Trace{}},
		"capitals":                   {[]string{"00-" + strings.ToUpper(id) + "-" + parent + "-01"}, nil, shipbell.Trace{}},
		"zeros for an id":            {[]string{"00-" + strings.Repeat("0", 32) + "-" + parent + "-01"}, nil, shipbell.Trace{}},
		"zeros for a parent":         {[]string{"00-" + id + "-" + strings.Repeat("0", 16) + "-01"}, nil, shipbell.Trace{}},
		"no hexadecimal digits":      {[]string{"00-" + id[:31] + "g-" + parent + "-01"}, nil, shipbell.Trace{}},
		"dashes elsewhere":           {[]string{"00-" + id[:31] + "-6" + parent + "-01"}, nil, shipbell.Trace{}},
		"too short":                  {[]string{"00-" + id + "-" + parent + "-1"}, nil, shipbell.Trace{}},
		"nothing":                    {[]string{""}, []string{"a=1"}, shipbell.Trace{}},
		"twice":                      {[]string{"00-" + id + "-" + parent + "-01", "00-" + id + "-" + parent + "-01"}, nil, shipbell.Trace{}},
		"a line break":               {[]string{"00-" + id + "-" + parent + "-01\r\nx: y"}, nil, shipbell.Trace{}},
	} {
		header := http.Header{}
		for _, one := range test.parents {
			header.Add("traceparent", one)
		}
		for _, one := range test.states {
			header.Add("tracestate", one)
		}
		got := shipbell.ReadTrace(header)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if got == sampled && got.String() != "00-"+id+"-"+parent+"-01" {
			t.Errorf("%s: written as %q", name, got)
		}
	}
}

// TestTraceparentOfAttempts gives each attempt of each delivery a parent id of its own, and
// the same one whenever it is asked for.
func TestTraceparentOfAttempts(t *testing.T) {
	t.Parallel()
	trace := shipbell.Trace{ID: "4bf92f3577b34da6a3ce929d0e0e4736", Parent: "00f067aa0ba902b7", Flags: "01"}
	seen := map[string]bool{}
	for _, id := range []shipbell.DeliveryID{"01HGW2N7EHJVJ4CJ999RRS2E97", "01HGW2N7EHJVJ4CJ999RRS2E98"} {
		d := shipbell.Delivery{ID: id, Trace: trace}
		for attempt := 1; attempt < 10; attempt++ {
			text := d.Traceparent(attempt)
			read := shipbell.ReadTrace(http.Header{"Traceparent": {text}})
			if read.ID != trace.ID || read.Flags != "01" || read.Parent == trace.Parent || seen[text] || text != d.Traceparent(attempt) {
				t.Errorf("attempt %d of %s: %q", attempt, id, text)
			}
			seen[text] = true
		}
	}
	if got := new(shipbell.Delivery).Traceparent(1); got != "" {
		t.Errorf("without a trace: %q", got)
	}
}
