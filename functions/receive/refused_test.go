package receive_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store/ignored"
	"github.com/shipbell/shipbell/shared/text"
)

// refused is what another process can tell of refused requests, the newest first.
func (s *service) refused(registry string) []ignored.Refusal {
	s.t.Helper()
	list, err := s.newStore().Refusals().List(s.t.Context(), registry)
	if err != nil {
		s.t.Fatal(err)
	}
	return list
}

// TestRefusedIsRemembered has requests refused in each way: the registry's people see the
// code, the sentence and the time, and no word of the request.
func TestRefusedIsRemembered(t *testing.T) {
	t.Parallel()
	const word = "attacker"
	s := newService(t)
	if _, _, err := s.store.PutRegistry(t.Context(), shipbell.Registry{ID: "other", Host: "other.example.com"}); err != nil {
		t.Fatal(err)
	}
	made, err := s.store.CreateAccessKey(t.Context(), access.NewKey(shipbell.RoleIngest, []string{"other"}, ""))
	if err != nil {
		t.Fatal(err)
	}
	secret, err := made.Secret.Reveal()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, target, body, header, value string
		secret                            string
		status                            int
		code                              text.Code
	}{
		{"no key", at, "{}", "Authorization", "Bearer " + word + ":" + word, "", http.StatusUnauthorized, text.KeyRequired},
		{"the key of another registry", at, "{}", "Authorization", "Bearer " + made.ID + ":" + secret, "", http.StatusNotFound, text.RefusedRegistry},
		{"too large", at, strings.Repeat(" ", api.MaxEvent+1), "X-Other", "x", "", http.StatusRequestEntityTooLarge, text.BodyTooLarge},
		{"an encoding", at, "{}", "Content-Encoding", word, "", http.StatusUnsupportedMediaType, text.RefusedEncoding},
		{"a broken encoding", at, "hello", "Content-Encoding", "gzip", "", http.StatusUnsupportedMediaType, text.RefusedEncoding},
		{"no known source", at, `{"` + word + `":1}`, "X-Other", "x", "", http.StatusBadRequest, text.SourceNotRecognised},
		{"unreadable", at + "?source=tcr", `{"` + word, "X-Other", "x", "", http.StatusBadRequest, text.RefusedBody},
		{"a parameter", at + "?source=" + word, "{}", "X-Other", "x", "", http.StatusUnprocessableEntity, text.RefusedQuery},
		{"a signature", at, "{}", "X-Hub-Signature-256", word, "s3cr3t", http.StatusUnauthorized, text.SenderSignature},
		{"no signature", at, "{}", "X-GitHub-Event", word, "s3cr3t", http.StatusUnauthorized, text.SenderUnsigned},
	} {
		s.pass(time.Hour)
		s.configure(func(r *shipbell.Registry) { r.Secret = shipbell.NewSecret(c.secret) })
		if w := s.request(http.MethodPost, c.target, strings.NewReader(c.body), c.header, c.value); w.Code != c.status {
			t.Errorf("%s: %d %s, want %d", c.name, w.Code, w.Body, c.status)
		}
		list := s.refused("default")
		if len(list) == 0 {
			t.Errorf("%s: nothing is remembered", c.name)
			continue
		}
		if got := list[0]; got.Status != c.status || got.Reason.Code != c.code || !got.At.Equal(s.now) {
			t.Errorf("%s: %+v, want %d %s at %v", c.name, got, c.status, c.code, s.now)
		}
		data, _ := json.Marshal(list)
		if strings.Contains(string(data), word) {
			t.Errorf("%s: a word of the request is in %s", c.name, data)
		}
		for _, l := range []text.Language{text.English, text.Chinese} {
			if said := list[0].Reason.In(l); said == "" || strings.Contains(said, "%!") {
				t.Errorf("%s: it says %q", c.name, said)
			}
		}
	}
	if list := s.refused("other"); len(list) > 0 {
		t.Errorf("another registry has %+v", list)
	}
	if first, _, err := s.newStore().Ignored().Times(t.Context(), "default"); err != nil || !first.IsZero() {
		t.Errorf("a refused request counts as an event of %v, %v", first, err)
	}
}

// TestRefusedCostsLittle floods the address without a key: at most one write a minute for
// each registry that there is, and none for others.
func TestRefusedCostsLittle(t *testing.T) {
	t.Parallel()
	s := newService(t)
	stranger := func(registry string) {
		t.Helper()
		if w := s.request(http.MethodPost, "/v1/events/"+registry, strings.NewReader("{}"), "Authorization", "Bearer a:b"); w.Code != http.StatusUnauthorized {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	writes := func() (n int64) {
		t.Helper()
		for _, registry := range []string{"default", "none-1", "none-2"} {
			items, err := s.kv.Range(t.Context(), platform.Range{Partition: "refused/" + registry, Limit: 100})
			if err != nil {
				t.Fatal(err)
			}
			for _, item := range items {
				n += item.Version
			}
		}
		return n
	}
	stranger("default")
	before := s.kv.calls.Load()
	for range 50 {
		stranger("default")
		stranger("none-1")
		stranger("none-2")
	}
	// Each request asks for its key, and that is all.
	if asked := s.kv.calls.Load() - before; asked > 150 {
		t.Errorf("%d calls of the store for 150 requests", asked)
	}
	if n := writes(); n != 1 {
		t.Errorf("%d writes in one minute, want 1", n)
	}
	s.pass(61 * time.Second)
	for range 50 {
		stranger("default")
		stranger("none-1")
	}
	if n := writes(); n != 2 {
		t.Errorf("%d writes in two minutes, want 2", n)
	}
}

// TestRefusedCannotBeRemembered has the answer not depend on it.
func TestRefusedCannotBeRemembered(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.request(http.MethodPost, at, strings.NewReader(`{"a":1}`))
	s.pass(2 * time.Minute)
	s.request(http.MethodPost, at, strings.NewReader(tcrPush("public/nginx"))) // reads what is kept in memory
	s.kv.from, s.kv.to = s.kv.calls.Load()+1, s.kv.calls.Load()+1000
	if w := s.request(http.MethodPost, at, strings.NewReader(`{"a":1}`)); w.Code != http.StatusBadRequest {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if !strings.Contains(s.log.String(), `level=WARN msg="a refused request is forgotten" registry=default`) {
		t.Errorf("the log is %s", s.log.String())
	}
}
