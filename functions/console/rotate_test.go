package console_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// TestFormKeepsFormerSecret replaces a secret in the form: the former one signs on, and stays when
// the form is saved once more.
func TestFormKeepsFormerSecret(t *testing.T) {
	t.Parallel()
	const first, second = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	s := newSite(t)
	s.signIn(shipbell.RoleAdmin)
	save := func(at, secret, description string) shipbell.Target {
		t.Helper()
		form := instead(instead(filled("targets[0].id", map[bool]string{true: "", false: "1"}[at == list]), "targets[0].secret", secret), "description", description)
		s.post(at, form...).leads(http.StatusSeeOther, list+"/1?done="+map[bool]string{true: "created", false: "saved"}[at == list])
		stored, _ := s.stored(1)
		return stored.Targets[0]
	}
	if made := save(list, first, "one"); !made.FormerSecret.Empty() {
		t.Errorf("a new target has a former secret: %+v", made)
	}
	rotated := save(list+"/1", second, "two")
	if former, err := rotated.FormerSecret.Reveal(); err != nil || former != first || rotated.FormerSecretUntil.Before(time.Now()) {
		t.Errorf("the former secret is %q until %v, %v", former, rotated.FormerSecretUntil, err)
	}
	again := save(list+"/1", shipbell.Mask, "three")
	if again.Secret != rotated.Secret || again.FormerSecret != rotated.FormerSecret || !again.FormerSecretUntil.Equal(rotated.FormerSecretUntil) {
		t.Errorf("saved once more: %+v", again)
	}
	s.get(list+"/1").shows(http.StatusOK, shipbell.Mask, "The former secret signs too").hides(first, second)
	s.get(list + "/new?copy=1").shows(http.StatusOK).hides("The former secret")
	form := filled("targets[0].id", "1", "targets[0].former_until", rotated.FormerSecretUntil.Format(time.RFC3339), "targets[0].drop_former", "true")
	s.post(list+"/1", instead(instead(form, "targets[0].secret", shipbell.Mask), "name", "Wrong")...).shows(http.StatusUnprocessableEntity, "The former secret signs too")
	s.post(list+"/1", instead(form, "targets[0].secret", shipbell.Mask)...).leads(http.StatusSeeOther, list+"/1?done=saved")
	if dropped, _ := s.stored(1); !dropped.Targets[0].FormerSecret.Empty() || dropped.Targets[0].Secret != rotated.Secret {
		t.Errorf("dropped: %+v", dropped.Targets[0])
	}
	s.get(list + "/1").shows(http.StatusOK).hides("The former secret")
}
