package deploy_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	scfsdk "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/scf/v20180416"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/setup"
	"github.com/shipbell/shipbell/test/deploy"
)

// serverless reads the files that bring Shipbell up on Tencent Cloud.
func serverless(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, name := range deploy.ServerlessFiles() {
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(text)
	}
	return files
}

func checkServerless(t *testing.T, files map[string]string) []string {
	t.Helper()
	parsed, err := deploy.ParseServerless(files)
	if err != nil {
		t.Fatal(err)
	}
	violations, err := deploy.CheckServerless(parsed, readCode(t))
	if err != nil {
		t.Fatal(err)
	}
	lines := make([]string, len(violations))
	for i, v := range violations {
		lines[i] = v.String()
	}
	return lines
}

func TestServerless(t *testing.T) {
	t.Parallel()
	for _, line := range checkServerless(t, serverless(t)) {
		t.Error(line)
	}
}

// TestServerlessFaults plants one fault after the other in the files, see plantFaults.
func TestServerlessFaults(t *testing.T) {
	t.Parallel()
	plantFaults(t, "testdata/serverless", 12, func(t *testing.T, file string, plant func(string) string) []string {
		files := serverless(t)
		if file == "" {
			file = deploy.ServerlessFile
		}
		files[file] = plant(files[file])
		return checkServerless(t, files)
	})
}

// scf asks the code what there is to know of a function. Of the settings those that
// are empty unless they are set may be left out, because the platform is not known to
// take an empty value.
func scf(function string) deploy.SCF {
	f := setup.Function(function)
	s := new(setup.Settings)
	known := deploy.SCF{
		Reads:    variablesOf(f.Needs()),
		Enqueues: f.Needs().Queue,
		Accept:   func(getenv func(string) string) error { return new(setup.Settings).Read(f, getenv) },
	}
	for _, one := range s.For(f) {
		known.Reads = append(known.Reads, deploy.Variable{Name: one.Variable(), Optional: one.Standard == ""})
	}
	return known
}

// variablesOf lists what the room of Tencent Cloud reads.
func variablesOf(needs platform.Needs) []deploy.Variable {
	list := []deploy.Variable{{Name: "SHIPBELL_REDIS_URL"}, {Name: "SHIPBELL_REDIS_PASSWORD", Optional: true}}
	if needs.SealKey {
		list = append(list, deploy.Variable{Name: "SHIPBELL_SEAL_KEY"})
	}
	if needs.Queue {
		for _, name := range []string{"QUEUE", "DELIVER_FUNCTION", "DELIVER_NAMESPACE", "DELIVER_QUALIFIER", "REGION", "SCF_ENDPOINT", "SECRET_ID", "SECRET_KEY", "KAFKA_BROKERS", "KAFKA_TOPIC"} {
			list = append(list, deploy.Variable{Name: "SHIPBELL_" + name, Optional: true})
		}
	}
	return slices.Clip(list)
}

const fence = "```"

// blocks are the pieces of code of a page.
func blocks(t *testing.T, page string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "docs", page))
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for i, part := range strings.Split("\n"+string(text), "\n"+fence) {
		if i%2 == 1 {
			list = append(list, part)
		}
	}
	return list
}

// TestPages compares what there is to type on the English page with the Chinese one.
// The first block is a picture.
func TestPages(t *testing.T) {
	t.Parallel()
	english, chinese := blocks(t, "deploy-tencent.md"), blocks(t, "deploy-tencent.zh.md")
	if len(english) < 10 {
		t.Fatalf("the page has %d blocks", len(english))
	}
	if diff := cmp.Diff(english[1:], chinese[1:]); diff != "" {
		t.Errorf("the blocks differ (-English +Chinese):\n%s", diff)
	}
}

// withKafka changes serverless.yml as the page says for CKafka.
func withKafka(t *testing.T, text string) string {
	t.Helper()
	const invoked = "        - {key: SHIPBELL_DELIVER_FUNCTION, value: \"${name}-deliver\"}\n"
	var variables, trigger string
	for _, block := range blocks(t, "deploy-tencent.md") {
		block = strings.TrimPrefix(block, "yaml\n") + "\n"
		switch {
		case strings.Contains(block, "key: SHIPBELL_QUEUE"):
			variables = block
		case strings.Contains(block, "type: ckafka"):
			trigger = block
		}
	}
	if variables == "" || trigger == "" || !strings.Contains(text, invoked) {
		t.Fatal("the page does not say how to change the file to CKafka")
	}
	return strings.ReplaceAll(text, invoked, variables) + trigger
}

// TestKafka checks the variant of the file with CKafka, and that faults in it are found.
func TestKafka(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ replace, with, want string }{
		"as it is":    {"", "", ""},
		"no brokers":  {"        - {key: SHIPBELL_KAFKA_BROKERS, value: \"${env:SHIPBELL_KAFKA_BROKERS}\"}\n", "", "receive: SHIPBELL_KAFKA_BROKERS is not set, and its queue is kafka"},
		"other topic": {"{key: SHIPBELL_KAFKA_TOPIC, value: shipbell}", "{key: SHIPBELL_KAFKA_TOPIC, value: bell}", `receive: it sends to the topic "bell", and deliver is called by "shipbell"`},
		"no trigger":  {"- type: ckafka\n      function: deliver", "- type: ckafka\n      function: sweep", "deliver: nothing calls it, it has no trigger of type ckafka"},
		"closed":      {"timeout: 5, enable: true", "timeout: 5, enable: false", `the trigger ckafka of deliver.enable is "false", and must be true`},
		"no batch":    {"maxMsgNum: 100", "maxMsgNum: 0", "the trigger ckafka of deliver.maxMsgNum: 0 is not from 1 to 10000"},
		"two queues":  {"        - {key: SHIPBELL_QUEUE, value: kafka}\n", "        - {key: SHIPBELL_DELIVER_FUNCTION, value: \"${name}-deliver\"}\n", "receive: its queue is invoke, and that of deliver is kafka"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := serverless(t)
			files[deploy.ServerlessFile] = strings.Replace(withKafka(t, files[deploy.ServerlessFile]), test.replace, test.with, 1)
			got := checkServerless(t, files)
			found := slices.ContainsFunc(got, func(line string) bool { return located.ReplaceAllString(line, "") == test.want })
			if test.want == "" && len(got) > 0 || test.want != "" && !found {
				t.Errorf("got:\n%s\nwant %q", strings.Join(got, "\n"), test.want)
			}
		})
	}
}

// TestDomainRequest reads the file of the domain as Tencent's own SDK does, and takes
// no field that it does not know.
func TestDomainRequest(t *testing.T) {
	t.Parallel()
	decoder := json.NewDecoder(strings.NewReader(serverless(t)[deploy.DomainFile]))
	decoder.DisallowUnknownFields()
	var request scfsdk.CreateCustomDomainRequest
	if err := decoder.Decode(&request); err != nil {
		t.Fatal(err)
	}
	if request.Domain == nil || request.CertConfig == nil || request.CertConfig.CertificateId == nil {
		t.Error("there is no domain, or no certificate")
	}
}
