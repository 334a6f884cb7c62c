package tcrapi_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash"
	"net/url"
	"slices"
	"strings"
	"time"
)

// The access key and the time that the requests in testdata/signed are signed with.
const sdkID, sdkSecret = "AKIDEXAMPLE", "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE"

func sdkTime() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

// sdk is how an SDK of Tencent Cloud writes and signs a request, as its source has it. An
// endpoint is a host, perhaps with a port, and perhaps with a path behind it.
type sdk struct {
	name, version string
	// product is what it takes for the product's name.
	product func(endpoint string) string
	// signs gives the host and the path that it signs by TC3.
	signs func(endpoint string) (host, path string)
	// asks gives the Host header and the path that it asks for.
	asks func(endpoint string) (host, path string)
	// asksV1 is the same for v1.
	asksV1 func(endpoint string) (host, path string)
	// json is the type of a body of JSON, and write writes it.
	json  string
	write func(name string) string
	// escape writes a text in a query or form.
	escape func(string) string
	// space stands between the algorithm and its parameters.
	space string
}

func sdks() []sdk {
	whole := func(endpoint string) (string, string) { return endpoint, "/" }
	behind := func(endpoint string) (string, string) {
		_, path := cut(endpoint)
		return endpoint, path + "/"
	}
	apart := func(endpoint string) (string, string) {
		host, path := cut(endpoint)
		return host, path + "/"
	}
	first := func(endpoint string) string { return strings.Split(endpoint, ".")[0] }
	compact := func(name string) string {
		return `{"RegistryId":"default","Namespace":"public","Trigger":{"Name":"` + name + `","Targets":[{"Address":"https://ci.example.com/a?b=c","Headers":[{"Key":"X-A","Values":["1 + 1"]}]}],"EventTypes":["pushImage"],"Condition":"{app, web}*/**","Enabled":true,"Description":"触发器"}}`
	}
	spaced := strings.NewReplacer(`":`, `": `, `,"`, `, "`, "触发器", `\u89e6\u53d1\u5668`)
	percent := func(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }
	return []sdk{
		{
			name: "node", version: "4.1.220", product: first, asks: apart, asksV1: apart, json: "application/json", write: compact, escape: percent, space: " ",
			signs: func(endpoint string) (string, string) {
				host, path := cut(endpoint)
				name, _, _ := strings.Cut(host, ":")
				return name, path + "/"
			},
		},
		{
			name: "python", version: "3.1.162", product: func(string) string { return "tcr" }, signs: whole, json: "application/json", space: " ",
			asks: pythonAsks, asksV1: pythonAsks, write: func(name string) string { return spaced.Replace(compact(name)) }, escape: url.QueryEscape,
		},
		{
			name: "php", version: "3.0.1656", product: first, signs: whole, asks: whole, json: "application/json", space: " ",
			asksV1: func(endpoint string) (string, string) {
				host, _ := cut(endpoint)
				return host, "/"
			},
			write: func(name string) string { return strings.ReplaceAll(compact(name), "/", `\/`) }, escape: url.QueryEscape,
		},
		{
			name: "java", version: "3.2.11", product: first, signs: whole, asks: behind, asksV1: apart, space: " ",
			json: "application/json; charset=utf-8", write: compact, escape: url.QueryEscape,
		},
		{
			name: "dotnet", version: "3.0.1493", product: first, signs: whole, asks: behind, asksV1: apart, json: "application/json", space: "  ",
			write: compact, escape: url.QueryEscape,
		},
	}
}

// pythonAsks puts no slash behind a path.
func pythonAsks(endpoint string) (host, path string) {
	_, path = cut(endpoint)
	if path == "" {
		path = "/"
	}
	return endpoint, path
}

// cut cuts an endpoint before its path.
func cut(endpoint string) (host, path string) {
	if at := strings.Index(endpoint, "/"); at >= 0 {
		return endpoint[:at], endpoint[at:]
	}
	return endpoint, ""
}

// signed is a request as it is sent: one that creates a trigger of a name by POST, and one
// that lists triggers by GET.
func (k sdk) signed(method, algorithm, endpoint, name string) string {
	if algorithm != "TC3-HMAC-SHA256" {
		return k.signedByV1(method, algorithm, endpoint, name)
	}
	action, contentType, query, body := "CreateWebhookTrigger", k.json, "", k.write(name)
	if method == "GET" {
		action, contentType, body = "DescribeWebhookTrigger", "application/x-www-form-urlencoded", ""
		query = "RegistryId=default&Namespace=" + k.escape("public") + "&Limit=5"
	}
	host, path := k.signs(endpoint)
	const names = "content-type;host"
	canonical := method + "\n" + path + "\n" + query + "\ncontent-type:" + contentType + "\nhost:" + host + "\n\n" + names + "\n" + sha(body)
	date, stamp := sdkTime().Format(time.DateOnly), fmt.Sprint(sdkTime().Unix())
	scope := date + "/" + k.product(endpoint) + "/tc3_request"
	key := []byte("TC3" + sdkSecret)
	for _, part := range []string{date, k.product(endpoint), "tc3_request", "TC3-HMAC-SHA256\n" + stamp + "\n" + scope + "\n" + sha(canonical)} {
		key = code(sha256.New, key, part)
	}
	host, path = k.asks(endpoint)
	if query != "" {
		path += "?" + query
	}
	return method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\nContent-Type: " + contentType + "\r\nX-TC-Action: " + action +
		"\r\nX-TC-Timestamp: " + stamp + "\r\nX-TC-Version: 2019-09-24\r\nX-TC-Region: ap-guangzhou\r\nX-TC-RequestClient: SDK_" + strings.ToUpper(k.name) + "_" + k.version +
		"\r\nAuthorization: TC3-HMAC-SHA256" + k.space + "Credential=" + sdkID + "/" + scope + ", SignedHeaders=" + names + ", Signature=" + fmt.Sprintf("%x", key) +
		fmt.Sprintf("\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

// signedByV1 is signed for signatures that are parameters.
func (k sdk) signedByV1(method, algorithm, endpoint, name string) string {
	parameters := map[string]string{
		"Action": "DescribeWebhookTrigger", "RegistryId": "default", "Namespace": "public", "Nonce": "46137", "Timestamp": fmt.Sprint(sdkTime().Unix()),
		"Version": "2019-09-24", "Region": "ap-guangzhou", "SecretId": sdkID, "SignatureMethod": algorithm, "RequestClient": "SDK_" + strings.ToUpper(k.name) + "_" + k.version,
	}
	if method == "POST" {
		for parameter, value := range map[string]string{
			"Action": "CreateWebhookTrigger", "Trigger.Name": name, "Trigger.Targets.0.Address": "https://ci.example.com/a?b=c", "Trigger.Targets.0.Headers.0.Key": "X-A",
			"Trigger.Targets.0.Headers.0.Values.0": "1 + 1", "Trigger.EventTypes.0": "pushImage", "Trigger.Condition": "{app, web}*/**", "Trigger.Enabled": "true", "Trigger.Description": "触发器",
		} {
			parameters[parameter] = value
		}
	}
	var plain, form []string
	for parameter, value := range parameters {
		plain = append(plain, parameter+"="+value)
		form = append(form, k.escape(parameter)+"="+k.escape(value))
	}
	slices.Sort(plain)
	slices.Sort(form)
	sum := map[string]func() hash.Hash{"HmacSHA1": sha1.New, "HmacSHA256": sha256.New}[algorithm]
	signature := base64.StdEncoding.EncodeToString(code(sum, []byte(sdkSecret), method+endpoint+"/?"+strings.Join(plain, "&")))
	form = append(form, "Signature="+k.escape(signature))
	text := strings.Join(form, "&")
	host, path := k.asksV1(endpoint)
	if method == "GET" {
		return "GET " + path + "?" + text + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n"
	}
	return "POST " + path + " HTTP/1.1\r\nHost: " + host + fmt.Sprintf("\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", len(text), text)
}

func sha(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }

func code(sum func() hash.Hash, key []byte, text string) []byte {
	m := hmac.New(sum, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}
