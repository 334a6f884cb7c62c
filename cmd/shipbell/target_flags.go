package main

import (
	"flag"
	"os"
	"strings"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// targetFlags are what the flags of a command say of a target.
type targetFlags struct {
	target       apiv1.Target
	format       string
	headers      list
	query        list
	eventHeaders list
	template     string
	authority    string
	statuses     list
	auth         string
}

// targetWords maps fields of targets to the flags that set them. The fields begin with at.
func targetWords(at string) map[string]string {
	words := map[string]string{}
	for field, name := range map[string]string{
		"url": "--url", "headers": "--header", "headers.key": "--header", "headers.values": "--header", "format": "--format",
		"secret": "--secret", "preset": "--preset", "template": "--template", "content_type": "--content-type",
		"query": "--query", "query.name": "--query", "query.value": "--query",
		"event_headers": "--event-header", "event_headers.name": "--event-header", "event_headers.value": "--event-header",
		"method": "--method", "timeout": "--timeout", "rate": "--rate", "ca": "--ca-file", "insecure": "--insecure",
		"success.statuses": "--success", "auth.scheme": "--auth", "auth.header": "--auth-header",
		"auth.prefix": "--auth-prefix", "auth.algorithm": "--auth-algorithm", "auto_pause": "--auto-pause",
	} {
		words[at+field] = name
	}
	return words
}

func (s *targetFlags) register(f *flag.FlagSet) {
	t := &s.target
	s.statuses.split = true
	f.StringVar(&t.Preset, "preset", "", "`NAME` of a receiver that \"shipbell preset list\" knows: fills in what no other flag says")
	f.Var(&s.headers, "header", "header to send, `'KEY: VALUE'`; repeat for several")
	f.StringVar(&s.format, "format", "", "`FORMAT` of the body: "+formats())
	f.StringVar(&s.template, "template", "", "`TEXT` of the body for --format template, or @FILE")
	f.StringVar(&t.ContentType, "content-type", "", "`TYPE` of what the template makes: application/json if none is given")
	f.Var(&s.query, "query", "parameter for the URL's query, `NAME=TEMPLATE`; repeat for several")
	f.Var(&s.eventHeaders, "event-header", "header whose value is a template, `'KEY: TEMPLATE'`; repeat for several")
	f.StringVar(&t.Secret, "secret", "", "`SECRET` that signs the requests: whsec_…, or what the preset or --auth wants")
	f.StringVar(&s.auth, "auth", "", "`SCHEME` that says how the secret is used: standard-webhooks (if none is given), hmac, token, dingtalk, feishu")
	f.StringVar(&t.Auth.Header, "auth-header", "", "`HEADER` for --auth hmac and --auth token")
	f.StringVar(&t.Auth.Prefix, "auth-prefix", "", "`TEXT` before the signature or the secret in that header, such as sha256=")
	f.StringVar(&t.Auth.Algorithm, "auth-algorithm", "", "`ALGORITHM` for --auth hmac: sha256 (if none is given), sha1 or sha512")
	f.BoolVar(&t.PathSecret, "secret-path", false, "the path of the URL is a secret: mask it like the query (known chat services need no saying)")
	f.StringVar(&t.Method, "method", "", "`METHOD` of the requests: POST (if none is given) or PUT")
	f.IntVar(&t.Timeout, "timeout", 0, "how many `SECONDS` an attempt may take, 1 to 60")
	f.IntVar(&t.Rate, "rate", 0, "the most `REQUESTS` a minute")
	f.StringVar(&t.AutoPause, "auto-pause", "", "after how long of nothing but failure the target is paused, a `TIME` such as 120h; off (if none is given) is never")
	f.BoolVar(&t.Split, "split", false, "send a delivery of each image or chart of an event")
	f.Var(&s.statuses, "success", "`STATUS` that counts as success, such as 204 or 2xx; repeat or separate by commas")
	f.StringVar(&s.authority, "ca-file", "", "`FILE` with the certificates, in PEM, of the authorities of the target's certificate")
	f.BoolVar(&t.Insecure, "insecure", false, "take any certificate of the target: whoever is between can read and change everything")
}

// read makes the target. What it says is for the server to judge; only what cannot be sent
// is refused here.
func (s *targetFlags) read() (apiv1.Target, error) {
	t := s.target
	t.Format, t.Auth.Scheme, t.Success.Statuses = shipbell.Format(s.format), shipbell.AuthScheme(s.auth), s.statuses.values
	var err error
	if t.Template, err = textOrFile("--template", s.template); err != nil {
		return t, err
	}
	if s.authority != "" {
		if t.CA, err = textOrFile("--ca-file", "@"+s.authority); err != nil {
			return t, err
		}
	}
	if t.EventHeaders, err = fields("--event-header", "KEY: TEMPLATE", s.eventHeaders.values, ":"); err != nil {
		return t, err
	}
	if t.Query, err = fields("--query", "NAME=TEMPLATE", s.query.values, "="); err != nil {
		return t, err
	}
	t.Headers = []apiv1.Header{}
	for _, text := range s.headers.values {
		key, value, found := strings.Cut(text, ":")
		if !found {
			// The text may be a secret, so it is not repeated.
			return t, usagef("--header: write it as 'KEY: VALUE'; there is no colon")
		}
		t.Headers = addHeader(t.Headers, strings.TrimSpace(key), strings.TrimSpace(value))
	}
	return t, nil
}

// fields reads what is written as a name, a separator and a value.
func fields(name, form string, texts []string, separator string) ([]shipbell.Field, error) {
	var read []shipbell.Field
	for _, text := range texts {
		key, value, found := strings.Cut(text, separator)
		if !found {
			return nil, usagef("%s: write it as %q; there is no %q in %q", name, form, separator, text)
		}
		read = append(read, shipbell.Field{Name: strings.TrimSpace(key), Value: strings.TrimSpace(value)})
	}
	return read, nil
}

// textOrFile is a text, or what is in the file that it names as @FILE.
func textOrFile(name, text string) (string, error) {
	path, isFile := strings.CutPrefix(text, "@")
	if !isFile {
		return text, nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return "", usagef("%s: %v", name, err)
	}
	return string(content), nil
}

// addHeader adds a value to the header of that name, or a new header.
func addHeader(headers []apiv1.Header, key, value string) []apiv1.Header {
	for i := range headers {
		if strings.EqualFold(headers[i].Key, key) {
			headers[i].Values = append(headers[i].Values, value)
			return headers
		}
	}
	return append(headers, apiv1.Header{Key: key, Values: []string{value}})
}
