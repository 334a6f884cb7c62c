package console_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/source"
	"github.com/shipbell/shipbell/shared/text"
)

const registries = "/console/registries"

// TestRegistryLife adds, changes and deletes a registry without script.
func TestRegistryLife(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.signIn(shipbell.RoleAdmin)
	s.get(registries).shows(http.StatusOK, "default.example.com", "Waiting for the first event", "Add a registry")
	s.post(registries, "id", "prod", "host", "reg.example.com:5000", "public", "true", "accessories", "true").leads(http.StatusSeeOther, registries+"/prod?done=registry.added")
	s.stands("prod", shipbell.Registry{ID: "prod", Host: "reg.example.com:5000", Public: true, Accessories: true})
	s.get(registries+"/prod?done=registry.added").shows(http.StatusOK, "The registry was added.", `value="reg.example.com:5000"`, `name="public" value="true" checked`, `name="accessories" value="true" checked`)
	s.get(registries).shows(http.StatusOK, "reg.example.com:5000", "Public")

	s.post(registries+"/prod", "host", "new.example.com", "public", "false").leads(http.StatusSeeOther, registries+"/prod?done=registry.saved")
	s.stands("prod", shipbell.Registry{ID: "prod", Host: "new.example.com"})
	s.post(registries+"/prod", "host", "https://new.example.com/").shows(http.StatusUnprocessableEntity, `value="https://new.example.com/"`, `id="problem-host"`, `aria-invalid="true"`)
	s.post(registries+"/nothing", "host", "new.example.com").shows(http.StatusNotFound)

	s.get(registries+"/prod/delete").shows(http.StatusOK, "Delete the registry prod?", "Type prod to confirm")
	s.post(registries+"/prod/delete").shows(http.StatusUnprocessableEntity, "This is not the ID of the registry.")
	s.post(registries+"/prod/delete", "typed", "Prod").shows(http.StatusUnprocessableEntity, `value="Prod"`)
	s.stands("prod", shipbell.Registry{ID: "prod", Host: "new.example.com"})
	s.post(registries+"/prod/delete", "typed", "prod").leads(http.StatusSeeOther, registries+"?done=registry.deleted")
	s.get(registries).shows(http.StatusOK, "default.example.com").hides("new.example.com")

	s.create("first", nil)
	s.post(registries+"/default/delete", "typed", "default").shows(http.StatusConflict, "still has triggers")
	s.stands("default", shipbell.Registry{ID: "default", Host: "default.example.com"})
	if err := s.store.DeleteTrigger(t.Context(), "default", 1); err != nil {
		t.Fatal(err)
	}
	s.post(registries+"/default/delete", "typed", "default").leads(http.StatusSeeOther, registries+"?done=registry.deleted")
	s.get("/console/home").leads(http.StatusSeeOther, registries)
	s.get(registries).shows(http.StatusOK, "There is no registry yet.").hides(`href="/console/r/`)
}

// stands checks the settings of a registry.
func (s *site) stands(id string, want shipbell.Registry) {
	s.t.Helper()
	got, err := s.store.Registry(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	got.CreatedAt, got.UpdatedAt = time.Time{}, time.Time{}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(shipbell.Secret{})); diff != "" {
		s.t.Errorf("registry (-want +got):\n%s", diff)
	}
}

func TestAddRegistryWrong(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.signIn(shipbell.RoleAdmin)
	const hostile = `"><img src=x>`
	for name, test := range map[string]struct{ id, host, shows string }{
		"one that is there":    {"default", "evil.example.com", "There is a registry with this ID."},
		"no id":                {"", "reg.example.com", `id="problem-id"`},
		"an id with a path":    {"../keys", "reg.example.com", `value="../keys"`},
		"an id in capitals":    {"Prod", "reg.example.com", "lower-case letters"},
		"no host":              {"prod", "", `id="problem-host"`},
		"a host with a scheme": {"prod", "https://reg.example.com", `value="https://reg.example.com"`},
		"hostile texts":        {hostile, hostile, "&#34;&gt;&lt;img src=x&gt;"},
		"nothing at all":       {"", "", `aria-invalid="true"`},
		"an id of other text":  {"镜像", "reg.example.com", "镜像"},
	} {
		t.Log(name)
		s.post(registries, "id", test.id, "host", test.host).shows(http.StatusUnprocessableEntity, test.shows).hides(hostile)
	}
	s.stands("default", shipbell.Registry{ID: "default", Host: "default.example.com"})
	s.headers["Accept-Language"] = "zh"
	s.post(registries, "id", "default", "host", "evil.example.com").shows(http.StatusUnprocessableEntity, "已有相同 ID 的实例")
}

// TestRegistryOfSome is an admin of one registry, who adds none and sees no other.
func TestRegistryOfSome(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.registry("other")
	s.signIn(shipbell.RoleAdmin, "default")
	s.get(registries).shows(http.StatusOK, "default.example.com").hides("other.example.com", "Add a registry")
	s.get(registries + "/other").shows(http.StatusNotFound)
	s.post(registries+"/other/delete", "typed", "other").shows(http.StatusNotFound)
	s.post(registries + "/other/key").shows(http.StatusNotFound)
	s.post(registries, "id", "third", "host", "third.example.com").shows(http.StatusNotFound)
	s.post(registries+"/default/key").shows(http.StatusOK, "new access key")
}

// TestRegistrySender sets what proves who sends a registry's events: the secret is written
// and never shown.
func TestRegistrySender(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.signIn(shipbell.RoleAdmin)
	const topic, other, account = "arn:aws:sns:eu-west-1:111122223333:images", "arn:aws:sns:eu-west-1:111122223333:charts", "push@acme.iam.gserviceaccount.com"
	s.get(registries).shows(http.StatusOK, `id="secret" name="secret"`, `name="sns_topics"`, `id="google-audience" name="google.audience"`)
	s.post(registries, "id", "prod", "host", "reg.example.com", "secret", " s3cr3t ", "sns_topics", topic+"\r\n"+other+"\r\n", "google.audience", "shipbell", "google.email", account).
		leads(http.StatusSeeOther, registries+"/prod?done=registry.added")
	want := shipbell.Registry{
		ID: "prod", Host: "reg.example.com", Secret: shipbell.NewSecret("s3cr3t"), Topics: []string{topic, other},
		Google: shipbell.GoogleToken{Audience: "shipbell", Email: account},
	}
	s.stands("prod", want)
	p := s.get(registries+"/prod").shows(http.StatusOK, `value="`+shipbell.Mask+`"`, topic+"\n"+other+"</textarea>", `value="shipbell"`, `value="`+account+`"`).hides("s3cr3t")
	if n := strings.Count(p.Body.String(), shipbell.Mask+`"`); n != 1 {
		t.Errorf("the mask stands in the page %d times", n)
	}

	s.post(registries+"/prod", "host", "reg.example.com", "secret", shipbell.Mask, "sns_topics", topic, "google.audience", "", "google.email", "").
		leads(http.StatusSeeOther, registries+"/prod?done=registry.saved")
	want.Topics, want.Google = []string{topic}, shipbell.GoogleToken{}
	s.stands("prod", want)
	s.post(registries+"/prod", "host", "reg.example.com", "secret", "an0ther", "sns_topics", "images", "google.audience", "shipbell", "google.email", "").
		shows(http.StatusUnprocessableEntity, "write the ARN of a topic", "write the email of the service account", `value="an0ther"`, ">\nimages</textarea>").hides("s3cr3t")
	s.stands("prod", want)
	s.post(registries+"/prod", "host", "reg.example.com", "secret", "", "sns_topics", "", "google.audience", "", "google.email", "").leads(http.StatusSeeOther, registries+"/prod?done=registry.saved")
	s.stands("prod", shipbell.Registry{ID: "prod", Host: "reg.example.com"})
	s.post(registries, "id", "third", "host", "reg.example.com", "secret", shipbell.Mask).shows(http.StatusUnprocessableEntity, "no secret is stored")
	if strings.Contains(s.log.String(), "s3cr3t") || strings.Contains(s.log.String(), "an0ther") {
		t.Error("the log has the secret")
	}
}

// TestHeard sees the first event come.
func TestHeard(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.create("all", nil)
	s.signIn(shipbell.RoleAdmin)
	s.get(registries+"/default").shows(http.StatusOK, `<div id="heard" data-live hx-get="/console/registries/default" hx-trigger="every 2s"`, "Waiting for the first event")
	first := s.clock.now.UTC().Format(time.RFC3339)
	if err := s.store.Ignored().Add(t.Context(), "default", shipbell.IgnoredEvent{EventID: "e", Reason: text.Literal("a blob, not a manifest")}); err != nil {
		t.Fatal(err)
	}
	s.get(registries+"/default").shows(http.StatusOK, "Events arrive", first, `hx-trigger="every 10s"`).hides("Waiting for the first event")
	s.clock.now = s.clock.now.Add(time.Hour)
	s.deliver("e2", "public/nginx", "v1")
	s.get(registries+"/default").shows(http.StatusOK, first, s.clock.now.UTC().Format(time.RFC3339))
	s.get(registries).shows(http.StatusOK, "Newest event").hides("Waiting for the first event")
}

// TestRefusedIsSeen sees why requests are refused instead of nothing, and that events came
// since.
func TestRefusedIsSeen(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.create("all", nil)
	s.signIn(shipbell.RoleAdmin)
	if err := s.store.Refusals().Add(t.Context(), "default", http.StatusUnsupportedMediaType, text.New(text.RefusedEncoding)); err != nil {
		t.Fatal(err)
	}
	at := s.clock.now.UTC().Format(time.RFC3339)
	s.get(registries+"/default").shows(http.StatusOK, "A request was answered 415:", "in a content encoding that cannot be undone", "refused-encoding", at, "Connect").
		hides("Nothing has arrived yet", "Events have arrived since")
	s.get(registries).shows(http.StatusOK, "Last refused", at).hides("Waiting for the first event")
	s.get("/console/r/default/why").shows(http.StatusOK, "refused-encoding", at)
	s.headers["Accept-Language"] = "zh"
	s.get(registries+"/default").shows(http.StatusOK, "有请求被拒绝，返回 415：", "无法解开请求体的内容编码")
	delete(s.headers, "Accept-Language")
	s.clock.now = s.clock.now.Add(time.Hour)
	s.deliver("e2", "public/nginx", "v1")
	s.get(registries+"/default").shows(http.StatusOK, "Events arrive", "A request was answered 415:", "Events have arrived since.")
	s.get(registries).shows(http.StatusOK, "Newest event").hides("Last refused")
}

var (
	keyInSnippet = regexp.MustCompile(`Authorization: Bearer ([^'<]+)'`)
	sampleBody   = regexp.MustCompile(`(?s)<pre id="curl".*?-d '(\{.*?\n\})'`)
)

// TestConnect makes a key for a registry, and uses what stands there to be pasted.
func TestConnect(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.registry("other")
	s.signIn(shipbell.RoleAdmin)
	s.get(registries+"/default").shows(http.StatusOK, "url: http://example.com/v1/events/default", "Bearer ID:SECRET", "Make an ingest key for it")
	s.headers["X-Forwarded-Proto"] = "https"
	s.get(registries+"/default").shows(http.StatusOK, "url: https://example.com/v1/events/default")

	p := s.post(registries+"/default/key").shows(http.StatusOK, "new access key").hides("ID:SECRET", "Make an ingest key for it")
	text := html.UnescapeString(p.Body.String())
	id, secret, _ := strings.Cut(keyInSnippet.FindStringSubmatch(text)[1], ":")
	key, err := access.Verify(t.Context(), s.store, id, secret)
	if err != nil {
		t.Fatalf("the key %q that is shown: %v", id, err)
	}
	key.Secret, key.CreatedAt = shipbell.Secret{}, time.Time{}
	want := shipbell.AccessKey{ID: id, Role: shipbell.RoleIngest, Registries: []string{"default"}, Description: "events of default"}
	if diff := cmp.Diff(want, key, cmp.AllowUnexported(shipbell.Secret{})); diff != "" {
		t.Errorf("key (-want +got):\n%s", diff)
	}
	// Once for itself, once at each source, and once in the command that sends a sample.
	if n := strings.Count(text, id+":"+secret); n != len(source.Sources())+2 {
		t.Errorf("the key stands in the page %d times", n)
	}
	s.get(registries + "/default").hides(secret)
	s.get("/console/keys").hides(secret)
	if strings.Contains(s.log.String(), secret) {
		t.Error("the log has the secret")
	}

	decoded, err := source.Decode(source.Request{Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(sampleBody.FindStringSubmatch(text)[1])})
	if err != nil || decoded.Source != "tcr" || len(decoded.Events) != 1 || decoded.Events[0].Repository != "public/hello" || decoded.Events[0].Time.Unix() != s.clock.now.Unix() {
		t.Errorf("the sample is decoded as %+v, %v", decoded, err)
	}
}

var (
	inPre = regexp.MustCompile(`(?s)<pre id="(\w+)"[^>]*><code>(.*?)</code>`)
)

// TestConnectEverySource shows what to fill in at each registry, in both languages.
func TestConnectEverySource(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.signIn(shipbell.RoleAdmin)
	for _, l := range text.Languages() {
		s.headers["Accept-Language"] = string(l)
		page := html.UnescapeString(s.get(registries + "/default").Body.String())
		shown := map[string]string{}
		for _, found := range inPre.FindAllStringSubmatch(page, -1) {
			shown[found[1]] = found[2]
		}
		for _, one := range source.Sources() {
			want := one.Instructions("http://example.com/v1/events/default", "ID:SECRET", l)
			if diff := cmp.Diff(want.Snippet, shown[one.Name]); diff != "" {
				t.Errorf("%s in %s (-want +got):\n%s", one.Name, l, diff)
			}
			parts := []string{one.Title(l), want.About, want.Note}
			for _, f := range want.Fields {
				parts = append(parts, "<dt>"+f.Name+"</dt><dd><code>"+f.Value+"</code></dd>")
			}
			for _, part := range parts {
				if !strings.Contains(page, part) {
					t.Errorf("%s in %s lacks %q", one.Name, l, part)
				}
			}
		}
	}
}

// TestRegistryKeepsWhatTheFormHasNot saves the form of a registry whose secret and topics
// were set elsewhere.
func TestRegistryKeepsWhatTheFormHasNot(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.signIn(shipbell.RoleAdmin)
	const topic = "arn:aws:sns:eu-west-1:111122223333:images"
	before := shipbell.Registry{ID: "prod", Host: "reg.example.com", Secret: shipbell.NewSecret("s3cr3t"), Topics: []string{topic}}
	if _, _, err := s.store.PutRegistry(t.Context(), before); err != nil {
		t.Fatal(err)
	}
	s.post(registries+"/prod", "host", "new.example.com").leads(http.StatusSeeOther, registries+"/prod?done=registry.saved")
	got, err := s.store.Registry(t.Context(), "prod")
	if err != nil {
		t.Fatal(err)
	}
	if secret, err := got.Secret.Reveal(); err != nil || secret != "s3cr3t" || len(got.Topics) != 1 || got.Host != "new.example.com" {
		t.Errorf("stored is %+v, %v", got, err)
	}
}
