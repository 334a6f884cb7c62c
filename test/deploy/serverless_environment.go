package deploy

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// environment is what a function finds set, by name. Its own list takes the place of
// the one that stands for all functions; the two are not joined.
func (s *Serverless) environment(f scf) map[string]entry {
	all := map[string]entry{}
	for _, one := range items(s.inherited(f, "environments")) {
		if key, value := at(one, "key"), at(one, "value"); key != nil && value != nil {
			all[key.Value] = entry{key.Value, key, value}
		}
	}
	return all
}

var (
	variableName   = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{1,63}$`)
	secretVariable = regexp.MustCompile(`^SHIPBELL_.*(SECRET|PASSWORD|TOKEN|_KEY)`)
)

// checkEnvironments checks what functions find set: that it can be set at all, that
// it is what they read, and that they take it.
func (s *Serverless) checkEnvironments(code Code) {
	for _, f := range s.functions() {
		s.checkVariables(f)
		s.checkLists(f)
		if one, ok := code.SCF[f.folder]; ok {
			s.checkSettings(f, one)
		}
	}
}

// checkVariables holds a function's variables to the rules of the platform, and
// secrets to ours.
func (s *Serverless) checkVariables(f scf) {
	const limit = 4096
	size := 0
	set := s.environment(f)
	for _, name := range sorted(set) {
		key, value := set[name].key, set[name].value
		text, known := s.value(value)
		size += len(name) + len(text)
		if !variableName.MatchString(name) {
			s.report(key, "%s: %q cannot be a variable: a name has 2 to 64 letters, digits and _, the first a letter", f.name, name)
		}
		for _, reserved := range []string{"SCF_", "QCLOUD_", "TENCENTCLOUD_"} {
			if strings.HasPrefix(name, reserved) {
				s.report(key, "%s: %s cannot be set: names that begin with %s are the platform's", f.name, name, reserved)
			}
		}
		whole := reference.FindString(text) == text && strings.HasPrefix(text, "${env:")
		address, err := url.Parse(text)
		switch {
		case text == "":
			s.report(value, "%s: %s is empty; leave it out", f.name, name)
		case secretVariable.MatchString(name) && !whole:
			s.report(value, "%s: %s is a secret, and must come from ${env:NAME}", f.name, name)
		case known && err == nil && address.User != nil:
			s.report(value, "%s: %s holds a user or a password, and must come from ${env:NAME}", f.name, name)
		}
	}
	if size > limit {
		s.report(f.key, "%s: its variables are more than %d bytes", f.name, limit)
	}
}

// checkLists finds variables that are set in vain: twice in one list, or in the list
// for all functions by one that has its own.
func (s *Serverless) checkLists(f scf) {
	seen := map[string]bool{}
	for _, key := range variableKeys(s.inherited(f, "environments")) {
		if seen[key.Value] {
			s.report(key, "%s: %s is set twice", f.name, key.Value)
		}
		seen[key.Value] = true
	}
	for _, key := range variableKeys(at(s.inputs(), "environments")) {
		if !seen[key.Value] {
			s.report(f.key, "%s: it does not get %s, which is set for all functions, because its own list takes the place of that one", f.name, key.Value)
		}
	}
}

func variableKeys(list *yaml.Node) []*yaml.Node {
	var keys []*yaml.Node
	for _, one := range items(list) {
		if key := at(one, "key"); key != nil {
			keys = append(keys, key)
		}
	}
	return keys
}

// checkSettings compares the variables of a function with those that it reads, and
// starts it with them.
func (s *Serverless) checkSettings(f scf, code SCF) {
	set := s.environment(f)
	for _, v := range code.Reads {
		if _, ok := set[v.Name]; !ok && !v.Optional {
			s.report(f.key, "%s: %s is not set, and functions/%s reads it", f.name, v.Name, f.folder)
		}
	}
	for _, name := range sorted(set) {
		known := slices.ContainsFunc(code.Reads, func(v Variable) bool { return v.Name == name })
		if strings.HasPrefix(name, prefix) && !known {
			s.report(set[name].key, "%s: %s is set, and functions/%s does not read it", f.name, name, f.folder)
		}
	}
	if err := code.Start(func(name string) string { return s.text(set[name].value) }); err != nil {
		s.report(s.settingOf(f, err), "%s: functions/%s does not start: %v", f.name, f.folder, err)
	}
}

// settingOf is the variable that an error begins with, or else the function.
func (s *Serverless) settingOf(f scf, err error) *yaml.Node {
	name, _, _ := strings.Cut(err.Error(), ":")
	if e, ok := s.environment(f)[name]; ok {
		return e.key
	}
	return f.key
}

// checkNetwork checks that functions reach what they call: Redis inside of the VPC,
// targets and the API of SCF outside.
func (s *Serverless) checkNetwork(code Code) {
	for _, f := range s.functions() {
		one, ok := code.SCF[f.folder]
		if !ok {
			continue // checkFolders tells
		}
		reads := func(name string) bool {
			return slices.ContainsFunc(one.Reads, func(v Variable) bool { return v.Name == name })
		}
		if reads("SHIPBELL_REDIS_URL") && s.inherited(f, "vpc") == nil {
			s.report(f.key, "%s: without vpc it does not reach Redis", f.name)
		}
		closed := s.inherited(f, "publicAccess")
		if closed != nil && closed.Value == "false" && (one.Enqueues || reads("SHIPBELL_ATTEMPT_TIMEOUT")) {
			s.report(closed, "%s: without publicAccess it reaches neither targets nor the API of SCF", f.name)
		}
	}
}
