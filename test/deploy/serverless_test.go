package deploy_test

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	scfsdk "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/scf/v20180416"

	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/platform/tencent"
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

// scf asks the code what there is to know of a function. Settings that are empty
// unless they are set may be left out, because the platform is not known to take an
// empty value. Which variables the queue needs depends on the queue; checkQueue knows.
func scf(function string) deploy.SCF {
	f := setup.Function(function)
	known := deploy.SCF{Enqueues: f.Needs().Queue, Start: func(getenv func(string) string) error {
		_, err := setup.Open(context.Background(), f, tencent.Open, deployed(getenv), io.Discard)
		return err
	}}
	for _, v := range tencent.Variables(f.Needs()) {
		known.Reads = append(known.Reads, deploy.Variable{Name: v.Name, Optional: v.Optional || v.Name == "SHIPBELL_DELIVER_FUNCTION"})
	}
	for _, one := range new(setup.Settings).For(f) {
		known.Reads = append(known.Reads, deploy.Variable{Name: one.Variable(), Optional: one.Standard == ""})
	}
	return known
}

// deployed is an environment with what whoever deploys would put in, and what SCF
// adds.
func deployed(getenv func(string) string) func(string) string {
	samples := map[string]string{
		"SHIPBELL_REDIS_URL": "redis://10.0.0.5:6379", "SHIPBELL_REDIS_PASSWORD": "sample", "SHIPBELL_SEAL_KEY": access.NewSealKey(),
		"SHIPBELL_KAFKA_BROKERS": "10.0.0.6:9092",
	}
	platforms := map[string]string{
		"TENCENTCLOUD_REGION": "ap-guangzhou", "TENCENTCLOUD_SECRETID": "sample", "TENCENTCLOUD_SECRETKEY": "sample", "TENCENTCLOUD_SESSIONTOKEN": "sample",
	}
	return func(name string) string {
		text := getenv(name)
		if strings.Contains(text, "${env:") {
			return samples[name]
		}
		if text == "" {
			return platforms[name]
		}
		return text
	}
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
