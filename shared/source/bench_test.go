package source

import (
	"encoding/json"
	"net/http"
	"os"
	"testing"
	"time"
)

// TestAllocations bounds what it takes to decode one event of the largest dialect.
func TestAllocations(t *testing.T) {
	r := largest(t)
	const most = 60
	if got := testing.AllocsPerRun(100, func() { mustDecodeOne(t, r) }); got > most {
		t.Errorf("%.0f allocations, want at most %d", got, most)
	}
}

// BenchmarkDecode compares all that Decode does, which is to open envelopes, to recognise,
// to decode and to normalise, with encoding/json on the same body and struct. The body is
// one of GitHub's, the largest and deepest that a registry sends for one event.
func BenchmarkDecode(b *testing.B) {
	r := largest(b)
	b.Run("decode and normalise", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(r.Body)))
		for b.Loop() {
			mustDecodeOne(b, r)
		}
	})
	b.Run("encoding json", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(r.Body)))
		for b.Loop() {
			var body ghcrBody
			if err := json.Unmarshal(r.Body, &body); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func mustDecodeOne(t testing.TB, r Request) {
	d, err := Decode(r)
	if err != nil || len(d.Events) != 1 {
		t.Fatalf("%+v, %v", d, err)
	}
}

// largest is the largest request of one event.
func largest(t testing.TB) Request {
	t.Helper()
	data, err := os.ReadFile("testdata/constructed/ghcr.json")
	if err != nil {
		t.Fatal(err)
	}
	var s struct {
		Cases []struct {
			Headers map[string][]string
			Body    json.RawMessage
		}
	}
	if err := json.Unmarshal(data, &s); err != nil {
		t.Fatal(err)
	}
	r := Request{Header: http.Header{}, Body: s.Cases[0].Body, ReceivedAt: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	for name, values := range s.Cases[0].Headers {
		for _, value := range values {
			r.Header.Add(name, value)
		}
	}
	return r
}
