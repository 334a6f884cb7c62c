package deploy_test

import (
	"context"
	"encoding/json"
	"io"
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
		files[name] = read(t, name)
	}
	return files
}

func checkServerless(t *testing.T, files map[string]string) []string {
	t.Helper()
	parsed, err := deploy.ParseServerless(files)
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Check(code(t))
}

// TestServerless checks the files, and then with one fault after the other, which is
// planted in the first file that holds the text.
func TestServerless(t *testing.T) {
	t.Parallel()
	for _, line := range checkServerless(t, serverless(t)) {
		t.Error(line)
	}
	const level = "        - {key: SHIPBELL_LOG_LEVEL, value: info}\n"
	const deliverer = "        - {key: SHIPBELL_DELIVER_FUNCTION, value: \"${name}-deliver\"}\n"
	const adminSecret = "        - {key: SHIPBELL_ADMIN_SECRET, value: \"${env:SHIPBELL_ADMIN_SECRET}\"}\n"
	const logsURL = "- type: http\n      function: logs"
	const badVariable = "cannot be a variable: a name has 2 to 64 letters, digits and _, the first a letter, and SCF_, QCLOUD_ and TENCENTCLOUD_ are the platform's"
	const badName = "a name has 2 to 60 letters, digits, _ and -, the first a letter, the last no sign"
	const statement = `docs/tencent/invoke-policy.json: the statement must be {"action":["scf:InvokeFunction"],"effect":"allow","resource":["*"]} and nothing else`
	set := func(key, value string) string { return level + "        - {key: " + key + ", value: " + value + "}\n" }
	faults := []fault{
		// the shape of the file
		{"component: multi-scf", "component: scf", "component: value must be 'multi-scf'"},
		{"component: multi-scf", "", ": missing property 'component'"},
		{"app: shipbell", "app: shipbell\nservice: shipbell", ": additional properties 'service' not allowed"},
		{"- {key: SHIPBELL_RETENTION, value: 720h}", "- {name: SHIPBELL_RETENTION, value: 720h}", "inputs.functions.receive.environments.4: missing property 'key'"},
		{"timeout: 20", "timeout: 20\n      vpcConfig: {vpcId: a, subnetId: b}", "inputs.functions.receive.vpcConfig: false schema"},
		{"      handler: main\n", "", "inputs.functions.receive: missing property 'handler'"},
		{"      src: sweep\n", "", "inputs.functions.sweep: missing property 'src'"},
		{"timeout: 20", `timeout: "20"`, "inputs.functions.receive.timeout: got string, want integer"},
		{"timeout: 50", "timeout: 901", "inputs.functions.sweep.timeout: maximum: got 901, want 900"},
		{`value: "256"`, "value: 256", "inputs.functions.deliver.environments.8.value: got number, want string"},
		{level, strings.Replace(level, "info", `""`, 1), "inputs.functions.receive.environments.7.value: minLength: got 0, want 1"},
		{`    subnetId: "${env:SHIPBELL_SUBNET_ID}"`, "", "inputs.vpc: missing property 'subnetId'"},
		{"  functions:", "  lambdas:", "inputs: missing property 'functions'"},
		{"src: build/scf", "src: build", "inputs.src.src: value must be 'build/scf'"},
		{"handler: main", "handler: index.main_handler", "inputs.functions.receive.handler: value must be 'main'"},
		{"memorySize: 256", "memorySize: 200", "inputs.functions.deliver.memorySize: multipleOf: got 200, want 128"},
		{"runtime: Go1", "runtime: CustomRuntime", "inputs.runtime: value must be 'Go1'"},
		{"type: event", "type: web", "inputs.type: value must be 'event'"},
		{"stage: prod", "stage: 2nd", "stage: '2nd' does not match pattern '^[A-Za-z][A-Za-z0-9_-]*$'"},
		{`"${env:SHIPBELL_REGION}"`, "us-east-1", `inputs.region: 'us-east-1' does not match pattern '^\\$\\{env:'`},
		{`"${env:SHIPBELL_REGION}"`, `"${env:SHIPBELL_REGION, ap-guangzhou}"`, "${env:SHIPBELL_REGION, ap-guangzhou} names nothing; there are ${app}, ${stage}, ${name} and ${env:NAME}"},
		{"memorySize: 256", "asyncRunEnable: true", "inputs.functions.deliver.asyncRunEnable: false schema"},
		{"  type: event", "  type: event\n  ignoreTriggers: true", "inputs.ignoreTriggers: false schema"},
		// the triggers
		{"- type: timer", "- type: cmq", "inputs.triggers.5.type: value must be one of 'timer', 'http'"},
		{"enable: true}", "enable: true, argument: now}", "inputs.triggers.5.parameters: additional properties 'argument' not allowed"},
		{", enable: true}", ", enable: false}", "inputs.triggers.5.parameters.enable: value must be true"},
		{", enable: true}", "}", "inputs.triggers.5.parameters: missing property 'enable'"},
		{"name: every-minute", "name: 1-minute", "inputs.triggers.5.parameters.name: '1-minute' does not match pattern '^[A-Za-z][A-Za-z0-9_-]{0,59}$'"},
		{`"0 * * * * * *"`, `"* * * * *"`, `inputs.triggers.5.parameters.cronExpression: '* * * * *' does not match pattern '^\\S+( \\S+){6}$'`},
		{"authType: NONE", "authType: CAM", "inputs.triggers.0.parameters.authType: value must be 'NONE'"},
		{"authType: NONE, ", "", "inputs.triggers.0.parameters: missing property 'authType'"},
		{"enableExtranet: true, ", "", "inputs.triggers.0.parameters.netConfig: missing property 'enableExtranet'"},
		{", netConfig: {enableExtranet: true, enableIntranet: false}", "", "inputs.triggers.0.parameters: missing property 'netConfig'"},
		{logsURL, "- type: http\n      function: deliver", "deliver: functions/deliver takes nothing from a trigger of type http"},
		{logsURL, "- type: http\n      function: triggers", "logs: nothing calls it, it has no trigger of type http"},
		{logsURL, "- type: http\n      function: triggers", `triggers: it has two triggers with the name "url", and one would take the other's place`},
		{"function: sweep", "function: shipbell-sweep", `a trigger is of "shipbell-sweep", which is no function here`},
		// the functions and their names
		{"src: receive", "src: receive.zip", "receive: there is no functions/receive.zip"},
		{"src: sweep", "src: sweeper", "functions/sweep has no function here"},
		{"src: logs", "src: triggers", "triggers: functions/triggers is deployed already"},
		{"      name: \"${name}-deliver\"\n", "", `receive: SHIPBELL_DELIVER_FUNCTION is "shipbell-deliver", and the name of deliver in the cloud is "shipbell-prod-shipbell-deliver"`},
		{`name: "${name}-logs"`, `name: "${name}-logs-"`, `logs: its name in the cloud would be "shipbell-logs-"; ` + badName},
		{`name: "${name}-logs"`, `name: "${name}-` + strings.Repeat("l", 52) + `"`, `logs: its name in the cloud would be "shipbell-` + strings.Repeat("l", 52) + `"; ` + badName},
		{`name: "${name}-logs"`, `name: "${name}-sweep"`, `sweep: its name in the cloud, "shipbell-sweep", is another function's`},
		// the variables
		{level, set("X", "info"), `receive: "X" ` + badVariable},
		{level, set("LOG-LEVEL", "info"), `receive: "LOG-LEVEL" ` + badVariable},
		{level, set("QCLOUD_REGION", "x"), `receive: "QCLOUD_REGION" ` + badVariable},
		{level, set("SCF_REGION", "x"), `receive: "SCF_REGION" ` + badVariable},
		{level, set("TENCENTCLOUD_REGION", "x"), `receive: "TENCENTCLOUD_REGION" ` + badVariable},
		{level, set("PADDING", strings.Repeat("x", 4000)), "receive: its variables are more than 4096 bytes"},
		{level, level + level, "receive: SHIPBELL_LOG_LEVEL is set twice"},
		{"SHIPBELL_TARGET_SLOTS", "SHIPBELL_TARGET_SLOT", "deliver: SHIPBELL_TARGET_SLOT is set, and functions/deliver does not read it"},
		{"SHIPBELL_TARGET_SLOTS", "SHIPBELL_TARGET_SLOT", "deliver: SHIPBELL_TARGET_SLOTS is not set, and functions/deliver reads it"},
		{level, set("SHIPBELL_DELIVER_RUNS", `"0"`), `receive: functions/receive does not start: SHIPBELL_DELIVER_RUNS: "0" is not a number from 1 to 1000`},
		{`value: "${env:SHIPBELL_REDIS_URL}"`, `value: "10.0.0.5:6379"`, "receive: functions/receive does not start: SHIPBELL_REDIS_URL: not of the form redis[s]://[user:password@]host:port[/db]"},
		{"value: 15s", "value: 15m", `deliver: functions/deliver does not start: SHIPBELL_ATTEMPT_TIMEOUT: "15m" is not a duration from 100ms to 1m0s`},
		{"  type: event", "  type: event\n  environments: [{key: SHIPBELL_SPARE, value: all}]", "sweep: it does not get SHIPBELL_SPARE, which is set for all functions, because its own list takes the place of that one"},
		{`value: "${env:SHIPBELL_REDIS_PASSWORD}"`, `value: "secret${env:SHIPBELL_REDIS_PASSWORD}"`, "receive: SHIPBELL_REDIS_PASSWORD is a secret, and must come from ${env:NAME}"},
		{`value: "${env:SHIPBELL_SEAL_KEY}"`, "value: AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "receive: SHIPBELL_SEAL_KEY is a secret, and must come from ${env:NAME}"},
		{level, set("SHIPBELL_SECRET_KEY", "secret"), "receive: SHIPBELL_SECRET_KEY is a secret, and must come from ${env:NAME}"},
		{`value: "${env:SHIPBELL_REDIS_URL}"`, `value: "redis://default:secret@10.0.0.5:6379"`, "receive: SHIPBELL_REDIS_URL is a secret, and must come from ${env:NAME}"},
		// what functions reach
		{"publicAccess: true", "publicAccess: false", "triggers: without publicAccess it reaches neither targets nor the API of SCF"},
		{"  vpc:\n    vpcId: \"${env:SHIPBELL_VPC_ID}\"\n    subnetId: \"${env:SHIPBELL_SUBNET_ID}\"\n", "", "receive: without vpc it does not reach Redis"},
		{"      timeout: 20\n      role: \"${name}-invoke\"", "      timeout: 20", "receive: without role it may not invoke deliver"},
		{"src: triggers", "src: triggers\n      role: \"${name}-invoke\"", "triggers: it wakes no deliveries, so it needs no role"},
		{"timeout: 120", "timeout: 60", "deliver: its timeout is 1m0s, and an attempt of 1m0s needs 10s beside"},
		{"timeout: 120", "timeout: 20", "deliver: its timeout is 20s, and an attempt of 15s needs 10s beside"},
		{deliverer, strings.Replace(deliverer, "deliver\"", "sweep\"", 1), `receive: SHIPBELL_DELIVER_FUNCTION is "shipbell-sweep", and the name of deliver in the cloud is "shipbell-deliver"`},
		{deliverer, "", `receive: SHIPBELL_DELIVER_FUNCTION is "", and the name of deliver in the cloud is "shipbell-deliver"`},
		{"namespace: default", "namespace: shipbell", `receive: SHIPBELL_DELIVER_NAMESPACE is "default", and the namespace of deliver is "shipbell"`},
		// the paths of the domain
		{`"/v1/keys/*"`, `"/healthz"`, "no path leads to DELETE /v1/keys/{id}"},
		{`"/v1/patterns/*"`, `"/v1/keys/*"`, "/v1/keys/* takes DELETE /v1/keys/{id}, which /v1/keys/* takes already"},
		{`"FunctionName": "shipbell-receive"`, `"FunctionName": "shipbell-deliver"`, `/v1/events/*: serverless.yml has no function "shipbell-deliver" with a trigger of type http`},
		{`"FunctionName": "shipbell-receive"`, `"FunctionName": "receive"`, `/v1/events/*: serverless.yml has no function "receive" with a trigger of type http`},
		{`"/v1/events/*"`, `"/v1/events/{registry}"`, `PathMatch is "/v1/events/{registry}", and must be a path that may end in /*`},
		{`"Namespace": "default"`, `"Namespace": "shipbell"`, `Namespace is "shipbell", and the functions are in "default"`},
		{`"/healthz"`, `"/health"`, "/health takes nothing that is served"},
		{`"shipbell-receive", "Qualifier": "$DEFAULT"`, `"shipbell-receive", "Qualifier": "$LATEST"`, `/v1/events/*: Qualifier is "$LATEST", and that of the function's trigger is "$DEFAULT"`},
		{`"FunctionName": "shipbell-logs"`, `"FunctionName": "shipbell-triggers"`, "/v1/deliveries/* takes GET /v1/deliveries/{registry}, which functions/triggers does not serve"},
		{`"Protocol": "HTTPS"`, `"Protocol": "HTTP&HTTPS"`, "Protocol must be HTTPS, for access keys are sent"},
		// what the role may do
		{`"scf:InvokeFunction"`, `"scf:InvokeFunction", "scf:UpdateFunction"`, statement},
		{`"effect": "allow",`, `"effect": "allow", "principal": {"service": ["scf.qcloud.com"]},`, statement},
		{`"*"`, `"qcs::scf:::namespace/default/function/shipbell-deliver"`, statement},
		{adminSecret, "", "triggers: without SHIPBELL_ADMIN_SECRET nobody gets an admin key"},
		{level, level + adminSecret, "receive: what may invoke triggers must not know SHIPBELL_ADMIN_SECRET"},
		{adminSecret, strings.Replace(adminSecret, "${env:SHIPBELL_ADMIN_SECRET}", "correct horse battery", 1), "triggers: SHIPBELL_ADMIN_SECRET is a secret, and must come from ${env:NAME}"},
		{`"statement": [`, `"statement": [{"effect": "allow", "action": ["*"], "resource": ["*"]},`, statement},
	}
	for _, fault := range faults {
		t.Run(fault.want, func(t *testing.T) {
			files := serverless(t)
			in := deploy.ServerlessFiles()
			if i := slices.IndexFunc(in, func(name string) bool { return strings.Contains(files[name], fault.replace) }); i >= 0 {
				in = in[i:]
			}
			files[in[0]] = fault.planted(t, files[in[0]])
			fault.judge(t, checkServerless(t, files))
		})
	}
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
		"SHIPBELL_ADMIN_SECRET": "sample of 16 bytes",
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
	var list []string
	for i, part := range strings.Split("\n"+read(t, "docs/"+page), "\n"+fence) {
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
