package deploy

import (
	"slices"

	"gopkg.in/yaml.v3"
)

// The queues that SHIPBELL_QUEUE chooses from.
const (
	invoke = "invoke"
	kafka  = "kafka"
)

// queueOf is the queue that a function uses.
func (s *Serverless) queueOf(f scf) string {
	if e, ok := s.environment(f)["SHIPBELL_QUEUE"]; ok {
		return s.text(e.value)
	}
	return invoke
}

// checkQueue checks that whoever wakes deliver may do so, and that all mean the
// deliver of this file.
func (s *Serverless) checkQueue(code Code) {
	functions := s.functions()
	i := slices.IndexFunc(functions, func(f scf) bool { return f.folder == "deliver" })
	if i < 0 {
		return // checkFolders tells
	}
	deliver := functions[i]
	for _, f := range functions {
		one, known := code.SCF[f.folder]
		switch {
		case !known:
			// checkFolders tells
		case !one.Enqueues && s.inherited(f, "role") != nil:
			s.report(f.key, "%s: it wakes no deliveries, so it needs no role", f.name)
		case !one.Enqueues:
		case s.queueOf(f) != s.queueOf(deliver):
			s.report(f.key, "%s: its queue is %s, and that of deliver is %s", f.name, s.queueOf(f), s.queueOf(deliver))
		case s.queueOf(f) == kafka:
			s.checkTopic(f, deliver)
		default:
			s.checkInvoker(f, deliver)
		}
	}
}

// checkInvoker checks a function that invokes deliver.
func (s *Serverless) checkInvoker(f, deliver scf) {
	set := s.environment(f)
	if _, ok := set["SHIPBELL_SECRET_ID"]; !ok && s.inherited(f, "role") == nil {
		s.report(f.key, "%s: without role it may not invoke deliver", f.name)
	}
	for _, one := range []struct{ variable, want, what string }{
		{"SHIPBELL_DELIVER_FUNCTION", s.deployed(deliver), "the name of deliver in the cloud"},
		{"SHIPBELL_DELIVER_NAMESPACE", s.namespace(), "the namespace of deliver"},
	} {
		e, ok := set[one.variable]
		got := s.text(e.value)
		switch {
		case !ok && one.variable == "SHIPBELL_DELIVER_FUNCTION":
			s.report(f.key, "%s: %s is not set, so it cannot invoke deliver", f.name, one.variable)
		case !ok && one.want != "default":
			s.report(f.key, "%s: %s is not set, and %s is %q", f.name, one.variable, one.what, one.want)
		case ok && got != one.want:
			s.report(e.key, "%s: %s is %q, and %s is %q", f.name, one.variable, got, one.what, one.want)
		}
	}
}

// checkTopic checks a function that sends to the topic which calls deliver.
func (s *Serverless) checkTopic(f, deliver scf) {
	set := s.environment(f)
	for _, name := range []string{"SHIPBELL_KAFKA_BROKERS", "SHIPBELL_KAFKA_TOPIC"} {
		if _, ok := set[name]; !ok {
			s.report(f.key, "%s: %s is not set, and its queue is kafka", f.name, name)
		}
	}
	topic := set["SHIPBELL_KAFKA_TOPIC"]
	for _, t := range s.triggers() {
		calls := at(t.parameters, "topic")
		if t.kind == "ckafka" && t.function == deliver.name && topic.value != nil && s.text(calls) != s.text(topic.value) {
			s.report(topic.key, "%s: it sends to the topic %q, and deliver is called by %q", f.name, s.text(topic.value), s.text(calls))
		}
	}
}

// checkPolicy checks that the role may invoke deliver and do nothing else.
func (s *Serverless) checkPolicy() {
	report := func(at *yaml.Node, format string, args ...any) { s.reportIn(PolicyFile, at, format, args...) }
	functions := s.functions()
	i := slices.IndexFunc(functions, func(f scf) bool { return f.folder == "deliver" })
	if i < 0 {
		return // checkFolders tells
	}
	// A region and an account that are left out are all regions, and the account that
	// the policy is made in.
	want := map[string]string{
		"effect":   "allow",
		"action":   "scf:InvokeFunction",
		"resource": "qcs::scf:::namespace/" + s.namespace() + "/function/" + s.deployed(functions[i]),
	}
	statements := at(s.policy, "statement")
	if statements == nil || len(statements.Content) != 1 {
		report(s.policy, "it must have one statement")
		return
	}
	statement := statements.Content[0]
	for _, name := range sorted(want) {
		values := items(at(statement, name))
		if len(values) != 1 || values[0].Value != want[name] {
			report(statement, "%s must be %q and nothing else", name, want[name])
		}
	}
	for _, e := range entries(statement) {
		if want[e.name] == "" {
			report(e.key, "%s: there is no such key", e.name)
		}
	}
}
