package deploy

import (
	"slices"
	"strings"
)

// calledBy is the type of trigger that calls a function; deliver has none of its own
// while the functions wake it by the API.
func (s *Serverless) calledBy(f scf) string {
	switch {
	case f.folder == "sweep":
		return "timer"
	case f.folder != "deliver":
		return "http"
	case s.queueOf(f) == kafka:
		return "ckafka"
	}
	return ""
}

// checkTriggers checks that each function is called by what it answers, and by
// nothing else.
func (s *Serverless) checkTriggers(code Code) {
	functions := s.functions()
	called := map[string]bool{}
	names := map[string]bool{}
	for _, t := range s.triggers() {
		i := slices.IndexFunc(functions, func(f scf) bool { return f.name == t.function })
		if i < 0 {
			s.report(t.node, "a trigger is of %q, which is no function here", t.function)
			continue
		}
		f := functions[i]
		name := s.text(at(t.parameters, "name"))
		if names[f.name+" "+name] {
			s.report(t.node, "%s: it has two triggers with the name %q, and one would take the other's place", f.name, name)
		}
		names[f.name+" "+name] = true
		if fields := len(strings.Fields(s.text(at(t.parameters, "cronExpression")))); t.kind == "timer" && fields != 7 {
			s.report(t.node, "%s: cronExpression has %d fields, and must have seven: second, minute, hour, day, month, day of the week, year", f.name, fields)
		}
		if _, known := code.SCF[f.folder]; known && t.kind != s.calledBy(f) {
			s.report(t.node, "%s: functions/%s takes nothing from a trigger of type %s", f.name, f.folder, t.kind)
		}
		called[f.name+" "+t.kind] = true
	}
	for _, f := range functions {
		kind := s.calledBy(f)
		if _, known := code.SCF[f.folder]; known && kind != "" && !called[f.name+" "+kind] {
			s.report(f.key, "%s: nothing calls it, it has no trigger of type %s", f.name, kind)
		}
	}
}
