package console_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/shipbell"
)

const keys = "/console/keys"

var madeKey = regexp.MustCompile(`<code id="made">([a-z0-9]+):([^<]+)</code>`)

// TestKeyLife makes access keys, signs in with one, and deletes it.
func TestKeyLife(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.registry("other")
	own := s.signIn(shipbell.RoleAdmin)
	s.get(keys).shows(http.StatusOK, own, "You are using it", "All registries", `value="ingest" checked`).hides(keys+"/"+own+"/delete", `id="made"`)

	p := s.post(keys, "role", "viewer", "registries", "default", "registries", "other", "description", "of Ann <b>").shows(http.StatusOK, "shown only this once", "of Ann &lt;b&gt;", "default, other")
	found := madeKey.FindStringSubmatch(p.Body.String())
	if found == nil {
		t.Fatalf("no key is shown: %s", p.Body)
	}
	id, secret := found[1], found[2]
	key, err := access.Verify(t.Context(), s.store, id, secret)
	if err != nil {
		t.Fatal(err)
	}
	want := shipbell.AccessKey{ID: id, Role: shipbell.RoleViewer, Registries: []string{"default", "other"}, Description: "of Ann <b>", CreatedAt: key.CreatedAt}
	key.Secret = shipbell.Secret{}
	if diff := cmp.Diff(want, key, cmp.AllowUnexported(shipbell.Secret{})); diff != "" {
		t.Errorf("key (-want +got):\n%s", diff)
	}
	s.get(keys).shows(http.StatusOK, id).hides(secret, `id="made"`)

	admin := s.cookies["shipbell_session"]
	s.post("/console/login", "key", id, "secret", secret).leads(http.StatusSeeOther, "/console/home")
	s.get(list).shows(http.StatusOK).hides(`href="/console/keys"`, `href="/console/registries"`)
	viewer := s.cookies["shipbell_session"]

	s.cookies["shipbell_session"] = admin
	s.get(keys+"/"+id+"/delete").shows(http.StatusOK, "Delete the access key "+id, "of Ann &lt;b&gt;")
	s.post(keys+"/"+id+"/delete").leads(http.StatusSeeOther, keys+"?done=key.deleted")
	s.get(keys+"?done=key.deleted").shows(http.StatusOK, "The access key was deleted.").hides(id)
	s.post(keys + "/" + id + "/delete").shows(http.StatusNotFound)
	s.cookies["shipbell_session"] = viewer
	s.get(list).leads(http.StatusSeeOther, "/console/login?next=%2Fconsole%2Fr%2Fdefault%2Ftriggers")
	if strings.Contains(s.log.String(), secret) {
		t.Error("the log has the secret")
	}
}

// TestKeyOwn keeps the person from locking themselves out.
func TestKeyOwn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	own := s.signIn(shipbell.RoleAdmin)
	s.get(keys+"/"+own+"/delete").shows(http.StatusOK, "This is the key that you are signed in with.").hides(`action="/console/keys/` + own)
	s.post(keys+"/"+own+"/delete").shows(http.StatusConflict, "this is the key that you are using")
	s.get(keys).shows(http.StatusOK, own)
	for _, id := range []string{"nothing", "..%2Fregistries", "%3C"} {
		s.get(keys + "/" + id + "/delete").shows(http.StatusNotFound)
		s.post(keys + "/" + id + "/delete").shows(http.StatusNotFound)
	}
}

func TestKeyWrong(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.registry("other")
	s.signIn(shipbell.RoleAdmin)
	s.post(keys).shows(http.StatusUnprocessableEntity, `id="problem-role"`, "is not a role").hides(`id="made"`)
	s.post(keys, "role", "owner").shows(http.StatusUnprocessableEntity, "is not a role").hides(`id="made"`)
	s.post(keys, "role", "viewer", "description", strings.Repeat("x", 2000)).shows(http.StatusUnprocessableEntity, `value="viewer" checked`, `id="problem-description"`).hides(`id="made"`)
	s.post(keys, "role", "viewer", "registries", "<b>").shows(http.StatusUnprocessableEntity, "lower-case letters").hides("<b>")

	s.signIn(shipbell.RoleAdmin, "default")
	s.get(keys).shows(http.StatusOK, "those that your own key may touch").hides(`value="other"`)
	for _, registries := range [][]string{nil, {"registries", "other"}, {"registries", "default", "registries", "other"}} {
		s.post(keys, append([]string{"role", "admin"}, registries...)...).shows(http.StatusUnprocessableEntity, "only those that your own key may touch").hides(`id="made"`)
	}
	s.post(keys, "role", "ingest", "registries", "default").shows(http.StatusOK, `id="made"`)
}
