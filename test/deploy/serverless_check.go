package deploy

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
)

// SCF is what serverless.yml is held against for one function, read from the source.
type SCF struct {
	// Reads are the SHIPBELL_ variables that the function reads.
	Reads []Variable
	// Enqueues is set for a function that wakes deliver.
	Enqueues bool
	// Start makes what the function is built from of its environment, as it does
	// itself. What comes from whoever deploys stands there as ${env:NAME}.
	Start func(getenv func(string) string) error
}

// Check lists the faults of serverless.yml and the files that go with it. While its
// shape is wrong, nothing else is looked at.
func (s *Serverless) Check(code Code) []string {
	if len(s.shape) > 0 {
		return s.shape
	}
	found := faults{}
	s.checkFolders(code, found)
	for name, f := range s.functions {
		s.checkVariables(name, f, found)
		if one, ok := code.SCF[f.folder()]; ok {
			s.checkFunction(name, f, one, found)
		}
	}
	s.checkTriggers(found)
	s.checkPaths(code, found)
	s.checkPolicy(found)
	return sorted(found)
}

// deliver is the function that makes the attempts.
func (s *Serverless) deliver() (name string, f scf) {
	for name, f := range s.functions {
		if f.folder() == "deliver" {
			return name, f
		}
	}
	return "", scf{} // checkFolders reports it
}

var deployedName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,58}[A-Za-z0-9]$`)

// checkFolders compares the functions with the folders of functions/, and checks the
// names that they have in the cloud.
func (s *Serverless) checkFolders(code Code, found faults) {
	folders, names := map[string]bool{}, map[string]bool{}
	for _, name := range sorted(s.functions) {
		f := s.functions[name]
		if !slices.Contains(code.Functions, f.folder()) {
			found.add("%s: there is no functions/%s", name, f.folder())
		}
		if folders[f.folder()] {
			found.add("%s: functions/%s is deployed already", name, f.folder())
		}
		if !deployedName.MatchString(f.Name) {
			found.add("%s: its name in the cloud would be %q; a name has 2 to 60 letters, digits, _ and -, the first a letter, the last no sign", name, f.Name)
		}
		if names[f.Name] {
			found.add("%s: its name in the cloud, %q, is another function's", name, f.Name)
		}
		folders[f.folder()], names[f.Name] = true, true
	}
	for _, folder := range code.Functions {
		if !folders[folder] {
			found.add("functions/%s has no function here", folder)
		}
	}
}

var (
	variableName   = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{1,63}$`)
	reservedName   = regexp.MustCompile(`^(SCF|QCLOUD|TENCENTCLOUD)_`)
	secretVariable = regexp.MustCompile(`^SHIPBELL_.*(SECRET|PASSWORD|TOKEN|_KEY)`)
	givenValue     = regexp.MustCompile(`^\$\{env:[^}]*\}$`)
)

// checkVariables holds a function's variables to the rules of the platform, and
// secrets to ours.
func (s *Serverless) checkVariables(name string, f scf, found faults) {
	const limit = 4096
	size := 0
	set := map[string]bool{}
	for _, one := range f.Environments {
		key, value := one.Key, one.Value
		size += len(key) + len(value)
		if set[key] {
			found.add("%s: %s is set twice", name, key)
		}
		set[key] = true
		if !variableName.MatchString(key) || reservedName.MatchString(key) {
			found.add("%s: %q cannot be a variable: a name has 2 to 64 letters, digits and _, the first a letter, and SCF_, QCLOUD_ and TENCENTCLOUD_ are the platform's", name, key)
		}
		if givenValue.MatchString(value) {
			continue
		}
		address, err := url.Parse(value)
		if secretVariable.MatchString(key) || err == nil && address.User != nil {
			found.add("%s: %s is a secret, and must come from ${env:NAME}", name, key)
		}
	}
	for _, one := range s.Inputs.Environments {
		if !set[one.Key] {
			found.add("%s: it does not get %s, which is set for all functions, because its own list takes the place of that one", name, one.Key)
		}
	}
	if size > limit {
		found.add("%s: its variables are more than %d bytes", name, limit)
	}
}

// checkFunction checks that a function finds set what it reads, that it starts with
// that, and that it reaches what it calls: Redis inside of the VPC, targets and the API
// of SCF outside.
func (s *Serverless) checkFunction(name string, f scf, code SCF, found faults) {
	set, folder := f.environment(), "functions/"+f.folder()
	checkVariables(name, folder, sorted(set), code.Reads, found)
	for _, setting := range attemptTimeouts() {
		checkAttempt(name, set[setting], f.timeout(), found)
	}
	if err := code.Start(func(name string) string { return set[name] }); err != nil {
		found.add("%s: %s does not start: %v", name, folder, err)
	}
	reads := func(name string) bool {
		return slices.ContainsFunc(code.Reads, func(v Variable) bool { return v.Name == name })
	}
	if reads("SHIPBELL_REDIS_URL") && f.VPC == nil {
		found.add("%s: without vpc it does not reach Redis", name)
	}
	if f.PublicAccess != nil && !*f.PublicAccess && (code.Enqueues || reads("SHIPBELL_ATTEMPT_TIMEOUT")) {
		found.add("%s: without publicAccess it reaches neither targets nor the API of SCF", name)
	}
	switch {
	case code.Enqueues:
		_, deliver := s.deliver()
		s.checkInvoker(name, f, deliver, found)
	case f.Role != "":
		found.add("%s: it wakes no deliveries, so it needs no role", name)
	}
}

// checkInvoker checks that a function that invokes deliver may do so, and means the
// deliver of this file.
func (s *Serverless) checkInvoker(name string, f, deliver scf, found faults) {
	set := f.environment()
	if set["SHIPBELL_SECRET_ID"] == "" && f.Role == "" {
		found.add("%s: without role it may not invoke deliver", name)
	}
	if got := set["SHIPBELL_DELIVER_FUNCTION"]; got != deliver.Name {
		found.add("%s: SHIPBELL_DELIVER_FUNCTION is %q, and the name of deliver in the cloud is %q", name, got, deliver.Name)
	}
	namespace, given := set["SHIPBELL_DELIVER_NAMESPACE"]
	if !given {
		namespace = "default"
	}
	if namespace != s.namespace() {
		found.add("%s: SHIPBELL_DELIVER_NAMESPACE is %q, and the namespace of deliver is %q", name, namespace, s.namespace())
	}
}

// calledBy is the type of trigger that calls a function; deliver has none, because the
// functions invoke it by the API.
func (f scf) calledBy() string {
	switch f.folder() {
	case "sweep":
		return "timer"
	case "deliver":
		return ""
	}
	return "http"
}

// checkTriggers checks that each function is called by what it answers, and by
// nothing else.
func (s *Serverless) checkTriggers(found faults) {
	called, names := map[string]bool{}, map[string]bool{}
	for _, t := range s.Inputs.Triggers {
		f, ok := s.functions[t.Function]
		if !ok {
			found.add("a trigger is of %q, which is no function here", t.Function)
			continue
		}
		name := t.Function + " " + t.Parameters.Name
		if names[name] {
			found.add("%s: it has two triggers with the name %q, and one would take the other's place", t.Function, t.Parameters.Name)
		}
		names[name] = true
		if t.Type != f.calledBy() {
			found.add("%s: functions/%s takes nothing from a trigger of type %s", t.Function, f.folder(), t.Type)
		}
		called[t.Function+" "+t.Type] = true
	}
	for name, f := range s.functions {
		if kind := f.calledBy(); kind != "" && !called[name+" "+kind] {
			found.add("%s: nothing calls it, it has no trigger of type %s", name, kind)
		}
	}
}

// checkPolicy checks that the role may invoke functions and do nothing else. Tencent's
// documents disagree on whether a policy can name the function: where CAM knows no
// resource for an action, it takes a policy that names one for no permission. So the
// policy names none, and a role that may invoke triggers must not get an admin key there.
func (s *Serverless) checkPolicy(found faults) {
	const want = `{"action":["scf:InvokeFunction"],"effect":"allow","resource":["*"]}`
	got, err := json.Marshal(s.policy.Statement)
	if err != nil || string(got) != "["+want+"]" {
		found.add("%s: the statement must be %s and nothing else", PolicyFile, want)
	}
	for name, f := range s.functions {
		_, set := f.environment()[adminSecret]
		switch {
		case f.folder() == "triggers" && !set:
			found.add("%s: without %s nobody gets an admin key", name, adminSecret)
		case f.folder() == "triggers" && f.Role != "", f.folder() != "triggers" && set:
			found.add("%s: what may invoke triggers must not know %s", name, adminSecret)
		}
	}
}

// adminSecret is what a direct invocation of triggers must carry to get an admin key.
const adminSecret = "SHIPBELL_ADMIN_SECRET"
