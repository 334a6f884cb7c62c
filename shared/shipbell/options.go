package shipbell

import (
	"slices"
	"time"
)

// Options say how a target is sent to and which of its answers mean that it took the
// delivery. The zero value is a POST of what the format makes, for which any 2xx is success.
type Options struct {
	// Preset names where the options came from. It fills in what is left out when a trigger
	// is stored, and has no effect later.
	Preset string `json:"preset,omitempty"`
	// Method is POST if "", or PUT.
	Method string `json:"method,omitempty"`
	// ContentType is that of the body of the format template; application/json if "".
	ContentType string `json:"content_type,omitempty"`
	// Query are parameters for the query of the URL, and EventHeaders headers of requests.
	// Their values are templates. A parameter takes the place of one that the URL has.
	Query        []Field `json:"query,omitempty"`
	EventHeaders []Field `json:"event_headers,omitempty"`
	// Timeout is how many seconds an attempt may take, 1 to 60; 0 is the server's default.
	Timeout int `json:"timeout,omitempty"`
	// Auth is how the target's secret is used.
	Auth Auth `json:"auth,omitzero"`
	// Success is what an answer must be.
	Success Success `json:"success,omitzero"`
	// Permanent are the statuses after which nothing more is tried; 410 alone if it is empty.
	Permanent []int `json:"permanent,omitempty"`
	// Busy is how the target says that it has too much to do.
	Busy Busy `json:"busy,omitzero"`
	// Rate is the most requests a minute, 1 to 6,000; 0 is no limit.
	Rate int `json:"rate,omitempty"`
	// AutoPause is after how long of nothing but failure the target is paused, such as "120h",
	// an hour to 720h; "" is never.
	AutoPause string `json:"auto_pause,omitempty"`
	// Split makes a delivery of each image or chart of an event.
	Split bool `json:"split,omitempty"`
	// CA is one or more certificates in PEM, of the authorities that sign the target's
	// certificate; those of the system are not asked then.
	CA string `json:"ca,omitempty"`
	// Insecure takes any certificate. Whoever is between can then read and change everything.
	Insecure bool `json:"insecure,omitempty"`
	// Certificate is the client's certificate, in PEM, with those of its intermediates.
	// Target.CertificateKey is its key.
	Certificate string `json:"certificate,omitempty"`
}

// clone copies the options and all that they hold.
func (o Options) clone() Options {
	o.Query, o.EventHeaders = slices.Clone(o.Query), slices.Clone(o.EventHeaders)
	o.Success.Statuses, o.Success.JSON.Values = slices.Clone(o.Success.Statuses), slices.Clone(o.Success.JSON.Values)
	o.Permanent = slices.Clone(o.Permanent)
	o.Busy.Statuses, o.Busy.JSON.Values = slices.Clone(o.Busy.Statuses), slices.Clone(o.Busy.JSON.Values)
	return o
}

// NoAutoPause is an AutoPause that says "" in words.
const NoAutoPause = "off"

// PauseAfter is AutoPause as a duration, 0 if the target is never paused.
func (o Options) PauseAfter() time.Duration {
	after, err := ParseDuration(o.AutoPause)
	if err != nil {
		return 0
	}
	return after
}

// Field is a name with a value that is a template.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// AuthScheme is how a target's secret is used.
type AuthScheme string

// The schemes. docs/signatures.md describes them.
const (
	// AuthStandard signs as Standard Webhooks has it, and is the scheme if none is named.
	AuthStandard AuthScheme = "standard-webhooks"
	// AuthHMAC puts an HMAC of the body into a header.
	AuthHMAC AuthScheme = "hmac"
	// AuthToken puts the secret itself into a header.
	AuthToken AuthScheme = "token"
	// AuthDingTalk signs the time, in the query; AuthFeishu in the body.
	AuthDingTalk AuthScheme = "dingtalk"
	AuthFeishu   AuthScheme = "feishu"
)

// AuthSchemes returns every scheme, in the order they are documented.
func AuthSchemes() []AuthScheme {
	return []AuthScheme{AuthStandard, AuthHMAC, AuthToken, AuthDingTalk, AuthFeishu}
}

// Auth is how a target's secret is used.
type Auth struct {
	// Scheme is AuthStandard if "".
	Scheme AuthScheme `json:"scheme,omitempty"`
	// Header is the header of AuthHMAC and AuthToken, and Prefix what stands in it before
	// the signature or the secret.
	Header string `json:"header,omitempty"`
	Prefix string `json:"prefix,omitempty"`
	// Algorithm is sha256 if "", sha1 or sha512; for AuthHMAC only.
	Algorithm string `json:"algorithm,omitempty"`
}

// Success is what an answer must be for a delivery to have succeeded. All that is set must
// hold.
type Success struct {
	// Statuses are those that count, as "204" or "2xx"; "2xx" if it is empty.
	Statuses []string `json:"statuses,omitempty"`
	// JSON is what a field of the body must be.
	JSON FieldIs `json:"json,omitzero"`
	// Text is what the body must hold, and Body what the whole of it must be, white space
	// around it apart.
	Text string `json:"text,omitempty"`
	Body string `json:"body,omitempty"`
}

// FieldIs is a field of a JSON body with the values that are looked for.
type FieldIs struct {
	// Path leads to the field, with dots: "parameters.retry_after". "" looks at no field.
	Path string `json:"path,omitempty"`
	// Values are those looked for: texts as they are, else as JSON writes them ("0", "true").
	Values []string `json:"values,omitempty"`
}

// Busy is how a target says that it has too much to do. Such an answer is no failure of the
// delivery: it waits the longer of BusyWait and what the target asked for, at most MaxBusyWait,
// up to MaxBusy times.
type Busy struct {
	Statuses []int   `json:"statuses,omitempty"`
	JSON     FieldIs `json:"json,omitzero"`
	// RetryAfter is the path of a field of a JSON body that says for how many seconds the
	// target asks to be left alone, where no header Retry-After says it.
	RetryAfter string `json:"retry_after,omitempty"`
}

// How long and how often a delivery waits for a target that is busy.
const (
	BusyWait    = time.Minute
	MaxBusyWait = 15 * time.Minute
	MaxBusy     = 20
)

// MaxWaited is how long in all the waits for a busy target, and for turns of a rate, of one
// schedule may be.
const MaxWaited = 24 * time.Hour
