package console

import (
	"net/http"

	"github.com/shipbell/shipbell/shared/app"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/source"
	"github.com/shipbell/shipbell/shared/text"
)

// registryPage is a registry: how to connect it, whether events come, its settings.
type registryPage struct {
	Form     shipbell.Registry
	Sender   senderForm
	Problems problems
	arrivals
	Connect connect
}

// arrivals tells what came of a registry: when its events did, and why requests were
// refused.
type arrivals struct {
	Heard   app.EventTimes
	Refused []app.Refusal
}

// Arrivals are those of the page or row that they are in.
func (a arrivals) Arrivals() arrivals { return a }

// Unanswered reports whether a request was refused after the last event came.
func (a arrivals) Unanswered() bool {
	return len(a.Refused) > 0 && a.Refused[0].At.After(a.Heard.Last)
}

func (v *visit) arrivals(registry string) (a arrivals, err error) {
	if a.Heard, err = v.c.App.EventTimes(v.Context(), v.key, registry); err != nil {
		return a, err
	}
	a.Refused, err = v.c.App.Refusals(v.Context(), v.key, registry)
	return a, err
}

// connect is what stands in the configuration of a registry that sends its events here.
type connect struct {
	// Events is where events are sent to.
	Events string
	// Key is the access key to send them with, or what stands in its place.
	Key string
	// Made says that the key was made just now: nobody will see its secret again.
	Made bool
	// Sources are all registries with what to fill in at each.
	Sources []connectSource
	// At is the time of the sample event, in Unix seconds.
	At int64
}

// connectSource is what to fill in at a kind of registry.
type connectSource struct {
	Name, Title string
	source.Instructions
}

func (c connect) sources(l text.Language) (all []connectSource) {
	for _, s := range source.Sources() {
		all = append(all, connectSource{s.Name, s.Title(l), s.Instructions(c.Events, c.Key, l)})
	}
	return all
}

func (c *console) openRegistry(v *visit) error {
	return v.showRegistry(http.StatusOK, registryPage{Form: v.registry, Sender: newSenderForm(v.registry)})
}

func (v *visit) showRegistry(status int, page registryPage) error {
	var err error
	if page.arrivals, err = v.arrivals(v.registry.ID); err != nil {
		return err
	}
	page.Connect.Events, page.Connect.At = v.origin()+"/v1/events/"+v.registry.ID, v.c.Now().Unix()
	if !page.Connect.Made {
		page.Connect.Key = "ID:SECRET"
	}
	page.Connect.Sources = page.Connect.sources(v.language.code)
	return v.show(status, "registry", v.t("registry.title", v.registry.ID), page)
}

// origin is where this server is, as the person's browser sees it.
func (v *visit) origin() string {
	if v.secure() {
		return "https://" + v.Host
	}
	return "http://" + v.Host
}

// connectRegistry makes an access key with which the registry can send its events. It
// answers with the page itself, because the secret is to stand in no address.
func (c *console) connectRegistry(v *visit) error {
	key, err := v.newKey(app.NewAccessKey{
		Role: shipbell.RoleIngest, Registries: []string{v.registry.ID}, Description: v.t("registry.key.description", v.registry.ID),
	})
	if err != nil {
		return err
	}
	return v.showRegistry(http.StatusOK, registryPage{Form: v.registry, Sender: newSenderForm(v.registry), Connect: connect{Key: key, Made: true}})
}
