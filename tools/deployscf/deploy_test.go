package main

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/test/deploy"
	"github.com/shipbell/shipbell/test/tencentapi"
)

// home is the folder of the repository.
var home = filepath.Join("..", "..")

// site is a machine that deploys: the serverless.yml of the repository, an .env beside it
// and zips.
type site struct {
	t     *testing.T
	dir   string
	cloud *cloud
	out   bytes.Buffer
}

const env = `# what differs from account to account
TENCENT_SECRET_ID=owner-id
export TENCENT_SECRET_KEY="owner-key"
SHIPBELL_REGION=ap-guangzhou
SHIPBELL_VPC_ID=vpc-1
SHIPBELL_SUBNET_ID=0o17
SHIPBELL_REDIS_URL=redis://10.0.0.5:6379
SHIPBELL_REDIS_PASSWORD='pass: "word" #1 ${name}'
SHIPBELL_SEAL_KEY=c2VhbA==
SHIPBELL_ADMIN_SECRET=the-admin-secret
`

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{t: t, dir: t.TempDir(), cloud: newCloud(t)}
	file, err := os.ReadFile(filepath.Join(home, deploy.ServerlessFile))
	if err != nil {
		t.Fatal(err)
	}
	s.write("serverless.yml", file)
	s.write(".env", []byte(env))
	for _, name := range names {
		s.pack(name, "one of "+name, 0o755)
	}
	return s
}

var names = []string{"console", "deliver", "logs", "receive", "sweep", "tcrapi", "triggers"}

func (s *site) write(name string, data []byte) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), data, 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// change replaces a text in serverless.yml.
func (s *site) change(old, text string) {
	s.t.Helper()
	file, err := os.ReadFile(filepath.Join(s.dir, "serverless.yml"))
	if err != nil || !bytes.Contains(file, []byte(old)) {
		s.t.Fatalf("serverless.yml does not hold %q (%v)", old, err)
	}
	s.write("serverless.yml", bytes.Replace(file, []byte(old), []byte(text), 1))
}

// pack makes the zip of a function.
func (s *site) pack(name, program string, mode fs.FileMode) {
	s.t.Helper()
	var data bytes.Buffer
	w := zip.NewWriter(&data)
	header := &zip.FileHeader{Name: "main", Method: zip.Deflate}
	header.SetMode(mode)
	file, err := w.CreateHeader(header)
	if err == nil {
		_, err = file.Write([]byte(program))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.write(name+".zip", data.Bytes())
}

// run runs the command, and gives what it printed.
func (s *site) run(args ...string) (string, error) {
	s.t.Helper()
	s.out.Reset()
	s.cloud.calls = nil
	flags := []string{"-file", filepath.Join(s.dir, "serverless.yml"), "-env", filepath.Join(s.dir, ".env"), "-code", s.dir, "-endpoint", s.cloud.api.URL}
	err := run(s.t.Context(), append(flags, args...), func(string) string { return "" }, &s.out, time.Millisecond)
	for _, secret := range []string{"owner-key", "pass:", "c2VhbA", "the-admin-secret"} {
		if strings.Contains(s.out.String(), secret) || err != nil && strings.Contains(err.Error(), secret) {
			s.t.Errorf("%v shows the secret %q: %s, %v", args, secret, &s.out, err)
		}
	}
	return s.out.String(), err
}

func (s *site) must(args ...string) string {
	s.t.Helper()
	out, err := s.run(args...)
	if err != nil {
		s.t.Fatalf("%v: %v\n%s", args, err, out)
	}
	return out
}

// TestDeploy deploys the serverless.yml of the repository twice. The functions are as it
// says, with the programs of the zips; the second time nothing is made anew.
func TestDeploy(t *testing.T) {
	s := newSite(t)
	out := s.must("deploy")
	for _, want := range deployedFunctions(t) {
		f := s.cloud.functions[want.Name]
		if f == nil {
			t.Errorf("%s is not there", want.Name)
			continue
		}
		got := map[string]string{}
		for _, one := range f.Environment.Variables {
			got[*one.Key] = *one.Value
		}
		if diff := cmp.Diff(filled(want.Environment), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", want.Name, diff)
		}
		role := "shipbell-invoke"
		if slices.Contains([]string{"triggers", "tcrapi"}, want.Folder) {
			role = ""
		}
		if f.program != "one of "+want.Folder || time.Duration(*f.Timeout)*time.Second != want.Timeout || *f.Handler != "main" || *f.Runtime != "Go1" || text(f.Role) != role ||
			*f.VpcConfig.VpcId != "vpc-1" || *f.VpcConfig.SubnetId != "0o17" || *f.PublicNetConfig.PublicNetStatus != "ENABLE" {
			t.Errorf("%s is %+v", want.Name, f)
		}
		if wantLine := "https://1250000000-" + want.Folder + ".ap-guangzhou"; strings.Contains(out, wantLine) != (len(want.Paths) > 0) {
			t.Errorf("%s has the paths %v, and the output is\n%s", want.Name, want.Paths, out)
		}
	}
	timer := s.cloud.functions["shipbell-sweep"].triggers["every-minute"]
	if timer == nil || *timer.TriggerDesc != `{"cron":"0 * * * * * *"}` || *timer.Enable != 1 || *timer.Qualifier != "$DEFAULT" {
		t.Errorf("the timer is %+v", timer)
	}
	s.must("deploy")
	var want []string
	for _, name := range names {
		want = append(want, "UpdateFunctionConfiguration shipbell-"+name, "UpdateFunctionCode shipbell-"+name)
	}
	if diff := cmp.Diff(want, s.cloud.calls); diff != "" {
		t.Errorf("the second time (-want +got):\n%s", diff)
	}
}

// deployedFunctions is what the tests of serverless.yml read in it.
func deployedFunctions(t *testing.T) []deploy.Deployed {
	t.Helper()
	files := map[string]string{}
	for _, name := range deploy.ServerlessFiles() {
		data, err := os.ReadFile(filepath.Join(home, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(data)
	}
	parsed, err := deploy.ParseServerless(files)
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Deployed()
}

// filled puts the values of .env in.
func filled(environment map[string]string) map[string]string {
	all := map[string]string{}
	for key, value := range environment {
		all[key] = strings.NewReplacer(
			"${env:SHIPBELL_REDIS_URL}", "redis://10.0.0.5:6379", "${env:SHIPBELL_REDIS_PASSWORD}", `pass: "word" #1 ${name}`,
			"${env:SHIPBELL_SEAL_KEY}", "c2VhbA==", "${env:SHIPBELL_ADMIN_SECRET}", "the-admin-secret").Replace(value)
	}
	return all
}

// TestDeployChanges changes serverless.yml between two deployments, and some of what it
// does not name.
func TestDeployChanges(t *testing.T) {
	s := newSite(t)
	s.must("deploy")
	s.change(`cronExpression: "0 * * * * * *"`, `cronExpression: "*/10 * * * * * *"`)
	s.change("      role: \"${name}-invoke\"\n", "") // of receive
	s.change("timeout: 20", "timeout: 25")
	s.pack("receive", "two of receive", 0o755)
	s.cloud.functions["shipbell-receive"].triggers["other"] = s.cloud.functions["shipbell-sweep"].triggers["every-minute"]
	other := *s.cloud.functions["shipbell-receive"].triggers["other"]
	name := "other"
	other.TriggerName = &name
	s.cloud.functions["shipbell-receive"].triggers["other"] = &other
	out := s.must("deploy")
	receive := s.cloud.functions["shipbell-receive"]
	if text(receive.Role) != "" || *receive.Timeout != 25 || receive.program != "two of receive" {
		t.Errorf("receive has the role %q, the timeout %d and the program %q", text(receive.Role), *receive.Timeout, receive.program)
	}
	if got := text(s.cloud.functions["shipbell-sweep"].triggers["every-minute"].TriggerDesc); got != `{"cron":"*/10 * * * * * *"}` {
		t.Errorf("the timer is %s", got)
	}
	if !strings.Contains(out, "has a trigger other of type timer, which serverless.yml does not name") || len(receive.triggers) != 2 {
		t.Errorf("triggers %v, and the output\n%s", receive.triggers, out)
	}
	s.pack("sweep", "three of sweep", 0o755)
	s.must("-only", "sweep", "code")
	if diff := cmp.Diff([]string{"UpdateFunctionCode shipbell-sweep"}, s.cloud.calls); diff != "" {
		t.Errorf("code (-want +got):\n%s", diff)
	}
	if out := s.must("-only", "logs", "addresses"); out != "logs       https://1250000000-logs.ap-guangzhou.tencentscf.com\n" || len(s.cloud.calls) > 0 {
		t.Errorf("addresses: %s, %v", out, s.cloud.calls)
	}
	if out := s.must("key"); out != "ID:SECRET\n" {
		t.Errorf("key: %s", out)
	}
	s.must("remove")
	s.must("remove")
	if len(s.cloud.functions) > 0 {
		t.Errorf("left are %v", s.cloud.functions)
	}
}

// TestDeployFails names what is wrong, and changes nothing before it knows.
func TestDeployFails(t *testing.T) {
	for name, test := range map[string]struct {
		args    []string
		prepare func(*site)
		want    string
		// changes tells that some functions were changed before.
		changes bool
	}{
		"no command":              {nil, func(*site) {}, "usage: ", false},
		"another command":         {[]string{"undeploy"}, func(*site) {}, `there is no command "undeploy"`, false},
		"another function":        {[]string{"-only", "bell", "deploy"}, func(*site) {}, `serverless.yml has no function "bell"`, false},
		"variables missing":       {[]string{"deploy"}, func(s *site) { s.write(".env", []byte("TENCENT_SECRET_ID=a\nTENCENT_SECRET_KEY=b\n")) }, "asks for what is not set: ${env:SHIPBELL_ADMIN_SECRET}, ${env:SHIPBELL_REDIS_PASSWORD}", false},
		"a line of .env":          {[]string{"deploy"}, func(s *site) { s.write(".env", []byte("A=b\nowner-key\n")) }, "line 2 is not NAME=VALUE", false},
		"a key that is not known": {[]string{"deploy"}, func(s *site) { s.change("timeout: 20", "timeOut: 20") }, "field timeOut not found", false},
		"a timer that is shut":    {[]string{"deploy"}, func(s *site) { s.change(", enable: true}", "}") }, "would call nothing", false},
		"no zip":                  {[]string{"deploy"}, func(s *site) { s.change("src: console", "src: consul") }, "make build/scf makes it", false},
		"a mode that is lost":     {[]string{"deploy"}, func(s *site) { s.pack("console", "x", 0o644) }, "holds no main that can be run", false},
		"a zip that is too large": {[]string{"deploy"}, func(s *site) { s.write("console.zip", make([]byte, maxZip+1)) }, "a request takes 7000000", false},
		"another key":             {[]string{"deploy"}, func(s *site) { s.write(".env", []byte(strings.Replace(env, "owner-id", "stranger", 1))) }, "AuthFailure.SecretIdNotFound", false},
		"no right":                {[]string{"deploy"}, func(s *site) { s.cloud.fail = refuse("CreateFunction") }, "shipbell-console: create it: [TencentCloudSDKError] Code=UnauthorizedOperation.CAM", false},
		"no right for triggers":   {[]string{"deploy"}, func(s *site) { s.cloud.fail = refuse("CreateTrigger") }, "shipbell-console: trigger url: create it: ", true},
		"a wrong secret": {[]string{"key"}, func(s *site) {
			s.must("deploy")
			s.write(".env", []byte(strings.Replace(env, "the-admin-secret", "another one of 16", 1)))
		}, "shipbell-triggers: the secret is wrong", true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			test.prepare(s)
			out, err := s.run(test.args...)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q\n%s", err, test.want, out)
			}
			if !test.changes && len(s.cloud.functions) > 0 {
				t.Errorf("made were %v", s.cloud.functions)
			}
		})
	}
}

// refuse has an action end as CAM does it.
func refuse(action string) func(string) error {
	return func(name string) error {
		if name != action {
			return nil
		}
		return &tencentapi.Failure{Code: "UnauthorizedOperation.CAM", Message: "no permission"}
	}
}
