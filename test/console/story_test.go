package console_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/shipbell/shipbell/shared/client"
	"github.com/shipbell/shipbell/test/registry"
	"github.com/shipbell/shipbell/test/sink"
)

// story is a person with a registry and a target.
type story struct {
	*person
	registry *registry.Registry
	sink     *sink.Sink
}

func TestLifeOfATrigger(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, p *person) {
		s := &story{person: p, sink: sink.Start(t)}
		s.registry = registry.Start(t, p.server.URL(), p.server.Key())
		s.signIn(p.server.Key())
		s.create()
		s.test()
		s.watch()
		s.failAndRedeliver()
		s.disable()
		s.copyAndDelete()
	})
}

// push pushes an image with the registry's own protocol.
func (s *story) push(repo, tag string) {
	s.t.Helper()
	if _, err := s.registry.PushImage(s.t.Context(), repo, tag, repo+" "+tag); err != nil {
		s.t.Fatal(err)
	}
}

// create makes a trigger; the server says what is wrong while it is typed.
func (s *story) create() {
	s.goTo("triggers")
	s.See(s.says("triggers.none"))
	s.Click("link", s.says("trigger.new"))
	s.stay()
	s.Fill(s.says("trigger.name"), "Not A Name")
	s.invalid(s.says("trigger.name"), "true")
	s.Fill(s.says("trigger.name"), "demo")
	s.invalid(s.says("trigger.name"), "false")
	s.Fill(s.says("trigger.description"), "tells of every nginx")
	s.Tick(s.says("action.pushImage"), true)
	s.Tick(s.says("action.deleteImage"), true)
	s.Fill(s.says("trigger.namespace"), "public")
	s.Fill(s.says("trigger.repository"), "nginx{")
	s.invalid(s.says("trigger.repository"), "true")
	s.See(s.says("tester.wrong"))
	s.Fill(s.says("trigger.repository"), "nginx*")
	s.Fill(s.says("tester.repositories"), "public/nginx-1\npublic/redis")
	s.See(s.counts("tester.repositories.match", 2, 1), s.says("tester.effective"))
	s.See(s.says("tester.yes")+" public/nginx-1", s.says("tester.no")+" public/redis")
	s.stayed()
	s.Click("button", s.says("trigger.create"))
	s.See(s.says("trigger.wrong")) // there is no URL yet
	s.invalid(s.says("target.url"), "true")
	s.Fill(s.says("target.url"), s.sink.URL()+"/hook")
	s.Click("button", s.says("header.add"))
	s.Fill(s.says("header.key", 1), "X-Token")
	s.Fill(s.says("header.value", 1), "wish-you-were-here")
	s.Click("button", s.says("trigger.create"))
	s.See(s.says("done.created"))
}

// invalid waits until a field is announced as wrong, or no longer.
func (s *story) invalid(name, want string) {
	s.t.Helper()
	s.Await(fmt.Sprintf("the field %q is invalid: %s", name, want), func() bool {
		field := s.Field(name)
		return field.Invalid == want
	})
}

// test sends a test and reads what came of it.
func (s *story) test() {
	s.Click("button", s.says("trigger.test"))
	s.See(s.says("test.title", "demo"), s.says("status.succeeded"), s.sink.URL()+"/hook")
	if got := s.sink.Wait(s.t, 1, patience)[0].Header.Get("X-Token"); got != "wish-you-were-here" {
		s.t.Errorf("the test was sent with X-Token %q", got)
	}
	s.Click("link", s.says("test.back"))
	if got := s.Field(s.says("header.value", 1)).Value; got != "••••" {
		s.t.Errorf("a stored header value is shown as %q", got)
	}
}

// watch sees a delivery come into the log by itself, and opens it there.
func (s *story) watch() {
	s.goTo("triggers") // where one link alone leads to the log
	s.goTo("log")
	s.See(s.says("log.none"))
	s.stay()
	s.push("public/nginx", "v1")
	s.Row("public/nginx", "v1", "demo", s.says("status.succeeded"))
	s.Miss(s.says("log.none"))
	s.Click("link", s.counts("log.tries", 1))
	s.See(s.says("delivery.attempt", 1), s.says("delivery.request"), `"resource_url": "reg.example.com/public/nginx:v1"`)
	s.stayed()
}

// failAndRedeliver sees the target fail, and sends the delivery again once it does not.
func (s *story) failAndRedeliver() {
	s.sink.Respond(func(int, *sink.Received) (int, http.Header, string) {
		return http.StatusInternalServerError, nil, "out of coffee"
	})
	s.visit("/r/default/log")
	s.stay()
	s.push("public/nginx", "v2")
	s.Row("public/nginx", "v2", s.says("status.pending"), s.counts("log.tries", 1))
	s.stayed()
	s.Click("link", string(s.server.Deliveries(client.DeliveryQuery{})[0].ID))
	s.See(s.says("delivery.next"), s.says("delivery.attempt", 1), "500", "out of coffee")
	s.sink.Respond(func(int, *sink.Received) (int, http.Header, string) { return http.StatusOK, nil, "thanks" })
	s.stay()
	s.Click("button", s.says("delivery.now"))
	s.See(s.says("delivery.attempt", 2), "thanks", s.says("delivery.redeliver"))
	s.stayed()
}

// disable switches the trigger off, and asks why nothing comes then.
func (s *story) disable() {
	s.goTo("triggers")
	s.Click("switch", "demo: "+s.says("enabled.true"))
	s.Find("switch", "demo: "+s.says("enabled.false"))
	s.push("public/nginx", "v3")
	s.goTo("why")
	s.Fill(s.says("log.repository"), "public/nginx")
	s.Fill(s.says("log.tag"), "v3")
	s.Row("demo", s.says("why.no"))
}

// copyAndDelete makes a trigger from the other, and deletes both.
func (s *story) copyAndDelete() {
	s.goTo("triggers")
	s.Click("link", s.says("trigger.copy")+" demo")
	s.See(s.says("trigger.copied"))
	s.Fill(s.says("trigger.name"), "second")
	s.Fill(s.says("header.value", 1), "another")
	s.Click("button", s.says("trigger.create"))
	s.See(s.says("done.created"))
	for _, name := range []string{"demo", "second"} {
		s.goTo("triggers")
		s.Click("link", s.says("trigger.delete")+" "+name)
		s.See(s.says("delete.title", name), s.says("delete.about"))
		s.Click("button", s.says("delete.submit"))
		s.See(s.says("done.deleted"))
	}
	s.See(s.says("triggers.none"))
	s.goTo("log")
	s.Row("public/nginx", "v2", s.says("status.succeeded"))
}
