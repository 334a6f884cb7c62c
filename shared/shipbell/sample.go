package shipbell

import "strings"

// Sample is an event that a trigger may be tried with. It tells by its names what it
// is; its namespace is the trigger's, if that is a plain name, and its action the
// trigger's first.
func Sample(registry Registry, t *Trigger, id string, now int64) Event {
	const digest = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
	namespace, action, kind := t.Rule.Namespace, PushImage, "private"
	if namespace == "" || strings.ContainsAny(namespace, `*?[]{}\/ `) {
		namespace = "shipbell"
	}
	if len(t.Actions) > 0 {
		action = t.Actions[0]
	}
	if registry.Public {
		kind = "public"
	}
	repository := namespace + "/test"
	return Event{
		ID: id, Source: "shipbell", Action: action, OccurAt: now,
		Repository: Repository{FullName: repository, CreatedAt: now, Type: kind},
		Resources:  []Resource{{Digest: digest, Tag: "test", URL: ResourceURL(registry.Host, repository, "test", "")}},
		Operator:   "shipbell",
	}
}
